"""The record as HAR 1.2: what the published schema wants, what other programs read, and nothing secret or personal."""

from __future__ import annotations

import dataclasses
import json
import os
import re
from pathlib import Path
from typing import Any

import haralyzer
import jsonschema
import pytest
from referencing import Registry, Resource

from rc_nb_helpers import RingCentralError, Session
from rc_nb_helpers.exchanges import ExchangeRecord, Exchanges
from rc_nb_helpers.har import LEFT_OUT
from rc_nb_helpers.practice.company.people import STAFF

from .conftest import CLIENT_SECRET, SOON, TOKEN_PATH, Browser, Say, bring, callback, holds_secret, log_in

API = "/restapi/v1.0/account/~"
PERSONAL = re.compile(r"name$|number|^id$|^uri$|mail|^text$|^subject$|sessionid|ownerid|extensionid", re.IGNORECASE)


@pytest.fixture(scope="module")
def schema() -> jsonschema.protocols.Validator:
    folder = Path(os.environ.get("RC_NODE_MODULES", "")) / "har-schema" / "lib"
    if not folder.is_dir():
        pytest.skip("har-schema is not here. tests/practice/node has its package.json: npm install there, and set "
                    "RC_NODE_MODULES to its node_modules.")  # fmt: skip
    texts = [json.loads(file.read_text("utf-8")) for file in folder.glob("*.json")]
    registry: Registry[Any] = Registry().with_resources(
        (each["$id"].rstrip("#"), Resource.from_contents(each)) for each in texts
    )
    return jsonschema.Draft6Validator(
        {"$ref": "har.json"}, registry=registry, format_checker=jsonschema.FormatChecker()
    )


@pytest.fixture
def worked(session: Session, browser: Browser) -> Session:
    """A session that has done what concerns people: asked for them, for their calls, and sent a text to one."""
    attempt = session.begin_login(login_hint="alex")
    browser.log_in(attempt)
    attempt.wait(SOON)
    me = session.get(f"{API}/extension/~")
    number = session.get(f"{API}/extension/~/phone-number")["records"][0]["phoneNumber"]
    session.get(f"{API}/extension/{me['id']}/call-log", perPage=5, phoneNumber=number, dateFrom="2026-01-01T00:00:00Z")
    session.get(f"{API}/extension", perPage=100)
    with pytest.raises(RingCentralError):
        session.post(
            f"{API}/extension/~/sms",
            {"from": {"phoneNumber": number}, "to": [{"phoneNumber": "1"}], "text": "Dear Sam"},
        )
    with pytest.raises(RingCentralError):
        session.get(f"{API}/nothing/{me['name']}")
    session.refresh()
    session.logout()
    return session


def personal_values(session: Session) -> set[str]:
    """What the server has said of people and their numbers, and who works there."""
    answers = " ".join(each.answer for each in session.exchanges)
    said = re.findall(r'"(\w+)": ?(?:"([^"]+)"|(\d+))', answers)
    found = {text or number for name, text, number in said if PERSONAL.search(name)}
    found |= {word for person in STAFF for word in (person.first_name, person.last_name)} | {"Dear Sam", "alex"}
    return {each for each in found if len(each) > 2} - {"(hidden)", "SMS"}  # the last is a permission of the app too


def found_in(text: str, values: set[str]) -> set[str]:
    """The values that are in a text, as words of their own."""
    return {each for each in values if re.search(rf"(?<![\w.]){re.escape(each)}(?![\w.])", text)}


def test_it_is_what_the_schema_wants(schema, worked):
    for personal in (False, True):
        log = worked.exchanges.har(personal=personal)
        assert [error.message for error in schema.iter_errors(json.loads(json.dumps(log)))] == []
        assert len(log["log"]["entries"]) == len(worked.exchanges)
    assert list(schema.iter_errors({"log": {**log["log"], "creator": {}}}))
    log["log"]["entries"][0]["startedDateTime"] = "yesterday"
    assert list(schema.iter_errors(log))


def test_another_program_reads_it(worked):
    (page,) = haralyzer.HarParser(worked.exchanges.har()).pages or [None]
    entries = [haralyzer.HarEntry(each) for each in worked.exchanges.har()["log"]["entries"]]
    assert page is None or len(page.entries) == len(entries)
    assert [each.request.method for each in entries] == [each.method for each in worked.exchanges]
    assert [each.response.status for each in entries] == [each.status or 0 for each in worked.exchanges]
    assert entries[2].request.headers[0]["name"] == worked.exchanges[2].headers[0][0]
    assert entries[0].startTime < entries[-1].startTime


def test_nothing_personal_is_in_it_unless_it_is_asked_for(worked):
    values = personal_values(worked)
    assert len(values) > 40
    text = json.dumps(worked.exchanges.har(), ensure_ascii=False)
    assert found_in(text, values) == set()
    assert LEFT_OUT in text
    whole = json.dumps(worked.exchanges.har(personal=True), ensure_ascii=False)
    assert len(found_in(whole.replace('\\"', '"'), values)) > len(values) / 2


def test_what_tells_of_the_fault_stays(worked):
    log = worked.exchanges.har()["log"]
    *_, refused, nothing, refresh, _ = log["entries"]
    assert json.loads(refused["response"]["content"]["text"])["errorCode"]
    assert refused["request"]["postData"]["text"] == LEFT_OUT
    assert nothing["request"]["url"].endswith(f"/nothing/{LEFT_OUT}")
    assert nothing["response"]["status"] == 404
    assert {each["name"]: each["value"] for each in refresh["request"]["postData"]["params"]}.items() >= {
        "grant_type": "refresh_token",
        "refresh_token": "(hidden)",
    }.items()
    assert json.loads(refresh["response"]["content"]["text"])["access_token"] == "(hidden)"
    assert "Personal data was left out" in log["comment"]
    assert "Left out: the request's body" in refused["comment"]
    assert "Personal data is in it" in worked.exchanges.har(personal=True)["log"]["comment"]


def test_no_secret_is_in_it_whoever_asks(fake_session, fake):
    def echo(seen):
        return Say({"errors": [{"errorCode": "X-1", "message": f"{seen.body} {seen.headers['authorization']}"}]}, 400)

    log_in(fake_session)
    fake.script[TOKEN_PATH] = echo
    with pytest.raises(RingCentralError):
        fake_session.refresh()
    for personal in (False, True):
        text = json.dumps(fake_session.exchanges.har(personal=personal))
        assert holds_secret(text) == []
        assert CLIENT_SECRET not in text
        assert "(hidden)" in text


def test_message_without_an_answer(fake_session, fake, schema):
    attempt = fake_session.begin_login()
    bring(callback(attempt, state="another"))
    attempt.cancel()
    log_in(fake_session)
    fake.script[API] = Say("", cut=0)
    with pytest.raises(RingCentralError):
        fake_session.get(API)
    log = fake_session.exchanges.har()
    assert not list(schema.iter_errors(log))
    first, last = log["log"]["entries"][0], log["log"]["entries"][-1]
    assert (first["response"]["status"], first["time"]) == (0, 0)
    assert "No answer was seen from here" in first["comment"]
    assert last["response"]["status"] == 0
    assert "broke off" in last["comment"]


ODD = {
    "half a character": ("GET", "https://x.example/a?q=%ED%A0%80", "\ud800", "\udc00"),
    "a long address": ("GET", f"https://x.example/a?q={'y' * 9000}", "", ""),
    "a hub": ("GET", "https://alex:pw@hub.example/user/maria/x?code=1", "", ""),
    "deep JSON": ("POST", "https://x.example/a", "[" * 3000, "[" * 3000),
    "a list": ("GET", "https://x.example/a", "", '[{"name": "Maria"}]'),
    "errors that are none": (
        "GET",
        "https://x.example/a",
        "",
        '{"errors": ["maria", {"errorCode": ["maria"]}], "error": "maria 16505550123"}',
    ),
}


@pytest.mark.parametrize("case", ODD)
@pytest.mark.parametrize("personal", [False, True])
def test_odd_exchanges_are_written_all_the_same(case, personal, tmp_path, schema):
    method, url, body, answer = ODD[case]
    record = ExchangeRecord()
    record.end(record.begin("API", method, url, body=body), status=400, body=answer, headers={"Location": url})
    record.begin("API", method, url, body=body)
    log = record.read().har(personal=personal)
    (tmp_path / "x.har").write_text(json.dumps(log, ensure_ascii=False), "utf-8")
    again = json.loads((tmp_path / "x.har").read_text("utf-8"))
    assert not list(schema.iter_errors(again))
    assert personal or "maria" not in json.dumps(again).lower()


def test_unknown_status_and_words_are_no_fault():
    record = ExchangeRecord()
    begun = record.begin("token", "POST", "https://x.example/a")
    record.end(begun, status=799, body='{"scope": "A B", "owner_id": "123456", "expires_in": 5}')
    (entry,) = record.read().har()["log"]["entries"]
    assert entry["response"]["statusText"] == ""
    assert json.loads(entry["response"]["content"]["text"]) == {"scope": "A B", "expires_in": 5}
    assert Exchanges([dataclasses.replace(record.read()[0], seconds=None)]).har()["log"]["entries"][0]["time"] == 0
