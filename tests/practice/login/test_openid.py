"""Discovery, keys and userinfo, as RingCentral's OpenAPI lists them."""

from __future__ import annotations

import requests

from ..conftest import TIMEOUT, World, code_of


def test_discovery_names_the_endpoints_that_are_there(world: World) -> None:
    answer = requests.get(world.url("/.well-known/openid-configuration"), timeout=TIMEOUT)
    assert answer.status_code == 200
    body = answer.json()
    url = world.platform.server_url
    assert body["issuer"] == url
    for name in ("authorization", "token", "revocation", "userinfo"):
        assert body[f"{name}_endpoint"].startswith(f"{url}/restapi/oauth/")
        assert requests.get(body[f"{name}_endpoint"], timeout=TIMEOUT).status_code != 404
    assert requests.get(body["jwks_uri"], timeout=TIMEOUT).json() == {"keys": []}
    # What the schema OpenIdDiscovery requires, beside the addresses.
    for name in (
        "scopes_supported",
        "token_endpoint_auth_methods_supported",
        "response_types_supported",
        "subject_types_supported",
        "userinfo_signing_alg_values_supported",
        "id_token_signing_alg_values_supported",
    ):
        assert all(isinstance(value, str) for value in body[name]), name
        assert body[name], name


def test_userinfo_says_whose_token_it_is(world: World) -> None:
    token = world.log_in("sam", "birch")["access_token"]
    url = world.url("/restapi/oauth/userinfo")
    answer = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=TIMEOUT)
    assert answer.json() == {
        "sub": "400131428008",
        "email": "sam@maplestreet.example",
        "email_verified": True,
        "account_id": "400131426008",
        "given_name": "Sam",
        "family_name": "Okafor",
    }
    assert answer.headers["X-Rate-Limit-Group"] == "auth"
    stranger = requests.get(url, timeout=TIMEOUT)
    assert (stranger.status_code, code_of(stranger)) == (401, "AGW-401")
    assert requests.post(url, timeout=TIMEOUT).headers["Allow"] == "GET"
