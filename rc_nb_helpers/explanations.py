"""What is known of an error, and how a cell shows it: as HTML, as Markdown, as plain text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Cause:
    """One of the things that lead to an error.

    Attributes:
        what: What may have happened, in a sentence.
        tell: How to find out whether it has.
    """

    what: str
    tell: str


@dataclass(frozen=True)
class Explanation:
    """What an error code means. In a notebook, a cell that ends with one shows it whole.

    Attributes:
        why: The cause as far as the code tells it, in a sentence a newcomer understands.
        cure: What to do about it.
        code: The code itself; empty where there is none.
        meaning: What the code stands for, in a few words.
        causes: What leads to it, the likeliest first; empty where no more is known than ``why`` says.
        section: Where the course meets it: a notebook and a heading; empty where it does not.
        link: Where that is, seen from a notebook of the course.
        source: The address of a page that says what the code means; empty where none is known.
        index: Where it stands in the course's index of errors, seen from a notebook; empty where it does not.
    """

    why: str = ""
    cure: str = ""
    code: str = ""
    meaning: str = ""
    causes: tuple[Cause, ...] = ()
    section: str = ""
    link: str = ""
    source: str = ""
    index: str = ""

    def __repr__(self) -> str:
        return f"<Explanation {self.code or 'of no code'}>"

    def __str__(self) -> str:
        return self.text()

    def text(self) -> str:
        """All of it as plain text."""
        lines = [f"{self._title}", f"  {self.why}"] if self.why else [self._title]
        lines += ["", *([_LIKELY] if self.causes else [])]
        for number, cause in enumerate(self.causes, start=1):
            lines += [f"  {number}. {cause.what}", f"     {_TELL}{cause.tell}"]
        lines += [f"{_DO}{self.cure}"] if self.cure else []
        lines += [f"{_COURSE}{self.section}"] if self.section else []
        lines += [f"{_SOURCE}{self.source}"] if self.source else []
        return "\n".join(lines).strip()

    @property
    def _title(self) -> str:
        if not self.code and not self.why:
            return 'There is nothing to explain. Put a code in quotes: explain("OAU-109").'
        return ": ".join(filter(None, (self.code, self.meaning))) or "An error without a code"

    def _repr_html_(self) -> str:
        from html import escape  # here, because importing the helpers shall be quick

        causes = "".join(
            f"<li>{escape(cause.what)}<br><i>{_TELL}</i>{escape(cause.tell)}</li>" for cause in self.causes
        )
        parts = [
            f"<p><b>{escape(self._title)}</b></p>",
            f"<p>{escape(self.why)}</p>" if self.why else "",
            f"<p>{_LIKELY}</p><ol>{causes}</ol>" if causes else "",
            f"<p><b>{_DO}</b>{escape(self.cure)}</p>" if self.cure else "",
            f'<p>{_COURSE}<a href="{escape(self.link)}">{escape(self.section)}</a></p>' if self.section else "",
            f'<p>{_SOURCE}<a href="{escape(self.source)}" target="_blank" rel="noopener noreferrer">'
            f"{escape(self.source)}</a></p>"
            if self.source
            else "",
            f'<p><a href="{escape(self.index)}">{_INDEX}</a></p>' if self.index else "",
        ]
        return f'<style>{_STYLE}</style><div class="rc-explanation">{"".join(parts)}</div>'

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def markdown(self) -> str:
        """All of it as Markdown."""
        causes = "\n".join(
            f"{number}. {_plain(cause.what)}  \n   *{_TELL.strip()}* {_plain(cause.tell)}"
            for number, cause in enumerate(self.causes, start=1)
        )
        parts = [
            f"**{_plain(self._title)}**",
            _plain(self.why),
            f"{_LIKELY}\n\n{causes}" if causes else "",
            f"**{_DO.strip()}** {_plain(self.cure)}" if self.cure else "",
            f"{_COURSE}[{_plain(self.section)}](<{self.link}>)" if self.section else "",
            f"{_SOURCE}<{self.source}>" if self.source else "",
            f"[{_INDEX}](<{self.index}>)" if self.index else "",
        ]
        return "\n\n".join(filter(None, parts))

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython shows where neither HTML nor Markdown can be."""
        printer.text(self.text())


_LIKELY = "What leads to it, the likeliest first:"
_TELL = "How to tell: "
_DO = "What to do: "
_COURSE = "In the course: "
_SOURCE = "Source: "
_INDEX = "All errors"
# Of the colours of the page around it: it is read in light and dark, in JupyterLab and elsewhere.
_STYLE = (
    ".rc-explanation { max-width: 46em; padding: 2px 14px; border-left: 4px solid var(--jp-brand-color1, #0b5cab); "
    "overflow-wrap: anywhere; line-height: 1.5; } "
    ".rc-explanation p { margin: 8px 0; } "
    ".rc-explanation ol { margin: 8px 0; padding-left: 1.6em; } "
    ".rc-explanation li { margin: 6px 0; }"
)


def _plain(text: str) -> str:
    """A text as Markdown that means nothing but itself."""
    return "".join(f"\\{each}" if each in "\\`*_{}[]<>#|~&" else each for each in text)
