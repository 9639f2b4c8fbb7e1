"""A login whose answer comes in at a Jupyter server to which the browser is not signed in."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from unittest import mock

import pytest

from rc_nb_helpers import Session
from rc_nb_helpers.practice import PracticePlatform

from ..conftest import environment_of, put_away
from ..jupyter_server import TOKEN, jupyter_server
from .conftest import PATIENCE, shoot, sign_in


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such sockets in Python")
def test_whoever_is_not_signed_in_to_the_server_arrives_after_its_login(context):
    """The platform is another site, so the cookie that keeps the answer is set on the way from there."""
    with (
        tempfile.TemporaryDirectory(prefix="server-") as name,
        jupyter_server(Path(name)) as server,
        PracticePlatform(redirect_uris=[server.redirect_uri]) as platform,
        mock.patch.dict(os.environ, server.variables),
    ):
        session = Session(environment_of(platform))
        page = context.new_page()
        try:
            attempt = session.begin_login()
            page.goto(attempt.authorize_url)
            sign_in(page, platform)
            page.get_by_role("button", name="Allow").click()
            page.locator("#password_input").fill(TOKEN)
            assert "code" not in page.url
            shoot(page, "server-login")
            page.locator("#login_submit").click()
            page.get_by_role("heading", name="Login success").wait_for()
            attempt.wait(PATIENCE / 1000)
            shoot(page, "server-login-success")
            assert page.url == server.redirect_uri, "the code stays in the address bar"
            page.goto(f"{server.redirect_uri}?code=x&state=y")
            page.get_by_role("heading", name="Nobody waits for this answer").wait_for()
            shoot(page, "server-nobody-waits")
            assert page.url.endswith("?code=x&state=y"), "it cannot be pasted"
        finally:
            page.close()
            put_away(session)
