"""The pictures in the notebooks. Each has its source here; `python3 tutorial.py outputs` puts it into its cell.

A picture stands in a markdown cell of its own, as an image that it brings along (a data: address). So it is seen in a
clone that JupyterLab does not trust, in the learner's copies, and in a page without a network. JupyterLab takes no SVG
for an attachment, and GitHub is said to show no SVG file of the repository in a notebook. It is HTML, because many
Markdown readers, such as markdown-it, refuse an address with SVG in it.
"""

import base64
import html
from typing import Any

from rc_nb_helpers.stills import Step, Still, sequence

BROWSER = "Your browser"


def pictures() -> dict[tuple[str, str], Still]:
    """Each picture, by its notebook and the id of its cell."""
    return {
        ("00-start-here.ipynb", "00-06"): login_step_by_step(),
        ("04-code-to-tokens.ipynb", "04-pkce-picture"): what_pkce_sends_when(),
        ("06-popup-and-panels.ipynb", "06-08-picture"): login_with_a_popup(),
    }


def login_step_by_step() -> Still:
    """Who talks to whom."""
    return sequence(
        "A login, step by step",
        "The person signs in at RingCentral, and the notebook gets only a code, which it trades for tokens.",
        [
            Step("Notebook", BROWSER, "Please open this sign-in page"),
            Step(BROWSER, "RingCentral", "You sign in, and allow the app"),
            Step("RingCentral", BROWSER, "Go back, with this code"),
            Step(BROWSER, "Notebook", "Here is the code"),
            Step("Notebook", "RingCentral", "The code, and who I am", way="behind"),
            Step("RingCentral", "Notebook", "Tokens", way="behind"),
            Step("Notebook", "RingCentral", "From now on: a question, with a token", way="behind"),
        ],
        lanes=("Notebook", BROWSER, "RingCentral"),
    )


def what_pkce_sends_when() -> Still:
    """Where the code verifier is at each moment."""
    return sequence(
        "What PKCE sends when",
        "Only the fingerprint goes with the link. The code verifier leaves the notebook at the very end.",
        [
            Step("Notebook", "Notebook", "Make a code verifier, and keep it"),
            Step(
                "Notebook",
                "RingCentral",
                "The link, with the code challenge: the verifier's fingerprint",
                way="through",
            ),
            Step("RingCentral", "RingCentral", "Keep the code challenge"),
            Step("RingCentral", "Notebook", "A code", way="through"),
            Step("Notebook", "RingCentral", "The code, and now the code verifier", way="behind"),
            Step("RingCentral", "RingCentral", "Does its fingerprint fit? Only then: tokens"),
        ],
        lanes=("Notebook", BROWSER, "RingCentral"),
    )


def login_with_a_popup() -> Still:
    """How the panel opens a window in the click, and where that window goes."""
    return sequence(
        "A login with a popup",
        "The window is opened in the click itself, and goes on to RingCentral when the notebook has sent the link.",
        [
            Step("Panel", "Notebook", "Pressed: a link, please"),
            Step("Panel", "Popup", "Open, empty for now"),
            Step("Notebook", "Notebook", "Open the listener"),
            Step("Notebook", "Panel", "The link, in a message that is not saved"),
            Step("Panel", "Popup", "Go there"),
            Step("Popup", "RingCentral", "You sign in, and allow the app"),
            Step("RingCentral", "Popup", "Go to the redirect URI, with a code"),
            Step("Popup", "Notebook", "Here is the code"),
            Step("Notebook", "RingCentral", "The code, for tokens", answer="tokens"),
            Step("Notebook", "Popup", "Login success, and it closes"),
            Step("Notebook", "Panel", "Logged in"),
        ],
        lanes=("Panel", "Popup", "Notebook", "RingCentral"),
    )


def as_markdown(picture: Still) -> str:
    """The text of a cell that shows a picture.

    Args:
        picture: The picture; its words become the alternative text.
    """
    image = base64.b64encode(picture.svg.encode()).decode("ascii")
    alt = html.escape(" ".join(picture.text.split()))
    return f'<img alt="{alt}" src="data:image/svg+xml;base64,{image}">'


def put_in(notebook: Any, name: str) -> None:
    """Draw the pictures of a notebook anew.

    Args:
        notebook: The notebook, as nbformat reads it.
        name: The name of its file.
    """
    drawn = {cell: picture for (file, cell), picture in pictures().items() if file == name}
    for cell in notebook.cells:
        if cell.id in drawn:
            cell.source = as_markdown(drawn[cell.id])
