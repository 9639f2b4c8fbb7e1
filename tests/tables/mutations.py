"""Takes one safeguard away at a time, and looks whether a test notices.

    python -m tests.tables.mutations            mutation | tests that failed; exit code 1 if one survives
    python -m tests.tables.mutations -k state   only those with these words in their name

Each mutation replaces one exact text in a copy of the package; the working tree stays as it is. It takes some minutes,
so it is not one of the normal tests; test_mutations.py sees to it that each text is still there exactly once.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = "rc_nb_helpers"
SECONDS = 120

AUTHORIZATION = ("tests/test_authorization.py",)
STRANGERS = (
    "tests/tables/test_hostile_cases.py",
    "-k",
    "test_our_listener and not private and (L0 or L1)",
)
REQUESTS = (
    "tests/tables/test_hostile_cases.py",
    "-k",
    "test_our_listener and not private and (L2 or behind)",
)
PAGES = ("tests/test_callback_page.py", "tests/test_attempt.py")
ATTEMPT = ("tests/test_attempt.py",)
SESSION = ("tests/test_session.py",)
STORAGE = ("tests/test_storage.py",)
FORKS = ("tests/test_forks.py",)
SOCKETS = ("tests/test_private_socket.py",)
HOSTS_AT_SOCKET = ("tests/tables/test_hostile_cases.py", "-k", "private_socket and L24")
ENDPOINT = ("tests/test_redirection_endpoint.py",)
EXTENSION = ("tests/server/test_server_extension.py", "-k", "not switches")
SOCKET_FOLDER = ("tests/test_socket_folder.py",)
CLASS_CONFIG = "../workshop/jupyterhub/class_config.py"
HUB_START = ("tests/test_workshop.py", "-k", "folder_that")
SDK = ("tests/test_sdk.py", "tests/test_tokens.py", "tests/test_transport.py")
CERTIFICATES = ("tests/test_certificates.py",)
PROXIES = ("tests/test_proxies.py",)
CONNECTIONS = ("tests/test_connections.py",)
PAGED = ("tests/test_pages.py", "-k", "threads or tokens")
PANELS = ("tests/test_panels.py",)
WIRED = ("tests/test_wire_panel.py",)
STILLS = ("tests/test_stills.py",)
EXPLORER = ("tests/test_explorer.py",)
CALLS = ("tests/test_calls.py",)
TABLES = ("tests/test_spreadsheets.py",)
PICTURES = ("tests/test_call_plot.py",)
PASTED = ("tests/test_pasted.py",)
PIECES = ("tests/test_link_pieces.py",)
LINKS = ("tests/test_sign_in_link.py",)
TOKEN_VIEW = ("tests/test_tokens_panel.py",)
SETTINGS = ("tests/test_settings.py",)
SEAT_LINKS = ("tests/practice/classroom/test_seat_links.py",)
TAKING_A_SEAT = ("tests/test_seat_link.py",)
SEAT_FILE = ("tests/test_seat_file.py", "-k", "not git")
HAR = ("tests/test_har.py", "-k", "personal")
SNIPPETS = ("tests/test_snippets.py", "-k", "breaks_out")
GUARD = ("tests/test_secrets_guard.py",)
CLASS = ("tests/practice/classroom/test_class_file.py",)
GUARD_FORMS = ("tests/test_secrets_guard.py", "-k", "is_found and not notebook and not env_file")
GUARD_ENV = ("tests/test_secrets_guard.py", "-k", "whatever_form")
GUARD_IN_BASE64 = ("tests/test_secrets_guard.py", "-k", "base64")
GUARD_FILE = "../tools/secrets_guard.py"
NAMES = ("tests/practice/classroom/test_names.py",)
PREFIX = ("tests/practice/test_prefix.py",)
LINK_LESSONS = ("tests/practice/login/test_link_lessons.py",)
BROWSERS_ADDRESS = ("tests/test_local_practice.py", "-k", "browser or variable or issuer or leads")
REDACTION = ("tests/test_redaction.py", "tests/test_sdk.py", "tests/test_transport.py")
LABELS = ("tests/test_exchanges.py", "-k", "label")
LABELS_OF_PRACTICE = ("tests/practice/classroom/test_record.py", "-k", "labels")
ASKING = ("tests/test_server_record.py",)
TURNS = ("tests/course/test_turns.py",)
ECHOES = ("tests/course/test_turns.py", "-k", "echoed or error_is_told")
GAPS = ("tests/course/test_gaps.py", "-k", "wrong_has")
MY_LOGIN = ("tests/course/test_my_login.py",)


@dataclass(frozen=True)
class Mutation:
    """One safeguard less.

    Attributes:
        name: What is taken away.
        file: In which file, seen from the package.
        old: The exact text, which is there once.
        new: What stands there instead.
        tests: What to run: pytest's arguments.
    """

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def apply(self, package: Path) -> None:
        """Change a copy of the package."""
        path = package / self.file
        text = path.read_text("utf-8")
        if text.count(self.old) != 1:
            raise ValueError(f"{self.name}: the text is {text.count(self.old)} times in {self.file}, not once")
        path.write_text(text.replace(self.old, self.new), "utf-8")


MUTATIONS = (
    Mutation(
        "the path in front is not taken off",
        "practice/web/site.py",
        "for root in self._roots:",
        "for root in ():",
        PREFIX,
    ),
    Mutation(
        "cookies of practice for a whole host",
        "practice/web/pages.py",
        "path=self.site.root + path,",
        "path=path,",
        PREFIX,
    ),
    Mutation(
        "cookies of practice sent unencrypted", "practice/web/pages.py", "secure=self.site.encrypted,", "", PREFIX
    ),
    Mutation("a cookie of another path wins", "practice/web/base.py", "reversed(sent)", "sent", PREFIX),
    Mutation(
        "a secret in a link is repeated on the page",
        "practice/web/authorize.py",
        "refusal.message.replace(shown(client_id), MASK) if secret else refusal.message",
        "refusal.message",
        LINK_LESSONS,
    ),
    Mutation(
        "a question that ran into the address is recorded as it came",
        "practice/classroom/record.py",
        '_QUESTION.sub(rf"\\1{MASK}", shown(path))',
        "shown(path)",
        LINK_LESSONS,
    ),
    Mutation(
        "credentials through a proxy that says so",
        "practice/web/home.py",
        "name.startswith(_OF_BROWSERS_OR_PROXIES)",
        "False",
        PREFIX,
    ),
    Mutation(
        "credentials through a server of this computer",
        "practice/web/home.py",
        "and (asked.port or 80) == self.site.port",
        "",
        PREFIX,
    ),
    Mutation(
        "forms of any site at the browsers' address",
        "practice/web/base.py",
        "if origin not in (None,",
        "if False and origin not in (None,",
        PREFIX,
    ),
    Mutation(
        "a class's learners led to another platform",
        "environments.py",
        "or (is_elsewhere(server_url) and server_url != programs)",
        "",
        BROWSERS_ADDRESS,
    ),
    Mutation(
        "answers to a server that is somebody else's",
        "local_practice.py",
        'and f"{parts.path}/".startswith(path.removesuffix(NAME))',
        "",
        BROWSERS_ADDRESS,
    ),
    Mutation(
        "whoever has practice's port has notebooks open a script",
        "local_practice.py",
        'return ready if origin_of(str(ready.get("browser_url") or server_url)) else None',
        "return ready",
        ("tests/test_local_practice.py", "-k", "other_program"),
    ),
    Mutation(
        "the issuer may be anybody at the browsers' address",
        "authorization.py",
        'issuer.rstrip("/") not in (self.server_url, self.browser_url or self.server_url)',
        'issuer.rstrip("/") != self.server_url and not (self.browser_url or self.server_url).startswith(issuer)',
        BROWSERS_ADDRESS,
    ),
    Mutation(
        "pages of practice not escaped", "practice/web/pages.py", 'autoescape="xhtml_escape"', "autoescape=None", NAMES
    ),
    Mutation(
        "what is not seen stays in a name",
        "practice/classroom/names.py",
        "if not hidden and marks <= _MOST_MARKS:",
        "if True:",
        NAMES,
    ),
    Mutation(
        "a neighbour's name shown",
        "practice/classroom/names.py",
        'return given.name if given and given.browser == browser else ""',
        'return given.name if given else ""',
        NAMES,
    ),
    Mutation(
        "a neighbour's name changed",
        "practice/classroom/names.py",
        "return given is None or given.browser == browser",
        "return True",
        NAMES,
    ),
    Mutation(
        "names on the projector without being asked for",
        "practice/web/board_view.py",
        "(self._backend.names.on_projector and",
        "(True and",
        NAMES,
    ),
    Mutation(
        "names of who waits on the projector without being asked for",
        "practice/web/board_view.py",
        'if self._view == "projector" and not names.on_projector:',
        "if False:",
        NAMES,
    ),
    Mutation(
        "names in the CSV",
        "practice/classroom/board.py",
        "                row.detail,\n",
        "                row.called,\n",
        NAMES,
    ),
    Mutation(
        "names kept when the class ends",
        "practice/classroom/names.py",
        "        self._given.clear()\n",
        "",
        NAMES,
    ),
    Mutation(
        "names for everybody",
        "practice/web/board_names.py",
        "        if self.admit():\n",
        "        if True:\n",
        ("tests/practice/classroom/test_board.py", "-k", "strangers"),
    ),
    Mutation(
        "state check removed",
        "authorization.py",
        'if not hmac.compare_digest(given.encode(errors="surrogatepass"), self.state.encode()):',
        "if False:",
        STRANGERS,
    ),
    Mutation(
        "state is always the same",
        "authorization.py",
        "state: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)",
        'state: str = field(default="0123456789abcdef" * 3, repr=False)',
        AUTHORIZATION,
    ),
    Mutation(
        "duplicate check removed", "authorization.py", "if len(parameters) != len(pairs):", "if False:", STRANGERS
    ),
    Mutation(
        "iss check removed",
        "authorization.py",
        'if issuer is not None and issuer.rstrip("/") not in (self.server_url, self.browser_url or self.server_url):',
        "if False:",
        STRANGERS,
    ),
    Mutation(
        "challenge method plain",
        "authorization.py",
        '"code_challenge_method": "S256",',
        '"code_challenge_method": "plain",',
        AUTHORIZATION,
    ),
    Mutation("PKCE verifier not sent", "sdk.py", "        if verifier:\n", "        if False:\n", ATTEMPT),
    Mutation(
        "Host check removed",
        "callback_handler.py",
        "if without_default_port(self.request.host) != self._host:",
        "if False:",
        REQUESTS,
    ),
    Mutation(
        "redirect path check removed",
        "callback_handler.py",
        "if self.request.path != self._callback_path:",
        "if False:",
        REQUESTS,
    ),
    Mutation("method check removed", "callback_handler.py", 'if self.request.method != "GET":', "if False:", REQUESTS),
    Mutation(
        "callbacks from frames and pictures accepted",
        "callback_handler.py",
        'headers.get("Sec-Fetch-Dest", "document") == "document"',
        "True",
        REQUESTS,
    ),
    Mutation(
        "second request on a connection answered",
        "callback_handler.py",
        'if getattr(connection.context, "answered", False):',
        "if False:",
        REQUESTS,
    ),
    Mutation(
        "connections not bounded",
        "callback_handler.py",
        "if len(self._open) >= MOST_CONNECTIONS:",
        "if False:",
        ("tests/test_listener.py", "-k", "files"),
    ),
    Mutation(
        "escaping removed",
        "callback_page.py",
        "html.escape(line) for line in",
        "(line) for line in",
        (*PAGES, *STRANGERS[:1]),
    ),
    Mutation(
        "attempt lock removed",
        "attempt.py",
        "self._changed = changed\n        self._lock = threading.Lock()",
        "self._changed = changed\n        self._lock = contextlib.nullcontext()",
        ATTEMPT,
    ),
    Mutation(
        "environment may change while a login begins",
        "session.py",
        "        with PENDING.one_at_a_time():\n            if environment == self._environment:",
        "        if True:\n            if environment == self._environment:",
        (*SESSION, "-k", "environment"),
    ),
    Mutation(
        "second exchange for a second callback",
        "attempt.py",
        "            if self._page:\n                return self._page\n",
        "",
        (*ATTEMPT, "tests/test_listener.py"),
    ),
    Mutation(
        "late tokens not discarded",
        "attempt.py",
        "                platform.discard_tokens(tokens)  # cancelled meanwhile: leave no living token behind\n",
        "                pass\n",
        ATTEMPT,
    ),
    Mutation(
        "rc-callback without the server's login",
        "server_extension.py",
        "    @authenticated\n",
        "",
        EXTENSION,
    ),
    Mutation(
        "answer stays in the server's log",
        "server_extension.py",
        'request.uri, request.query = path, ""',
        "pass",
        EXTENSION,
    ),
    Mutation(
        "answer may bring a token of the server's",
        "server_extension.py",
        "request.arguments, request.query_arguments = {}, {}",
        "pass",
        EXTENSION,
    ),
    Mutation(
        "other methods reach the kernel",
        "server_extension.py",
        'SUPPORTED_METHODS = ("GET",)',
        'SUPPORTED_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")',
        EXTENSION,
    ),
    Mutation(
        "frames and pictures reach the kernel through the server",
        "server_extension.py",
        "if not is_a_visit(self.request.headers):",
        "if False:",
        EXTENSION,
    ),
    Mutation(
        "a kept answer may hold a request of its own",
        "server_extension.py",
        'return query if re.fullmatch(r"[!-~]+", query) else ""',
        "return query",
        EXTENSION,
    ),
    Mutation(
        "a neighbour at the port of hand-made servers is believed",
        "server_extension.py",
        "if is_ours(self._port):",
        "if True:",
        EXTENSION,
    ),
    Mutation(
        "pages made by hand run scripts on Jupyter's origin",
        "server_extension.py",
        "policy, connection = HAND_MADE_POLICY, await",
        'policy, connection = "", await',
        EXTENSION,
    ),
    Mutation(
        "kept answer goes to every path",
        "server_extension.py",
        "KEPT, value, path=self._rc_path,",
        'KEPT, value, path="/",',
        EXTENSION,
    ),
    Mutation(
        "other paths reach the kernel through the server",
        "server_extension.py",
        "if not self._exact:",
        "if False:",
        EXTENSION,
    ),
    Mutation(
        "state in the server's log, from a Referer",
        "server_extension.py",
        'request.headers.pop("Referer", None)',
        "pass",
        EXTENSION,
    ),
    Mutation(
        "two states in one answer",
        "server_extension.py",
        "if len(states) > 1:",
        "if False:",
        EXTENSION,
    ),
    Mutation(
        "odd signs passed on by the server",
        "server_extension.py",
        'or not re.fullmatch(r"[!-~]*", self._query)',
        "",
        EXTENSION,
    ),
    Mutation(
        "a look ahead spends the code behind a server",
        "server_extension.py",
        "if is_ahead(self.request.headers):",
        "if False:",
        EXTENSION,
    ),
    Mutation(
        "kept answer open to scripts",
        "server_extension.py",
        "httponly=True",
        "httponly=False",
        EXTENSION,
    ),
    Mutation(
        "kernels told of another server's sockets",
        "server_extension.py",
        "os.environ.pop(name, None)",
        "pass",
        EXTENSION,
    ),
    Mutation(
        "answer that nobody waits for taken out of the address bar",
        "server_extension.py",
        "    status=404,\n    to_paste=True,\n",
        "    status=404,\n",
        EXTENSION,
    ),
    Mutation(
        "answer awaited at a port that no browser reaches",
        "ways_back.py",
        "ways[-1] if where.apart else ways[0]",
        "ways[0]",
        ("tests/test_ways_back.py",),
    ),
    Mutation(
        "socket of another user connected to",
        "socket_folder.py",
        "found.st_uid != os.geteuid()",
        "False",
        SOCKET_FOLDER,
    ),
    Mutation("socket open to others connected to", "socket_folder.py", "found.st_mode & 0o077", "False", SOCKET_FOLDER),
    Mutation(
        "whoever answers at a socket believed",
        "socket_folder.py",
        "if not _is_us(connection):",
        "if False:",
        SOCKET_FOLDER,
    ),
    Mutation(
        "relay waits without end",
        "relay.py",
        "await asyncio.wait_for(ask(), ANSWER_SECONDS)",
        "await ask()",
        ("tests/test_relay.py",),
    ),
    Mutation(
        "a learner's programs have the hub's terminal",
        CLASS_CONFIG,
        "start_new_session=True, ",
        "",
        HUB_START,
    ),
    Mutation(
        "a learner's programs write lines into the hub's log",
        CLASS_CONFIG,
        're.sub(r"[^ -~]+", " ", self.said[:MOST_WORDS].decode("utf-8", "replace"))',
        "self.said[:MOST_WORDS].decode()",
        HUB_START,
    ),
    Mutation("private socket open to others", "private_socket.py", "os.chmod(path, 0o600)", "pass", SOCKETS),
    Mutation(
        "folder of the sockets made for others too",
        "private_socket.py",
        "mkdir(mode=0o700)",
        "mkdir(mode=0o755)",
        SOCKETS,
    ),
    Mutation(
        "folder of the sockets open to others",
        "private_socket.py",
        "stat.S_IMODE(found.st_mode) & 0o077",
        "False",
        SOCKETS,
    ),
    Mutation(
        "folder of the sockets somebody else's", "private_socket.py", "found.st_uid != os.geteuid()", "False", SOCKETS
    ),
    Mutation("folder of the sockets behind a link", "private_socket.py", "folder.lstat()", "folder.stat()", SOCKETS),
    Mutation("socket of a killed kernel stays", "private_socket.py", "            _sweep(path)\n", "", SOCKETS),
    Mutation(
        "socket swept that is about to listen",
        "private_socket.py",
        "time.time() - found.st_ctime > STALE_SECONDS",
        "True",
        SOCKETS,
    ),
    Mutation(
        "forked process takes the socket away", "private_socket.py", "self._bound_by == os.getpid()", "True", SOCKETS
    ),
    Mutation("any Host at the socket", "callback_handler.py", "!= self._host", "!= self.request.host", HOSTS_AT_SOCKET),
    Mutation(
        "redirect URI, with a person's name, in the saved view",
        "panels/login.py",
        '{"value": str(number), "label": each.name}',
        '{"value": each.redirect_uri, "label": each.name}',
        (*PANELS, "-k", "hub"),
    ),
    Mutation(
        "answer to be pasted taken out of the address bar",
        "attempt.py",
        "400, to_paste=True",
        "400",
        ("tests/test_callback_page.py",),
    ),
    Mutation("rehearsal at a real hub", "attempt.py", "if endpoint and endpoint.port:", "if endpoint:", SOCKETS),
    Mutation(
        "answer awaited that goes to another's server",
        "redirection_endpoint.py",
        "return urlsplit(redirect_uri).path in paths",
        "return True",
        ENDPOINT,
    ),
    Mutation("forked process keeps the port", "attempt.py", "in_child(self._stay_behind)", "pass", FORKS),
    Mutation("forked process inherits a locked beginning", "pending.py", "in_child(self._begin_anew)", "pass", FORKS),
    Mutation(
        "forked process waits for the other's dialog", "storage.py", "in_child(self._forget_dialog)", "pass", STORAGE
    ),
    Mutation("times beyond all time kept", "storage.py", "if not 0 <= end < _NO_TIME:", "if False:", STORAGE),
    Mutation("entry is somebody's only by name", "keeping.py", "(stored.refresh_token == spent or ", "(", STORAGE),
    Mutation(
        "two threads read one page",
        "pages.py",
        "        with self._lock:\n            return self._advance()",
        "        if True:\n            return self._advance()",
        PAGED,
    ),
    Mutation(
        "half a character sent to the page", "panels/base.py", 'encode("utf-8", "replace").decode()', "strip()", PANELS
    ),
    Mutation(
        "refused revocation called done",
        "transport.py",
        '("token", "refresh", "revoke")',
        '("token", "refresh")',
        SESSION,
    ),
    Mutation("list ends with its first token", "pages.py", "str) and token:", "str) and not token:", PAGED),
    Mutation("practice keeps its port in a fork", "local_practice.py", "in_child(_started.abandon)", "pass", FORKS),
    Mutation("panels draw in a fork", "panels/base.py", "in_child(self._stay_behind)", "pass", FORKS),
    Mutation(
        "half of what was packed saved",
        "unpacking.py",
        '        raise EOFError("a packed content broke off")\n',
        "        pass\n",
        ("tests/test_downloads.py", "-k", "packed"),
    ),
    Mutation("forked process inherits locked tokens", "sdk.py", "in_child(self._renew_lock)", "pass", FORKS),
    Mutation(
        "unknown prompt sent",
        "authorization.py",
        'if not set(words) <= set(PROMPTS) or ("none" in words and len(words) > 1):',
        "if False:",
        AUTHORIZATION,
    ),
    Mutation(
        "refresh lock removed",
        "sdk.py",
        "                    with self._lock:\n                        refreshed",
        "                    if True:\n                        refreshed",
        (*SDK, *SESSION),
    ),
    Mutation(
        "revoke left out at logout",
        "sdk.py",
        'response = self._request_token(REVOKE_ENDPOINT, body={"token": token})',
        "response = None",
        (*SDK, *SESSION),
    ),
    Mutation(
        "token sent to any server",
        "sdk.py",
        "if not self._may_have_token(url):",
        "if False:",
        SDK,
    ),
    Mutation(
        "mask left out of the server's message",
        "answers.py",
        "message=beginning(message, secrets, most=300),",
        "message=message[:300],",
        SDK,
    ),
    Mutation(
        "tracebacks of our failures left as they are",
        "redaction.py",
        "raise error.with_traceback(None) from None",
        "raise",
        REDACTION,
    ),
    Mutation(
        "frames of a refusal kept",
        "attempt.py",
        "self._error = error and error.with_traceback(None)",
        "self._error = error",
        ("tests/tables/test_secret_search.py", "-k", "refusal"),
    ),
    Mutation(
        "token sent to any port of this machine",
        "loopback.py",
        "return ours[::2] == theirs[::2] and",
        "return ours[0] == theirs[0] and",
        SDK,
    ),
    Mutation(
        "certificates not verified",
        "certificates.py",
        "    context.hostname_checks_common_name = False\n",
        "    context.check_hostname = False\n    context.verify_mode = ssl.CERT_NONE\n",
        CERTIFICATES,
    ),
    Mutation(
        "common name accepted as the server's name",
        "certificates.py",
        "context.hostname_checks_common_name = False",
        "context.hostname_checks_common_name = True",
        CERTIFICATES,
    ),
    Mutation(
        "certificates beside those that are named",
        "certificates.py",
        "    context = _context_of(variables) if variables else _system_context()\n",
        "    context = _context_of(variables) if variables else _system_context()\n    context.load_default_certs()\n",
        CERTIFICATES,
    ),
    Mutation(
        "a proxy's password shown",
        "proxies.py",
        'return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")',
        "return self.url",
        PROXIES,
    ),
    Mutation(
        "a login to this machine goes through a proxy",
        "proxies.py",
        "return None  # it must never see a login to this machine",
        "pass",
        PROXIES,
    ),
    Mutation(
        "SOCKS proxy passed by",
        "connections.py",
        "manager.pool_classes_by_scheme = _pools(socks=is_socks, for_files=self._for_files)",
        "manager.pool_classes_by_scheme = _pools(socks=False, for_files=self._for_files)",
        PROXIES,
    ),
    Mutation(
        "a POST sent over a kept connection",
        "connections.py",
        'if request.method in ("GET", "HEAD"):',
        "if True:",
        CONNECTIONS,
    ),
    Mutation(
        "what is lost on a fresh connection sent again",
        "connections.py",
        "            if self._answers:\n",
        "            if True:\n",
        CONNECTIONS,
    ),
    Mutation(
        "headers that break off taken for whole",
        "connections.py",
        "if self._timed.ended:",
        "if False:",
        CONNECTIONS,
    ),
    Mutation(
        "connections shared with a forked process",
        "connections.py",
        "in_child(self._start_anew)",
        "pass",
        CONNECTIONS,
    ),
    Mutation(
        "connections kept at logout",
        "sdk.py",
        "            self.close_connections()\n",
        "",
        CONNECTIONS,
    ),
    Mutation(
        "the app blamed for every 401",
        "errors.py",
        "return word in CODES_OF_CREDENTIALS if word else error.why == BY_STATUS[401].why",
        "return word in CODES_OF_CREDENTIALS or error.status == 401",
        ("tests/test_errors.py",),
    ),
    Mutation(
        "values of parameters kept in a HAR",
        "har.py",
        'return value if name in _KEPT_PARAMETERS and _says_nothing(value) else self._cut("values of parameters")',
        "return value",
        HAR,
    ),
    Mutation("answers kept in a HAR", "har.py", "if self._personal or not of.answer:", "if True:", HAR),
    Mutation(
        "ids and names kept in a HAR's addresses",
        "har.py",
        'segment if re.fullmatch(_PLAIN, segment) and before != "user" else',
        "segment if True else",
        HAR,
    ),
    Mutation(
        "bodies of calls kept in a HAR",
        "har.py",
        """text = of.body if self._personal else self._cut("the request's body")""",
        "text = of.body",
        HAR,
    ),
    Mutation(
        "a value that ends the shell's quotes", "snippets.py", "return shlex.quote(text)", "return text", SNIPPETS
    ),
    Mutation(
        "control characters in what is pasted into a shell",
        "snippets.py",
        "    if text.isprintable():\n        return shlex.quote(text)",
        "    if True:\n        return shlex.quote(text)",
        SNIPPETS,
    ),
    Mutation(
        "a value that ends Python's quotes", "snippets.py", "written = repr(text)", "written = f\"'{text}'\"", SNIPPETS
    ),
    Mutation(
        "markup in an explanation",
        "explanations.py",
        'f"<p>{escape(self.why)}</p>"',
        'f"<p>{self.why}</p>"',
        ("tests/test_explanations.py", "-k", "markup"),
    ),
    Mutation("file of a kept login for all to read", "storage.py", ", 0o600)", ", 0o644)", STORAGE),
    Mutation(
        "file that others can read used",
        "storage.py",
        "if not stat.S_ISREG(found.st_mode) or _is_open_to_others(found):",
        "if False:",
        STORAGE,
    ),
    Mutation("kept login in a git work tree", "storage.py", 'if (folder / ".git").exists():', "if False:", STORAGE),
    Mutation(
        "any keychain used",
        "storage.py",
        "if type(each).__module__ in SYSTEM_KEYCHAINS]",
        "]",
        STORAGE,
    ),
    Mutation(
        "keychain not read back",
        "storage.py",
        "return bool(self._backend.get_password(service, APPLICATION) == text)",
        "return True",
        STORAGE,
    ),
    Mutation(
        "no lock between processes",
        "keeping.py",
        "                    if outermost:\n",
        "                    if False:\n",
        (*STORAGE, "tests/tables/test_two_kernels.py", "-k", "lock or kernels"),
    ),
    Mutation(
        "storage not read again before a refresh",
        "keeping.py",
        "stored = None if self._unsaved else self.load()",
        "stored = None",
        STORAGE,
    ),
    Mutation(
        "another person's login taken over",
        "keeping.py",
        "if stored is None or not _same_person(stored, ours) or",
        "if stored is None or",
        STORAGE,
    ),
    Mutation(
        "new token not saved",
        "sdk.py",
        '        self._kept.save_refreshed(auth.merged(tokens).data(), spent=body["refresh_token"])\n',
        "",
        STORAGE,
    ),
    Mutation(
        "panel watches on when no page shows it",
        "panels/base.py",
        "            if not self._pages:\n",
        "            if False:\n",
        (*PANELS, "-k", "page"),
    ),
    Mutation(
        "a reloaded page counts twice",
        "panels/base.py",
        "        self._pages.clear()\n",
        "",
        (*PANELS, "-k", "page"),
    ),
    Mutation(
        "a page that is still there is not asked",
        "panels/base.py",
        "            self._let_go()\n            self._ask_who_is_there()",
        "            self._let_go()",
        (*PANELS, "-k", "former"),
    ),
    Mutation(
        "panels of former runs of a cell watch on",
        "panels/base.py",
        "            each.call_roll()\n",
        "            pass\n",
        (*PANELS, "-k", "runs or former"),
    ),
    Mutation(
        "an earlier login's person and answers shown in the next",
        "panels/base.py",
        "if login is not self._login or not",
        "if not",
        (*PANELS, "-k", "earlier"),
    ),
    Mutation(
        "a person shown who is not logged in any more",
        "panels/login.py",
        "if status and login is self._session.platform.auth().login:",
        "if status:",
        (*PANELS, "-k", "person"),
    ),
    Mutation(
        "somebody else is let in as the one whom the browser remembers",
        "panels/base.py",
        'self._log_in(prompt="login")',
        "self._log_in()",
        (*PANELS, "-k", "somebody"),
    ),
    Mutation(
        "an unexpected error shown with its text",
        "panels/base.py",
        'say("panel.unexpected", kind=type(error).__name__)',
        'say("panel.unexpected", kind=repr(error))',
        (*PANELS, "-k", "fault"),
    ),
    Mutation(
        "a page's size taken for the total",
        "panels/results.py",
        "    if more or later:\n",
        "    if False:\n",
        (*PANELS, "-k", "total or whole"),
    ),
    Mutation(
        "ids and names saved with a path",
        "stills.py",
        'part if part in _PATH_WORDS or not part else "…"',
        "part",
        STILLS,
    ),
    Mutation(
        "any word saved as an error code",
        "stills.py",
        "if saved and code not in CATALOGUE and not _CODE.fullmatch(code):",
        "if False:",
        STILLS,
    ),
    Mutation(
        "any word saved as a method", "stills.py", "if not saved or message.method in _METHODS", "if True", STILLS
    ),
    Mutation("a redirect URI saved", "stills.py", 'if message.kind == "callback" and path', "if False", STILLS),
    Mutation("markup in a picture", "stills.py", "{escape(text)}</text>", "{text}</text>", STILLS),
    Mutation("the wire is looked at for nobody: folded", "panels/wired.py", "if self._readers or", "if True or", WIRED),
    Mutation(
        "the wire is looked at for nobody: no page",
        "panels/wired.py",
        "        self._feed.stop()\n        super()._let_go()",
        "        super()._let_go()",
        WIRED,
    ),
    Mutation(
        "the wire is looked at for nobody: a page gone without a word",
        "panels/wired.py",
        "        self._feed.stop()\n        super()._ask_who_is_there()",
        "        super()._ask_who_is_there()",
        WIRED,
    ),
    Mutation("the wire grows without end", "panels/wired.py", "[-MOST_ROWS:]", "[:]", WIRED),
    Mutation(
        "the wire is looked at in a fork",
        "panels/wired.py",
        "            looking.unobserve()\n",
        "            pass\n",
        FORKS,
    ),
    Mutation(
        "code of a pasted answer shown", "link_pieces.py", "shown = there = HIDDEN", "shown = there = value", PIECES
    ),
    Mutation(
        "another login's state shown",
        "link_pieces.py",
        'say("pieces.same-state" if same else "pieces.other-state")',
        'say("pieces.same-state") if same else value',
        PIECES,
    ),
    Mutation(
        "secret in a link shown",
        "link_pieces.py",
        "is_secret(name) and name not in _IN_EVERY_ADDRESS_BAR",
        "False and name not in _IN_EVERY_ADDRESS_BAR",
        PIECES,
    ),
    Mutation(
        "link that turns the reading direction", "link_pieces.py", "c if c.isprintable() else", "c if True else", PIECES
    ),
    Mutation("link outlives its listener", "panels/link.py", "if self._listened:", "if False:", LINKS),
    Mutation(
        "link leads to another program's port",
        "panels/link.py",
        "return _taken(port, port_holder(port))",
        "return None",
        LINKS,
    ),
    Mutation(
        "link leads to another login's listener",
        "panels/link.py",
        "if not _another_login_at(self._request):",
        "if True:",
        LINKS,
    ),
    Mutation(
        "listener of another login taken for the link's",
        "panels/link.py",
        'getattr(listener, "state", None) == state',
        "True",
        LINKS,
    ),
    Mutation("another link's answer taken for its own", "panels/link.py", "status = lesson(error)", "pass", LINKS),
    Mutation(
        "link in the saved view",
        "panels/link.py",
        'self.view = {"title": say("link.title")}',
        'self.view = {"title": url}',
        LINKS,
    ),
    Mutation(
        "token in the token panel",
        "panels/tokens.py",
        "times.get(status.refreshes, often)",
        "self._session.platform.auth().access_token()",
        TOKEN_VIEW,
    ),
    Mutation("part of a path that leads elsewhere", "calls.py", 'safe="~")', 'safe="~/?#")', CALLS),
    Mutation("dots in a path", "calls.py", """text in (".", "..")""", "False", CALLS),
    Mutation("days in the wrong order sent", "calls.py", "begin > end", "False", CALLS),
    Mutation(
        "formula in full-width letters",
        "spreadsheets.py",
        'unicodedata.normalize("NFKC", character)[0]',
        "character",
        TABLES,
    ),
    Mutation("formula behind a semicolon", "spreadsheets.py", 'r"([;\\t\\r\\n]+)"', 'r"(\\Z)"', TABLES),
    Mutation("stranger's text in a picture", "call_plot.py", "and result in RESULTS", "", PICTURES),
    Mutation(
        "names in a picture that change",
        "call_plot.py",
        """names.setdefault(found[2], f'part{len(names)}')""",
        "found[2]",
        PICTURES,
    ),
    Mutation("pasted page of any length taken", "pasted.py", "if len(text) > MOST_CHARACTERS:", "if False:", PASTED),
    Mutation(
        "what stands around an address taken along", "pasted.py", "if re.fullmatch(_WHOLE, text):", "if True:", PASTED
    ),
    Mutation(
        "two values for one name",
        "settings.py",
        "if earlier and earlier.value and earlier.value != each.value:",
        "if False:",
        SETTINGS,
    ),
    Mutation(
        "server of another environment taken",
        "settings.py",
        "if host == urlsplit(server).hostname and other != self.name:",
        "if False:",
        SETTINGS,
    ),
    Mutation(
        "plain http in a file taken",
        "settings.py",
        'if is_unencrypted(url) and self.name != "practice":',
        "if False:",
        ("tests/test_environments.py", "-k", "plain_http_is_named"),
    ),
    Mutation(
        "variable in a value taken", "settings.py", "if unfilled := re.search(_UNFILLED, value):", "if False:", SETTINGS
    ),
    Mutation(
        "name nearly right passed over", "settings.py", "raise misnamed(each, meant, path.name)", "pass", SETTINGS
    ),
    Mutation(
        "file nearly named passed over",
        "environments.py",
        "for near in (near for each in looked_at for near in _nearly_named(each, path.name)):",
        "for near in ():",
        SETTINGS,
    ),
    Mutation(
        "stale variable not named",
        "attempt.py",
        "error.cure = self._platform.environment.cure_in_place(error.cure)",
        "pass",
        SETTINGS,
    ),
    Mutation(
        "pasted code with foreign signs is tried",
        "pasted.py",
        "if re.fullmatch(_CODE, response.code):",
        "if True:",
        PASTED,
    ),
    Mutation(
        "pasted fields leave the issuer out",
        "pasted.py",
        "(code|state|iss|error|error_description)",
        "(code|state|error|error_description)",
        PASTED,
    ),
    Mutation(
        "words of a refusal are not masked",
        "authorization.py",
        "masked(each[:2000], secrets=(self.state, self.code_verifier))",
        "each",
        AUTHORIZATION,
    ),
    Mutation("swapped pair is taken", "settings.py", "if len(client_id) >= _LONG and", "if False and", SETTINGS),
    Mutation(
        "misspelt server is taken", "settings.py", "if key == SERVER_URL and (near", "if False and (near", SETTINGS
    ),
    Mutation(
        "replaced seat link stays good",
        "practice/classroom/seat_links.py",
        "self._seats.pop(_hash(old.secret), None)",
        "pass",
        SEAT_LINKS,
    ),
    Mutation(
        "seat link outlives its class", "practice/classroom/seat_links.py", "self._seats.clear()", "pass", SEAT_LINKS
    ),
    Mutation(
        "second computer not noticed",
        "practice/classroom/seat_links.py",
        "if machine not in link.machines and len(link.machines) < MOST_MACHINES:",
        "if not link.machines:",
        SEAT_LINKS,
    ),
    Mutation(
        "computers of a seat link not bounded",
        "practice/classroom/seat_links.py",
        " and len(link.machines) < MOST_MACHINES:",
        ":",
        SEAT_LINKS,
    ),
    Mutation(
        "seat given to a page in a browser",
        "practice/web/seat.py",
        'if any(name == "Origin" or name.startswith("Sec-Fetch-") for name in self.request.headers):',
        "if False:",
        SEAT_LINKS,
    ),
    Mutation(
        "computer may call itself anything",
        "practice/web/seat.py",
        "if not isinstance(machine, str) or not is_machine(machine):",
        "if False:",
        SEAT_LINKS,
    ),
    Mutation(
        "only a # as %23 kept out of the record",
        "practice/web/seat.py",
        'SEAT_PATH + ".+"',
        'SEAT_PATH + "%23.+"',
        SEAT_LINKS,
    ),
    Mutation(
        "address of a class is anything",
        "seat_link.py",
        '_ADDRESS = r"[A-Za-z0-9._~:/@%\\[\\]-]"',
        '_ADDRESS = r"[^?#]"',
        TAKING_A_SEAT,
    ),
    Mutation(
        "values of a seat are anything",
        "seat_link.py",
        "if not all(re.fullmatch(_VALUE, value) for",
        "if not all(True for",
        TAKING_A_SEAT,
    ),
    Mutation(
        "server of a class writes to the terminal",
        "../tools/class_check.py",
        "isinstance(said, dict) and is_about(said)",
        "isinstance(said, dict)",
        ("tests/test_class_check.py", "-k", "no_platform"),
    ),
    Mutation(
        "link from elsewhere signs the instructor out",
        "practice/web/board.py",
        "form_cookie = _ASKED_COOKIE",
        "form_cookie = _COOKIE",
        ("tests/practice/classroom/test_board.py", "-k", "elsewhere or strict"),
    ),
    Mutation(
        "revoked link comes back after a kill",
        "practice/web/board.py",
        "            self.backend.lasting.write_or_complain()",
        "            pass",
        CLASS,
    ),
    Mutation(
        "ended class comes back after a kill",
        "practice/backend.py",
        "        self.lasting.write_or_complain()",
        "        pass",
        CLASS,
    ),
    Mutation(
        "made-up cookies are kept",
        "practice/web/stuck_footer.py",
        "if mine and handler.backend.apps.owned_by(mine):",
        "if mine:",
        ("tests/practice/classroom/test_stuck.py",),
    ),
    Mutation(
        "one computer holds all connections",
        "practice/connections.py",
        "most_connections() // 2",
        "most_connections()",
        ("tests/practice/test_hardening.py", "-k", "hold_all"),
    ),
    Mutation(
        "secret of a seat link in the record",
        "practice/web/seat.py",
        "self.request.path = SEAT_PATH",
        "pass",
        SEAT_LINKS,
    ),
    Mutation(
        "page of a seat link may ask anybody",
        "practice/web/seat.py",
        "script_connects = False",
        "script_connects = True",
        SEAT_LINKS,
    ),
    Mutation(
        "seat link to RingCentral followed",
        "seat_link.py",
        "                _refuse_ringcentral(server_url)\n",
        "",
        TAKING_A_SEAT,
    ),
    Mutation("redirect of a class followed", "seat_link.py", "else {}), _NoRedirects,", "else {}),", TAKING_A_SEAT),
    Mutation(
        "proxy sees a seat link to this computer",
        "seat_link.py",
        '"" if own or proxy_bypass(host)',
        '"" if proxy_bypass(host)',
        TAKING_A_SEAT,
    ),
    Mutation("class waited for without end", "seat_link.py", "worker.join(seconds)", "worker.join()", TAKING_A_SEAT),
    Mutation(
        "name of a seat not looked at",
        "seat_link.py",
        "isinstance(name, str) and re.fullmatch(_SEAT, name)",
        "name",
        TAKING_A_SEAT,
    ),
    Mutation(
        "lines of a seat not looked at",
        "seat_link.py",
        'Settings("practice", ".env-practice", values, places).check()',
        "pass",
        TAKING_A_SEAT,
    ),
    Mutation(
        "more lines than a seat's taken",
        "seat_link.py",
        "if len(found) != len(KEYS) or set(values) != set(KEYS):",
        "if not set(KEYS) <= set(values):",
        TAKING_A_SEAT,
    ),
    Mutation(
        "another file replaced unasked",
        "seat_file.py",
        "return bool(text.strip()) and _values(text) != _values(seat.env)",
        "return False",
        SEAT_FILE,
    ),
    Mutation("replaced file not kept", "seat_file.py", "if text_of(content).strip():", "if False:", SEAT_FILE),
    Mutation(
        "file of a seat readable by others",
        "seat_file.py",
        "        os.replace(name, file)",
        "        os.chmod(name, 0o644)\n        os.replace(name, file)",
        SEAT_FILE,
    ),
    Mutation("file of a seat written through a link", "seat_file.py", "if file.is_symlink():", "if False:", SEAT_FILE),
    Mutation(
        "guard reads no environment files",
        GUARD_FILE,
        "findings += check_env_file(path, text) if is_env_file(path) else check_own_credentials(path, text, own)",
        "pass",
        GUARD,
    ),
    Mutation("guard knows no written-down secrets", GUARD_FILE, "patterns = WRITTEN_DOWN + ", "patterns = ", GUARD),
    Mutation("guard knows no base64", GUARD_FILE, "if is_real(client_id) and ", "if False and ", GUARD_IN_BASE64),
    Mutation(
        "guard takes one's own secret in base64 for another",
        GUARD_FILE,
        "max(text.find(value), text.find(in_base64))",
        "text.find(value)",
        GUARD_IN_BASE64,
    ),
    Mutation("guard reads no blocks of YAML", GUARD_FILE, 'r"(?:[|>][+-]?', 'r"(?:[+-]?', GUARD_FORMS),
    Mutation("guard knows no authorization codes", GUARD_FILE, 'r"|AUTH(?:ORIZATION)?_?CODE"', 'r""', GUARD_ENV),
    Mutation(
        "guard knows no secret without a name",
        GUARD_FILE,
        "(?i:secret|client[ _-]?secret|",
        "(?i:client[ _-]?secret|",
        GUARD_FORMS,
    ),
    Mutation("guard knows no constructors", GUARD_FILE, "(?:\\bSDK|", "(?:\\bDSK|", GUARD_FORMS),
    Mutation(
        "guard knows no Terraform",
        GUARD_FILE,
        "(?:variable|resource",
        "(?:wariable|resource",
        GUARD_FORMS,
    ),
    Mutation(
        "guard knows no PowerShell",
        GUARD_FILE,
        "(?i:ConvertTo-SecureString)(?:",
        "(?i:ConvertFrom-SecureString)(?:",
        GUARD_FORMS,
    ),
    Mutation(
        "guard passes when it fails",
        GUARD_FILE,
        'print(f"The secrets guard has failed ({type(error).__name__}), {STOPPED}", file=sys.stderr)\n        return 2',
        "return 0",
        GUARD,
    ),
    Mutation(
        "files of practice open to everybody",
        "practice/private_files.py",
        "        os.replace(temporary, path)",
        "        os.chmod(temporary, 0o644)\n        os.replace(temporary, path)",
        CLASS,
    ),
    Mutation(
        "instructor's password kept as it is",
        "practice/classroom/instructor.py",
        'return {"salt": self._salt.hex(),',
        'return {"password": self.password, "salt": self._salt.hex(),',
        CLASS,
    ),
    Mutation(
        "instructor's cookies kept as they are",
        "practice/classroom/instructor.py",
        'return hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()',
        "return value",
        CLASS,
    ),
    Mutation(
        "new password leaves the old one",
        "practice/backend.py",
        "anew=self.new_password",
        "anew=False",
        CLASS,
    ),
    Mutation(
        "spoiled file of a class taken for none",
        "practice/classroom/class_file.py",
        "raise self._unreadable(type(error).__name__) from None",
        "return {}",
        CLASS,
    ),
    Mutation(
        "file of a class written over another's",
        "practice/classroom/class_file.py",
        "if self._version != (version_of(self._path) if self._path.exists() else None):",
        "if False:",
        CLASS,
    ),
    Mutation(
        "slips of an ended class still good",
        "practice/backend.py",
        "self.apps.delete_all(ended | self.board.apps_of_seats())",
        "pass",
        CLASS,
    ),
    Mutation(
        "learners may end the class",
        "practice/web/controls.py",
        "if not narrows or named not in (None, self.app.client_id):",
        "if named not in (None, self.app.client_id):",
        CLASS,
    ),
    Mutation(
        "labels hold what they are of",
        "labels.py",
        "{digest.hexdigest()[:16]}",
        "{value}",
        LABELS,
    ),
    Mutation(
        "practice's labels hold what they are of",
        "practice/labels.py",
        "{digest.hexdigest()[:16]}",
        "{value}",
        LABELS_OF_PRACTICE,
    ),
    Mutation(
        "passwords have a label",
        "labels.py",
        '    "interaction": "interaction",\n',
        '    "interaction": "interaction",\n    "password": "code",\n',
        LABELS,
    ),
    Mutation("what can be guessed has a label", "labels.py", " and len(value) >= SHORTEST", "", LABELS),
    Mutation(
        "practice labels what can be guessed",
        "practice/labels.py",
        " and len(value) >= SHORTEST",
        "",
        LABELS_OF_PRACTICE,
    ),
    Mutation(
        "others than practice are asked for their record",
        "server_record.py",
        'is_ours = environment.name != "practice"',
        "is_ours = False",
        ASKING,
    ),
    Mutation(
        "practice records who asks for its record",
        "practice/web/controls.py",
        "def on_finish(self)",
        "def on_no_finish(self)",
        ASKING,
    ),
    Mutation(
        "an endless record is taken for practice's",
        "server_record.py",
        "json_of(answer) if len(answer.content) <= MOST_BYTES else None",
        "json_of(answer)",
        ASKING,
    ),
    Mutation(
        "a silent practice holds up whoever looks at the wire",
        "server_record.py",
        "asking.join(max(0.0, until - time.monotonic()))",
        "asking.join()",
        ASKING,
    ),
    Mutation(
        "text message sent by each press",
        "panels/test.py",
        "self._draft = None  # before it is sent: whoever comes second finds none",
        "pass",
        EXPLORER,
    ),
    Mutation(
        "text message of a former login sent",
        "panels/test.py",
        "draft is None or draft.once != once or draft.login is not self._session.platform.auth().login",
        "draft is None or draft.once != once",
        EXPLORER,
    ),
    Mutation(
        "newer text message sent by the word of an older one",
        "panels/test.py",
        "draft is None or draft.once != once or",
        "draft is None or",
        EXPLORER,
    ),
    Mutation(
        "text message said not to be sent where nobody knows",
        "panels/text_message.py",
        "return not 300 <= error.status < 500",
        "return False",
        EXPLORER,
    ),
    Mutation(
        "answer shown in another login",
        "panels/test.py",
        "if reading.login is self._session.platform.auth().login and self._session.logged_in:",
        "if True:",
        EXPLORER,
    ),
    Mutation(
        "server's words told by the view",
        "panels/base.py",
        '"text": error.in_our_words,',
        '"text": error.happened,',
        (*PANELS, "-k", "own_words"),
    ),
    Mutation(
        "formulas of strangers copied into CSV",
        "spreadsheets.py",
        """f"'{part}" if _is_formula(part) else part""",
        "part",
        EXPLORER,
    ),
    Mutation(
        "what a check tries is displayed",
        "course/trying.py",
        "with capture_output(stdout=False, stderr=False), ",
        "with ",
        ("tests/course/test_turns.py", "-k", "displayed"),
    ),
    Mutation(
        "what a check tries is printed",
        "course/trying.py",
        "with capture_output(stdout=False, stderr=False), redirect_stdout(nowhere), redirect_stderr(nowhere):",
        "if True:",
        ECHOES,
    ),
    Mutation(
        "text of a learner's error told",
        "course/turns.py",
        "kind = next(each.__name__ for each in type(error).__mro__ if each.__module__ != function.__module__)",
        "kind = repr(error)",
        ECHOES,
    ),
    Mutation(
        "name in a learner's error told, which may be a secret",
        "course/lessons.py",
        "if name in sys.stdlib_module_names else",
        "if name else",
        ("tests/course/test_lessons.py", "-k", "nothing_of_a_value"),
    ),
    Mutation(
        "variables of a check left behind",
        "course/trying.py",
        "for name in set(os.environ) - set(variables):",
        "for name in ():",
        (*TURNS, "-k", "as_they_were"),
    ),
    Mutation(
        "names of a notebook changed by a check",
        "course/trying.py",
        "            names.update(named)\n",
        "",
        (*TURNS, "-k", "as_they_were"),
    ),
    Mutation(
        "loop of a learner's that never ends",
        "course/trying.py",
        "        thread.join(seconds)\n",
        "        thread.join()\n",
        (*TURNS, "-k", "never_ends", "--timeout=20"),
    ),
    Mutation(
        "secret-looking lines kept",
        "course/own_lines.py",
        "return _looks_random(text) or any(",
        "return any(",
        (*TURNS, "-k", "looks_like"),
    ),
    Mutation(
        "secrets that the notebook knows kept",
        "course/own_lines.py",
        "or any(secret in text for secret in _known_secrets(around))",
        "",
        (*TURNS, "-k", "looks_like"),
    ),
    Mutation(
        "lines kept that work in one notebook alone",
        "course/own_lines.py",
        'raise NotKept("own.names")',
        'return ""',
        (*TURNS, "-k", "only_this"),
    ),
    Mutation(
        "program that does not load put beside the notebooks",
        "course/program.py",
        "return done.returncode == 0",
        "return True",
        (*TURNS, "-k", "does_not_load"),
    ),
    Mutation(
        "program changed by hand overwritten",
        "course/program.py",
        "            file.rename(aside)\n",
        "",
        (*TURNS, "-k", "by_hand"),
    ),
    Mutation(
        "empty state a match in the program",
        "course/n03.py",
        'return state != "" and compare_digest',
        "return compare_digest",
        ("tests/course/test_gaps.py", "-k", "right_goes_on and is_for_us"),
    ),
    Mutation(
        "any answer taken by the program's listener",
        "course/n03.py",
        "    if not is_for_us(answer, state):",
        "    if False:",
        MY_LOGIN,
    ),
    Mutation(
        "tokens kept by the program when the server fails",
        "course/n05.py",
        """        platform.logout()
    finally:
        platform.auth().reset()


def logout(""",
        """        platform.logout()
    finally:
        pass


def logout(""",
        ("tests/course/test_gaps.py", "-k", "right_goes_on"),
    ),
)


def run(mutation: Mutation | None, tests: tuple[str, ...]) -> list[str]:
    """Run tests in a copy with one mutation, or none; the names of those that failed."""
    with tempfile.TemporaryDirectory(prefix="mutation-", ignore_cleanup_errors=True) as name:
        copy = Path(name)
        leave = shutil.ignore_patterns("__pycache__", "browser", "notebooks", "node")
        for folder in (PACKAGE, "tests", "tools", "notebooks", "jupyter", "workshop"):
            shutil.copytree(ROOT / folder, copy / folder, ignore=leave)
        (copy / "pyproject.toml").write_text("[tool.pytest.ini_options]\nmarkers = ['slow']\n")
        if mutation:
            mutation.apply(copy / PACKAGE)
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "--maxfail=3",
            "--tb=no",
            "-rfE",
            "-p",
            "no:cacheprovider",
            *tests,
        ]
        environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            return ["(ran out of time)"]
        failed = re.findall(r"(?m)^(?:FAILED|ERROR) \S*?::(.*?)(?: - .*)?$", done.stdout)
        if not failed and done.returncode:
            return [f"(pytest ended with {done.returncode}: {(done.stdout + done.stderr).strip()[-200:]})"]
        return failed


def main() -> int:
    """Run the mutations and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.tables.mutations", description=__doc__.split("\n")[0])
    parser.add_argument("-k", metavar="WORDS", default="", help="only the mutations whose names hold these words")
    selected = [each for each in MUTATIONS if parser.parse_args().k in each.name]
    for tests in dict.fromkeys(each.tests for each in selected):
        if broken := run(None, tests):
            print(f"Without a mutation these fail already, so nothing can be shown: {', '.join(broken)}")
            return 1
    survivors = 0
    for mutation in selected:
        failed = run(mutation, mutation.tests)
        survivors += not failed
        print(f"{mutation.name:<45}| {', '.join(failed) or 'SURVIVES'}", flush=True)
    print(f"{len(selected) - survivors} of {len(selected)} noticed")
    return int(survivors > 0)


if __name__ == "__main__":
    sys.exit(main())
