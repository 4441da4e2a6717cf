"""A text from outside as a cell of a table that others open in a spreadsheet: it must stay a text there.

A spreadsheet takes a cell that begins with one of a few signs for a formula, which may read other cells and send them
away. Whatever could be taken so gets an apostrophe in front, numbers with a sign included, whose first letter is the
same. Full-width signs count too: Japanese spreadsheets read ＝1＋1 as a formula.
"""

import csv
import io
import unicodedata
from collections.abc import Iterable

_SIGNS = frozenset("=+-@\t\r\n\x00|%")
_GUARD = "'"


def cell(text: str) -> str:
    """Return `text` so that no spreadsheet runs it: NUL and other controls but tab and line ends are spaces.

    It is guarded if its first letter is a sign, after any spaces, marks nobody sees, controls and quotes, and in
    whatever width.
    """
    shown = "".join(" " if _is_control(letter) else letter for letter in text)
    return f"{_GUARD}{shown}" if _may_run(text) else shown


def csv_row(cells: Iterable[str]) -> str:
    """Return one row of a CSV file (RFC 4180), each cell guarded and in quotes."""
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow([cell(each) for each in cells])
    return written.getvalue()


def _is_control(letter: str) -> bool:
    return letter not in "\t\r\n" and unicodedata.category(letter) in ("Cc", "Cs")


def _may_run(text: str) -> bool:
    for letter in text:
        if letter in _SIGNS:
            return True
        plain = unicodedata.normalize("NFKC", letter)
        if plain[:1] in _SIGNS:
            return True
        # What a program may skip before it looks: spaces, invisible marks, controls, quotes.
        if not (plain.isspace() or not plain or letter in "\"'" or unicodedata.category(letter) in ("Cf", "Cc", "Mn")):
            return False
    return False
