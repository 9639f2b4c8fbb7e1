"""Classroom: what the instructor of a class sees, and how learners call for help.

It is made from nothing but what the platform has seen. This room may touch the apps of login, the people of the company
and what stands below all rooms: clock, errors, private_files, randomness, stages. Of the other rooms only web knows
that there is a class.
"""
