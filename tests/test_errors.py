"""Each error says what happened, why and what to do, and is safe to save."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
from concurrent.futures import ProcessPoolExecutor

import pytest

from rc_nb_helpers import errors
from rc_nb_helpers.catalogue import CATALOGUE
from rc_nb_helpers.errors import (
    ApiError,
    CodeRejected,
    ConfigurationError,
    LoginError,
    LoginUnreachable,
    NotLoggedIn,
    PlatformUnreachable,
    PortInUse,
    RingCentralError,
    explain,
)
from rc_nb_helpers.explanations import Explanation

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


@pytest.mark.parametrize("status", [0, 200, 400, 401, 403, 404])
@pytest.mark.parametrize(
    "words", [("XYZ-1",), ("OAU-999", "invalid_client"), ("MSG-999", "invalid_grant"), ("", "odd")]
)
def test_unknown_code_is_told_as_unknown_and_claims_no_cause(words, status):
    known = explain(*words, status=status)
    assert "not in our catalogue" in known.why
    assert "own words" in known.cure
    assert "client" not in known.why + known.cure


def test_nothing_is_explained_by_nothing():
    assert explain("") == Explanation()


# The states of the account and of the person in RingCentral's table, and those that its own widgets know besides.
STATES = ("OAU-105", "OAU-119", "OAU-136", "OAU-141", "OAU-142", "OAU-147", "OAU-148", "OAU-167", "OAU-222", "OAU-232")


@pytest.mark.parametrize("code", [*STATES, "OAU-236"])
def test_state_of_the_account_is_not_blamed_on_the_app(code):
    known = CATALOGUE[code]
    assert not [word for word in ("client id", "secret", "app's", ".env") if word in known.why + known.cure]


TABLE = """
    OAU-101 OAU-102 OAU-105 OAU-106 OAU-108 OAU-109 OAU-110 OAU-111 OAU-112 OAU-113 OAU-116 OAU-117 OAU-119 OAU-120
    OAU-121 OAU-123 OAU-125 OAU-127 OAU-128 OAU-129 OAU-134 OAU-136 OAU-140 OAU-141 OAU-142 OAU-146 OAU-147 OAU-148
    OAU-149 OAU-150 OAU-151 OAU-153 OAU-164 OAU-165 OAU-167 OAU-168 OAU-210 OAU-213 OAU-222 OAU-232 OAU-236 OAU-250
    OAU-251 InsufficientPermissions CMN-301 CMN-302 CMN-303 CMN-304 CMN-310 MSG-242 MSG-304
"""


@pytest.mark.parametrize("code", TABLE.split())
def test_ringcentrals_table_is_in_the_catalogue(code):
    assert CATALOGUE[code].why


@pytest.mark.parametrize(
    ("code", "word", "status", "refused"),
    [
        ("OAU-153", "invalid_client", 400, True),
        ("OAU-146", "", 401, True),
        ("", "invalid_client", 400, True),
        ("", "", 401, True),
        ("OAU-142", "invalid_client", 401, False),
        ("OAU-999", "invalid_client", 401, False),
        ("OAU-999", "", 401, False),
        ("", "invalid_grant", 401, False),
        ("", "", 400, False),
    ],
)
def test_app_is_refused_only_where_the_server_says_so(code, word, status, refused):
    assert errors.refuses_the_app(ApiError(status=status, code=code, oauth_error=word)) == refused


def test_web_page_with_401_says_nothing_of_the_app():
    page = ApiError(status=401, why="It may be a firewall's.", cure="Look at it.")
    assert not errors.refuses_the_app(page)


@pytest.mark.parametrize(
    ("status", "said"), [(304, "Nothing has changed"), (413, "larger"), (511, "sign in first"), (502, "in between")]
)
def test_status_that_has_a_meaning_of_its_own_is_told_as_that(status, said):
    assert said in explain("", status=status).why
    assert "proxy" not in explain("", status=status).why


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


# --- across processes


def an(kind: type[RingCentralError]) -> RingCentralError:
    """An error of a kind, with something in every attribute."""
    if issubclass(kind, ApiError):
        return kind(status=429, code="CMN-301", oauth_error="slow_down", message="Too many", retry_after=7)
    return kind("It rained.", why="A cloud.", cure="Take an umbrella.")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("kind", ALL)
def test_error_comes_whole_out_of_a_pickle(kind, protocol):
    error = an(kind)
    error.note_of_somebody = "kept"
    for again in (pickle.loads(pickle.dumps(error, protocol)), copy.copy(error), copy.deepcopy(error)):
        assert type(again) is kind
        assert vars(again) == vars(error)
        assert (str(again), again.args, repr(again)) == (str(error), error.args, repr(error))


def test_pickled_error_takes_no_frame_along():
    secret = "access-token-of-somebody"
    with pytest.raises(CodeRejected) as caught:
        raise CodeRejected(f"It rained on {len(secret)} letters.") from ValueError(secret)
    assert secret.encode() not in pickle.dumps(caught.value)
    assert pickle.loads(pickle.dumps(caught.value)).__traceback__ is None


def test_other_ways_out_of_a_taken_port_come_along():
    error = PortInUse("Taken.", cure="Wait.").with_another("http://localhost:5001/x")
    assert pickle.loads(pickle.dumps(error)).free_redirect_uri == "http://localhost:5001/x"


def fail() -> None:
    raise ApiError(status=429, retry_after=3)


def test_worker_of_a_process_pool_tells_its_error():
    with ProcessPoolExecutor(1) as pool, pytest.raises(ApiError) as caught:
        pool.submit(fail).result(timeout=60)
    assert (caught.value.status, caught.value.retry_after) == (429, 3)


# --- the tree, as it is drawn


def test_tree_is_drawn_as_it_is():
    drawn: set[tuple[str, str]] = set()
    line_of: list[str] = []
    for line in re.findall(r"^    ((?:[│├└─ ]*)\w+)$", errors.__doc__ or "", re.MULTILINE):
        name = re.sub(r"\W", "", line)
        depth = (len(line) - len(name)) // 4
        del line_of[depth:]
        drawn.add((line_of[-1] if line_of else "Exception", name))
        line_of.append(name)
    assert drawn == {(base.__name__, each.__name__) for each in ALL for base in each.__bases__}
