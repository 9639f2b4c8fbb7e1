"""Property tests of what reads a stranger's text; those of parameters and redirect URIs are in test_apps."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rc_nb_helpers.practice.classroom.record import MASK, masked
from rc_nb_helpers.practice.network import checked_public_url
from rc_nb_helpers.practice.web.authorize import prefers_json

_HEADER = st.text(alphabet=st.characters(max_codepoint=255))


@given(_HEADER | st.from_regex(r"(application/json|text/html|\*/\*)(;q=.{0,5})?(, ?text/html(;q=.{0,5})?)?"))
def test_any_accept_header_is_understood_one_way_or_the_other(accept: str) -> None:
    assert prefers_json(accept) in (True, False)


@given(st.text())
def test_a_public_url_is_a_plain_address_or_refused(text: str) -> None:
    try:
        url = checked_public_url(text)
    except ValueError:
        return
    assert url.startswith(("http://", "https://"))
    assert not set(url) & set(" /?#@\\\n") - {"/"}
    assert url.count("/") == 2


@given(st.dictionaries(st.text(), st.text(min_size=1)))
def test_masked_parameters_hold_only_plain_text(parameters: dict[str, str]) -> None:
    for name, value in masked(parameters).items():
        assert name.isascii()
        assert value == MASK or value.isprintable()
        assert len(name) <= 80
        assert len(value) <= 80
