"""RingCentral's own Python SDK, unchanged, against the practice platform."""

from __future__ import annotations

import pytest

from .conftest import CHALLENGE, REDIRECT_URI, VERIFIER, World

ringcentral = pytest.importorskip("ringcentral")


@pytest.mark.parametrize("with_verifier", [True, False])
def test_login_call_refresh_and_logout(world: World, with_verifier: bool) -> None:
    pkce = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"} if with_verifier else {}
    platform = ringcentral.SDK(*world.basic, world.platform.server_url).platform()
    platform.login(code=world.code(**pkce), redirect_uri=REDIRECT_URI, verifier=VERIFIER if with_verifier else "")
    assert platform.auth().refresh_token_valid()
    assert platform.get("/restapi/v1.0/account/~/extension/~").json().extensionNumber == "101"
    before = platform.auth().access_token()
    platform.refresh()
    assert platform.auth().access_token() != before
    for path in ("extension", "extension/~/call-log", "call-log"):
        assert platform.get(f"/restapi/v1.0/account/~/{path}").json_dict()["records"]
    token = platform.auth().access_token()
    platform.logout()
    assert not platform.auth().access_token_valid()
    assert world.get("/account/~", token).status_code == 401


def test_its_errors_are_understood(world: World) -> None:
    platform = ringcentral.SDK(*world.basic, world.platform.server_url).platform()
    with pytest.raises(Exception, match="Redirect URIs do not match"):
        platform.login(code=world.code(), redirect_uri=REDIRECT_URI + "/")
    platform.login(code=world.code("sam", "birch"), redirect_uri=REDIRECT_URI)
    with pytest.raises(Exception, match="user needs to have"):
        platform.get("/restapi/v1.0/account/~/call-log")
