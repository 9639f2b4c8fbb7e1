"""Notebook 07, The whole app: the steps in order, in a notebook and as a program of its own."""

from __future__ import annotations

import sys

from rc_nb_helpers import load_environment

from .n02 import new_state
from .n03 import listen
from .n04 import login_link, new_code_verifier, new_platform, oauth2callback
from .n05 import logout, show_records, test

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

if __name__ == "__main__":
    main(load_environment(sys.argv[1] if len(sys.argv) > 1 else "practice"))
