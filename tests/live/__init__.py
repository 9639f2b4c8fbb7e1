"""The live contract test: does the real RingCentral still answer as the practice platform does?

Nothing here runs against a real server by itself: python3 tutorial.py test --live production
"""
