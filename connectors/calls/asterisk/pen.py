"""Writes the canonical events of calls. Their ids follow from what happened, so the same stream read twice is the same.

Id: sha-256 of source | native call id | leg id | native type | native time | sequence (docs/calls.md). Nothing of a
call leaves before it is settled (journey.py says when).
"""

import hashlib
from typing import Any

from connectors.calls.asterisk.tracked import Moment, Tracked
from plugin.core.calls import CallEvent, EventType
from plugin.core.times import from_us

_RANK = {type_: rank for rank, type_ in enumerate(EventType)}


class Pen:
    """Writes for one source."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._written: list[CallEvent] = []

    def take(self) -> list[CallEvent]:
        """Return what was written since the last time."""
        written, self._written = self._written, []
        return written

    def write(self, call: Tracked, type_: EventType, when: Moment, *, leg: str | None = None, **facts: Any) -> None:
        """Write one event of `call`; `leg` is the unique id of the channel it is about, `facts` its other fields."""
        recording = facts.get("recording")
        about = leg if recording is None else f"{leg} {recording.id}"
        text = "|".join((self._source, call.id, about or "", when.native, str(when.at_us), str(_RANK[type_])))
        event = CallEvent(
            id=hashlib.sha256(text.encode()).hexdigest(),
            source=self._source,
            type=type_,
            occurred_at=from_us(when.at_us),
            source_call_ids=tuple(call.ids),
            sequence=_RANK[type_],
            leg_id=leg,
            direction=call.direction,
            **facts,
        )
        (self._written if call.settled else call.waiting).append(event)

    def release(self, call: Tracked) -> None:
        """Let out what was held back of a call that is settled now."""
        call.settled = True
        self._written += call.waiting
        call.waiting = []
