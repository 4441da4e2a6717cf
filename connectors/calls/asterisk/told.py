"""The events of one call as the exchange's records tell of it."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from plugin.core.calls import CallEvent, Direction, EventType

_RANK = {type_: rank for rank, type_ in enumerate(EventType)}


@dataclass(slots=True)
class Told:
    """The events of one call, being written."""

    source: str
    native: str
    direction: Direction
    events: list[CallEvent] = field(default_factory=list)

    def write(self, type_: EventType, at: datetime, **facts: Any) -> None:
        """Add an event; its id follows from what it says, so that reading again is the same."""
        text = "|".join((self.source, self.native, facts.get("leg_id") or "", "record", at.isoformat(), type_))
        self.events.append(
            CallEvent(
                id=hashlib.sha256(text.encode()).hexdigest(),
                source=self.source,
                type=type_,
                occurred_at=at,
                source_call_ids=(self.native,),
                sequence=_RANK[type_],
                direction=self.direction,
                **facts,
            )
        )
