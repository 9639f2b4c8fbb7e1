"""The notebooks themselves: rules, runs, and what nbval compares (see conftest.py)."""
