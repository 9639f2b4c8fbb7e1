"""The OpenID Connect pieces that RingCentral's OpenAPI lists: discovery, keys, and who is signed in.

No ID tokens are issued here, as none are on RingCentral without the scope ``openid``: the key set is empty.
"""

from __future__ import annotations

from ..company.people import ACCOUNT_ID
from ..login.oauth import DISPLAYS
from .programs import JsonHandler
from .rest import ApiHandler


class DiscoveryHandler(JsonHandler):
    """``/.well-known/openid-configuration`` (OpenAPI, OpenIdDiscovery): public and not limited."""

    def get(self) -> None:
        url = self.site.server_url
        body = {
            "issuer": url,
            "authorization_endpoint": f"{url}/restapi/oauth/authorize",
            "token_endpoint": f"{url}/restapi/oauth/token",
            "revocation_endpoint": f"{url}/restapi/oauth/revoke",
            "userinfo_endpoint": f"{url}/restapi/oauth/userinfo",
            "jwks_uri": f"{url}/restapi/oauth/jwks",
            "scopes_supported": ["openid", "email", "profile"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "userinfo_signing_alg_values_supported": ["none"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["plain", "S256"],
            "display_values_supported": list(DISPLAYS),
            "claims_supported": ["sub", "account_id", "email", "email_verified", "given_name", "family_name"],
            "ui_locales_supported": ["en"],
            "claims_parameter_supported": False,
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
        }
        self.send_json(200, body)


class KeysHandler(JsonHandler):
    """``/restapi/oauth/jwks``: the keys that sign ID tokens (RFC 7517): none."""

    def get(self) -> None:
        self.send_json(200, {"keys": []})


class UserInfoHandler(ApiHandler):
    """``/restapi/oauth/userinfo`` (OpenID Connect Core §5.3; OpenAPI, UserInfoResource): whose token this is."""

    def get(self) -> None:
        session = self.authenticated_session()
        self.admit(session, "auth")
        person = session.person
        body = {
            "sub": str(person.extension_id),
            "email": person.email,
            "email_verified": True,
            "account_id": str(ACCOUNT_ID),
            "given_name": person.first_name,
            "family_name": person.last_name,
        }
        self.send_json(200, body)


ROUTES = [
    ("/.well-known/openid-configuration", DiscoveryHandler),
    ("/restapi/oauth/jwks", KeysHandler),
    ("/restapi/oauth/userinfo", UserInfoHandler),
]
