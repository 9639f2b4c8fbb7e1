"""What CONTRIBUTING's maps of the house say: which modules there are, and in which order."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
_NAMES = re.compile(r"( *)((?:\w+(?:\.py|/) +)+)")


def modules_of(folder: str) -> list[str]:
    """The modules that a map names below a folder, as dotted names from there, in the map's order.

    Args:
        folder: A folder that begins a map or stands at its edge, such as ``rc_nb_helpers``.
    """
    found: list[str] = []
    for picture in re.findall(r"^```\n(.*?)^```$", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.M | re.S):
        above: list[str] = []
        for line in picture.splitlines():
            if not (names := _NAMES.match(line + " ")):
                continue
            del above[len(names[1]) // 4 :]
            for name in names[2].split():
                path = [*above, name.rstrip("/").removesuffix(".py")]
                if name.endswith("/"):
                    above = path
                elif path[0] == folder:
                    found.append(".".join(path[1:]))
    return found
