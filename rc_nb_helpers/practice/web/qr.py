"""A link as a QR code, for a slip of paper: a picture that stands in the page itself."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=1000)
def qr_code(link: str) -> str:
    """The QR code of a link, as an SVG element.

    Args:
        link: An address.
    """
    import segno  # here: only whoever prints slips needs it

    # One mask for all: to look for the best of eight takes three times as long, and 300 slips are drawn at once.
    code = segno.make(link, error="m", micro=False, mask=2)
    return code.svg_inline(omitsize=True, light="#fff", border=4, svgclass=None, lineclass=None)
