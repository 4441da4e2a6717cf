"""What one field of a CRM says, where people also type two numbers into one. Splits only what is plainly separate."""

import re

from plugin.core.numbers import External, NumberReading, Unreadable, read_number

_MOST_PARTS = 9
_APART = re.compile(r"[\r\n、,，;；/／]+|または|又は|\bor\b", re.IGNORECASE)


def read_field(raw: str, region: str) -> tuple[NumberReading, ...]:
    """Read the text of one field, written in `region` (two letters).

    Several readings only where the whole is no number and each part, between line breaks, commas, semicolons, slashes
    or the word "or", is by itself a number that the plan knows; else one reading, which may be Unreadable.
    """
    whole = read_number(raw, region)
    if not isinstance(whole, Unreadable):
        return (whole,)
    parts = [part.strip() for part in _APART.split(raw) if part.strip()]
    if not 2 <= len(parts) <= _MOST_PARTS:
        return (whole,)
    readings = tuple(read_number(part, region) for part in parts)
    plain = all(isinstance(reading, External) and reading.valid for reading in readings)
    return readings if plain else (whole,)
