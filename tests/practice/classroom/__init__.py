"""Tests of the room classroom: the record, the board, who is stuck."""
