"""Files of the tutorial that pages of the site link to, such as its modules, as pages of their own (Sphinx)."""

import html
import posixpath
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from pygments.lexers import get_lexer_for_filename
from pygments.util import ClassNotFound
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx

from tools.clean_room import committed
from tools.places import ROOT

FOLDER = "files"


def setup(app: Sphinx) -> dict[str, Any]:
    """Let Sphinx call us when it has read a page, and when it asks for more of them."""
    linked: set[str] = set()
    app.connect("doctree-read", lambda app, document: lead_to_pages(app, document, linked))
    app.connect("html-collect-pages", lambda app: pages(app, linked))
    return {"parallel_read_safe": False}


def lead_to_pages(app: Sphinx, document: nodes.document, linked: set[str]) -> None:
    """Let each link to a file or folder of the tutorial that is no page lead to a page that shows it."""
    page = app.env.docname
    for link in list(document.findall(pending_xref)):
        name = posixpath.normpath(posixpath.join(posixpath.dirname(page), link["reftarget"]))
        if link.get("reftype") == "myst" and not link.get("refdomain") and (ROOT / name).exists():
            linked.add(name)
            address = app.builder.get_relative_uri(page, f"{FOLDER}/{name}")
            link.replace_self(nodes.reference("", "", *link.children, internal=True, refuri=address))


def pages(app: Sphinx, linked: set[str]) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield a page for each file or folder."""
    for name in sorted(linked):
        place = ROOT / name
        files = [file for file in sorted(place.iterdir()) if file.is_file()] if place.is_dir() else [place]
        body = f"<h1><code>{html.escape(name)}</code></h1>"
        for file in files:
            body += f"<h2><code>{file.name}</code></h2>" if place.is_dir() else ""
            body += highlighted(app, file.relative_to(ROOT).as_posix())
        yield f"{FOLDER}/{name}", {"title": name, "body": body}, "page.html"


def highlighted(app: Sphinx, name: str) -> str:
    """Return a file as HTML. It is shown as git has it: what a person has filled in is theirs."""
    try:
        language = get_lexer_for_filename(name).aliases[0]
    except ClassNotFound:
        language = "text"
    return str(app.builder.highlighter.highlight_block(committed(name), language))  # type: ignore[attr-defined]
