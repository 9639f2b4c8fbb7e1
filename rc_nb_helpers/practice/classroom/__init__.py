"""Classroom: what the instructor of a class sees, and how learners call for help.

It is made from nothing but what the platform has seen. This room may touch the two others; neither of them knows
that there is a class.
"""
