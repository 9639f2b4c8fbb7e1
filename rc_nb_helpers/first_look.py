"""What a notebook begins with: the pre-flight, as a panel where panels can be shown, else as plain lines.

It stands above the panels and imports them late: it also runs where what they need is missing.
"""

from __future__ import annotations

from .preflight import interpreter, packages


def pre_flight() -> None:
    """Show whether everything is in place: as a panel, or as plain lines where panels cannot be shown."""
    needed = [interpreter(), *packages()]
    if any(check.kind == "error" for check in needed):
        print(*(check for check in needed if check.kind == "error"), sep="\n")
        return
    from IPython.display import display

    from .panels.preflight import PreFlight  # here, because it needs what may be missing

    display(PreFlight())  # type: ignore[no-untyped-call]
