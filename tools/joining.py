"""Takes a seat in a class: asks for its link and for a yes where one is needed, and tells what was done.

Standard library only: a learner joins before anything is installed.
"""

import os
import sys
from pathlib import Path

from rc_nb_helpers.errors import RingCentralError
from rc_nb_helpers.loopback import is_loopback
from rc_nb_helpers.seat_file import check_place, is_in_the_way, machine_mark, overruled_by, write_seat
from rc_nb_helpers.seat_link import read_link, take_seat
from tools.problem import Problem
from tools.servers import practice_file, shown

PYTHON = "py" if os.name == "nt" else "python3"


def take_seat_with(text: str | None, *, replace: bool) -> int:
    """Take the seat of a link, tell what was done, and return the exit code.

    Args:
        text: What a person has typed or pasted; None: they are asked for it.
        replace: Whether another `.env-practice` gives way without a question.

    Raises:
        Problem: There is no such seat, or the file cannot be written.
    """
    file = practice_file()
    try:
        link = read_link(text or answer_to("The link of your seat: "))
        check_place(file)
        seat = take_seat(link, machine_mark(file))
        if is_in_the_way(file, seat) and not replace and not may_replace(file):
            print(f"Nothing was changed: {shown(file)} is what it was.")
            return 1
        kept = write_seat(file, seat)
        overruled = overruled_by(file)
    except RingCentralError as error:
        raise Problem(f"{error.happened} {error.why}".strip() + f"\nWhat to do: {error.cure}") from None
    print(f"You have seat {seat.name} in the class at {seat.server_url}. It is written in {shown(file)}.")
    if kept:
        print(f"Your former file is {kept.name}, beside it.")
    if overruled:
        print(overruled)
    if is_loopback(seat.server_url):
        print(f"The class runs on this computer itself: set RC_PRACTICE_URL to {seat.server_url} for what comes now.")
    print(f"Now: {PYTHON} tutorial.py\nOr, if the tutorial runs already, go on there.")
    return 0


def answer_to(question: str) -> str:
    """Ask a person something; empty where nobody can answer."""
    try:
        return input(question)
    except (EOFError, RuntimeError):  # RuntimeError: there is no standard input at all
        print()
        return ""


def may_replace(file: Path) -> bool:
    """Ask whether another file may give way.

    Raises:
        Problem: There is nobody to ask.
    """
    if not (sys.stdin and sys.stdin.isatty()):
        raise Problem(
            f"{shown(file)} is there already, and says something else.\n"
            "What to do: run the same command again with --replace. Your file is then kept beside the new one."
        )
    question = f"{shown(file)} is there already, and says something else. Replace it? It is kept beside the new one."
    return answer_to(f"{question} [y/N] ").strip().lower() in ("y", "yes")
