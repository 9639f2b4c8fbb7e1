"""What stands behind tutorial.py and the secrets guard. Standard library only, but store_outputs, linked_files."""
