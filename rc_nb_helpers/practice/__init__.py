"""The practice platform: a local look-alike of RingCentral's OAuth and REST API.

It is a small house of its own: nothing in it imports the rest of ``rc_nb_helpers``. It is another implementation
of the same protocol, so that each side tests the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .backend import DEFAULT_REDIRECT_URIS
    from .platform import PortTaken, PracticePlatform

__all__ = ["DEFAULT_REDIRECT_URIS", "PortTaken", "PracticePlatform"]


def __getattr__(name: str) -> Any:
    """Import the server only when it is wanted (PEP 562): it brings tornado and Authlib with it."""
    if name in __all__:
        from . import platform

        return getattr(platform, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
