"""What the class is doing now, in a line that can be read aloud: whole sentences, and nothing that is not certain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ..stages import Stage
from .board import STEPS, Row

_AS_FAR_AS = {
    Stage.SIGN_IN_SEEN: "the sign-in page",
    Stage.CONSENT_GIVEN: "giving consent",
    Stage.CODE_EXCHANGED: "logging in",
    Stage.API_CALLED: "the first call",
    Stage.REFRESHED: "refreshing the tokens",
    Stage.LOGGED_OUT: "logging out",
}
_BACKWARDS = tuple(reversed(_AS_FAR_AS))


def in_one_line(rows: Sequence[Row], *, waiting: int, one: str = "learner", in_part: bool = False) -> str:
    """What the class is doing, in one to three sentences.

    Args:
        rows: Those that count: the seats of a class, or the apps where there is none.
        waiting: How many wait for help.
        one: What a row is.
        in_part: Whether the rows count what was reached in this part of the lesson alone.
    """
    sentences = [*(["In this part:"] if in_part else []), *_progress(rows, one), *_waiting(waiting)]
    return " ".join(sentences)


def _progress(rows: Sequence[Row], one: str) -> list[str]:
    total = len(rows)
    if not total:
        return [f"There is no {one} yet."]
    furthest = Counter(_furthest(row) for row in rows)
    if total == 1:
        (step,) = furthest
        return [
            f"The only {one} has got as far as {_AS_FAR_AS[step]}." if step else f"The only {one} has not begun yet."
        ]
    if furthest[None] == total:
        return [f"None of the {total} {one}s has begun yet."]
    logged_in = sum(Stage.CODE_EXCHANGED in row.reached for row in rows)
    return [_of_all(logged_in, total, one), _where(furthest, total)]


def _furthest(row: Row) -> Stage | None:
    """The last step that was reached; None for somebody who has not begun. Steps can be left out on the way."""
    return next((step for step in _BACKWARDS if step in row.reached), None)


def _of_all(logged_in: int, total: int, one: str) -> str:
    if logged_in == total:
        return f"All {total} {one}s have logged in."
    if not logged_in:
        return f"None of the {total} {one}s has logged in yet."
    return f"{logged_in} of {total} {one}s {_have(logged_in)} logged in."


def _where(furthest: Counter[Stage | None], total: int) -> str:
    """Where most are; where there is no such place, the two where more are than elsewhere."""
    in_order = sorted(furthest.items(), key=lambda item: (-item[1], STEPS.index(item[0]) if item[0] else -1))
    (step, count), *others = in_order
    if count == total:
        return f"All have got as far as {_AS_FAR_AS[step]}." if step else "Nobody has begun yet."
    if count * 2 > total:
        return f"Most have got as far as {_AS_FAR_AS[step]}." if step else "Most have not begun yet."
    (second, many), *_ = others
    verb = "" if step and second else f"{_have(many)} got "  # said once, where both have got somewhere
    first = f"{count} {_have(count)} {f'got as far as {_AS_FAR_AS[step]}' if step else 'not begun yet'}"
    then = f"{many} {verb}as far as {_AS_FAR_AS[second]}" if second else f"{many} {_have(many)} not begun yet"
    return f"{first}, and {then}."


def _waiting(number: int) -> list[str]:
    return [f"{number} {'waits' if number == 1 else 'wait'} for help."] if number else []


def _have(number: int) -> str:
    return "has" if number == 1 else "have"
