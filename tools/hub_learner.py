"""A learner on a hub, without a screen: a browser that keeps cookies, and notebooks that run through the hub.

The browser is the real thing as far as the hub, its proxy, the servers and practice can tell: https, cookies, redirects
and forms. It has one jar of cookies, as a person's has, and opens each sign-in link that a notebook shows.
"""

import contextlib
import json
import ssl
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import requests
import websocket
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from tools.hub import FOLDER, Hub
from tools.my_notebooks import notebook_files

SECONDS = 60.0
"""How long an answer may take on a busy machine."""
FIRST_ANSWER = 30.0
"""How long a new kernel may take to answer before it is restarted."""
PING_SECONDS = 5.0
STARTING = 400.0
"""How long a server may take, while a whole class starts theirs."""
CALLBACK = "/rc-callback/"
AGAIN_SECONDS = 8.0
"""How long the answer of a login is brought again while nobody waits for it: some notebooks show their link first."""
SHOWN = {
    "00": "You are ",
    "01": "The app is yours",
    "02": "Blank: ours goes on",  # nobody waits for its answer
    "03": "It is for us: True",
    "04": "Login success",
    "05": "Logged out.",
    "06": "Your company is called at",
    "07": "Login success",
    "use": "You are extension",
}
"""What a notebook of the course shows only if its login has gone through to the end; by what its name begins with."""

Mark = Callable[[str, float], None]
"""Notes how many seconds something took, by its name."""


class Form(HTMLParser):
    """The first form of a page: where it goes, and what it would send."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.buttons: list[tuple[str, str]] = []
        self._inside = self._seen = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a form, and what is in it."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and not self._seen:
            self._inside = self._seen = True
            self.action = given.get("action", "")
        elif self._inside and tag == "input" and given.get("name"):
            self.fields[given["name"]] = given.get("value", "")
        elif self._inside and tag == "button" and given.get("name"):
            self.buttons.append((given["name"], given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        """Note its end."""
        self._inside = self._inside and tag != "form"


class Learner:
    """A person with a browser, whom the hub knows.

    Args:
        hub: The hub.
        name: The name at the hub.
        mark: Told how long things took.
    """

    def __init__(self, hub: Hub, name: str, mark: Mark = lambda what, seconds: None) -> None:
        self.hub, self.name, self.mark = hub, name, mark
        self.http = requests.Session()
        self.http.trust_env = False
        # As browsers do where the proxy has just closed a connection that was kept.
        again = Retry(total=3, backoff_factor=0.1, status=0, other=0, allowed_methods=None)
        self.http.mount("http", HTTPAdapter(max_retries=again))
        self.http.verify = str(hub.authority)
        self.base = f"{hub.url}/user/{name}/"
        """The address of this learner's server."""
        self.seat: dict[str, str] = {}
        self.answers: list[str] = []
        """The answers of logins that this browser has carried to the callback: queries with code and state."""
        self._visiting = threading.Lock()

    def _cookie(self, name: str, path: str) -> str:
        return next((each.value or "" for each in self.http.cookies if each.name == name and each.path == path), "")

    # --- The hub

    def sign_in(self, page: requests.Response | None = None) -> requests.Response:
        """Sign in on the hub's login page, or on the one that a redirect has led to; return what comes then."""
        page = page or self.http.get(f"{self.hub.url}/hub/login", timeout=SECONDS)
        form = Form(page.text)
        password = self.hub.admin_password if self.name == "instructor" else self.hub.password
        data = {**form.fields, "username": self.name, "password": password}
        return self.http.post(urljoin(page.url, form.action), data=data, timeout=SECONDS)

    def sign_out(self) -> None:
        """Sign out of the hub, as its button does; the server goes on."""
        self.http.get(f"{self.hub.url}/hub/logout", timeout=SECONDS)
        self.http.cookies.clear()

    def start_server(self) -> None:
        """Have the server started, and come to it."""
        began = time.monotonic()
        self.http.get(f"{self.hub.url}/hub/spawn/{self.name}", timeout=SECONDS)
        until = began + STARTING
        while True:
            answer = self.http.get(f"{self.base}api/status", timeout=SECONDS)
            if answer.ok:
                break
            if answer.status_code == 403:  # the server is there: its page leads over the hub, and brings a cookie
                self.http.get(f"{self.base}lab", timeout=SECONDS).raise_for_status()
                continue
            if "spawn failed" in answer.text.lower() or time.monotonic() > until:
                raise RuntimeError(f"the server of {self.name} did not start ({answer.status_code})")
            time.sleep(0.5)
        self.mark("server ready", time.monotonic() - began)
        about = self.read(f"{FOLDER}/my-notebooks/my-seat.txt")["content"].split()
        self.seat = {"username": about[about.index("name") + 1], "password": about[about.index("password") + 1]}

    def stop_server(self) -> None:
        """Have the server stopped."""
        headers = {"X-XSRFToken": self._cookie("_xsrf", "/hub/"), "Referer": f"{self.hub.url}/hub/home"}
        address = f"{self.hub.url}/hub/api/users/{self.name}/server"
        self.http.delete(address, headers=headers, timeout=SECONDS)

    # --- The server

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """Ask the server's REST API."""
        headers = {"X-XSRFToken": self._cookie("_xsrf", urlsplit(self.base).path), "Referer": self.base}
        answer = self.http.request(method, self.base + "api/" + path, headers=headers, timeout=SECONDS, **options)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def read(self, path: str) -> Any:
        """Read a file of this learner's."""
        return self.ask("GET", f"contents/{quote(path)}")

    @contextlib.contextmanager
    def open_notebook(self, name: str) -> Iterator["Kernel"]:
        """Open a notebook with a kernel of its own; shut both when done."""
        began = time.monotonic()
        path = f"{FOLDER}/my-notebooks/{name}"
        wanted = {"path": path, "name": name, "type": "notebook", "kernel": {"name": "python3"}}
        session = self.ask("POST", "sessions", json=wanted)
        kernel = None
        try:
            kernel = self._kernel(session["kernel"]["id"])
            self.mark("kernel ready", time.monotonic() - began)
            yield kernel
        finally:
            if kernel:
                kernel.close()
            with contextlib.suppress(requests.RequestException):
                self.ask("DELETE", f"sessions/{session['id']}")

    def _kernel(self, kernel_id: str) -> "Kernel":
        """A connection to a kernel that answers. Now and then one does not, on a busy machine: a person restarts it."""
        for last in (False, False, True):
            try:
                kernel = Kernel(self, kernel_id)
                kernel.run("pass", FIRST_ANSWER)
            except (websocket.WebSocketException, TimeoutError):
                if last:
                    raise
                self.mark("kernel restarted", 0.0)
                self.ask("POST", f"kernels/{kernel_id}/restart")
            else:
                return kernel
        raise AssertionError

    def run_notebook(self, name: str) -> str:
        """Run all cells of a notebook, as a person who does what it says; return all that it has shown."""
        cells = self.read(f"{FOLDER}/my-notebooks/{name}")["content"]["cells"]
        with self.open_notebook(name) as kernel:
            began = time.monotonic()
            shown = []
            for cell in cells:
                source = "".join(cell["source"])
                if cell["cell_type"] == "code" and source.strip():
                    shown.append(self._run(kernel, source))
                    kernel.press_login()
            kernel.end_visits()
            self.mark(f"notebook {name[:2]}", time.monotonic() - began)
        return "\n".join(shown)

    def _run(self, kernel: "Kernel", source: str) -> str:
        """Run a cell; once more where it says that it was too early, as it tells its reader to do."""
        shown = kernel.run(source)
        if shown.startswith("Not yet"):
            self.mark("cell run again", 0.0)
            kernel.wait_for_visits()
            shown = kernel.run(source)
        return shown

    def do_the_course(self) -> list[str]:
        """Run all notebooks, one after the other; return what is missing in what they have shown."""
        missing = []
        for file in notebook_files():
            name, shown = file.name.partition("-")[0], self.run_notebook(file.name)
            if SHOWN.get(name, "") not in shown:  # a lab has to come to its end
                missing.append(f"notebook {name} has not shown {SHOWN[name]!r}: {shown[-200:]!r}")
        return missing

    # --- Practice

    def visit(
        self, authorize_url: str, decision: str = "allow", give_up: threading.Event | None = None
    ) -> requests.Response:
        """Open a sign-in link, sign in, decide, and be led to the callback; return the page at its end.

        Args:
            authorize_url: The link.
            decision: What to answer when practice asks whether the app may.
            give_up: Set when nobody is going to wait for the answer any more.

        Raises:
            RuntimeError: The link leads to the kernel's computer, which a browser elsewhere cannot reach.
        """
        if not authorize_url.startswith(self.hub.practice + "/"):
            raise RuntimeError(f"a browser cannot reach {authorize_url.partition('?')[0]}")
        with self._visiting:
            page = self.http.get(authorize_url, timeout=SECONDS, allow_redirects=False)
            began = time.monotonic()
            for _ in range(20):
                if page.is_redirect:
                    target = urljoin(page.url, page.headers["Location"])
                    if CALLBACK in urlsplit(target).path:
                        page = self.bring(target, give_up or threading.Event())
                        if page.ok:
                            self.mark("allow to callback page", time.monotonic() - began)
                        return page
                    page = self.http.get(target, timeout=SECONDS, allow_redirects=False)
                    continue
                form = Form(page.text)
                data = {**form.fields}
                if "password" in form.fields:
                    data |= self.seat
                elif ("decision", decision) in form.buttons:
                    data["decision"] = decision
                else:
                    return page  # a page that a person would be reading now
                began = time.monotonic()
                action = urljoin(page.url, form.action)
                page = self.http.post(action, data=data, timeout=SECONDS, allow_redirects=False)
            return page

    def bring(self, callback_url: str, give_up: threading.Event) -> requests.Response:
        """Bring the answer of a login; again, for a while, where nobody waits for it yet. Return the page there."""
        self.answers.append(urlsplit(callback_url).query)
        until = time.monotonic() + AGAIN_SECONDS
        while True:
            page = self.http.get(callback_url, timeout=SECONDS)
            nobody = page.status_code == 404 and urlsplit(page.url).path.endswith(CALLBACK)
            if not nobody or time.monotonic() > until or give_up.wait(0.2):
                return page


@dataclass
class Panel:
    """A panel or a link, as its page would hold it."""

    view: dict[str, Any] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)


class Kernel:
    """A kernel behind a hub, over its websocket; and what a page would do with the panels in it.

    Args:
        learner: Whose it is.
        kernel_id: Its id.
    """

    def __init__(self, learner: Learner, kernel_id: str) -> None:
        self.learner, self.id = learner, kernel_id
        self.panels: dict[str, Panel] = {}
        self.ended: list[requests.Response] = []
        self.links: dict[str, None] = {}
        """The sign-in links that it has shown."""
        self.opens_links = True
        self._over = threading.Event()
        self._problems: list[Exception] = []
        self._visits: list[threading.Thread] = []
        self._pressed: set[str] = set()
        address = learner.base.replace("http", "ws", 1) + f"api/kernels/{kernel_id}/channels"
        prepared = learner.http.prepare_request(requests.Request("GET", learner.base + "api/kernels"))
        self._socket = websocket.create_connection(
            address, timeout=SECONDS, cookie=prepared.headers.get("Cookie", ""), origin=learner.hub.url,
            sslopt={"ca_certs": str(learner.http.verify), "cert_reqs": ssl.CERT_REQUIRED},
        )  # fmt: skip

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def wait_for_visits(self) -> None:
        """Let the links that are open be followed to their end."""
        for visit in self._visits:
            visit.join(SECONDS)

    def end_visits(self) -> None:
        """Let the visits of its links end.

        Raises:
            Exception: One of them has failed with it.
        """
        self._over.set()
        self.wait_for_visits()
        if self._problems:
            raise self._problems[0]

    def run(self, code: str, seconds: float = 2 * SECONDS) -> str:
        """Run code; return what it shows.

        Raises:
            RuntimeError: It raised an error.
        """
        asked = self._send("shell", "execute_request", {
            "code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False,
            "stop_on_error": True,
        })  # fmt: skip
        shown: list[str] = []
        replied = idle = False
        until = time.monotonic() + seconds
        while not (replied and idle):
            message = self._receive(until)
            kind, content = message["header"]["msg_type"], message["content"]
            if message["parent_header"].get("msg_id") != asked:
                continue
            if kind == "stream":
                shown.append(content["text"])
            elif kind in ("execute_result", "display_data"):
                shown.append("".join(content["data"].get("text/plain", "")) + "\n")
            elif kind == "execute_reply":
                replied = True
                if content["status"] == "error":
                    raise RuntimeError(f"{content['ename']}: {content['evalue']}\nin: {code[:200]}")
            elif kind == "status":
                idle = content["execution_state"] == "idle"
        return "".join(shown)

    def press_login(self) -> None:
        """Press the button of each login panel that has not been pressed, and wait until somebody is logged in."""
        for number, panel in list(self.panels.items()):
            buttons = [each.get("id") for each in panel.view.get("buttons", [])]
            if "login" in buttons and panel.view.get("choices") and not self._pressed:
                self._pressed.add(number)
                began = time.monotonic()
                self.press(number, "login")
                self.wait(lambda panel=panel: panel.details.get("url"))
                self.learner.mark("begin login", time.monotonic() - began)
                self.wait(lambda panel=panel: panel.view.get("expires"))

    def press(self, number: str, button: str) -> None:
        """Press a button of a panel."""
        self._tell(number, {"press": button, "value": "", "number": uuid.uuid4().hex})

    def wait(self, true: Callable[[], object], seconds: float = SECONDS) -> None:
        """Wait until the panels say something."""
        until = time.monotonic() + seconds
        while not true():
            self._receive(until)

    def _tell(self, number: str, content: dict[str, Any]) -> None:
        self._send("shell", "comm_msg", {"comm_id": number, "data": {"method": "custom", "content": content}})

    def _send(self, channel: str, kind: str, content: dict[str, Any]) -> str:
        number = uuid.uuid4().hex
        header = {"msg_id": number, "msg_type": kind, "username": "", "session": self.id, "version": "5.3", "date": ""}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": channel}
        self._socket.send(json.dumps(message))
        return number

    def _receive(self, until: float) -> dict[str, Any]:
        """The next message; what it says of a panel is noted, and a new sign-in link is opened.

        Raises:
            TimeoutError: None came in time.
        """
        self._socket.settimeout(PING_SECONDS)  # a longer one would never end: each ping of the server begins it anew
        while True:
            if time.monotonic() > until:
                raise TimeoutError("the kernel has not answered in time")
            with contextlib.suppress(websocket.WebSocketTimeoutException):
                message: dict[str, Any] = json.loads(self._socket.recv())
                break
        content = message["content"]
        if message["header"]["msg_type"] == "comm_open":
            self.panels[content["comm_id"]] = Panel(content["data"].get("state", {}).get("view") or {})
            self._tell(content["comm_id"], {"ask": "details"})
        elif message["header"]["msg_type"] == "comm_msg" and (panel := self.panels.get(content["comm_id"])):
            data = content["data"]
            if data.get("method") == "update" and "view" in data["state"]:
                panel.view = data["state"]["view"]
            if data.get("method") == "custom" and "details" in data["content"]:
                panel.details = data["content"]["details"]
                self._open(panel.details.get("url") or "")
        return message

    def _open(self, url: str) -> None:
        """Open a sign-in link in the browser, once, beside the kernel."""
        if not url or url in self.links:
            return
        self.links[url] = None

        def visit() -> None:
            try:
                self.ended.append(self.learner.visit(url, give_up=self._over))
            except Exception as error:  # noqa: BLE001 - told when the notebook ends
                self._problems.append(error)

        if self.opens_links:
            self._visits.append(threading.Thread(target=visit, daemon=True))
            self._visits[-1].start()
