"""Says a sentence by its id, in another language where somebody has given it."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from ..errors import ConfigurationError, of_type

_TRANSLATED: dict[str, str] = {}


def say(sentence_id: str, /, **fields: object) -> str:
    """A sentence of a panel or a check.

    Args:
        sentence_id: Its id, such as ``"login.waiting"``.
        fields: What stands in it for ``{name}``.
    """
    return re.sub(r"\{(\w+)\}", lambda found: str(fields[found[1]]), template(sentence_id))


def template(sentence_id: str) -> str:
    """The same with its fields still open, for scripts, which fill them in themselves.

    Args:
        sentence_id: Its id.
    """
    return _TRANSLATED.get(sentence_id) or _english()[sentence_id]


def translate(sentences: Mapping[str, str]) -> None:
    """Let panels and checks speak another language. What is not given stays English.

    To be called before the first panel is made: what a page says of itself is put together once.

    Args:
        sentences: By id. The ids and their fields are those of :mod:`.panels` and :mod:`.checks`.

    Raises:
        ConfigurationError: There is no such id, or a sentence has a field that it does not have in English.
    """
    if not isinstance(sentences, Mapping):
        raise ConfigurationError(
            f"This is no translation: it is {of_type(sentences)}.",
            why="A translation is a dictionary: the id of each sentence, and what it is in the other language.",
            cure='For example: translate({"login.waiting": "Warten auf die Anmeldung."})',
        )
    for sentence_id, text in sentences.items():
        _check(sentence_id, text)
    _TRANSLATED.clear()
    _TRANSLATED.update(sentences)


def _check(sentence_id: object, text: object) -> None:
    english = _english().get(str(sentence_id))
    if english is None:
        raise ConfigurationError(
            f"There is no sentence with the id {ascii(sentence_id)[:80]}.",
            why="The ids are those in rc_nb_helpers/sentences, in panels.py and checks.py.",
            cure="Correct it, or leave it out.",
        )
    if not isinstance(text, str) or not _braces(text) <= _braces(english):
        may = ", ".join(sorted(_braces(english)))
        raise ConfigurationError(
            f"The sentence for {sentence_id} cannot be used.",
            why="It has to be a text, and what stands in it in braces is filled in.",
            cure=f"Use no other braces than these: {may}." if may else "Write it without braces.",
        )


def _braces(text: str) -> set[str]:
    return set(re.findall(r"\{[^}]*\}?", text))


@functools.cache
def _english() -> dict[str, str]:
    from .checks import CHECKS  # here, because importing the panels shall be quick
    from .panels import PANELS

    return {**PANELS, **CHECKS}
