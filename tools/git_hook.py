"""Switches the secrets guard on for this clone, and says so whenever it is off. A person's own hooks stay theirs."""

# ruff: noqa: S603, S607 - it asks git

import contextlib
import os
import shlex
import subprocess
from pathlib import Path

from tools.places import ROOT

HOOKS = "tools/hooks"
GUARD = "[ ! -f tools/secrets_guard.py ] || python3 tools/secrets_guard.py || exit 1"
"""The line for a person's own hook: hooks of a global core.hooksPath run in repositories that have no guard."""
OFF = "The secrets guard is off: "


def set_up_secrets_guard() -> None:
    """Let git ask the secrets guard before each commit of this clone; where it cannot be, say why and what to do."""
    problem = switch_on()
    if problem:
        print(OFF + problem, flush=True)


def switch_on() -> str | None:
    """Switch the guard on if nothing of the person's stands in its way; return why it is off, or None."""
    code, top = git("rev-parse", "--show-toplevel")
    if code is None:
        return f"git is not installed here. Before you put this folder under git, add to its pre-commit hook: {GUARD}"
    if code:
        return why_not_a_clone(top)
    if Path(top).resolve() != ROOT:
        guard = shlex.quote(str(ROOT.relative_to(Path(top).resolve()) / "tools" / "secrets_guard.py"))
        return (
            f"this folder is inside another git repository, {top}. Add this line to its pre-commit hook: "
            f"python3 {guard} || exit 1"
        )
    _, path = git("rev-parse", "--git-path", "hooks")
    hooks = (ROOT / path).resolve()  # where git looks for hooks now, whoever said so
    if hooks == (ROOT / HOOKS).resolve():
        return can_run(hooks / "pre-commit")
    code, setting = git("config", "core.hooksPath")
    if code == 0 and (not setting or (hooks.exists() and not hooks.is_dir())):
        return (
            f"git's setting core.hooksPath ('{setting}') names no folder, so no hook runs. To let the guard run in "
            f"this clone: git config core.hooksPath {HOOKS}"
        )
    if code != 0 and not any(not hook.name.endswith(".sample") for hook in files_in(hooks)):
        code, said = git("config", "core.hooksPath", HOOKS)
        if code:
            return f"git could not switch it on ({said}). Once that is mended, start again."
        print("git now looks for secrets before each commit here. To undo: git config --unset core.hooksPath")
        return can_run(ROOT / HOOKS / "pre-commit")
    hook = hooks / "pre-commit"
    if hook.is_file() and "secrets_guard" in hook.read_text("utf-8", errors="replace"):
        return can_run(hook)
    begin = "" if hook.is_file() else " (a new file, which begins with #!/bin/sh)"
    return f"this clone has git hooks of your own, in {hooks}. Add this line to {hook}{begin}: {GUARD}"


def why_not_a_clone(said: str) -> str:
    """Return what to tell where git sees no repository, or does not want to."""
    if not (ROOT / ".git").exists():
        return (
            "this folder is not a git clone (from a ZIP file?). If you put it under git, start the tutorial again: "
            "it switches the guard on."
        )
    if hasattr(os, "getuid") and ROOT.stat().st_uid != os.getuid():
        return (
            "this clone belongs to another user, so git does not work in it. If you trust it: "
            f'git config --global --add safe.directory "{ROOT}", then start again.'
        )
    return f"git does not work here. It says: {said}"


def can_run(hook: Path) -> str | None:
    """Return why git would pass over a hook, or None; one that lost its right to be run gets it back."""
    if not hook.is_file():
        return f"its file is missing. To bring it back: git restore {HOOKS}"
    if os.name != "nt" and not os.access(hook, os.X_OK):
        with contextlib.suppress(OSError):  # told below
            hook.chmod(hook.stat().st_mode | 0o111)
        if not os.access(hook, os.X_OK):
            return f"git cannot run {hook}. To allow it: chmod +x {hook}"
    return None


def files_in(folder: Path) -> list[Path]:
    """Return the files in a folder, none if there is no such folder."""
    return [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []


def git(*arguments: str) -> tuple[int | None, str]:
    """Return git's exit code and its answer, or the first line of its error; None as its code if there is no git.

    Variables that point git to another repository (it sets them for its own hooks) do not count here.
    """
    elsewhere = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR")
    variables = {name: value for name, value in os.environ.items() if name not in elsewhere}
    try:
        answer = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, env=variables, check=False)
    except OSError:
        return None, ""
    if answer.returncode == 0:
        # The name of a folder may end with spaces, or hold lines.
        return 0, os.fsdecode(answer.stdout).removesuffix("\n")
    return answer.returncode, os.fsdecode(answer.stderr).strip().partition("\n")[0]
