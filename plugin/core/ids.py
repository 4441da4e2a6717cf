"""Our own ids: 26 letters and digits that sort by time and cannot be guessed (48 bits of ms, 80 random bits)."""

import secrets
from datetime import datetime, timedelta
from typing import NewType

from plugin.core.times import from_us, to_us

CallId = NewType("CallId", str)
CustomerId = NewType("CustomerId", str)
UserId = NewType("UserId", str)
RecordingId = NewType("RecordingId", str)
RedactionId = NewType("RedactionId", str)  # of the copy too, as the vault knows it
CheckId = NewType("CheckId", str)
VerificationId = NewType("VerificationId", str)
MandateId = NewType("MandateId", str)
MessageId = NewType("MessageId", str)
AlertId = NewType("AlertId", str)
CaseId = NewType("CaseId", str)
HoldId = NewType("HoldId", str)

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_LETTER_OF_BYTE = _LETTERS.encode() * 8  # by its last five bits


def new_id(at: datetime) -> str:
    """Return a new id that sorts by `at` to the millisecond."""
    number = ((to_us(at) // 1000) << 80) | secrets.randbits(80)
    return "".join(_LETTERS[(number >> shift) & 31] for shift in range(125, -1, -5))


def new_ids(at: datetime, count: int) -> list[str]:
    """Return `count` new ids of one instant, in their order; many at once cost next to nothing each."""
    time = new_id(at)[:10]
    chance = secrets.token_bytes(16 * count).translate(_LETTER_OF_BYTE).decode()
    return sorted(time + chance[start : start + 16] for start in range(0, 16 * count, 16))


def made_at(own_id: str) -> datetime:
    """Return the instant, to the millisecond, at which an id of ours was made."""
    number = 0
    for letter in own_id[:10]:
        number = number << 5 | _LETTERS.index(letter)
    return from_us(0) + timedelta(milliseconds=number)


def is_id(text: str) -> bool:
    """Tell whether `text` has the form of an id of ours."""
    return len(text) == 26 and all(letter in _LETTERS for letter in text)
