"""Which stretches of a recording were heard, put together from what players told while they played."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from plugin.core.ids import CallId, CustomerId, RecordingId
from plugin.core.staff import Role

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


@dataclass(frozen=True, slots=True)
class LiveGrant:
    """A grant that is neither over nor revoked, as who may end it sees it: nothing of the customer but his call.

    `is_begun`: something was played; `heard_at`: when the player told so last. `hash` names it and opens nothing.
    """

    hash: str
    recording_id: RecordingId
    call_id: CallId
    call_started_at: datetime
    customer_id: CustomerId | None
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
