"""What the platform says of itself to a computer that asks before a class."""

from __future__ import annotations

import requests

from rc_nb_helpers import __version__

from .conftest import TIMEOUT, World


def test_the_platform_tells_its_version_and_nothing_secret(world: World) -> None:
    world.platform.controls.advance(60)
    answer = requests.get(world.url("/practice/about"), timeout=TIMEOUT).json()
    assert answer == {
        "practice_platform": __version__,
        "clock_ahead_seconds": 60,
        "redirect_uris": list(world.platform.redirect_uris),
    }
