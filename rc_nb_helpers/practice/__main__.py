"""``python -m rc_nb_helpers.practice``: the practice platform as a command."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from .classroom.class_file import ClassFileError
from .company.calls import SEED
from .login.apps import AppsFileError

try:
    from .backend import DEFAULT_REDIRECT_URIS
    from .connections import let_many_connect
    from .platform import PortTaken, PracticePlatform
except ModuleNotFoundError as error:
    sys.exit(
        f"The practice platform needs a package that is not installed ({error.name}).\n"
        'What to do: in the tutorial\'s folder, pip install ".[practice]"'
    )

_FEW = 5
_AS_BEFORE = "as before; if it is lost, start with --new-password"
_LASTS = "as --public-url says"
_MOVES = "another network changes it; better is a name that stays: --public-url http://NAME:{port}"
_ALONE = "which this computer alone reaches; for a room, start with --host 0.0.0.0"
_OPEN = "  It is open to your network: whoever can reach this computer can use it{}.\n" + (
    "  Run it so only among people you trust, never type a real password, and stop it after the class."
)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m rc_nb_helpers.practice",
        description="Run the practice platform: a local look-alike of RingCentral's OAuth and REST API.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this computer only)")
    parser.add_argument(
        "--public-url", metavar="URL", help="the address that others use to reach it (default: found out)"
    )
    parser.add_argument(
        "--browser-url",
        metavar="URL",
        help="the address by which browsers reach it, where programs use another; {port} stands for its port",
    )
    parser.add_argument("--port", type=_port, default=0, help="port to listen on (default 0: any free one)")
    parser.add_argument(
        "--redirect-uri",
        action="append",
        metavar="URI",
        help="redirect URI of the app that is built in; may be given several times",
    )
    parser.add_argument(
        "--also-redirect-uri",
        action="append",
        default=[],
        metavar="URI",
        help="one more of them, beside the usual ones or those of --redirect-uri",
    )
    parser.add_argument(
        "--learners", type=_seats, default=0, metavar="N", help="make a person and an app for each of N seats"
    )
    parser.add_argument("--apps-file", type=Path, metavar="PATH", help="keep the registered apps in this file")
    parser.add_argument(
        "--class-file", type=Path, metavar="PATH", help="keep the class in this file: seats, progress, password"
    )
    parser.add_argument(
        "--new-password", action="store_true", help="a new password for the instructor, also where a class goes on"
    )
    parser.add_argument(
        "--strict-limits", action="store_true", help="RingCentral's real rate limits (default: relaxed ones)"
    )
    parser.add_argument(
        "--seed", type=int, default=SEED, metavar="N", help=f"make up another year of calls and messages ({SEED})"
    )
    parser.add_argument(
        "--instructor", action="store_true", help="name the instructor's password in the JSON even without --learners"
    )
    parser.add_argument("--json", action="store_true", help="when ready, print one line of JSON and nothing else")
    parser.add_argument(
        "--exit-with-parent", action="store_true", help="stop when standard input ends, as it does with the parent"
    )
    return parser.parse_args(argv)


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return port


def _seats(text: str) -> int:
    seats = int(text)
    if not 0 <= seats <= 1000:
        raise argparse.ArgumentTypeError("a class has from 0 to 1000 seats")
    return seats


def _friendly(platform: PracticePlatform) -> str:
    url = platform.browser_url
    lines = [
        "The practice platform is running. It is not RingCentral; everything in it is made up.",
        f"  Address      {platform.server_url}",
        f"  Console      {url}/practice/console   (create your app here)",
        "  Sign in as",
    ]
    users = platform.users
    lines += [f"    {user['username']:12} password {user['password']}" for user in users[:_FEW]]
    if len(users) > _FEW:
        lines.append(f"    … and {len(users) - _FEW} more: {url}/practice/board/seats")
    lines.append(f"  Board        {url}/practice/board   (who is how far; for the instructor)")
    lines.append(f"               password {platform.instructor_password or _AS_BEFORE}")
    if platform.seats:
        lines += _about_class(platform)
    if not platform.has_instructor:
        lines.append('               With --instructor or --learners N, pages also have a button "I\'m stuck".')
    if platform.open_to_network:
        lines.append(_warning(platform))
    lines.append("  Stop it with Ctrl-C.")
    return "\n".join(lines)


def _about_class(platform: PracticePlatform) -> list[str]:
    """Whether it goes on, and the address that its slips hold."""
    on = "It goes on where it was" if platform.goes_on else "It is new"
    lines = [f"  Class        {platform.seats} seats. {on}; on the board you can add seats, and end it."]
    moves = _MOVES.format(port=urlsplit(platform.server_url).port) if platform.open_to_network else _ALONE
    lines.append(f"  Slips hold   {platform.server_url}   ({_LASTS if platform.has_public_url else moves})")
    if old := platform.about_old_slips:
        lines.append(f"  {old}")
    return lines


def _warning(platform: PracticePlatform) -> str:
    encrypted = platform.server_url.startswith("https:")
    return _OPEN.format("" if encrypted else ", and what they send is not encrypted")


async def _run(platform: PracticePlatform, *, as_json: bool, exit_with_parent: bool) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()

    def ask_to_stop(*_: object) -> None:
        # The loop may be closed by then, when the signal and the end of the parent come together.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(stop.set)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask_to_stop)
    platform.listen()
    try:
        print(json.dumps(platform.ready()) if as_json else _friendly(platform), flush=True)
        if as_json and platform.open_to_network:
            print(_warning(platform), file=sys.stderr, flush=True)
        if as_json and (old := platform.about_old_slips):
            print(old, file=sys.stderr, flush=True)
        if exit_with_parent:
            # A thread, because a Windows event loop cannot wait for a pipe.
            threading.Thread(target=_when_input_ends, args=(ask_to_stop,), name="parent-watch", daemon=True).start()
        await stop.wait()
    finally:
        platform.stop()


def _when_input_ends(act: Callable[[], None]) -> None:
    # The descriptor itself: a daemon thread blocked inside a buffered stream would spoil the interpreter's end.
    with contextlib.suppress(OSError):
        while os.read(0, 1024):
            pass
    act()


def main(argv: Sequence[str] | None = None) -> int:
    """Run until Ctrl-C, SIGTERM or, if asked, the end of standard input; return the exit status."""
    arguments = _arguments(argv)
    let_many_connect()
    try:
        platform = PracticePlatform(
            host=arguments.host,
            port=arguments.port,
            public_url=arguments.public_url,
            browser_url=arguments.browser_url,
            redirect_uris=(*arguments.also_redirect_uri, *(arguments.redirect_uri or DEFAULT_REDIRECT_URIS)),
            learners=arguments.learners,
            instructor=arguments.instructor,
            apps_file=arguments.apps_file,
            strict_limits=arguments.strict_limits,
            seed=arguments.seed,
            class_file=arguments.class_file,
            new_password=arguments.new_password,
        )
        asyncio.run(_run(platform, as_json=arguments.json, exit_with_parent=arguments.exit_with_parent))
    except (PortTaken, AppsFileError, ClassFileError, ValueError) as error:
        print(error.strerror if isinstance(error, PortTaken) else error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
