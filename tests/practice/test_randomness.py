"""Text that nobody can guess."""

from __future__ import annotations

from rc_nb_helpers.practice.randomness import random_text


def test_random_texts_have_their_length_and_alphabet() -> None:
    texts = {random_text(43) for _ in range(1000)}
    assert len(texts) == 1000
    assert all(len(text) == 43 and text.isalnum() and text.isascii() for text in texts)
