"""Notebook 07, The whole app: the steps in order, in a notebook and as a program of its own."""

from __future__ import annotations

import sys
from contextlib import suppress
from types import SimpleNamespace

from rc_nb_helpers import load_environment

from .gaps import Criterion, Gap, Wrong, with_globals
from .n02 import new_state
from .n03 import listen
from .n04 import login_link, new_code_verifier, new_platform, oauth2callback
from .n05 import end, logout, show_records, test

TITLE = "07 The whole app"


def show_link(link):
    """Show the link in a terminal. In a notebook, open_in_browser shows it."""
    print("Open this link in your browser:", link, sep="\n", flush=True)


def main(environment, show=show_link, seconds=120):
    """A whole login: sign in, call, log out."""
    platform = new_platform(environment)
    state, code_verifier = new_state(), new_code_verifier()
    listener = listen(environment.listen_address, state, seconds)
    show(login_link(environment, state, code_verifier))
    print(oauth2callback(platform, listener.wait(seconds), code_verifier, environment.redirect_uri))
    try:
        show_records(test(platform, "extension"), "extensionNumber", "name")
    finally:
        print(logout(platform))


PROGRAM = (show_link, main, "__main__")


# --- The gap: main --------------------------------------------------------------------------------


class _Broken(Exception):
    """A call that fails."""


def _steps(function, fails=False):
    """What a function does, in order, when nothing is real: the names of the steps."""
    done = []

    def step(name, result=None):
        def taken(*given, **named):
            done.append(name)
            return result

        return taken

    def call(platform, api):
        done.append("call")
        if fails:
            raise _Broken
        return []

    def listening(*given, **named):
        done.append("listen")
        return SimpleNamespace(wait=step("wait", {"code": "c"}), stop=step("stop"), answer={"code": "c"})

    names = {
        "new_platform": step("platform", SimpleNamespace()),
        "new_state": lambda: "s",
        "new_code_verifier": lambda: "v",
        "listen": listening,
        "login_link": lambda *given, **named: "link",
        "oauth2callback": step("trade", "Login success"),
        "test": call,
        "show_records": step("show records"),
        "logout": step("logout", "Logged out."),
        "end": step("logout"),
    }
    names["my_login"] = SimpleNamespace(**names, show_link=step("link"))
    environment = SimpleNamespace(listen_address=("localhost", 5000), redirect_uri="http://localhost:5000/x")
    with suppress(_Broken):
        with_globals(function, **names, show_link=step("link"))(environment, show=step("link"), seconds=1)
    return done


def _before(done, one, other):
    return one in done and other in done and done.index(one) < done.index(other)


def _listens_first(function):
    done = _steps(function)
    if "listen" not in done or "link" not in done:
        return "main.left-out"
    return "" if _before(done, "listen", "link") else "main.link-first"


def _waits_after_the_link(function):
    done = _steps(function)
    if "wait" not in done:
        return "main.no-wait"
    return "" if _before(done, "link", "wait") else "main.wait-first"


def _trades_before_it_calls(function):
    done = _steps(function)
    if "call" not in done or "trade" not in done:
        return "main.left-out"
    return "" if _before(done, "trade", "call") else "main.call-first"


def _logs_out(function):
    done = _steps(function)
    if "logout" not in done:
        return "main.no-logout"
    return "" if _before(done, "call", "logout") else "main.logout-first"


def _logs_out_whatever_happens(function):
    return "" if "logout" in _steps(function, fails=True) else "main.no-finally"


def main_stub(environment, show=show_link, seconds=120):
    """A whole login: sign in, call, log out."""
    platform = new_platform(environment)
    state, code_verifier = new_state(), new_code_verifier()
    show(login_link(environment, state, code_verifier))
    listener = listen(environment.listen_address, state, seconds)
    try:
        print(oauth2callback(platform, listener.wait(seconds), code_verifier, environment.redirect_uri))
        print(logout(platform))
    finally:
        show_records(test(platform, "extension"), "extensionNumber", "name")


def _main_in_one_try(environment, show=show_link, seconds=120):
    platform = new_platform(environment)
    try:
        state, code_verifier = new_state(), new_code_verifier()
        listener = listen(environment.listen_address, state, seconds)
        show(login_link(environment, state, code_verifier))
        print(oauth2callback(platform, listener.wait(seconds), code_verifier, environment.redirect_uri))
        show_records(test(platform, "extension"), "name")
    finally:
        end(platform)


def _main_link_first(environment, show=show_link, seconds=120):
    platform = new_platform(environment)
    state, code_verifier = new_state(), new_code_verifier()
    show(login_link(environment, state, code_verifier))
    listener = listen(environment.listen_address, state, seconds)
    print(oauth2callback(platform, listener.wait(seconds), code_verifier, environment.redirect_uri))
    try:
        show_records(test(platform, "extension"), "extensionNumber", "name")
    finally:
        print(logout(platform))


def _main_waits_first(environment, show=show_link, seconds=120):
    platform = new_platform(environment)
    state, code_verifier = new_state(), new_code_verifier()
    listener = listen(environment.listen_address, state, seconds)
    answer = listener.wait(seconds)
    show(login_link(environment, state, code_verifier))
    print(oauth2callback(platform, answer, code_verifier, environment.redirect_uri))
    try:
        show_records(test(platform, "extension"), "extensionNumber", "name")
    finally:
        print(logout(platform))


def _main_without_waiting(environment, show=show_link, seconds=120):
    platform = new_platform(environment)
    state, code_verifier = new_state(), new_code_verifier()
    listener = listen(environment.listen_address, state, seconds)
    show(login_link(environment, state, code_verifier))
    print(oauth2callback(platform, listener.answer, code_verifier, environment.redirect_uri))
    try:
        show_records(test(platform, "extension"), "extensionNumber", "name")
    finally:
        print(logout(platform))


def _main_call_first(environment, show=show_link, seconds=120):
    platform = new_platform(environment)
    state, code_verifier = new_state(), new_code_verifier()
    listener = listen(environment.listen_address, state, seconds)
    show(login_link(environment, state, code_verifier))
    try:
        show_records(test(platform, "extension"), "extensionNumber", "name")
        print(oauth2callback(platform, listener.wait(seconds), code_verifier, environment.redirect_uri))
    finally:
        print(logout(platform))


def _main_logout_first(environment, show=show_link, seconds=120):
    platform = new_platform(environment)
    state, code_verifier = new_state(), new_code_verifier()
    listener = listen(environment.listen_address, state, seconds)
    show(login_link(environment, state, code_verifier))
    try:
        print(oauth2callback(platform, listener.wait(seconds), code_verifier, environment.redirect_uri))
        print(logout(platform))
    finally:
        show_records(test(platform, "extension"), "extensionNumber", "name")


def _main_without_finally(environment, show=show_link, seconds=120):
    platform = new_platform(environment)
    state, code_verifier = new_state(), new_code_verifier()
    listener = listen(environment.listen_address, state, seconds)
    show(login_link(environment, state, code_verifier))
    print(oauth2callback(platform, listener.wait(seconds), code_verifier, environment.redirect_uri))
    show_records(test(platform, "extension"), "extensionNumber", "name")
    print(logout(platform))


def _main_without_logout(environment, show=show_link, seconds=120):
    platform = new_platform(environment)
    state, code_verifier = new_state(), new_code_verifier()
    listener = listen(environment.listen_address, state, seconds)
    show(login_link(environment, state, code_verifier))
    print(oauth2callback(platform, listener.wait(seconds), code_verifier, environment.redirect_uri))
    show_records(test(platform, "extension"), "extensionNumber", "name")


def _main_without_listener(environment, show=show_link, seconds=120):
    platform = new_platform(environment)
    show(login_link(environment, new_state(), new_code_verifier()))
    try:
        show_records(test(platform, "extension"), "extensionNumber", "name")
    finally:
        print(logout(platform))


GAPS = (
    Gap(
        id="main",
        notebook="07",
        solution=main,
        stub=main_stub,
        criteria=(
            Criterion("main.listener", _listens_first),
            Criterion("main.wait", _waits_after_the_link),
            Criterion("main.trade", _trades_before_it_calls),
            Criterion("main.logout", _logs_out),
            Criterion("main.always", _logs_out_whatever_happens),
        ),
        hints=(
            "Who must be ready before the browser goes? And what has to happen at the end, whatever comes before?",
            "The order is: listener, link, trade, call, logout. The call stands in `try`, the logout in `finally`.",
        ),
        others=(_main_in_one_try,),
        wrong=(
            Wrong(_main_link_first, "main.link-first"),
            Wrong(_main_waits_first, "main.wait-first"),
            Wrong(_main_without_waiting, "main.no-wait"),
            Wrong(_main_call_first, "main.call-first"),
            Wrong(_main_logout_first, "main.logout-first"),
            Wrong(_main_without_finally, "main.no-finally"),
            Wrong(_main_without_logout, "main.no-logout"),
            Wrong(_main_without_listener, "main.left-out"),
        ),
    ),
)

GUESSES = ()

if __name__ == "__main__":
    main(load_environment(sys.argv[1] if len(sys.argv) > 1 else "practice"))
