"""Long lines are folded between words; what cannot be folded stays whole."""

from __future__ import annotations

from rc_nb_helpers.columns import COLUMNS, folded

ADDRESS = "https://server.example/" + "x" * COLUMNS


def test_what_a_line_goes_on_with_stands_further_in():
    words = "word " * 30
    assert folded(words, "  ✓ " + words).splitlines() == [
        ("word " * 18).strip(),
        "  " + ("word " * 12).strip(),
        "  ✓ " + ("word " * 17).strip(),
        "    " + ("word " * 13).strip(),
    ]


def test_what_somebody_copies_stays_whole():
    assert folded(f"Open {ADDRESS} in your browser.").splitlines() == ["Open", f"  {ADDRESS}", "  in your browser."]
    assert folded("short", "") == "short\n"
