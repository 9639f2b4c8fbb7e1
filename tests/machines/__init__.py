"""Whole installations and whole starts; `tutorial.py test --machines` runs them, then the table of machines."""
