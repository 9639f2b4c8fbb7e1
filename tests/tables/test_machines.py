"""A dozen rows of the table of machines; tutorial.py test --machines plays all of it."""

from __future__ import annotations

import os

import pytest

from . import machines


@pytest.mark.skipif(os.name == "nt", reason="uses signals and links")
@pytest.mark.slow
@pytest.mark.timeout(400)  # sixteen starts of everything, on a machine that is busy with the other lanes
def test_a_machine_may_be_awkward(capfd):
    assert machines.main(["--quick"]) == 0, capfd.readouterr().out
