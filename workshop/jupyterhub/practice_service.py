"""The practice platform as a service of the hub, a seat for each hub name, and the instructor's way to the board.

The hub starts it; class_config.py tells it what it needs with variables. One process serves two addresses: practice
itself, for apps and browsers, and /services/board/, which the hub opens for its admins alone.
"""

import asyncio
import json
import os
import re
import secrets
import signal
from pathlib import Path
from urllib.parse import urlsplit

from jupyterhub.services.auth import HubOAuthCallbackHandler, HubOAuthenticated
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.httpserver import HTTPServer
from tornado.web import Application, HTTPError, RequestHandler, authenticated

from rc_nb_helpers.practice import PracticePlatform

HUB_URL = os.environ["RC_HUB_URL"]
PREFIX = "/services/practice"
SIGN_IN = f"{PREFIX}/practice/board/sign-in"
NAMES_FILE = "seats.json"
ABOUT = """\
Your seat in this class is {username}.

On practice's sign-in page, which is made up like everything there:
  user name  {username}
  password   {password}

Never type a real password there. The file .env-practice, one folder above, holds your app's four lines.
"""


class Seats:
    """Which hub name has which seat. The first who comes gets the first one, and has it for good.

    Args:
        platform: The practice platform.
        file: Keeps it over a restart.
    """

    def __init__(self, platform: PracticePlatform, file: Path) -> None:
        self._platform = platform
        self._file = file
        self._seats: dict[str, str] = json.loads(file.read_text("utf-8")) if file.exists() else {}

    def of(self, name: str) -> dict[str, str]:
        """The person and the app of a hub name's seat, as practice's ready line has them."""
        if name not in self._seats:
            taken = set(self._seats.values())
            free = next((each for each in self._users() if each not in taken), None)
            if free is None:
                self._platform.controls.add_seats(1)
                free = next(each for each in self._users() if each not in taken)
            self._seats[name] = free
            self._write()
        users = self._users()
        while self._seats[name] not in users:  # practice has forgotten the class, and makes fewer seats
            self._platform.controls.add_seats(1)
            users = self._users()
        self._platform.controls.name_seat(self._seats[name], name)
        return users[self._seats[name]]

    async def tell(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the hub, which says a name: with the lines of `.env-practice`, and what the learner should know."""
        try:
            seat = self.of(json.loads(await reader.readline()))
            lines = {
                "RC_SERVER_URL": f"http://127.0.0.1:{os.environ['RC_HUB_PRACTICE_PORT']}{PREFIX}",
                "RC_CLIENT_ID": seat["client_id"],
                "RC_CLIENT_SECRET": seat["client_secret"],
                "RC_REDIRECT_URL": ",".join(self._platform.redirect_uris),
            }
            env = "".join(f"{key}={value}\n" for key, value in lines.items())
            writer.write(json.dumps({"env": env, "about": ABOUT.format(**seat)}).encode())
        finally:
            writer.close()

    def _users(self) -> dict[str, dict[str, str]]:
        return {each["username"]: each for each in self._platform.users}

    def _write(self) -> None:
        part = self._file.with_suffix(".part")
        part.write_text(json.dumps(self._seats, indent=1), "utf-8")
        part.replace(self._file)


class BoardHandler(HubOAuthenticated, RequestHandler):
    """Signs an admin of the hub in to the board, as its form would."""

    def initialize(self, platform: PracticePlatform, port: int) -> None:
        """Take what the application has."""
        self._platform, self._port = platform, port

    @authenticated
    async def get(self) -> None:
        """Fill in the board's sign-in form, and hand its cookies on to this browser."""
        if not self.current_user["admin"]:
            raise HTTPError(403)
        page = await self._ask("GET")
        cookies = [each.partition(";")[0] for each in page.headers.get_list("Set-Cookie")]
        token = re.search(rb'name="form_token" value="([^"]+)"', page.body)
        body = f"form_token={token[1].decode() if token else ''}&password={self._platform.instructor_password}"
        answer = await self._ask("POST", body=body, headers={"Cookie": "; ".join(cookies)})
        for cookie in answer.headers.get_list("Set-Cookie"):
            self.add_header("Set-Cookie", cookie)
        self.redirect(answer.headers.get("Location", SIGN_IN))

    async def _ask(self, method: str, body: str | None = None, headers: dict[str, str] | None = None):
        request = HTTPRequest(
            f"http://127.0.0.1:{self._port}{SIGN_IN}", method, {"Host": urlsplit(HUB_URL).netloc, **(headers or {})},
            body, follow_redirects=False,
        )  # fmt: skip
        return await AsyncHTTPClient().fetch(request, raise_error=False)


async def main() -> None:
    """Serve until the hub says stop."""
    os.umask(0o077)
    state = Path(os.environ["RC_HUB_STATE"])
    state.mkdir(parents=True, exist_ok=True)
    port = int(os.environ["RC_HUB_PRACTICE_PORT"])
    platform = PracticePlatform(
        port=port,
        public_url=HUB_URL + PREFIX,
        redirect_uris=[f"{HUB_URL}/hub/user-redirect/rc-callback/"],
        learners=int(os.environ["RC_HUB_SEATS"]),
        apps_file=state / "apps.json",
        class_file=state / "class.json",
        new_password=True,  # nobody types it: the way to the board is the hub's login
    )
    platform.listen()
    here = urlsplit(os.environ["JUPYTERHUB_SERVICE_URL"])
    prefix = os.environ["JUPYTERHUB_SERVICE_PREFIX"]
    seats = Seats(platform, state / NAMES_FILE)
    application = Application(
        [
            (prefix, BoardHandler, {"platform": platform, "port": port}),
            (prefix + "oauth_callback", HubOAuthCallbackHandler),
        ],
        cookie_secret=secrets.token_bytes(32),
        log_function=lambda handler: None,
    )
    HTTPServer(application, max_body_size=1024).listen(here.port, here.hostname)
    await asyncio.start_unix_server(seats.tell, os.environ["RC_HUB_SEATS_SOCKET"])
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await stop.wait()
    finally:
        platform.stop()


if __name__ == "__main__":
    asyncio.run(main())
