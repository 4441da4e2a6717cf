"""What part one person had in a call: what the rules of core/access.py judge an act upon it by."""

from dataclasses import dataclass
from datetime import datetime

from plugin.core.calls import Direction
from plugin.core.ids import CallId, CustomerId


@dataclass(frozen=True, slots=True)
class CallPart:
    """`rang_here`, `taken_here`: it rang at the person who asks, was taken by him; `taken`: by anybody.

    `teams`: those of who talked in it, as a set of that one set; empty where none is known (core/sight.py Relation).
    `claimed`: only an opened address tells of it.
    """

    id: CallId
    customer_id: CustomerId | None
    direction: Direction
    ended_at: datetime | None
    rang_here: bool
    taken_here: bool
    taken: bool
    teams: frozenset[frozenset[str]]
    claimed: bool = False
