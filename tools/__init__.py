"""What stands behind tutorial.py and the secrets guard. Standard library only, except store_outputs."""
