"""An error code explained in a cell: what it means, what leads to it, how to tell, what to do, and where it happens."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbconvert.filters import markdown2html
from ringcentral import SDK
from ringcentral.http.api_exception import ApiException

from rc_nb_helpers import ApiError, Cause, ConfigurationError, CredentialsRejected, Explanation, LoginError, explain
from rc_nb_helpers.catalogue import CATALOGUE
from rc_nb_helpers.likely_causes import MORE

ROOT = Path(__file__).parents[1]
HOSTILE = Explanation(
    "<script>x</script> & *why* | `x`",
    "</style><b>do</b> [x](javascript:y)",
    code="<i>OAU-1</i>",
    meaning='"><img src=x>',
    causes=(Cause("<u>what</u> _x_", "# tell <a href='x'>y</a>"),),
)


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, _attrs: Any) -> None:
        self.found.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def headings(notebook: str) -> set[str]:
    cells = json.loads((ROOT / "notebooks" / notebook).read_text("utf-8"))["cells"]
    texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    return {heading.strip() for text in texts for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}


@pytest.mark.parametrize("code", sorted(MORE))
def test_what_is_said_of_a_code_is_whole(code):
    known = CATALOGUE[code]
    assert known.code == code
    assert known.meaning
    assert known.causes
    for cause in known.causes:
        assert cause.what[-1] in ".!"
        assert cause.tell[-1] in ".!"
    if known.link:
        notebook, _, anchor = known.link.partition("#")
        assert anchor.replace("-", " ") in {heading.replace("-", " ") for heading in headings(notebook)}
        assert known.section in (f"notebook {notebook[:2]}, “{each}”" for each in headings(notebook))


def test_every_code_of_practice_has_its_causes():
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "rc_nb_helpers" / "practice").rglob("*.py"))
    codes = set(re.findall(r'"((?:OAU|CMN|AGW|CLG|MSG)-\d{3})"', sources))
    assert len(codes) > 30
    assert codes <= set(MORE)


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_source_is_an_address(code):
    assert CATALOGUE[code].source.startswith("https://") or code == "sign-in"


@pytest.mark.parametrize("word", ["OAU-109", "oau-109 ", "\tOau-109\n", "It says OAU-109: Redirect URIs do not match."])
def test_code_is_found_however_it_is_written(word):
    assert explain(word) is CATALOGUE["OAU-109"]


def test_words_of_the_standard_are_found_too():
    assert explain("INVALID_GRANT ").code == "invalid_grant"
    assert explain("tokeninvalid").code == "TokenInvalid"
    assert explain("error=access_denied in the address").code == "access_denied"


def test_error_is_explained_by_its_code():
    assert explain(ApiError(status=403, code="CMN-408")) is CATALOGUE["CMN-408"]
    assert explain(ApiError(status=400, oauth_error="invalid_grant")) is CATALOGUE["invalid_grant"]
    assert explain(ApiError(status=400, code="XYZ-1", oauth_error="invalid_grant")).causes == ()
    assert explain(CredentialsRejected("No.", code="OAU-146")) is CATALOGUE["OAU-146"]
    assert explain(RuntimeError("client_secret=s3cret OAU-108 and more")) is CATALOGUE["OAU-108"]
    known = explain(RuntimeError("client_secret=s3cret"))
    assert "no code" in known.why
    assert "s3cret" not in str(known)


def test_error_of_the_bare_sdk_is_explained_and_nothing_else_of_its_text_is_shown(practice):
    platform = SDK(practice.client_id, practice.client_secret, practice.server_url).platform()
    with pytest.raises(ApiException) as caught:
        platform.login(code="code-that-nobody-has", redirect_uri=practice.redirect_uris[0])
    assert "Basic " in str(caught.value), "the SDK shows no secret any more: this proves nothing"
    assert explain(caught.value) is CATALOGUE["OAU-106"]


def test_error_without_a_code_explains_itself():
    known = explain(LoginError("It rained.", why="A cloud.", cure="Wait."))
    assert (known.meaning, known.why, known.cure, known.causes) == ("It rained.", "A cloud.", "Wait.", ())


@pytest.mark.parametrize("wrong", [None, 109, b"OAU-109", ["OAU-109"], {}])
def test_what_is_no_text_is_a_lesson(wrong):
    with pytest.raises(ConfigurationError, match=r'explain\("OAU-109"\)'):
        explain(wrong)


def test_unknown_code_says_that_it_is_unknown():
    shown = explain("XYZ-123" + "x" * 500)
    assert "not in our catalogue" in shown.text()
    assert "What leads to it" not in shown.text()
    assert len(shown.code) < 100
    assert "XYZ-123" in shown._repr_html_()


def test_nothing_given_says_how_to_ask():
    assert 'explain("OAU-109")' in str(explain(" "))


# --- how it is shown


def test_each_form_says_all_of_it():
    known = CATALOGUE["OAU-109"]
    data, _ = InteractiveShell.instance().display_formatter.format(known)
    assert {"text/plain", "text/html", "text/markdown"} <= set(data)
    html = "".join(Tags(data["text/html"]).texts)
    markdown = re.sub(r"\\(.)", r"\1", data["text/markdown"])
    for text in (data["text/plain"], str(known), html, markdown):
        places = [text.index(part) for part in ("OAU-109", known.why, *(cause.what for cause in known.causes))]
        assert places == sorted(places)
        assert known.cure in text
        assert all(cause.tell in text for cause in known.causes)
        assert known.section in text
        assert known.source in text
    assert f'href="{known.link}"' in data["text/html"]
    assert f"(<{known.link}>)" in data["text/markdown"]


def test_nothing_in_it_becomes_markup():
    assert set(Tags(HOSTILE._repr_html_()).found) <= {"style", "div", "p", "b", "i", "ol", "li", "br"}
    rendered = markdown2html(HOSTILE._repr_markdown_())
    assert set(Tags(rendered).found) <= {"p", "strong", "em", "ol", "li", "br"}
    assert "<script>" not in rendered


def test_style_takes_the_colours_of_the_page():
    (style,) = re.findall(r"<style>(.*?)</style>", CATALOGUE["OAU-109"]._repr_html_())
    assert not re.search(r"(?<![\w-])(background|color):", style)


# --- the way there


def test_error_leads_to_its_explanation():
    error = ApiError(status=403, code="CMN-408")
    assert str(error).endswith('More: import rc_nb_helpers; rc_nb_helpers.explain("CMN-408")')
    assert error._render_traceback_()[-1] == '  More: import rc_nb_helpers; rc_nb_helpers.explain("CMN-408")'
    names: dict[str, Any] = {"explain": "the notebook's own"}
    exec(error.more.replace("rc_nb_helpers.explain", "found = rc_nb_helpers.explain"), names)
    assert names["found"] is CATALOGUE["CMN-408"]
    assert names["explain"] == "the notebook's own"


@pytest.mark.parametrize("code", ["", "XYZ-1", '"); print("x', "OAU-119"])
def test_no_way_leads_to_nothing_more(code):
    assert "More:" not in str(ApiError(status=400, code=code, message="No"))
