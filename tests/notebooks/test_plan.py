"""What the instructor's plans promise of the board comes from the notebook beside it, and not from an earlier one."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from rc_nb_helpers.practice import PracticePlatform
from rc_nb_helpers.practice.classroom.record import Progress
from rc_nb_helpers.practice.stages import Stage
from tests.conftest import free_port
from tools.clean_room import notebook_environment
from tools.my_notebooks import notebook_files
from tools.places import ROOT
from tools.run_notebook import run_notebook

CELL_SECONDS = 60
BY_HAND = {"01"}  # its app is made in the console, which no autopilot opens
COLUMNS = {stage.value.lower(): stage for stage in Stage}

pytestmark = pytest.mark.slow


def promised() -> list[tuple[str, set[Stage], set[str]]]:
    """Of each row with a notebook: its number, the columns that it fills, and the errors that are wanted."""
    rows = re.findall(r"(?m)^\| \d+ \| (\d\d) .*\|([^|]*)\|$", (ROOT / "workshop" / "plan.md").read_text("utf-8"))
    return [
        (
            number,
            {COLUMNS[name.lower()] for name in re.findall(r"\*(.+?)\*", board) if name.lower() in COLUMNS},
            set(re.findall(r"[A-Z]{3}-\d{3}", board)),
        )
        for number, board in rows
    ]


def test_each_notebook_fills_the_columns_that_the_plans_name_and_meets_the_errors_that_they_want(tmp_path):
    files = {file.name[:2]: file for file in notebook_files() if file.name[:2].isdigit()}

    def reached(number: str) -> Progress:
        folder = tmp_path / number
        folder.mkdir()
        with PracticePlatform(redirect_uris=[f"http://localhost:{free_port()}/oauth2callback"]) as practice:
            environment = notebook_environment(folder) | {"RC_PRACTICE_URL": practice.server_url}
            run_notebook(files[number], environment, CELL_SECONDS)
            (progress,) = practice.controls.progress(practice.client_id)
        return progress

    rows = promised()
    numbers = sorted({number for number, _, _ in rows} - BY_HAND)
    assert len(numbers) > 5
    with ThreadPoolExecutor(2) as pool:
        seen = dict(zip(numbers, pool.map(reached, numbers), strict=True))
    for number, columns, errors in rows:
        if number not in BY_HAND:
            assert columns, number
            assert (number, columns - set(seen[number].stages)) == (number, set())
            assert (number, set(seen[number].errors)) == (number, errors)
