"""What the commands that take lists say of a list as a whole: why it cannot be read, and its headers, made harmless."""

import unicodedata

from plugin.core.errors import InputError

_SAID = {
    "encoding": "is neither UTF-8, UTF-16 nor Shift_JIS: look at this line, or save the list as UTF-8",
    "quotes": "a quote that begins on this line is not closed, or stands within a cell",
    "long_cell": "a cell is longer than any list has, most often because a quote is not closed",
    "no_plain_file": "is no plain file: it is read twice, so save the list to a file first",
    "changed": "was written to while it was read: wait until it is whole, and take it again",
    "empty": "has no headers in its first row",
    "no_start_column": "no column says when calls began: name it with --map started=HEADER",
    "no_number_column": "no column says the customer's number: name it with --map number=HEADER",
    "no_direction_column": "no column says which way calls went: name it with --map direction=HEADER",
    "doubled_target": "two columns are taken for the same: say with --map which one is, or --map ignore=HEADER",
    "doubled_header": "two columns have this header: give one of them another",
    "no_such_column": "no column has this header",
    "unknown_target": "nothing is called so: see docs/sources.md for columns of calls, docs/connectors.md of customers",
}


def refusal(name: str, error: InputError) -> str:
    """Return why the list in the file `name` was not taken: the stable code, and what it means."""
    words = _SAID.get(error.reason)
    return f"{shown(name)}: {shown(str(error))}" + (f"\n{words}" if words else "")


def shown(text: str) -> str:
    """Return a text from outside so that it stays on its line and moves nothing on the terminal."""
    return "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in text)
