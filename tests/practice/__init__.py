"""Tests of the practice platform, mostly through real sockets."""
