"""What is cut out of a copy of a recording: ranges with a reason each, for a case or for training.

Refuses ranges beyond the recording, of no length, for no reason, or too many. What they mean to the sample:
plugin/core/cutting.py.
"""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from plugin.core.errors import InputError
from plugin.core.heard import Stretch

MOST_RANGES = 500
_LEAST_MS = 10
_RANGE = re.compile(r"([0-9]{1,9})-([0-9]{1,9}):([a-z_]{1,32})")


class RedactionKind(StrEnum):
    """What a copy is for: a case, which it is delivered for; or training, in a narrow circle and for a time."""

    CASE = "case"
    CLIP = "clip"


class Hush(StrEnum):
    """What stands in the place of what was said."""

    SILENCE = "silence"
    BLEEP = "bleep"


class CutReason(StrEnum):
    """Why something is cut out. A word and never a sentence: it stands beside the copy and in the letter."""

    PERSON = "person"  # another person's name
    CONTACT = "contact"  # another person's address or number
    ACCOUNT = "account"  # a card's or account's number
    SECRET = "secret"  # a password, a code  # noqa: S105  a word, no secret
    HEALTH = "health"  # what is said of another person's health or family
    BUSINESS = "business"  # the company's own, which it may keep to itself
    CUSTOMER = "customer"  # the caller's own name, which a clip must not have
    STAFF = "staff"  # the operator's name
    OTHER = "other"


class Range(NamedTuple):
    """From here to there, in milliseconds of the recording, and why; the end is not in it."""

    from_ms: int
    to_ms: int
    reason: CutReason


def read_ranges(given: Sequence[str], within: Stretch) -> tuple[Range, ...]:
    """Return the ranges that a form tells, in order: each `1200-3450:person`, in milliseconds of the recording.

    Ranges may overlap, each with its own reason. Raises InputError("range") for one that cannot be read, is shorter
    than 10 ms, or does not lie wholly `within`; InputError("ranges") for more than 500.
    """
    if len(given) > MOST_RANGES:
        raise InputError("ranges")
    return tuple(sorted({_read(one, within) for one in given}))


def _read(raw: str, within: Stretch) -> Range:
    found = _RANGE.fullmatch(raw) if raw.isascii() else None
    if found is None or found[3] not in set(CutReason):
        raise InputError("range")
    start, stop = int(found[1]), int(found[2])
    if stop - start < _LEAST_MS or start < within.from_ms or stop > within.to_ms:
        raise InputError("range")
    return Range(start, stop, CutReason(found[3]))


def write_range(one: Range) -> str:
    """Return a range as a form tells it."""
    return f"{one.from_ms}-{one.to_ms}:{one.reason}"


def hushed_ms(ranges: Iterable[Range]) -> int:
    """Return how long the ranges are together: what lies in two of them counts once."""
    total, seen = 0, 0
    for each in sorted(ranges):
        total += max(0, each.to_ms - max(each.from_ms, seen))
        seen = max(seen, each.to_ms)
    return total
