"""Pictures of messages that pass, as SVG: who says what to whom, in which order. Pure: text in, text out.

A saved notebook knows no theme and runs no script. So a picture has a light background of its own, system fonts,
nothing that is loaded from elsewhere, and its words also as plain text. Two pictures of the same steps are the same,
byte by byte.

Shapes and words tell apart what colours alone would not: a thin line passes through the browser, a double line passes
behind it, and a dashed one was seen by nobody here.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from .catalogue import CATALOGUE
from .errors import explain
from .explanations import Explanation
from .found_messages import Kind
from .sentences.saying import say
from .wire import Message

LANES = ("Notebook", "Browser", "RingCentral")
MOST_STEPS = 40
"""How many messages the picture of a wire shows: the newest."""

Way = Literal["", "through", "behind"]
Mark = Literal["", "inferred", "expected", "under way", "failed"]

# A window of 400 pixels leaves JupyterLab's cells some 260: the words are 10 pixels high then.
_WIDTH = 340
_EDGE = 14
_WIDTHS = dict.fromkeys("ijl.,:;'|!I()[]/ ", 0.42) | dict.fromkeys("ABCDEFGHJKLNOPQRSTUVXYZ&#=+<>~", 0.84)
_WIDTHS |= dict.fromkeys("MWmw@%", 1.05)
"""Letters that are not as wide as most, of their height, in the widest of the usual fonts (DejaVu Sans)."""
_BOLD = 1.12
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_GROUND, _LINE, _TEXT, _SOFT, _ERROR = "#ffffff", "#b4bac2", "#1f2328", "#57606a", "#a4161a"
_COLOURS: dict[Way, str] = {"": _TEXT, "through": "#8a4b00", "behind": "#0b5cab"}
_WRONG_PASSWORD = "sign-in"  # what practice says of it; RingCentral has no code for it
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
# What may be saved of an address. Everything else may be somebody's id, name or number: a list of those would never be
# complete.
_PATH = """
    .well-known account active-calls address-book answering-rule authorize blocked-numbers business-address
    business-hours call-log call-queues call-recording caller-blocking caller-id company-call-log consent contact
    content country dependent device dictionary direct-routing emergency-locations extension favorite fax features
    forwarding-number glip grant greeting ivr-menus ivr-prompts language location meeting message-store
    message-store-report message-sync messages meta notification-settings numbers oauth oauth2callback
    openid-configuration permission phone-number practice presence profile-image recording restapi revoke ringout
    service-info service-plan-info shared-lines sign-in site sites sms state status subscription team-messaging
    telephony templates timezone token user-role user-settings userinfo v1.0 v2 webhook ~
"""
_PATH_WORDS = frozenset(_PATH.split())
_MOST_OF_A_PATH = 120
"""How much of a path stands in a line; all of it stands in the message."""
_CODE = re.compile(r"[A-Z]{2,5}-\d{1,4}")
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Step:
    """A message, as a picture shows it.

    Attributes:
        sender: The lane that it leaves. The same as ``receiver`` for something that happens there.
        receiver: The lane that it goes to.
        text: What it is, or says.
        answer: What came back, such as ``"200"``; empty for nothing.
        way: Whether it went through the browser or behind its back; empty where that does not matter.
        mark: What is particular about it.
        remark: A sentence below it; empty for none.
    """

    sender: str
    receiver: str
    text: str
    answer: str = ""
    way: Way = ""
    mark: Mark = ""
    remark: str = ""

    def how(self) -> str:
        """How it went and what came of it, in words; empty when there is nothing to say."""
        return ", ".join(filter(None, (_way(self.way), _mark(self.mark), self._answered())))

    def sentence(self) -> str:
        """All of it in words, but for the remark."""
        to = self.sender
        if self.sender != self.receiver:
            to = say("wire.from-to", sender=self.sender, receiver=self.receiver)
        first = ", ".join(filter(None, (to, _way(self.way))))
        rest = ", ".join(filter(None, (self.text, _mark(self.mark), self._answered())))
        return f"{first}: {rest}"

    def _answered(self) -> str:
        return say("wire.answered", answer=self.answer) if self.answer else ""


def _way(way: Way) -> str:
    """How a message went, in words."""
    return {"": "", "through": say("wire.through"), "behind": say("wire.behind")}[way]


def _mark(mark: Mark) -> str:
    """What is particular about a message, in words."""
    return {
        "": "",
        "inferred": say("wire.inferred"),
        "expected": say("wire.expected"),
        "under way": say("wire.under-way"),
        "failed": say("wire.failed"),
    }[mark]


@dataclass(frozen=True)
class Still:
    """A picture that can be kept: in a cell's output, or as a file.

    A cell shows it as an image in HTML with an alternative text. An untrusted JupyterLab, which each fresh clone is,
    shows that, and shows no ``image/svg+xml``; and where it does show one, it has no place for the alternative text.

    Attributes:
        title: What it shows.
        svg: The picture.
        text: The same in words, a line for each step.
    """

    title: str
    svg: str
    text: str

    def __repr__(self) -> str:
        return self.text

    def save(self, path: str | Path) -> Path:
        """Write the picture into a file.

        Args:
            path: Its name, such as ``"my-login.svg"``.

        Returns:
            The file.
        """
        file = Path(path)
        file.write_text(self.svg, encoding="utf-8", newline="\n")
        return file

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        image = base64.b64encode(self.svg.encode()).decode("ascii")
        alt = escape(" ".join(self.text.split()), quote=True)
        style = "max-width: 100%; height: auto"
        html = f'<img src="data:image/svg+xml;base64,{image}" alt="{alt}" style="{style}">'
        return {"text/html": html, "text/plain": self.text}


def sequence(title: str, description: str, steps: Sequence[Step], *, lanes: Sequence[str] = LANES) -> Still:
    """Draw who says what to whom, from top to bottom.

    Args:
        title: What the picture shows, in a few words.
        description: What is to be seen in it, in a sentence.
        steps: The messages, in their order.
        lanes: Those who speak, from left to right. What passes behind the browser's back passes behind the lanes
            between.

    Returns:
        The picture, also in words.
    """
    drawing = _Drawing([_clean(lane) for lane in lanes])
    drawing.heading(_clean(title))
    drawing.names()
    for number, step in enumerate(steps, start=1):
        drawing.step(number, step)
    words = [
        f"{number}. {step.sentence()}{'. ' * bool(step.remark)}{step.remark}" for number, step in enumerate(steps, 1)
    ]
    text = "\n".join(_clean(line) for line in [f"{title}. {description}".strip(), *words])
    return Still(title=title, svg=drawing.svg(_clean(title), _clean(f"{description} {' '.join(words)}")), text=text)


def still(wire: Iterable[Message], *, title: str = "", server: str = "RingCentral") -> Still:
    """Draw the newest login of a wire, with what followed it: a picture that may be saved and shown to anybody.

    It holds methods, paths, kinds, statuses and error codes. Not in it: parameters, headers, bodies, times, and of a
    path what may be an id, a name or a number. Two runs of the same login give the same picture.

    Args:
        wire: The messages, such as ``session.wire()``.
        title: What it shows, in a few words.
        server: What stands there for RingCentral, such as ``"Practice"``.

    Returns:
        The picture, also in words.

    Example:
        >>> still(session.wire(), title="My login")
    """
    messages = list(wire)
    newest = max((each.login for each in messages), default=0)
    steps = [step_of(each, server, saved=True) for each in messages if each.login == newest]
    # The same call again and again is drawn once.
    drawn = []
    for step, same in groupby(steps):
        drawn.append(step if len(list(same)) == 1 else replace(step, text=say("wire.several-times", message=step.text)))
    shown = drawn[-MOST_STEPS:]
    cut = "" if shown == drawn else say("wire.newest", count=MOST_STEPS)
    description = say("wire.who-to-whom") if shown else say("wire.nothing")
    lanes = (say("wire.notebook"), say("wire.browser"), server)
    return sequence(title or say("wire.still"), f"{description} {cut}".strip(), shown, lanes=lanes)


def step_of(message: Message, server: str = "RingCentral", *, saved: bool = False) -> Step:
    """A message of the wire as a step of a picture.

    Args:
        message: The message.
        server: What stands there for RingCentral.
        saved: Whether the picture may be saved, so that nothing in it may be personal.
    """
    names = {"notebook": say("wire.notebook"), "browser": say("wire.browser"), "server": server}
    mark: Mark = "failed" if message.state == "failed" else "inferred" if message.inferred else ""
    if message.state in ("expected", "under way"):
        mark = message.state
    code = "" if message.code == _WRONG_PASSWORD else message.code
    if saved and code not in CATALOGUE and not _CODE.fullmatch(code):
        code = ""
    # In a callback the browser brings the code; all others bring it in their answer.
    said = f" ({code})" if message.kind == "callback" and code else ""
    came = " ".join(filter(None, (str(message.status or ""), "" if said else code)))
    cause = why_failed(replace(message, code=code)) if mark == "failed" else Explanation()
    return Step(
        sender=names[message.sender],
        receiver=names[message.receiver],
        text=_label(message, said, saved=saved),
        answer=came,
        way="through" if message.through_browser else "behind",
        mark=mark,
        remark=" → ".join(filter(None, (cause.why, cause.cure))),
    )


def why_failed(message: Message) -> Explanation:
    """Why a message has failed, and what to do about it.

    Args:
        message: One that has.
    """
    if message.kind == "sign-in" and message.code in ("", _WRONG_PASSWORD):
        return Explanation(
            say("wire.wrong-password"),
            say("wire.wrong-password-cure"),
        )
    return explain(message.code, status=message.status or 0)


def _label(message: Message, said: str, *, saved: bool) -> str:
    """What a message is, with method and path where somebody has seen them."""
    path = urlsplit(message.url).path
    if saved:
        path = say("wire.redirect-uri") if message.kind == "callback" and path else _without_ids(path)
    path = path if len(path) <= _MOST_OF_A_PATH else f"{path[:_MOST_OF_A_PATH]}…"
    method = message.method if not saved or message.method in _METHODS else ""
    pages: dict[Kind, str] = {"sign-in": say("wire.sign-in-page"), "consent": say("wire.consent-page")}
    what = (method == "GET" and pages.get(message.kind)) or _what(message.kind)
    return f"{what}{said}: {method} {path}" if path else f"{what}{said}"


def _what(kind: Kind) -> str:
    return {
        "authorization": say("wire.authorization"),
        "sign-in": say("wire.sign-in"),
        "consent": say("wire.consent"),
        "callback": say("wire.callback"),
        "token": say("wire.token"),
        "refresh": say("wire.refresh"),
        "revoke": say("wire.revoke"),
        "API": say("wire.api"),
        "other": say("wire.other"),
    }[kind]


def _without_ids(path: str) -> str:
    return "/".join(part if part in _PATH_WORDS or not part else "…" for part in path.split("/"))


class _Drawing:
    """Grows downwards, step by step."""

    def __init__(self, lanes: Sequence[str]) -> None:
        self._lanes = list(lanes)
        self._room = (_WIDTH - 2 * _EDGE) / len(self._lanes)
        self._y = 12.0
        self._top = 0.0  # where the lanes begin
        self._parts: list[str] = []

    def heading(self, title: str) -> None:
        self._text(title, size=15, weight=600)
        self._y += 8

    def names(self) -> None:
        """The boxes at the top of the lanes, all as high as the one with the longest name."""
        width = self._room - 4
        for size, weight in ((12, 600), (11, 600), (10, 600), (10, 400)):  # as large as they can be with no word broken
            lines = [_wrapped(name, size=size, weight=weight, width=width - 2) for name in self._lanes]
            if all(" ".join(line) == name for line, name in zip(lines, self._lanes, strict=True)):
                break
        height = 12 + 18 * max(map(len, lines))
        for lane, name in enumerate(lines):
            x = self._x(lane)
            self._rect(x - width / 2, self._y, width, height, fill="#f3f5f7", stroke=_LINE, radius=4)
            first = self._y + height / 2 - 9 * len(name) + 13.5
            for row, line in enumerate(name):
                self._write(x, first + 18 * row, line, size=size, weight=weight, anchor="middle")
        self._y += height
        self._top = self._y
        self._y += 8

    def step(self, number: int, step: Step) -> None:
        """What a step says, and below it its arrow."""
        top = self._y
        place = len(self._parts)
        self._text(_clean(f"{number}. {step.text}"), size=13.5, weight=600)
        if how := step.how():
            self._text(_clean(how), size=12.5, fill=_ERROR if step.mark == "failed" else _SOFT)
        # The lanes do not strike through words.
        self._parts.insert(place, _box(2, top - 2, _WIDTH - 4, self._y - top + 4, fill=_GROUND))
        self._arrows(step)
        if step.remark:
            self._remark(step)
        self._y += 8

    def _arrows(self, step: Step) -> None:
        begin, end = self._lane(step.sender), self._lane(step.receiver)
        colour = _ERROR if step.mark == "failed" else _COLOURS[step.way]
        dashed = step.mark in ("inferred", "expected")
        self._y += 16
        if begin == end:
            self._loop(begin, colour, dashed)
            return
        self._arrow(begin, end, colour, dashed, double=step.way == "behind")
        if step.answer:
            self._y += 14
            self._arrow(end, begin, colour, dashed, double=step.way == "behind", thin=True)
        if step.way == "behind":
            height = 34 if step.answer else 20
            for lane in range(min(begin, end) + 1, max(begin, end)):
                self._rect(
                    self._x(lane) - 15, self._y - height + 10, 30, height, fill="#f3f5f7", stroke=_LINE, radius=4
                )
        self._y += 14

    def _arrow(self, begin: int, end: int, colour: str, dashed: bool, *, double: bool, thin: bool = False) -> None:
        direction = 1 if end > begin else -1
        start, tip = self._x(begin) + 3 * direction, self._x(end) - 2 * direction
        back, half = tip - 10 * direction, 5
        gaps = ' stroke-dasharray="7 5"' if dashed else ""
        width = 1.5 if thin else 2
        for offset in (-2, 2) if double else (0,):
            y = self._y + offset
            self._parts.append(
                f'<path d="M{start:g} {y:g}H{back:g}" stroke="{colour}" stroke-width="{width:g}" fill="none"{gaps}/>'
            )
        tip_fill = _GROUND if thin else colour
        self._parts.append(
            f'<path d="M{tip:g} {self._y:g}L{back:g} {self._y - half:g}V{self._y + half:g}Z" '
            f'fill="{tip_fill}" stroke="{colour}" stroke-width="1.5" stroke-linejoin="round"/>'
        )

    def _loop(self, lane: int, colour: str, dashed: bool) -> None:
        """What happens in one place: out of the lane and back into it."""
        side = -1 if lane == len(self._lanes) - 1 and lane else 1
        x, out, y = self._x(lane), self._x(lane) + 40 * side, self._y
        gaps = ' stroke-dasharray="7 5"' if dashed else ""
        self._parts.append(
            f'<path d="M{x + 3 * side:g} {y - 6:g}H{out:g}V{y + 8:g}H{x + 12 * side:g}" stroke="{colour}" '
            f'stroke-width="2" fill="none"{gaps}/>'
            f'<path d="M{x + 2 * side:g} {y + 8:g}L{x + 12 * side:g} {y + 3:g}V{y + 13:g}Z" fill="{colour}"/>'
        )
        self._y += 22

    def _remark(self, step: Step) -> None:
        lines = _wrapped(_clean(step.remark), size=12.5, weight=400, width=_WIDTH - 2 * _EDGE - 24)
        height = 10 + 17 * len(lines)
        colour = _ERROR if step.mark == "failed" else _LINE
        self._rect(_EDGE, self._y, _WIDTH - 2 * _EDGE, height, fill="#f7f8fa", stroke=_LINE, radius=4)
        self._parts.append(_box(_EDGE, self._y, 4, height, fill=colour))
        for row, line in enumerate(lines):
            self._write(_EDGE + 14, self._y + 17 + 17 * row, line, size=12.5)
        self._y += height + 4

    def svg(self, title: str, description: str) -> str:
        height = self._y + 6
        lanes = "".join(
            f'<path d="M{self._x(lane):g} {self._top:g}V{height - 8:g}" stroke="{_LINE}" stroke-width="1.5"/>'
            for lane in range(len(self._lanes))
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height:g}" '
            f'viewBox="0 0 {_WIDTH} {height:g}" role="img" font-family="{_FONT}">\n'
            f"<title>{escape(title)}</title>\n<desc>{escape(description)}</desc>\n"
            f'<rect x="0.5" y="0.5" width="{_WIDTH - 1}" height="{height - 1:g}" rx="8" fill="{_GROUND}" '
            f'stroke="{_LINE}"/>\n{lanes}\n' + "\n".join(self._parts) + "\n</svg>\n"
        )

    def _x(self, lane: int) -> float:
        return _EDGE + self._room * (lane + 0.5)

    def _lane(self, name: str) -> int:
        return self._lanes.index(_clean(name))

    def _text(self, text: str, *, size: float, weight: int = 400, fill: str = _TEXT) -> None:
        for line in _wrapped(text, size=size, weight=weight, width=_WIDTH - 2 * _EDGE):
            self._y += size * 1.35
            self._write(_EDGE, self._y - size * 0.3, line, size=size, weight=weight, fill=fill)

    def _write(
        self, x: float, y: float, text: str, *, size: float, weight: int = 400, fill: str = _TEXT, anchor: str = ""
    ) -> None:
        bold = f' font-weight="{weight}"' if weight != 400 else ""
        where = f' text-anchor="{anchor}"' if anchor else ""
        self._parts.append(
            f'<text x="{x:g}" y="{y:.4g}" font-size="{size:g}"{bold}{where} fill="{fill}">{escape(text)}</text>'
        )

    def _rect(self, *place: float, fill: str, stroke: str, radius: float) -> None:
        self._parts.append(_box(*place, fill=fill, stroke=stroke, radius=radius))


def _box(x: float, y: float, width: float, height: float, *, fill: str, stroke: str = "none", radius: float = 0) -> str:
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius:g}" '
        f'fill="{fill}" stroke="{stroke}"/>'
    )


def _wrapped(text: str, *, size: float, weight: int, width: float) -> list[str]:
    """The lines of a text that fit into a width, whatever the font."""
    room = width / size / (1.0 if weight == 400 else _BOLD)
    lines: list[str] = []
    for word in text.split():
        glue = " "
        for piece in _pieces(word, room):
            joined = f"{lines[-1]}{glue}{piece}" if lines else ""
            if lines and _width(joined) <= room:
                lines[-1] = joined
            else:
                lines.append(piece)
            glue = ""
    return lines or [""]


def _pieces(word: str, room: float) -> list[str]:
    """A word in pieces that fit into a line. A long path is cut after its slashes where that helps."""
    if _width(word) <= room:
        return [word]
    pieces: list[str] = []
    for part in re.findall(r"[^/?&]+[/?&]?|[/?&]", word):
        pieces.append("")
        for letter in part:
            if _width(pieces[-1] + letter) > room:
                pieces.append("")
            pieces[-1] += letter
    return pieces


def _width(text: str) -> float:
    """How wide a text is at most, of its height, in the usual fonts."""
    return sum(_WIDTHS.get(each, 0.65 if each.isascii() else 1.05) for each in text)


def _clean(text: str) -> str:
    """A text without what XML cannot hold."""
    return _NOT_IN_XML.sub("�", text)
