"""Which stretches of a recording were sent, as we know it, and heard, as players told while they played.

What was sent is kept by the minute, written down before a byte of the minute goes out: never less than what was sent.
Nothing counts as heard that was not sent.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from plugin.core.ids import CallId, CustomerId, RecordingId, UserId
from plugin.core.staff import Role

_MINUTE_MS = 60_000
_SEAM_MS = 250  # a player tells every few seconds: what lies between two of its words is no gap


class Stretch(NamedTuple):
    """From here to there, in milliseconds of the recording; the end is not in it."""

    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True)
class Hearing:
    """What one person heard of a recording under one grant. `stretches` are `merged`."""

    recording_id: RecordingId
    at: datetime
    listener: str
    role: Role
    purpose: str
    stretches: tuple[Stretch, ...]
    length_ms: int


class SoundKind(StrEnum):
    """What somebody may hear: a recording, or a copy of one as core/redaction.py RedactionKind tells them."""

    RECORDING = "recording"
    CASE = "case"
    CLIP = "clip"


@dataclass(frozen=True, slots=True)
class LiveGrant:
    """A grant that is neither over nor revoked, as who may end it sees it: nothing of the customer but his call.

    `sound_id`: of the recording or copy; `title`: the clip's. `is_begun`: something was played; `heard_at`: when the
    player told so last. `hash` names it and opens nothing.
    """

    hash: str
    kind: SoundKind
    sound_id: RecordingId
    title: str
    call_id: CallId
    call_started_at: datetime
    customer_id: CustomerId | None
    user_id: UserId
    listener: str
    role: Role
    purpose: str
    basis: str
    granted_at: datetime
    expires_at: datetime
    is_begun: bool
    heard_at: datetime | None


def merged(stretches: Iterable[tuple[int, int]]) -> tuple[Stretch, ...]:
    """Return the stretches in order, those that overlap or touch made one; empty ones are left out."""
    found: list[Stretch] = []
    for start, stop in sorted(stretches):
        if stop <= start:
            continue
        if found and start <= found[-1].to_ms + _SEAM_MS:
            found[-1] = Stretch(found[-1].from_ms, max(found[-1].to_ms, stop))
        else:
            found.append(Stretch(start, stop))
    return tuple(found)


def heard_ms(stretches: Iterable[Stretch]) -> int:
    """Return how long merged stretches are together: what was heard twice counts once."""
    return sum(stop - start for start, stop in stretches)


def is_whole(stretches: Iterable[Stretch], length_ms: int) -> bool:
    """Tell whether merged stretches are the whole of a recording; players tell its ends a quarter of a second late."""
    found = tuple(stretches)
    return len(found) == 1 and found[0].from_ms <= _SEAM_MS and found[0].to_ms >= length_ms - _SEAM_MS


@dataclass(frozen=True, slots=True)
class Minutes:
    """Minutes of a recording, as the bits of a number: bit 0 is the first minute."""

    bits: int = 0

    @classmethod
    def of_bytes(cls, start: int, stop: int, size_bytes: int, length_ms: int) -> "Minutes":
        """Return the minutes in which the bytes [start, stop) of a recording lie; its bytes are evenly its time."""
        if start >= stop or not size_bytes:
            return cls()
        first = start * length_ms // size_bytes // _MINUTE_MS
        last = (stop - 1) * length_ms // size_bytes // _MINUTE_MS
        return cls((1 << (last + 1)) - (1 << first))

    @classmethod
    def kept(cls, stored: bytes | None) -> "Minutes":
        """Return what `stored` holds."""
        return cls(int.from_bytes(stored or b"", "little"))

    def stored(self) -> bytes:
        """Return them as they are kept."""
        return self.bits.to_bytes(-(-self.bits.bit_length() // 8), "little")

    def __or__(self, other: "Minutes") -> "Minutes":
        return Minutes(self.bits | other.bits)

    def without(self, other: "Minutes") -> "Minutes":
        """Return those that are not among the others."""
        return Minutes(self.bits & ~other.bits)

    def __bool__(self) -> bool:
        return bool(self.bits)

    def stretches(self, length_ms: int) -> tuple[Stretch, ...]:
        """Return them as stretches of a recording so long, in order."""
        each = (n for n in range(self.bits.bit_length()) if self.bits >> n & 1)
        return merged((n * _MINUTE_MS, min((n + 1) * _MINUTE_MS, length_ms)) for n in each)

    def part_of(self, from_ms: int, to_ms: int, length_ms: int) -> Stretch | None:
        """Return what of the stretch lies in them without a gap from its beginning; None where nothing does."""
        for start, stop in self.stretches(length_ms):
            if start <= from_ms < stop:
                return Stretch(from_ms, min(to_ms, stop))
        return None
