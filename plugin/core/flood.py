"""A bound on what is kept of one call, where a phone system loops or somebody makes it: the truth stays right.

The first thousands are kept whole. Beyond, ringing and holding are no longer kept: a talk, a transfer, the end, and
that the number is withheld still are. Further on only the end, and that the number is withheld.
"""

from collections.abc import Iterable

from plugin.core.calls import CallEvent, EventType

WHOLE = 2_000
TURNS = 3_000
_ROUNDS = {
    EventType.QUEUED,
    EventType.RINGING,
    EventType.LEG_ENDED,
    EventType.HELD,
    EventType.RESUMED,
    EventType.NOTICE_PLAYED,
    EventType.SUPERVISOR_STARTED,
    EventType.SUPERVISOR_ENDED,
    EventType.RECORDING_PAUSED,
    EventType.RECORDING_RESUMED,
}


def let_in(known: int, fresh: Iterable[CallEvent]) -> list[CallEvent]:
    """Return those of the new events of a call that are kept, where `known` are kept already."""
    kept: list[CallEvent] = []
    for event in fresh:
        count = known + len(kept)
        needed = event.type is EventType.ENDED or event.withheld is not None
        if needed or count < WHOLE or (count < TURNS and event.type not in _ROUNDS):
            kept.append(event)
    return kept
