"""The page that the browser shows at the end of a login."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from string import Template


@dataclass(frozen=True)
class Page:
    """What the browser shows at the end of a login.

    Attributes:
        title: A few words; also the heading.
        text: What happened and what to do next, a line for each. Each becomes a paragraph; it is escaped when shown.
        status: HTTP status code.
        done: Whether the login has succeeded, and the window may close itself.
        failed: Whether the login has ended without success.
        to_paste: Whether its address may have to be pasted into a panel, and so stays in the address bar.
    """

    title: str
    text: str
    status: int = 200
    done: bool = False
    failed: bool = False
    to_paste: bool = False

    def render(self, nonce: str) -> str:
        """The page as HTML, with everything escaped.

        Args:
            nonce: Marks the page's own script and style, so that a Content-Security-Policy can allow only them.
        """
        import html  # here, because importing the helpers shall be quick

        template = Template(files("rc_nb_helpers").joinpath("callback_page.html").read_text("utf-8"))
        return template.substitute(
            title=html.escape(self.title),
            text="</p>\n  <p>".join(html.escape(line) for line in self.text.splitlines()),
            nonce=nonce,
            outcome="done" if self.done else "failed" if self.failed else "to-paste" if self.to_paste else "open",
        )
