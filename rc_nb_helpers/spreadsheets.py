"""A table as CSV (RFC 4180), with nothing in it that a spreadsheet would work out.

Spreadsheets take a cell that begins with ``=``, ``+``, ``-`` or ``@`` for a formula, and a formula can send the other
cells away or start programs. Whoever writes us a text message chooses what stands in one. So such a cell gets an
apostrophe at its beginning, as OWASP advises ("CSV Injection"), and every cell stands in quotes. Two decisions:

- A phone number such as ``+16505550100`` gets the apostrophe, too. Without it, spreadsheets would make the number
  16505550100 of it, and write that as 1.65E+10. A program takes one apostrophe away where one leads.
- A negative number such as ``-5`` gets none: it is one, and stays one.

In many countries spreadsheets split at semicolons instead, and pay no heed to quotes that begin in the middle. So what
follows a semicolon, a tab or a new line within a cell is looked at in the same way.

The text begins with no byte order mark: it is meant for the clipboard as well, and Python would take the mark for a
part of the first heading. Who writes a file for Excel writes it in ``utf-8-sig``, or umlauts are lost.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence

_MOST_DIGITS = 15  # what a spreadsheet keeps of a number


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table as CSV.

    Args:
        columns: The headings.
        rows: A text for each column.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([harmless(heading) for heading in columns])
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def harmless(cell: str) -> str:
    """A cell's text, with an apostrophe wherever a spreadsheet could take what follows for a formula."""
    # NUL ends a file for some readers; half a character cannot be written as UTF-8.
    cell = cell.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if re.fullmatch(rf"-\d{{1,{_MOST_DIGITS}}}(\.\d{{1,{_MOST_DIGITS}}})?", cell, re.ASCII):
        return cell
    parts = re.split(r"([;\t\r\n]+)", cell)
    return "".join(f"'{part}" if _is_formula(part) else part for part in parts)


def _is_formula(text: str) -> bool:
    """Whether a spreadsheet may take this for a formula: also behind blanks and quotes, and in full-width letters."""
    for character in text:
        category = unicodedata.category(character)
        if character not in "\"'" and category[0] not in "ZC" and category not in ("Pi", "Pf"):
            return unicodedata.normalize("NFKC", character)[0] in "=+-@"
    return False
