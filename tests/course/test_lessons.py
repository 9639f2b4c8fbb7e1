"""What somebody who knows Python, and no OAuth, writes first: the check says what to change."""

from __future__ import annotations

import pytest

from rc_nb_helpers.course.sources import gap_of
from rc_nb_helpers.sentences.checks import CHECKS
from rc_nb_helpers.sentences.saying import say

from .cells import notebook

IMPORTS = """\
import base64, hashlib, secrets
from hmac import compare_digest
from urllib.parse import urlencode
from dotenv import dotenv_values, load_dotenv
from rc_nb_helpers.course.n04 import code_challenge"""

SHA, B64 = "hashlib.sha256(code_verifier.encode())", "base64.urlsafe_b64encode"
LISTENED = "    listener.wait()\n    listener = listen(environment.listen_address, 's', 1)"

FIRST_ANSWERS = [
    # What is raised, and what Python says of it
    ("code-challenge", 'return base64.b64encode(hashlib.sha256(code_verifier).digest()).rstrip("=")', "raised.text"),
    ("code-challenge", f'return {B64}({SHA}.digest()).rstrip("=")', "raised.text"),
    ("code-challenge", f'return {B64}({SHA}.hexdigest()).rstrip(b"=")', "raised.text"),
    ("code-challenge", f'return {B64}({SHA}.digest()).replace("=", "")', "raised.text"),
    ("code-challenge", "return hashlib.sha256(bytes(code_verifier)).hexdigest()", "raised.text"),
    ("code-challenge", f'return {B64}({SHA}.digest()).decode().rstrip(b"=")', "raised.bytes"),
    ("code-challenge", f'return {B64}({SHA}.digest()).decode().replace(b"=", b"")', "raised.bytes"),
    ("code-challenge", f'return "" + {B64}({SHA}.digest())', "raised.bytes"),
    ("code-challenge", f"return {B64}({SHA})", "raised.digest"),
    ("code-challenge", f'return {SHA}.rstrip(b"=")', "raised.digest"),
    ("code-challenge", f"return {B64}({SHA}.digest)", "raised.not-called"),
    ("code-challenge", f"return {B64}({SHA}.digest()).encode()", "raised.encoded"),
    ("code-challenge", f"return {B64}({SHA}.digest().decode())", "raised.no-letters"),
    ("code-challenge", f"return base64.encode({SHA}.digest())", "raised.arguments"),
    ("code-challenge", f"return {B64}(s={SHA}.digest(), padding=False)", "raised.keyword"),
    ("code-challenge", f"return {B64}({SHA.replace('hashlib.', '')}.digest())", "raised.meant hashlib.sha256"),
    ("code-challenge", "return hashlib.S256(code_verifier)", "raised.meant hashlib.sha256"),
    ("code-challenge", f"return {SHA}.digest().urlsafe_b64encode()", "raised.meant base64.urlsafe_b64encode"),
    ("new-state", "return secrets.token_urlsafe('32')", "raised.number"),
    ("new-state", "return secrets.token_urlsafe(32).decode()", "raised.decoded"),
    ("new-state", "return secrets()", "raised.module-called"),
    ("new-state", "return secrets.unguessable()", "raised.attribute"),
    ("new-state", "return uuid.uuid4()", "raised.import uuid"),
    ("new-state", "return sekrets.token_urlsafe(32)", "raised.meant secrets"),
    ("new-state", "return token_urlsafe(32)", "raised.meant secrets.token_urlsafe"),
    ("new-state", "return something_else", "raised.name"),
    ("for-us", "return answer.state == state", "raised.dictionary-dot"),
    ("for-us", "return answer('state') == state", "raised.dictionary-called"),
    ("for-us", "return answer.get['state'] == state", "raised.not-called"),
    ("for-us", "return answer['State'] == state", "raised.key"),
    ("for-us", "return compare_digest(answer.get('state'), state.encode())", "raised.text"),
    ("for-us", "return state != '' and compare_digest(answer.get('state'), state)", "raised.none"),
    ("for-us", "return list(answer)['state'] == state", ""),
    ("for-us", "return state['state'] == answer", "raised.text-is-no-dictionary"),
    ("authorize-link", "return server_url + '/restapi/oauth/authorize?' + question", "raised.joined"),
    ("authorize-link", "return server_url + '/restapi/oauth/authorize?' + urlencode", "raised.not-called"),
    ("settings-of", "return dict(load_dotenv(file))", "raised.iterable"),
    ("settings-of", "return dotenv.dotenv_values(file)", "raised.meant dotenv_values"),
    ("trade", "platform.log_in(code=answer['code'])", "raised.meant platform.login"),
    ("trade", "platform.login(code=code)", 'raised.meant answer["code"]'),
    ("trade", "platform['login'](code=answer['code'])", "raised.square-brackets"),
    ("fits", "return challenge(code_verifier) == challenge", "raised.not-callable"),
    ("logged-in", "return platform.refresh_token_valid()", "raised.before-dot"),
    ("logged-in", "return refresh_token_valid()", "raised.needs-dot"),
    ("logged-in", "return platform.auth.access_token_valid()", "raised.not-called"),
    ("logged-in", "return logged_in(platform)", "raised.itself"),
    ("end", "platform.auth().logout()", "raised.meant platform.logout"),
    ("end", "platform.reset()", "raised.before-dot"),
    ("main", LISTENED.strip(), "raised.unbound"),
    ("main", "listener.wait()", "raised.unbound"),
    ("main", "platform = new_platform(environment)\n    state = new_state()", "main.left-out"),
    ("whose", "return drawers[cookie]", "raised.key-is-dictionary"),
    ("code-challenge", "return base64.urlsafe_b64decode(code_verifier[:5]).decode()", "raised.base64"),
    ("new-state", "return input('state? ')", "raised.input"),
    # What the text tells
    ("code-challenge", f'print({B64}({SHA}.digest()).rstrip(b"=").decode())', "turn.no-return"),
    ("for-us", "print(answer.get('state') == state)", "turn.no-return"),
    ("for-us", "return print(answer.get('state') == state)", "turn.no-return"),
    ("logged-in", "platform.auth().access_token_valid() or platform.auth().refresh_token_valid()", "turn.no-return"),
    ("for-us", "return state != '' and answer.get('state') is state", "turn.is"),
    ("for-us", "return answer.get('state') is not None", "for-us.any-state"),
    ("fits", "return code_challenge(code_verifier) is challenge", "turn.is"),
    ("fits", "return code_challenge == challenge", "raised.not-called"),
    ("settings-of", "return dotenv_values", "raised.not-called"),
    ("end", "try:\n        platform.logout()\n    finally:\n        platform.auth().reset", "raised.not-called"),
    # What a value tells
    ("trade", "platform.login(code=answer['code'], redirect_uri='x', verifier='x')", "trade.no-redirect-uri"),
    ("code-challenge", f"digest = {SHA}.digest()\n    return {B64}(digest).decode", "raised.not-called"),
    ("authorize-link", "return '/restapi/oauth/authorize?' + urlencode(question)", "authorize-link.begin"),
]


@pytest.fixture
def learner(capsys):
    with notebook(capsys) as opened:
        opened.run(IMPORTS)
        yield opened


@pytest.mark.parametrize(("gap_id", "lines", "meant"), FIRST_ANSWERS)
def test_the_check_says_what_to_change(learner, gap_id, lines, meant):
    sentence, _, name = meant.partition(" ")
    if gap_id == "main":
        learner.run("from rc_nb_helpers.course.n07 import show_link, listen, new_platform, new_state")
    first_line = gap_of(gap_id).stub_text.splitlines()[0]
    said = learner.turn(gap_id, f"{first_line}\n    {lines}").splitlines()[-2]
    if sentence:
        assert said.endswith(say(sentence, name=name))
    else:
        assert said == CHECKS["turn.raised-in-line"].format(kind="TypeError", line=3)


def test_names_that_are_not_needed_from_the_cells_above(learner):
    learner.run("del secrets")
    said = learner.turn("new-state", "def new_state():\n    return secrets.token_urlsafe(32)").splitlines()[-2]
    assert said.endswith(say("raised.run-above", name="secrets"))


def test_every_lesson_is_somebodys():
    meant = {each.partition(" ")[0] for _, _, each in FIRST_ANSWERS} | {"raised.run-above"}
    assert {each for each in CHECKS if each.startswith("raised.")} == {
        each for each in meant if each.startswith("raised.")
    }


@pytest.mark.parametrize("error", ["NameError('{}', name='{}')", "AttributeError('{}', name='{}')", "KeyError('{}')"])
def test_lesson_holds_nothing_of_a_value(learner, error):
    """A secret may stand where a name should."""
    secret = "U0pDMDFQMTJQQVMwMA"
    assert secret not in learner.turn("new-state", f"def new_state():\n    raise {error.replace('{}', secret)}")
    assert secret not in learner.turn("new-state", f"def new_state():\n    return {secret}")
