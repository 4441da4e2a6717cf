"""Calls that nobody heard: files what phone systems wrote down by themselves, beside what was heard.

It never doubles a call and never speaks against what was heard of one; it shows nothing on anybody's screen.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from plugin.core.call_json import read_call
from plugin.core.calls import CallEvent, EventType, Outcome
from plugin.core.errors import NotFound
from plugin.core.ports import CallJournal
from plugin.services.calls import Calls
from plugin.store import calls as calls_at_rest
from plugin.store.engine import Store

_COARSE = timedelta(seconds=2)  # records are to the second


class BackFill:
    """`journals` are the records of phone systems, by name."""

    def __init__(self, store: Store, calls: Calls, journals: Mapping[str, CallJournal]) -> None:
        self._store = store
        self._calls = calls
        self._journals = dict(journals)

    @property
    def sources(self) -> tuple[str, ...]:
        """The phone systems whose records we see."""
        return tuple(self._journals)

    def fill(self, source: str, since: datetime, until: datetime) -> int:
        """File the calls of `source` that ended in the period and are not known; return how many that changed.

        A call that is known keeps what was heard of it: only the end of one that has none, or was lost, is taken.
        Raises NotFound for a source without records, OutsideError where they cannot be read, Unavailable.
        """
        if source not in self._journals:
            raise NotFound("source")
        done = 0
        for events in self._journals[source].calls(since, until):
            missing = self._missing(events)
            if missing:
                self._calls.take(missing, past=True)
                done += 1
        return done

    def _missing(self, events: list[CallEvent]) -> list[CallEvent]:
        """Return those of the events of one call that tell what is not known."""
        natives = tuple(dict.fromkeys(native for event in events for native in event.source_call_ids))
        with self._store.read() as connection:
            unseen = calls_at_rest.unseen(connection, events)
            records = calls_at_rest.records_of(connection, events[0].source, natives)
        if not records:
            return unseen
        ends = [event for event in unseen if event.type is EventType.ENDED]
        known = [read_call(record) for record in records]
        ended = any(call.ended_at is not None and call.outcome is not Outcome.LOST for call in known)
        lost = any(call.ended_at is not None for call in known) and all(end.outcome is Outcome.LOST for end in ends)
        went_on = any(end.occurred_at < call.last_event_at - _COARSE for end in ends for call in known)
        return [] if ended or lost or went_on else ends
