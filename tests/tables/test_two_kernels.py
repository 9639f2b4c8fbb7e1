"""Nobody is logged out by another kernel or by a kill, but where the server's grace is over."""

from __future__ import annotations

import sys

import pytest

from .two_kernels import Expected, cases

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="kills processes in the middle of a step, the POSIX way"),
]
CASES = cases(50)


@pytest.mark.parametrize("expected", CASES, ids=range(len(CASES)))
def test_kernels_that_share_a_login(expected: Expected) -> None:
    done = expected.run()
    assert (done.after, done.again) == (expected.after, expected.again), done.name
