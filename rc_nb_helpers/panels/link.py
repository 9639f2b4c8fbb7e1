"""A link to a sign-in page, for the notebooks that build theirs by hand."""

from __future__ import annotations

import html


def open_in_browser(url: str) -> None:
    """Show a link to a sign-in page. A person clicks it; the autopilot, when it is on, visits it.

    Args:
        url: The sign-in page's address.
    """
    # Loaded here, because importing the panels shall be quick.
    from IPython.display import HTML, display

    from .. import autopilot

    if autopilot.can_fly(url):
        print("The autopilot opens the sign-in page, as you would.")
        autopilot.follow(url)
        return
    link = f'<a href="{html.escape(url)}" target="_blank" rel="noopener noreferrer">Open the sign-in page</a>'
    display(HTML(f"<p><b>→ {link}</b> (a new tab)</p>"))  # type: ignore[no-untyped-call]
