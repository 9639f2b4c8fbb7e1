"""Each error says what happened, why and what to do, and is safe to save."""

from __future__ import annotations

import inspect

import pytest

from rc_nb_helpers import errors
from rc_nb_helpers.errors import (
    CATALOGUE,
    ApiError,
    CodeRejected,
    ConfigurationError,
    LoginError,
    LoginUnreachable,
    NotLoggedIn,
    PlatformUnreachable,
    RingCentralError,
    explain,
)

ALL = [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, Exception)]


def test_text_holds_what_happened_why_and_what_to_do_in_that_order():
    error = ConfigurationError("It rained.", why="A cloud.", cure="Take an umbrella.")
    assert str(error) == "It rained. A cloud. Take an umbrella."


def test_parts_that_are_not_known_leave_no_gap():
    assert str(NotLoggedIn("It rained.", cure="Wait.")) == "It rained. Wait."
    assert str(RingCentralError("It rained.")) == "It rained."


@pytest.mark.parametrize("kind", ALL)
def test_everything_hangs_on_one_tree(kind):
    assert issubclass(kind, RingCentralError)
    assert kind.__doc__


@pytest.mark.parametrize(
    "name",
    ["AccessDenied", "CodeRejected", "LoginTimeout", "LoginCancelled", "PortInUse", "CredentialsRejected"],
)
def test_what_ends_a_login_is_a_login_error(name):
    assert issubclass(getattr(errors, name), LoginError)


def test_losing_the_server_during_a_login_is_both():
    assert issubclass(LoginUnreachable, LoginError)
    assert issubclass(LoginUnreachable, PlatformUnreachable)


def test_api_error_carries_the_servers_words_and_ours():
    error = ApiError(status=403, code="CMN-408", message="User needs [ReadCallLog] permission.")
    assert (error.status, error.code, error.message) == (403, "CMN-408", "User needs [ReadCallLog] permission.")
    assert "the person who is logged in may not" in error.explanation
    assert str(error).startswith("RingCentral answered 403 CMN-408: User needs [ReadCallLog] permission. ")
    assert error.explanation in str(error)


def test_api_error_with_nothing_but_a_status_still_reads_well():
    assert str(ApiError(status=418)).startswith("RingCentral answered 418: no message. ")


def test_status_explains_what_the_code_does_not():
    assert "too many" in explain("", status=429).why.lower()
    assert explain("XYZ-1", status=503).cure == "Try again in a minute."


def test_code_speaks_before_the_status():
    assert explain("OAU-109", status=401).why.startswith("The redirect URI")


def test_unknown_codes_have_an_empty_explanation():
    assert explain("XYZ-1") == errors.Explanation()


@pytest.mark.parametrize("status", [200, 204, 302, 308, 400, 401, 403, 404, 418, 429, 500, 503, 599])
def test_every_status_has_a_cause_and_a_cure(status):
    for code in ("", "XYZ-1"):
        assert explain(code, status=status).why
        assert explain(code, status=status).cure


@pytest.mark.parametrize(
    "code",
    [
        *("invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type"),
        *("invalid_scope", "server_error", "temporarily_unavailable", "unsupported_token_type"),
    ],
)
def test_errors_of_the_rfcs_are_explained(code):
    assert explain(code).cure


def test_servers_wish_to_wait_is_passed_on():
    error = ApiError(status=429, code="CMN-301", retry_after=42)
    assert error.retry_after == 42
    assert "Wait 42 seconds" in str(error)
    assert "Wait 42 seconds" in error.explanation
    assert ApiError(status=429).retry_after is None


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_catalogue_speaks_in_sentences(code):
    known = CATALOGUE[code]
    assert known.why.endswith(".")
    assert known.cure.endswith(".")


def test_notebook_shows_the_lesson_and_no_stack():
    assert CodeRejected("No.", why="Old.", cure="Again.")._render_traceback_() == [
        "CodeRejected: No.",
        "  Why: Old.",
        "  What to do: Again.",
    ]
    assert NotLoggedIn("No.")._render_traceback_() == ["NotLoggedIn: No."]
