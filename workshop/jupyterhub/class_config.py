"""What makes a JupyterHub the hub of this course. Loaded by jupyterhub_config.py, or by a hub that you have.

It says nothing of how people sign in, how servers are started, or of the proxy: that is the hub's own matter. What
it may be told with variables stands at its beginning. README.md tells the rest.
"""

# ruff: noqa: F821 - get_config is JupyterHub's

import asyncio
import contextlib
import json
import os
import pwd
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from jupyterhub.log import log_request

c = get_config()
HERE = Path(__file__).resolve().parent
COURSE = HERE.parents[1]

HUB_URL = os.environ.get("RC_HUB_URL", "https://localhost:8000").rstrip("/")  # as browsers reach it
STATE = Path(os.environ.get("RC_HUB_STATE", COURSE / ".practice" / "hub"))  # seats and class, for the hub alone
PYTHON = os.environ.get("RC_HUB_PYTHON", sys.executable)  # runs the learners' servers, and practice
SEATS = os.environ.get("RC_HUB_SEATS", "30")  # at the start; whoever comes later gets one as well
FOLDER = os.environ.get("RC_HUB_FOLDER", COURSE.name)  # the course in each learner's home
PRACTICE_PORT = int(os.environ.get("RC_HUB_PRACTICE_PORT", "8440"))
BOARD_PORT = int(os.environ.get("RC_HUB_BOARD_PORT", "8441"))

CALLBACK = "rc-callback"
# Kernels are on the hub's machine: they need not go through its proxy, nor know its certificate.
PRACTICE = f"http://127.0.0.1:{PRACTICE_PORT}/services/practice"
PATIENCE = 30  # seconds for practice to start; for a learner's folder to be made, ten times as many
MOST_WORDS = 4000  # bytes of what may be said when a folder cannot be made ready
# Where practice tells the hub alone who has which seat. No port: whoever came to it first, while practice is not there,
# would answer in its place.
SEATS_SOCKET = STATE / "seats.socket"

# --- Practice, and the board behind the hub's login -------------------------------------------------

STATE.mkdir(mode=0o700, parents=True, exist_ok=True)
services = [
    # One process has this and the next. Only the hub's admins may open this one. It comes first: the hub starts them in
    # order, and would wait half a minute for the other in vain.
    {
        "name": "board",
        "url": f"http://127.0.0.1:{BOARD_PORT}",
        "command": [PYTHON, str(HERE / "practice_service.py")],
        "cwd": str(COURSE),
        "oauth_no_confirm": True,
        "environment": {
            "PYTHONPATH": str(COURSE),
            "RC_HUB_URL": HUB_URL,
            "RC_HUB_STATE": str(STATE),
            "RC_HUB_SEATS": SEATS,
            "RC_HUB_SEATS_SOCKET": str(SEATS_SOCKET),
            "RC_HUB_PRACTICE_PORT": str(PRACTICE_PORT),
        },
    },
    # Open to everybody: apps and browsers come here without the hub's login, as to RingCentral.
    {"name": "practice", "url": f"http://127.0.0.1:{PRACTICE_PORT}", "display": False},
    # Whoever has gone home needs no server. An hour is longer than any break.
    {
        "name": "culler",
        "command": [sys.executable, "-m", "jupyterhub_idle_culler", "--timeout=3600", "--cull-every=300"],
    },
]
c.JupyterHub.services.extend(services)  # a hub may have others
culling = ["list:users", "read:users:activity", "read:servers", "delete:servers"]
c.JupyterHub.load_roles.append({"name": "culler", "scopes": culling, "services": ["culler"]})

# --- A learner's server -------------------------------------------------------------------------------

c.Spawner.cmd = [PYTHON, "-m", "jupyterhub.singleuser"]
c.Spawner.default_url = f"/lab/tree/{FOLDER}/my-notebooks/00-start-here.ipynb"
environment = {
    "JUPYTER_CONFIG_PATH": str(COURSE / "jupyter"),  # hidden files are shown, no news
    "RC_PRACTICE_URL": PRACTICE,
    "RC_PRACTICE_BROWSER_URL": f"{HUB_URL}/services/practice",
}
c.Spawner.environment.update(environment)
arguments = [
    # Each open notebook is a kernel of 70 MB. One that has done nothing for 20 minutes ends, also in an open tab: every
    # notebook of the course starts cold, so nothing is lost.
    "--MappingKernelManager.cull_idle_timeout=1200",
    "--MappingKernelManager.cull_interval=120",
    "--MappingKernelManager.cull_connected=True",
]
c.Spawner.args.extend(arguments)
# Measured: a server has 150 MB and a kernel 70, so eight open notebooks need 710. The spawners of systemd, Docker and
# Kubernetes hold a server to it; the one of a plain JupyterHub cannot.
c.Spawner.mem_limit = "1G"
# Measured: to start a server takes 5 seconds of a core. A class that signs in at once on two cores waits a minute.
c.Spawner.start_timeout = 300
c.Spawner.http_timeout = 300


async def seat_of(name):
    """Ask practice for the seat of a hub name: the same one each time."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            reader, writer = await asyncio.open_unix_connection(SEATS_SOCKET)
            break
        except OSError:  # it starts together with the hub
            if time.monotonic() > until:
                raise RuntimeError("Practice has not started. The hub's log says why.") from None
            await asyncio.sleep(0.2)
    writer.write(json.dumps(name).encode() + b"\n")
    answer = await asyncio.wait_for(reader.read(), PATIENCE)
    writer.close()
    if not answer:
        raise RuntimeError(f"Practice has no seat for {name}. The hub's log says why.")
    return json.loads(answer)


def account_of(name):
    """The system user of a hub name. The Littlest JupyterHub has another name for it, and makes it only later."""
    try:
        from tljh.normalize import generate_system_username
        from tljh.user import ensure_user
    except ImportError:
        return pwd.getpwnam(name)
    account = generate_system_username(f"jupyter-{name}")
    ensure_user(account)
    return pwd.getpwnam(account)


def place_of(spawner):
    """A learner's home folder, and how a program is started as the learner."""
    options = {"umask": 0o077}
    home = getattr(spawner, "home_dir", "")  # where all servers run as one user
    if home:
        os.makedirs(home, exist_ok=True)
    else:
        person = account_of(spawner.user.name)
        home = person.pw_dir
        if os.geteuid() == 0:
            groups = os.getgrouplist(person.pw_name, person.pw_gid)
            options |= {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": groups}
    return home, options


async def settle(spawner):
    """Give a learner the course and a seat, before the server starts. Done as the learner: it is their folder.

    What is there, such as a hook of git, is the learner's program. It may never end, or never stop talking: that is to
    cost the hub neither a thread nor memory. And it gets none of the terminal in which the hub was started.
    """
    home, options = await asyncio.to_thread(place_of, spawner)
    told = {"home": home, "folder": FOLDER, **await seat_of(spawner.user.name)}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    variables = {"PATH": os.environ["PATH"], "HOME": home, "LANG": "C.UTF-8"}
    program, words = await asyncio.get_running_loop().subprocess_exec(
        Words, PYTHON, str(HERE / "settle.py"), cwd="/", env=variables, start_new_session=True, **pipes, **options
    )
    try:
        told_there = program.get_pipe_transport(0)
        told_there.write(json.dumps(told).encode())
        told_there.close()
        await asyncio.wait_for(words.enough, 10 * PATIENCE)
        problem = "" if program.get_returncode() == 0 else words.in_a_line() or "nobody said why."
    except asyncio.TimeoutError:
        problem = f"this took more than {10 * PATIENCE} seconds."
    finally:
        if program.get_returncode() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(program.get_pid(), signal.SIGKILL)
        program.close()
    if problem:
        raise RuntimeError(f"The folder of {spawner.user.name} could not be made ready: {problem}")


class Words(asyncio.SubprocessProtocol):
    """What a program says, until it has ended or has said enough."""

    def __init__(self):
        self.said = b""
        self.enough = asyncio.get_running_loop().create_future()

    def pipe_data_received(self, fd, data):
        """Keep what it says (asyncio calls this)."""
        self.said += data
        if len(self.said) >= MOST_WORDS:
            self.connection_lost(None)

    def connection_lost(self, exc):
        """It has ended (asyncio calls this)."""
        if not self.enough.done():
            self.enough.set_result(None)

    def in_a_line(self):
        """What was said. Nothing in it begins a line of the hub's log, or colours it."""
        return re.sub(r"[^ -~]+", " ", self.said[:MOST_WORDS].decode("utf-8", "replace")).strip()


c.Spawner.pre_spawn_hook = settle

# --- The answer of a login ----------------------------------------------------------------------------

# https://HUB/hub/user-redirect/rc-callback/ is the one redirect URI of everybody. Without the hook the hub would lead
# through its page that starts a server, with the code in a query of a query.


def lead_to_the_server(path, request, user, base_url):
    """Lead the answer of a login to the server of the person whose browser it is; all else goes its usual way."""
    if path.strip("/") != CALLBACK:
        return None
    return f"{user.url}{CALLBACK}/" + (f"?{request.query}" if request.query else "")


def log_without_codes(handler):
    """Log a request, unless it carries the answer of a login: in its path, or in the query of the hub's login page."""
    if CALLBACK not in handler.request.uri:
        log_request(handler)


c.JupyterHub.user_redirect_hook = lead_to_the_server
c.JupyterHub.tornado_settings.update({"log_function": log_without_codes})
