"""A progress bar of the Jupyter world, or of a terminal. It is the package ``tqdm``'s, which is loaded when used."""

from __future__ import annotations

from typing import Any

from .errors import ConfigurationError


def progress_bar(name: str, *, unit: str, in_bytes: bool = False) -> Any:
    """A bar that shows how far it is.

    Args:
        name: What goes on.
        unit: What is counted.
        in_bytes: Whether thousands are shown as kB and MB.

    Returns:
        A ``tqdm`` bar, to be closed.

    Raises:
        ConfigurationError: ``tqdm`` is not installed.
    """
    try:
        import tqdm
        from tqdm.auto import tqdm as bar
    except ImportError:
        raise ConfigurationError(
            "progress=True needs the package tqdm, which is not installed.",
            cure="Install it (pip install tqdm), or leave progress out.",
        ) from None
    tqdm.tqdm.monitor_interval = 0  # or it starts a thread that watches bars
    return bar(desc=name, unit=unit, unit_scale=in_bytes)
