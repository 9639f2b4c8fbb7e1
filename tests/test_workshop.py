"""The files for hubs that cannot be run here, as far as they can be looked at; and the words of the rehearsal."""

import ast
import asyncio
import grp
import itertools
import json
import os
import re
import socket
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from unittest.mock import MagicMock

import nbformat
import pytest
import yaml
from traitlets.config import Config

from rc_nb_helpers.catalogue import CATALOGUE
from rc_nb_helpers.practice import DEFAULT_REDIRECT_URIS
from rc_nb_helpers.practice.__main__ import _arguments
from tools import hub, rehearsal
from tools.my_notebooks import notebook_files
from tools.notebook_measures import measure
from tools.problem import Problem

from .conftest import SOON

ROOT = Path(__file__).resolve().parents[1]
CODE = re.compile(r"\b(?:OAU|CMN)-\d{3}\b")
KUBERNETES = ROOT / "workshop" / "kubernetes"
# The chart's own names of settings (its values.yaml, 4.1), as far as they are used. None: what is below is free.
CHART = {
    "hub": {"config": None, "services": None, "extraConfig": None},
    "proxy": {"https": {"enabled": None, "hosts": None, "letsencrypt": {"contactEmail": None}}},
    "singleuser": {
        "image": {"name": None, "tag": None},
        "memory": {"limit": None, "guarantee": None},
        "cpu": {"limit": None, "guarantee": None},
        "storage": {"capacity": None},
        "networkPolicy": {"egress": None},
        **dict.fromkeys(["defaultUrl", "startTimeout", "extraEnv", "lifecycleHooks", "extraFiles"]),
    },
    "cull": {"enabled": None, "timeout": None, "every": None},
}


def values():
    return yaml.safe_load((KUBERNETES / "values.yaml").read_text("utf-8"))


def unknown(given, known, path=""):
    for name, value in given.items():
        if name not in known:
            yield path + name
        elif known[name] is not None:
            yield from unknown(value, known[name], f"{path}{name}.")


def test_values_for_kubernetes_are_settings_of_the_chart():
    assert list(unknown(values(), CHART)) == []


def test_one_password_for_all_on_kubernetes_makes_nobody_an_admin():
    config = values()["hub"]["config"]
    assert "password" in config["DummyAuthenticator"]
    assert "admin_users" not in config["Authenticator"]


def functions(source):
    """The functions of a program, without what they say of themselves."""
    tree = ast.parse(source)
    for each in ast.walk(tree):
        if isinstance(each, ast.FunctionDef) and ast.get_docstring(each):
            del each.body[0]
    return {each.name: ast.dump(each) for each in tree.body if isinstance(each, ast.FunctionDef)}


def test_hub_on_kubernetes_leads_the_answer_as_the_one_that_is_tested():
    (program,) = values()["hub"]["extraConfig"].values()
    there = functions(program)
    here = functions((ROOT / "workshop" / "jupyterhub" / "class_config.py").read_text("utf-8"))
    assert there
    assert there.items() <= here.items()


def test_hub_on_kubernetes_takes_the_two_functions(monkeypatch):
    said = []
    monkeypatch.setitem(sys.modules, "jupyterhub", ModuleType("jupyterhub"))
    monkeypatch.setitem(sys.modules, "jupyterhub.log", SimpleNamespace(log_request=said.append))
    c = SimpleNamespace(JupyterHub=SimpleNamespace(tornado_settings={}))
    (program,) = values()["hub"]["extraConfig"].values()
    exec(program, {"c": c})
    ada, request = SimpleNamespace(url="/user/ada/"), SimpleNamespace(query="code=x&state=y", uri="/hub/home")
    assert c.JupyterHub.user_redirect_hook("rc-callback/", request, ada, "/") == "/user/ada/rc-callback/?code=x&state=y"
    assert c.JupyterHub.user_redirect_hook("lab", request, ada, "/") is None
    login = SimpleNamespace(
        request=SimpleNamespace(uri="/hub/login?next=%2Fhub%2Fuser-redirect%2Frc-callback%2F%3Fcode")
    )
    other = SimpleNamespace(request=request)
    for handler in (login, other):
        c.JupyterHub.tornado_settings["log_function"](handler)
    assert said == [other]


def test_as_root_people_sign_in_where_a_group_of_admins_is_missing_and_the_hub_waits_for_nothing(monkeypatch, tmp_path):
    folder = ROOT / "workshop" / "jupyterhub"
    c = MagicMock()
    c.JupyterHub.services = []

    def load(name):
        path = folder / name
        exec(
            compile(path.read_text("utf-8"), str(path), "exec"),
            {"__file__": str(path), "get_config": lambda: c, "load_subconfig": lambda other: load(Path(other).name)},
        )

    monkeypatch.setitem(sys.modules, "certipy", MagicMock())
    monkeypatch.setitem(sys.modules, "jupyterhub", ModuleType("jupyterhub"))
    monkeypatch.setitem(sys.modules, "jupyterhub.log", SimpleNamespace(log_request=None))
    monkeypatch.setattr(os, "environ", {"RC_HUB_STATE": str(tmp_path)})
    monkeypatch.setattr(os, "umask", lambda mask: None)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(grp, "getgrall", lambda: [SimpleNamespace(gr_name=name) for name in ("root", "sudo")])
    load("jupyterhub_config.py")
    # The hub asks the system for each of them at each login, and a group that is not there ends that in a 500.
    assert c.PAMAuthenticator.admin_groups == {"sudo"}
    # It starts its services in this order. A service that another one brings with it would be waited for, 30 seconds.
    names = [each["name"] for each in c.JupyterHub.services]
    assert names.index("board") < names.index("practice")


def test_practice_on_kubernetes_is_started_as_its_command_says_and_where_the_hub_looks_for_it():
    things = {each["kind"]: each for each in yaml.safe_load_all((KUBERNETES / "practice.yaml").read_text("utf-8"))}
    (container,) = things["Deployment"]["spec"]["template"]["spec"]["containers"]
    assert container["command"][:3] == ["python3", "-m", "rc_nb_helpers.practice"]
    options = _arguments(container["command"][3:])
    address = values()["hub"]["services"]["practice"]["url"]
    assert address == f"http://{things['Service']['metadata']['name']}:{options.port}"
    assert {container["ports"][0]["containerPort"], things["Service"]["spec"]["ports"][0]["port"]} == {options.port}
    (host,) = values()["proxy"]["https"]["hosts"]
    assert options.public_url == f"https://{host}/services/practice"
    assert options.redirect_uri == [f"https://{host}/hub/user-redirect/rc-callback/"]
    assert values()["singleuser"]["extraEnv"]["RC_PRACTICE_URL"] == options.public_url
    assert container["image"] == values()["singleuser"]["image"]["name"]
    labels = things["Deployment"]["spec"]["template"]["metadata"]["labels"]
    for kind, selector in (("Service", "selector"), ("NetworkPolicy", "podSelector")):
        wanted = things[kind]["spec"][selector]
        assert wanted.get("matchLabels", wanted) == labels


def test_binder_installs_what_is_here():
    folder = ROOT / ".binder"
    for line in (folder / "requirements.txt").read_text("utf-8").splitlines():
        if line.startswith("-r "):
            assert (folder / line[3:]).is_file()
    assert os.access(folder / "postBuild", os.X_OK)
    assert (ROOT / (folder / "postBuild").read_text("utf-8").split()[-1]).is_file()


def test_dev_container_forwards_the_ports_of_the_course():
    settings = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text("utf-8"))
    ports = {int(re.findall(r":(\d+)/", uri)[0]) for uri in DEFAULT_REDIRECT_URIS}
    assert set(settings["forwardPorts"]) == {8888, 8440, *ports} == {int(port) for port in settings["portsAttributes"]}
    for name in re.findall(r"[\w/-]+\.(?:txt|py)", settings["postCreateCommand"]):
        assert (ROOT / name).is_file()


def anchors(file):
    headings = re.findall(r"(?m)^#+ (.+)$", file.read_text("utf-8"))
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


GUIDES = sorted(str(page.relative_to(ROOT / "workshop")) for page in (ROOT / "workshop").rglob("*.md"))


@pytest.mark.parametrize("name", GUIDES)
def test_links_of_the_guide_lead_somewhere(name):
    page = ROOT / "workshop" / name
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text("utf-8")):
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


@pytest.mark.parametrize(("plan", "last"), [("Sixty minutes", "05"), ("Three hours", "07")])
def test_plans_have_the_minutes_that_their_notebooks_take(plan, last):
    """A row of the plan begins with its minute; the next row with the end of it."""
    page = (ROOT / "workshop" / "plan.md").read_text("utf-8").partition(f"## {plan}")[2].partition("\n## ")[0]
    rows = re.findall(r"(?m)^\| (\d+) \| (\w+)", page)
    planned = {what: int(end) - int(start) for (start, what), (end, _) in itertools.pairwise(rows)}
    files = {file.name[:2]: file for file in notebook_files() if file.name[:2] in planned}
    assert set(files) == {what for what in planned if what.isdigit()} > {"00", last}
    took = {name: measure(nbformat.read(file, as_version=4)).minutes for name, file in files.items()}
    assert {name: minutes for name, minutes in took.items() if minutes > planned[name] + 2} == {}


def test_codes_that_the_guides_name_are_known():
    named = {code for name in GUIDES for code in CODE.findall((ROOT / "workshop" / name).read_text("utf-8"))}
    assert {"OAU-109", "CMN-408"} < named <= set(CATALOGUE)


@pytest.mark.parametrize("name", ["elsewhere.md", "jupyterhub/README.md", "kubernetes/values.yaml"])
def test_what_was_not_run_says_so(name):
    assert "not run" in (ROOT / "workshop" / name).read_text("utf-8").lower()


def test_variables_that_the_hub_reads_are_those_of_its_page():
    folder = ROOT / "workshop" / "jupyterhub"
    sources = [(folder / name).read_text("utf-8") for name in ("class_config.py", "jupyterhub_config.py")]
    read = {name for text in sources for name in re.findall(r'environ(?:\.\w+)?\(?\[?"(RC_HUB_\w+)"', text)}
    page = set(re.findall(r"`(RC_HUB_\w+)`", (folder / "README.md").read_text("utf-8")))
    assert read == page


# --- What is done as the learner, before a server starts


@pytest.fixture
def config(monkeypatch, tmp_path):
    """What class_config.py defines, read as a hub reads it."""
    monkeypatch.setitem(sys.modules, "jupyterhub", ModuleType("jupyterhub"))
    monkeypatch.setitem(sys.modules, "jupyterhub.log", SimpleNamespace(log_request=None))
    monkeypatch.setenv("RC_HUB_STATE", str(tmp_path / "state"))
    file = ROOT / "workshop" / "jupyterhub" / "class_config.py"
    config = {"get_config": Config, "__file__": str(file)}
    exec(compile(file.read_text("utf-8"), file, "exec"), config)
    return config


@pytest.fixture
def settle(config, tmp_path):
    """Run a program in the place of settle.py, as the hub does; return what the hub says when it has failed."""
    ada = SimpleNamespace(user=SimpleNamespace(name="ada"), home_dir=str(tmp_path / "ada"))
    config["HERE"] = tmp_path

    async def practice(reader, writer):
        name = json.loads(await reader.readline())
        writer.write(json.dumps({"env": f"of {name}", "about": ""}).encode())
        writer.close()

    async def start():
        async with await asyncio.start_unix_server(practice, config["SEATS_SOCKET"]):
            await config["c"].Spawner.pre_spawn_hook(ada)

    def run(program, patience=SOON):
        config["PATIENCE"] = patience
        (tmp_path / "settle.py").write_text(f"import os, sys, time\n{program}\n")
        try:
            asyncio.run(start())
        except RuntimeError as problem:
            return str(problem)
        return ""

    return run


def test_a_folder_that_is_made_ready(settle, tmp_path):
    program = "print(os.getsid(0) == os.getpid(), sorted(os.environ), sys.stdin.read(), file=open('told', 'w'))"
    assert settle(f"os.chdir({str(tmp_path)!r})\n{program}") == ""
    told = (tmp_path / "told").read_text()
    assert told.startswith("True "), "it has the terminal in which the hub was started"
    assert '"env": "of ada"' in told
    assert "RC_HUB" not in told


def test_whoever_sits_at_a_port_of_practice_gives_no_seats(config):
    """While practice is not there, its ports are anybody's. Who gives seats says what is done as each learner."""
    with socket.create_server(("127.0.0.1", 0)) as squatter:
        config |= {"PATIENCE": 0, "PRACTICE_PORT": squatter.getsockname()[1], "BOARD_PORT": squatter.getsockname()[1]}
        with pytest.raises(RuntimeError, match="Practice has not started"):
            asyncio.run(config["seat_of"]("ada"))
        squatter.setblocking(False)
        with pytest.raises(BlockingIOError):
            squatter.accept()


@pytest.mark.parametrize(
    ("program", "patience", "said"),
    [
        ("sys.exit('git says:\\n\\x1b[31mno')", SOON, "git says: [31mno"),
        ("os._exit(1)", SOON, "nobody said why."),
        ("time.sleep(60)", 0.01, "this took more than 0.1 seconds."),
        ("while True: os.write(2, b'x' * 99999)", SOON, "x" * 4000),
    ],
)
def test_a_folder_that_is_not_made_ready_costs_the_hub_little(settle, program, patience, said):
    """Whatever the learner's own programs do there: say too much, or never end."""
    assert settle(program, patience) == f"The folder of ada could not be made ready: {said}"


# --- The rehearsal


def test_plan_follows_from_what_was_measured():
    gb = rehearsal.GB
    findings = rehearsal.Findings(
        peak={"hub": gb, "proxy": gb, "practice": gb, "servers": 9 * gb, "kernels": 9 * gb},
        each={"servers": gb / 10, "kernels": gb / 20}, start=10, start_work=60, whole=100, whole_work=260,
    )  # fmt: skip
    plan = "\n".join(rehearsal.plan(findings, learners=20, wanted=100))
    assert "takes 3.0 seconds of a core, the course 10" in plan
    assert "cores: 1.7, if all servers are to run within 3 minutes; 0.2 on average" in plan
    without = 13 + 5 * len(rehearsal.SHOWN)
    said = f"memory: 23 GB with idle kernels ended (two for each learner), {without} GB without (one for each notebook)"
    assert said in plan
    assert "one machine with 3 cores and 29 GB" in plan
    assert "or 1 nodes of 8 cores and 32 GB" in plan
    assert "more than 20 at once" in plan


def test_no_plan_without_a_measurement():
    assert rehearsal.plan(rehearsal.Findings(), learners=3) == ["No plan: too little was measured."]


@pytest.mark.parametrize(("percent", "value"), [(50, 10), (95, 19), (100, 20)])
def test_percentiles_are_values_that_were_measured(percent, value):
    assert rehearsal.percentile([float(number) for number in range(20, 0, -1)], percent) == value


@pytest.mark.parametrize("learners", [0, 101])
def test_rehearsal_is_bounded(learners):
    with pytest.raises(Problem, match="from 1 to 100 learners"):
        rehearsal.rehearse(learners)


def test_missing_proxy_is_named_with_the_line_that_gets_it(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(hub, "ROOT", tmp_path)
    with pytest.raises(Problem) as told:
        hub.proxy_command()
    assert "npm is not here either: install it first" in str(told.value)
    assert str(told.value).endswith("\n  npm install --no-save --prefix . configurable-http-proxy@5")


def test_log_of_a_hub_is_told_without_its_proxys_words():
    own = "[E 2026-11-29 JupyterHub app:1] broken\n    Traceback"
    assert hub.words_of(f"12:00 [ConfigProxy] error: 404 GET /x\n{own}\n12:00 more\n") == own
