"""Makes a learner's folder ready: the course, copies of the notebooks, and the seat. The hub runs it as the learner.

What is there already stays as it is: changed notebooks, and a `.env-practice` that notebook 01 has made.
"""

# ruff: noqa: S603, S607 - git is what fetches the course

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

COURSE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(COURSE))
sys.dont_write_bytecode = True  # the hub's folder is not the learner's

from tools.my_notebooks import COPIES, make_copies  # noqa: E402
from tools.problem import Problem  # noqa: E402


def main() -> None:
    """Read what the hub says on standard input, and make the folder ready."""
    told = json.load(sys.stdin)
    folder = Path(told["home"], told["folder"])
    try:
        fetch_course(folder)
        make_copies(folder)
        write_once(folder / ".env-practice", told["env"])
        write_anew(folder / COPIES / "my-seat.txt", told["about"])
    except subprocess.CalledProcessError as error:
        sys.exit(f"git says: {error.stderr.strip()}")
    except (OSError, Problem) as error:
        sys.exit(str(error))


def fetch_course(folder: Path) -> None:
    """Clone the course; later bring the clone up to date, unless the learner has changed it."""
    with tempfile.TemporaryDirectory() as place:
        settings = Path(place, "gitconfig")
        # The hub's folder belongs to somebody else, which git refuses otherwise.
        settings.write_text("[safe]\n\tdirectory = *\n", encoding="utf-8")

        def git(*arguments: str, check: bool = True) -> str:
            variables = {**os.environ, "GIT_CONFIG_GLOBAL": str(settings), "GIT_TERMINAL_PROMPT": "0"}
            done = subprocess.run(["git", *arguments], env=variables, capture_output=True, text=True, check=check)
            return done.stdout.strip()

        if folder.exists():
            git("-C", str(folder), "pull", "--quiet", "--ff-only", str(COURSE), "HEAD", check=False)
            return
        git("clone", "--quiet", "--no-hardlinks", str(COURSE), str(folder))
        # From now on it follows what the hub's course follows: nbgitpuller's link brings what is new there.
        if origin := git("-C", str(COURSE), "remote", "get-url", "origin", check=False):
            git("-C", str(folder), "remote", "set-url", "origin", origin)


def write_once(file: Path, text: str) -> None:
    """Write a file for its owner alone, if there is none of that name."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w", encoding="utf-8") as output:
        output.write(text)


def write_anew(file: Path, text: str) -> None:
    """Write a file for its owner alone, in the place of the one before."""
    file.unlink(missing_ok=True)
    write_once(file, text)


if __name__ == "__main__":
    main()
