"""Tests of the room company, through the REST API."""
