"""Makes the program that grows, ``my_login.py``, and loads it.

Beside the notebooks of the course stands ours. Beside a learner's copies it is put together from the learner's own
functions, where their gap has been passed, and ours else.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import linecache
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

from ..columns import folded
from ..sentences.saying import say
from .gaps import Function, Gap
from .own_lines import FOLDER, NotKept, read_own, spoiled_in, text_of, write_own
from .sources import SOURCES, gaps, kept_gaps, pieces

FILE = "my_login.py"
OURS = f"<{FILE} of the course>"
RECORD = ".course.json"
"""What tools/my_notebooks.py writes beside the learner's copies: only there is anything kept."""
MADE = ".made"
"""Says which program was put together last: another one has been changed by hand."""
LOAD_SECONDS = 60
YOURS = "# yours"
"""Stands above each function of the learner's own."""
TOP = '"""Log a user in to RingCentral: the program of the course, one function after the other."""\n'


_Import = tuple[str, str, str]
"""A module, what is taken from it (or nothing), and the name that it gets."""


def program_text(own: Mapping[str, str] = {}) -> str:
    """The whole program, in the order of the notebooks.

    Args:
        own: Functions of the learner's, with their imports, by the ids of their gaps.
    """
    by_name = {gap.name: gap for gap in gaps().values()}
    imports: list[_Import] = []
    parts: list[str] = []
    for source in SOURCES:
        imports += _imports_in(inspect.getsource(source))
        texts = []
        for name, text in pieces(source):
            gap = by_name.get(name)
            if gap and gap.id in own:
                lines = own[gap.id].splitlines(keepends=True)
                first = next(number for number, line in enumerate(lines) if line.startswith("def "))
                imports += _imports_in("".join(lines[:first]))
                text = f"{YOURS}, from notebook {gap.notebook}\n" + "".join(lines[first:])
            elif gap and own:
                text = "# ours\n" + text
            texts.append(text.strip() + "\n")
        if texts:
            mark = f"# --- {source.TITLE} "
            parts += [mark + "-" * (100 - len(mark)) + "\n", *texts]
    body = "\n\n".join(parts)
    return f"{TOP}\n{_import_lines(imports, body)}\n{body}"


def _imports_in(text: str) -> Iterator[_Import]:
    for node in ast.parse(text).body:
        if isinstance(node, ast.Import):
            yield from ((each.name, "", each.asname or each.name) for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.module, each.name, each.asname or each.name) for each in node.names)


def _import_lines(imports: list[_Import], body: str) -> str:
    """The imports of what a text uses, sorted as everywhere here."""
    used = {node.id for node in ast.walk(ast.parse(body)) if isinstance(node, ast.Name)}
    wanted = sorted({each for each in imports if each[2].partition(".")[0] in used})
    groups: dict[int, list[str]] = {0: [], 1: [], 2: []}
    for module, name, called in wanted:
        if not name:
            groups[_group(module)].append(f"import {module}" + (f" as {called}" if called != module else ""))
    for module in sorted({module for module, name, _ in wanted if name}):
        names = [(name, called) for each, name, called in wanted if each == module and name]
        names.sort(key=lambda pair: (not pair[0].isupper(), not pair[0][0].isupper(), pair))
        listed = ", ".join(name if name == called else f"{name} as {called}" for name, called in names)
        groups[_group(module)].append(f"from {module} import {listed}")
    return "\n\n".join("\n".join(lines) for lines in groups.values() if lines) + "\n"


def _group(module: str) -> int:
    top = module.partition(".")[0]
    return 0 if top in sys.stdlib_module_names else 2 if top == "rc_nb_helpers" else 1


def _given() -> dict[str, str]:
    """The names that the program has: its own functions, and what it imports, with the line for it."""
    found = {}
    for source in SOURCES:
        for module, name, called in _imports_in(inspect.getsource(source)):
            found[called] = f"from {module} import {name} as {called}" if name else f"import {module} as {called}"
    return found | {name: "" for source in SOURCES for name, _ in pieces(source)}


# --- The learner's


def keep(gap: Gap, function: Function, source: str) -> str:
    """Put a right answer into the program beside the notebook, if that is a learner's copy.

    Args:
        gap: The gap.
        function: The answer.
        source: Its text, as it was run.

    Returns:
        What there is to say of it; empty elsewhere than beside a learner's copy, and for a function of no program.
    """
    folder = Path.cwd()
    if not (folder / RECORD).is_file() or gap.id not in kept_gaps():
        return ""
    text, said = "", "own.kept" if read_own(folder) else "own.first"
    try:
        text = text_of(gap, function, source, _given())
        if not _loads(program_text({**read_own(folder), gap.id: text}), folder):
            text, said = "", "own.does-not-load"
    except NotKept as reason:
        said = reason.sentence
    try:
        write_own(folder, gap.id, text)
        return " ".join(filter(None, [say(said), _put_together(folder)]))
    except OSError:
        return say("own.not-written")


def _loads(text: str, folder: Path) -> bool:
    """Whether a program can be imported. It is tried in a process of its own."""
    try_it = "import sys; exec(compile(sys.stdin.buffer.read(), 'my_login.py', 'exec'), {'__name__': 'my_login'})"
    path = os.pathsep.join(os.path.abspath(place) for place in sys.path)
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", try_it],
            input=text.encode(),
            cwd=folder,
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            timeout=LOAD_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _put_together(folder: Path, *, over_hand_made: bool = True) -> str:
    """Write the program anew, where it is not what it should be. What was changed by hand is kept aside.

    Returns:
        What there is to say of that.
    """
    file, made = folder / FILE, folder / FOLDER / MADE
    text, said = program_text(read_own(folder)), ""
    if file.is_file():
        former = file.read_text("utf-8", "replace")
        if former == text:
            return ""
        by_hand = former != program_text() and not (made.is_file() and made.read_text("utf-8") == _mark(former))
        if by_hand and not over_hand_made:
            return ""
        if by_hand:
            aside = next(name for n in range(1, 1000) if not (name := folder / f"my_login (by hand {n}).py").exists())
            file.rename(aside)
            said = say("own.by-hand", name=aside.name)
    made.parent.mkdir(exist_ok=True)
    made.write_text(_mark(text), encoding="utf-8")
    part = file.with_suffix(".part")
    part.write_text(text, encoding="utf-8", newline="\n")
    part.replace(file)
    return said


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


# --- Loading


def load_my_login() -> ModuleType:
    """The program as a module: the file beside the notebook, or ours where there is none that works."""
    file = Path(FILE).absolute()
    try:
        if (file.parent / RECORD).is_file():
            _put_together(file.parent, over_hand_made=False)
            for name in spoiled_in(file.parent):
                print(folded(say("own.spoiled", name=name)))
        text = file.read_text("utf-8")
    except OSError:
        return _module(program_text(), OURS)
    except UnicodeDecodeError as error:
        return _ours_instead_of(file, error)
    try:
        return _module(text, str(file))
    except (Exception, SystemExit) as error:  # noqa: BLE001  (a learner may have written anything)
        return _ours_instead_of(file, error)


def _ours_instead_of(file: Path, error: BaseException) -> ModuleType:
    print(folded(_what_is_wrong(error, file)))
    return _module(program_text(), OURS)


def _module(text: str, file: str) -> ModuleType:
    """A program as the module ``my_login``; the one that is there already, if nothing has changed."""
    former = sys.modules.get("my_login")
    if former and getattr(former, "__text__", None) == (text, file):
        return former
    module = ModuleType("my_login")
    module.__file__ = file
    module.__dict__["__text__"] = (text, file)
    exec(compile(text, file, "exec"), module.__dict__)  # noqa: S102  (the program itself)
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    sys.modules["my_login"] = module
    return module


def _what_is_wrong(error: BaseException, file: Path) -> str:
    """What kept a program from loading, and where: never what it holds."""
    line = error.lineno if isinstance(error, SyntaxError) else None
    trace = error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == str(file):
            line = trace.tb_lineno
        trace = trace.tb_next
    kind = type(error).__name__
    return say("own.broken-in-line", kind=kind, line=line) if line else say("own.broken", kind=kind)
