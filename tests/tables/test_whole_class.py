"""A class of seven; tutorial.py test --class plays one of thirty, two of them with JupyterLab in a browser."""

from __future__ import annotations

import os

import pytest

from . import whole_class


@pytest.mark.skipif(os.name == "nt", reason="uses an address that only Linux has of itself")
@pytest.mark.slow
def test_the_board_says_what_happened_and_nothing_else(capfd):
    assert whole_class.main(["--learners", "7", "--no-browser"]) == 0, capfd.readouterr().out
