"""Native ids that a phone system gives a second time, as after a restart with its clock set back.

A new call that bears the id of one long over is a call of its own, and the id is its from then on. Late facts about the
old one are no new call: only an offer begins one.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from plugin.core.calls import Call, CallEvent, EventType

LONG_OVER = timedelta(days=7)  # clocks of sources are up to two days off


def is_another(known: Iterable[Callable[[], Call]], events: Iterable[CallEvent]) -> bool:
    """Tell whether events begin a call other than those that bear their ids; `known` reads each of those when asked."""
    offers = [event.occurred_at for event in events if event.type is EventType.OFFERED]
    return bool(offers) and all(_is_long_over(read(), min(offers)) for read in known)


def _is_long_over(call: Call, at: datetime) -> bool:
    return call.ended_at is not None and at - max(call.ended_at, call.last_event_at) > LONG_OVER
