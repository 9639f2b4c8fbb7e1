"""The pre-flight of notebook 00 in a browser: all in place, and with things that are wrong."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
from urllib.parse import urlsplit

from playwright.sync_api import expect

from tools.my_notebooks import make_copies

from .conftest import ROOT, SIZE, shoot, violations
from .test_panels import set_theme

TITLE = "Is everything in place?"
CELL = next(
    "".join(cell["source"])
    for cell in json.loads((ROOT / "notebooks" / "00-start-here.ipynb").read_text("utf-8"))["cells"]
    if cell["id"] == "00-03"
)


def test_all_is_in_place(notebook, practice):
    opened = notebook(CELL)
    opened.run_all()
    panel = opened.panel(TITLE)
    expect(panel.get_by_role("status")).to_contain_text("Everything is in place")
    # One line; what is well is folded, and what only a person can try stands open.
    expect(panel.get_by_role("listitem")).to_have_count(1)
    expect(panel.get_by_role("listitem")).to_contain_text("Press Try a window")
    expect(panel.locator("[data-kind=error]")).to_have_count(0)
    shoot(panel, "pre-flight-folded")
    panel.get_by_role("button", name="Try a window").click()
    expect(panel.get_by_text("This page may open a window.")).to_be_visible()
    panel.get_by_text("What is in place").click()
    expect(panel.get_by_role("listitem").filter(has_text="This browser reaches practice")).to_be_visible()
    shoot(panel, "pre-flight-all-green")
    saved = opened.save()
    for private in (str(ROOT), practice.server_url, "ipykernel", "Python 3."):
        assert private not in saved.partition('"metadata": {\n  "kernelspec"')[0]
    panel.get_by_role("button", name="Look again").click()
    expect(panel.get_by_role("status")).to_contain_text("Everything is in place")


def test_five_things_are_wrong_and_each_says_what_to_do(notebook, practice, lab, context):
    ports = [urlsplit(uri).port or 0 for uri in practice.redirect_uris]
    stale = lab.folder / "stale"
    stale.mkdir()
    shutil.copytree(ROOT / "rc_nb_helpers", stale / "rc_nb_helpers")
    tutorial = lab.folder / "tutorial.py"
    tutorial.touch()
    (lab.folder / "rc_nb_helpers").mkdir()
    (lab.folder / "rc_nb_helpers" / "__init__.py").touch()
    prepare = f"""import sys
sys.path.insert(0, {str(stale)!r})
from importlib import metadata
version = metadata.version
metadata.version = lambda name: "7.0.1" if name == "ipykernel" else version(name)"""
    try:
        opened = notebook(prepare, CELL)
        context.route(lambda url: url.startswith(practice.server_url), lambda route: route.abort())
        opened.page.evaluate("() => { window.realOpen = window.open; window.open = () => null; }")
        with contextlib.ExitStack() as taken:
            for port in ports:
                taken.enter_context(socket.create_server(("127.0.0.1", port)))
            opened.run_all()
            panel = opened.panel(TITLE)
            expect(panel.get_by_role("status")).to_contain_text("things are not in place")
            panel.get_by_role("button", name="Try a window").click()
            wrong = panel.locator("li[data-kind=error]")
            expect(wrong).to_have_count(5)
            expect(panel.locator("li[data-kind=ok]:visible")).to_have_count(0)
            packages = ("The helpers come from", "ipykernel 7.0.1")
            for said in (*packages, "is taken by python", "does not reach practice", "has blocked the window"):
                assert wrong.filter(has_text=said).locator(".rc-cure").inner_text().strip()
            opened.page.set_viewport_size({"width": 1280, "height": 1400})
            shoot(panel, "pre-flight-wrong")
    finally:
        shutil.rmtree(stale)
        shutil.rmtree(lab.folder / "rc_nb_helpers")
        tutorial.unlink()
        opened.page.set_viewport_size(SIZE)
        opened.page.evaluate("() => { window.open = window.realOpen; }")


def test_a_port_that_a_notebook_holds_is_told_with_its_name(notebook, practice, lab):
    port = urlsplit(practice.redirect_uris[0]).port
    holder = notebook(
        f"import http.server; held = http.server.HTTPServer(('127.0.0.1', {port}), http.server.BaseHTTPRequestHandler)",
        name="the-one-that-waits.ipynb",
    )
    holder.run_all()
    opened = notebook(CELL)
    opened.run_all()
    panel = opened.panel(TITLE)
    expect(panel).to_contain_text(f"Port {port} is taken by the notebook the-one-that-waits.ipynb.")
    shoot(panel, "pre-flight-port")


def test_a_kernel_without_the_helpers_says_which_python_it_is_and_what_to_run(notebook):
    opened = notebook(
        "import os, sys\n"
        "sys.path[:] = [each for each in sys.path if not os.path.exists(os.path.join(each, 'rc_nb_helpers'))]",
        CELL,
    )
    opened.run_all()
    output = opened.page.locator(".jp-OutputArea-output pre")
    expect(output).to_contain_text("cannot load the tutorial's helpers: No module named 'rc_nb_helpers'")
    expect(output).to_contain_text("%pip install -r requirements.txt")
    shoot(opened.page, "pre-flight-not-importable")


def test_a_kernel_without_anywidget_says_so_in_plain_lines(notebook):
    opened = notebook(
        "import importlib.util as util; find = util.find_spec\n"
        "util.find_spec = lambda name, *more: None if name == 'anywidget' else find(name, *more)",
        CELL,
    )
    opened.run_all()
    output = opened.page.locator(".jp-OutputArea-output pre")
    expect(output).to_contain_text("anywidget is missing in this kernel")
    expect(output).to_contain_text("%pip install")


def test_it_is_accessible_in_light_and_dark_and_in_a_narrow_notebook(shared_notebook, axe):
    opened = shared_notebook(CELL)
    opened.run_all()
    panel = opened.panel(TITLE)
    expect(panel.get_by_role("status")).to_contain_text("Everything is in place")
    assert violations(opened.page, axe, ".rc-panel") == []
    try:
        set_theme(opened.page, "JupyterLab Dark")
        panel.get_by_role("button", name="Try a window").click()
        expect(panel).to_contain_text("This page may open a window.")
        shoot(panel, "pre-flight-dark")
        assert violations(opened.page, axe, ".rc-panel") == []
        opened.page.evaluate("() => { window.realOpen = window.open; window.open = () => null; }")
        panel.get_by_role("button", name="Try a window").click()
        expect(panel.get_by_role("status")).to_contain_text("1 thing is not in place")
        opened.page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
        opened.page.set_viewport_size({"width": 400, "height": 1400})
        assert violations(opened.page, axe, ".rc-panel") == []
        assert panel.evaluate("(panel) => panel.scrollWidth <= panel.clientWidth"), "it sticks out at the side"
        shoot(panel, "pre-flight-narrow")
    finally:
        set_theme(opened.page, "JupyterLab Light")
        opened.page.set_viewport_size(SIZE)
        opened.page.evaluate(
            """() => { window.open = window.realOpen || window.open;
            const a = window.jupyterapp;
            if (a.shell.leftCollapsed) return a.commands.execute('application:toggle-left-area'); }"""
        )


def test_one_click_brings_an_original_back(shared_notebook, tmp_path, axe):
    (tmp_path / "notebooks").mkdir()
    shutil.copy(ROOT / "notebooks" / "03-catch-the-answer.ipynb", tmp_path / "notebooks")
    make_copies(tmp_path)
    mine = tmp_path / "my-notebooks" / "03-catch-the-answer.ipynb"
    original = mine.read_bytes()
    mine.write_text("beyond repair")
    opened = shared_notebook(
        f"import pathlib\nfrom tools import my_notebooks\nmy_notebooks.show_buttons(pathlib.Path({str(tmp_path)!r}))"
    )
    opened.run_all()
    panel = opened.panel("Bring back the original. Yours is kept.")
    panel.get_by_role("button", name="03 catch the answer").click()
    expect(panel.get_by_role("status")).to_contain_text("the original is back")
    assert mine.read_bytes() == original
    (kept,) = (mine.parent / "earlier").iterdir()
    assert kept.read_text() == "beyond repair"
    assert violations(opened.page, axe, ".rc-panel") == []
    shoot(panel, "bring-back")
