"""Tests of the room login: apps, the way to a code, tokens, who stays signed in."""
