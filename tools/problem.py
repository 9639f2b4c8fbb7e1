"""The one error that the commands show to a person."""


class Problem(Exception):
    """Something went wrong; the text says what happened, why, and what to do, and is shown as it is."""
