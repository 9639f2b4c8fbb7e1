"""The rooms: each imports only what it may, and none imports anything of the rest of the helpers."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import rc_nb_helpers.practice
from tests.house_map import modules_of

PRACTICE = Path(rc_nb_helpers.practice.__file__).parent
HELPERS = "rc_nb_helpers."
HOUSE = HELPERS + "practice."
FILES = sorted(PRACTICE.rglob("*.py"))
GROUND = {"clock", "errors", "labels", "network", "parameters", "private_files", "randomness", "stages", "version"}
MAY_IMPORT = {
    "company": {"clock", "errors"},
    "login": {"company.people", "clock", "errors", "network", "parameters", "private_files", "randomness"},
    "classroom": {"company.people", "login.apps", "clock", "errors", "private_files", "randomness", "stages"},
    "web": {"backend", "controls", "faults", "limits", "login", "company", "classroom", *GROUND},
}
"""For each room, the modules and rooms beside itself that its first lines allow."""


def imported(file: Path) -> set[str]:
    """The full names of the modules that a file imports."""
    package = file.relative_to(PRACTICE.parents[1]).parts[:-1]
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            named = [node.module] if node.module else [name.name for name in node.names]
            found |= {".".join((*above, name)) for name in named}
    return found


def allowed(module: str, room: str) -> bool:
    """Whether a room may import one of practice's modules."""
    name = module.removeprefix(HOUSE)
    return any(name == each or name.startswith(each + ".") for each in {room, *MAY_IMPORT[room]})


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PRACTICE)))
def test_nothing_of_the_other_helpers_is_imported(file: Path) -> None:
    ours = {module for module in imported(file) if (module + ".").startswith(HELPERS)}
    assert {module for module in ours if not module.startswith(HOUSE)} == set()


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_what_it_may(room: str) -> None:
    for file in (PRACTICE / room).glob("*.py"):
        ours = {module for module in imported(file) if module.startswith(HOUSE)}
        assert {module for module in ours if not allowed(module, room)} == set(), file


def test_ground_imports_nothing() -> None:
    for name in GROUND:
        assert {module for module in imported(PRACTICE / f"{name}.py") if module.startswith(HOUSE)} == set(), name


def test_arrows_in_web_run_one_way() -> None:
    order = [name.removeprefix("web.") for name in modules_of("practice") if name.startswith("web.")]
    for place, name in enumerate(order):
        modules = imported(PRACTICE / "web" / f"{name}.py")
        beside = {module.removeprefix(HOUSE + "web.") for module in modules if module.startswith(HOUSE + "web.")}
        assert beside <= set(order[:place]), name


@pytest.mark.parametrize("name", ["site", "base", "faults", "pages", "programs"])
def test_what_all_requests_share_knows_no_classroom(name: str) -> None:
    modules = imported(PRACTICE / "web" / f"{name}.py")
    assert {module for module in modules if module.startswith(HOUSE + "classroom")} == set()


def test_imports_run_in_no_circle() -> None:
    names = {file: ".".join(file.relative_to(PRACTICE.parents[1]).with_suffix("").parts) for file in FILES}
    modules = {name.removesuffix(".__init__"): imported(file) for file, name in names.items()}
    TopologicalSorter(modules).prepare()  # raises CycleError
