"""Makes the program that grows, ``my_login.py``, from the sources of the notebooks; and loads it.

Standard library only, apart from those sources.
"""

from __future__ import annotations

import ast
import inspect
import linecache
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from . import n01, n02, n03, n04, n05, n07

SOURCES = (n01, n02, n03, n04, n05, n07)
FILE = "my_login.py"
OURS = f"<{FILE} of the course>"
TOP = '"""Log a user in to RingCentral: the program of the course, one function after the other."""\n'


def program_text() -> str:
    """The whole program, in the order of the notebooks."""
    parts = []
    for source in SOURCES:
        mark = f"# --- {source.TITLE} "
        parts.append(mark + "-" * (100 - len(mark)) + "\n")
        parts += [part.strip() + "\n" for part in _pieces(source)]
    body = "\n\n".join(parts)
    return f"{TOP}\n{_imports(body)}\n{body}"


def _pieces(source: ModuleType) -> Iterator[str]:
    """The text of what a notebook adds to the program."""
    text = inspect.getsource(source)
    tree = ast.parse(text)
    for piece in source.PROGRAM:
        yield _statement(text, tree, piece) if isinstance(piece, str) else inspect.getsource(piece)


def _statement(text: str, tree: ast.Module, name: str) -> str:
    """The statement that gives a name its value; or the one that runs the program."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return ast.get_source_segment(text, node) or ""
        if isinstance(node, ast.If) and name in ast.unparse(node.test):
            return ast.get_source_segment(text, node) or ""
    raise LookupError(name)


def _imports(body: str) -> str:
    """The import lines of what a text uses, as the sources have them, sorted as everywhere here."""
    used = {node.id for node in ast.walk(ast.parse(body)) if isinstance(node, ast.Name)}
    whole: set[str] = set()
    parts: dict[str, set[str]] = {}
    for source in SOURCES:
        for node in ast.parse(inspect.getsource(source)).body:
            if isinstance(node, ast.Import):
                whole |= {alias.name for alias in node.names if alias.name in used}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = {alias.name for alias in node.names if alias.name in used}
                parts[node.module] = parts.get(node.module, set()) | names
    groups: dict[int, list[str]] = {0: [], 1: [], 2: []}
    for name in sorted(whole):
        groups[_group(name)].append(f"import {name}")
    for module in sorted(parts):
        if parts[module]:
            listed = sorted(parts[module], key=lambda name: (not name.isupper(), not name[0].isupper(), name))
            groups[_group(module)].append(f"from {module} import {', '.join(listed)}")
    return "\n\n".join("\n".join(lines) for lines in groups.values() if lines) + "\n"


def _group(module: str) -> int:
    top = module.partition(".")[0]
    return 0 if top in sys.stdlib_module_names else 2 if top == "rc_nb_helpers" else 1


def load_my_login() -> ModuleType:
    """The program as a module: the file beside the notebook, or ours where there is none that works."""
    file = Path(FILE).absolute()
    if file.is_file():
        try:
            return _module(file.read_text("utf-8"), str(file))
        except Exception as error:  # noqa: BLE001  (a learner may have written anything)
            print(_what_is_wrong(error, file), "This notebook goes on with ours.")
    return _module(program_text(), OURS)


def _module(text: str, file: str) -> ModuleType:
    module = ModuleType("my_login")
    module.__file__ = file
    exec(compile(text, file, "exec"), module.__dict__)  # noqa: S102  (the program itself)
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    sys.modules["my_login"] = module
    return module


def _what_is_wrong(error: Exception, file: Path) -> str:
    """What kept a program from loading, and where: never what it holds."""
    lines = [error.lineno] if isinstance(error, SyntaxError) else []
    trace = error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == str(file):
            lines.append(trace.tb_lineno)
        trace = trace.tb_next
    where = f", line {lines[-1]}" if lines else ""
    return f"Your {FILE} does not load ({type(error).__name__}{where})."


def main() -> None:
    """Write the program beside the notebooks."""
    (Path(sys.argv[1]) / FILE).write_text(program_text(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
