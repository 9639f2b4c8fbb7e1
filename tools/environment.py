"""Finds the environment the tutorial runs in, or makes one: `.venv`, from the requirement files."""

import contextlib
import importlib.util
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tools.installer import install
from tools.packages import Found, look, wanted
from tools.places import OURS, ROOT, RUNTIME, TESTING, VENV
from tools.problem import Problem

__all__ = ["ROOT", "RUNTIME", "TESTING", "ensure_environment"]

OLDEST_PYTHON = (3, 10)
UNFINISHED = "tutorial-unfinished"
"""A file in `.venv` while it is being filled: after an interruption nothing in there can be relied on."""
PARTS = {"bin", "etc", "include", "lib", "lib64", "man", "scripts", "share", ".gitignore", "tutorial-stamp", UNFINISHED}
"""What else than pyvenv.cfg may be left of an environment that was interrupted."""


def ensure_environment(*requirement_files: Path) -> str:
    """Return the Python to run everything with: this one if it has all packages, else that of `.venv`.

    What is there now counts, at each start. What is missing is installed.

    Raises:
        Problem: the environment cannot be made, or a package cannot be installed.
        OSError: a file or folder of it cannot be used.
    """
    refuse_the_folder()
    lines = wanted(requirement_files)
    in_own_venv = VENV.exists() and Path(sys.prefix).resolve() == VENV.resolve()
    if not in_own_venv:
        found = look(sys.executable, lines)
        if found and not found.missing and not found.damaged:
            print(f"Using the environment that is already here: {sys.prefix}")
            return checked(sys.executable, found)
        if found and is_isolated() and not found.missing.keys() & set(wanted([RUNTIME])):
            print(f"Adding what is missing to the environment that is already here: {sys.prefix}")
            install(sys.executable, lines)
            return sys.executable
    with one_at_a_time():
        return ensure_own_venv(lines)


def is_isolated() -> bool:
    """Tell whether this Python is that of a virtual or a conda environment, where installing harms nobody."""
    return sys.prefix != sys.base_prefix or Path(sys.prefix, "conda-meta").is_dir()


def refuse_the_folder() -> None:
    """Stop in a folder whose name cannot stand in a list of folders.

    Raises:
        Problem: it is such a folder.
    """
    if os.pathsep in str(ROOT):
        raise Problem(
            f"The name of this folder has a '{os.pathsep}' in it: {ROOT}\n"
            "Python cannot make an environment there, for that is what separates folders in a list.\n"
            "What to do: rename the folder, and run this command there."
        )


def checked(python: str, found: Found) -> str:
    """Return the Python; if another copy of the helpers is installed in it, say so: it may be an old one."""
    if found.stale_helpers and found.helpers:
        print(
            f"Another copy of the helpers is installed in {found.helpers.parent.parent}. The tutorial uses this "
            f"folder's. To remove the other: {python} -m pip uninstall rc-nb-helpers, or delete that folder's "
            "rc_nb_helpers."
        )
    return python


# --- Our own environment --------------------------------------------------------------------------


def ensure_own_venv(lines: list[str]) -> str:
    """Make, repair or simply find `.venv`, with all that is wanted installed; return its Python.

    Raises:
        Problem: it cannot be made, or a package cannot be installed.
        OSError: a file or folder of it cannot be used.
    """
    python = venv_python()
    mark = VENV / UNFINISHED
    refuse_what_stands_there()
    found = None if mark.exists() else look(python, lines)
    if found is None or found.version < OLDEST_PYTHON or found.damaged or not found.site_packages.is_dir():
        make_venv()
        found = look(python, lines)
    if found is None:
        raise Problem(
            f"The Python of {VENV} does not start.\n"
            "What to do: remove the folder .venv, and run this command again. If it stays so, this Python "
            f"({sys.executable}) is damaged: use another one."
        )
    make_helpers_importable(found)
    if found.missing:
        mark.touch()
        try:
            install(python, lines)
        except Problem:
            mark.unlink()  # the installer ended by itself and left things in order; only an interruption does not
            raise
        mark.unlink()
        found = look(python, lines)
        if found is None or found.missing:
            reasons = (
                ["  its Python does not start"] if found is None else [f"  {why}" for why in found.missing.values()]
            )
            raise Problem(
                f"The packages were installed, and still {VENV} is not complete:\n" + "\n".join(reasons) + "\n"
                "What to do: remove the folder .venv, and run this command again. If it stays so, please report it."
            )
    return checked(python, found)


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let one start at a time fill `.venv`; another waits, and finds it filled. A lock ends with its process."""
    try:
        OURS.mkdir(exist_ok=True)
        file = (OURS / "setup.lock").open("a")
    except OSError:  # where nothing can be written, making .venv tells why
        yield
        return
    with file:
        told = False
        while not locked(file.fileno()):
            if not told:
                print("Another start is making the environment .venv: waiting for it …", flush=True)
            told = True
            time.sleep(0.2)
        yield


def locked(file: int) -> bool:
    """Lock a file, and return False while another process holds it. A disk that knows no locks stops nobody."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(file, 0, os.SEEK_SET)
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        pass
    return True


def venv_python() -> str:
    """Return the path of `.venv`'s Python, whether it is there or not."""
    return str(VENV / "Scripts" / "python.exe" if os.name == "nt" else VENV / "bin" / "python")


def refuse_what_stands_there() -> None:
    """Stop if something is called `.venv` that is no environment: it is the person's, and stays.

    Raises:
        Problem: it is a file, a link to nowhere, or a folder with other things in it.
    """
    if VENV.is_symlink() and not VENV.exists():
        what = f"a link to {os.readlink(VENV)}, which is not there"
    elif VENV.exists() and not VENV.is_dir():
        what = "a file, and not a folder"
    elif (VENV / "conda-meta").is_dir():
        what = "an environment of conda's"
    elif (
        VENV.is_dir()
        and not (VENV / "pyvenv.cfg").exists()
        and not {part.name.lower() for part in VENV.iterdir()} <= PARTS
    ):
        what = "a folder with other things in it than a Python environment"
    else:
        return
    raise Problem(
        f"The tutorial keeps its packages in {VENV}, but that is {what}.\n"
        "What to do: move it away or remove it, then run this command again."
    )


def make_venv() -> None:
    """Make `.venv` anew with this Python, still without packages.

    Raises:
        Problem: Python's venv module is missing.
        OSError: the folder cannot be written.
    """
    version = ".".join(map(str, sys.version_info[:2]))
    if not importlib.util.find_spec("venv"):
        raise Problem(
            f"This Python ({sys.executable}) cannot make a virtual environment: its venv module is missing. Debian "
            "and Ubuntu keep it in a package of its own.\n"
            f"What to do: sudo apt install python{version}-venv, then run this command again."
        )
    import venv  # not every Python has it

    if VENV.is_symlink() and any(VENV.iterdir()):
        raise Problem(
            f"{VENV} is a link to {VENV.resolve()}. What is there is no whole environment for the tutorial, and may be "
            "another project's: nothing is removed in it.\n"
            "What to do: remove the link (not the folder that it leads to), then run this command again."
        )
    print(f"Making the environment .venv (Python {version}) …", flush=True)
    venv.EnvBuilder(clear=True, symlinks=os.name != "nt").create(VENV.resolve())  # it refuses links


def make_helpers_importable(found: Found) -> None:
    """Let every program of `.venv` import rc_nb_helpers from this folder.

    A .pth file does what `pip install --editable .` would do, without a build and without a network. It holds a
    relative path: a folder may be moved, and Pythons disagree about the encoding of these files.
    """
    pth = found.site_packages / "rc-tutorial.pth"
    line = os.path.relpath(ROOT, found.site_packages) + "\n"
    if not pth.exists() or pth.read_bytes() != line.encode():
        pth.write_bytes(line.encode())
