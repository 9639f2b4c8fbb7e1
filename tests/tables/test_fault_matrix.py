"""Each cell of the fault matrix as a test."""

from __future__ import annotations

import pytest

from .fault_matrix import CELLS, FAULTS, Fault, Phase, check


@pytest.mark.parametrize(("fault", "phase"), CELLS, ids=[f"{phase}: {fault.name}" for fault, phase in CELLS])
def test_fault_is_told_rightly_and_leaves_a_true_state(fault: Fault, phase: Phase):
    check(fault, phase)


def test_names_are_different():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
