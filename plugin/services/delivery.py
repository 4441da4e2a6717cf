"""Brings what waits in the outbox to the CRM: exactly once each, one call's in order, none kept back by another.

Sends first, then marks: what a crash leaves in between is sent again and changes nothing there, because the CRM knows
the entry by its external id. Never holds a transaction open while the CRM is asked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from plugin.core.entry import EntryFacts, compose
from plugin.core.errors import OutsideError
from plugin.core.ids import new_id
from plugin.core.outbox import LONGEST_REST_S, MessageState, rest
from plugin.core.ports import Clock, Crm, Publisher
from plugin.core.timeline import TimelineEntry
from plugin.services.telling import tell
from plugin.store import outbox, summaries
from plugin.store import timeline as entries
from plugin.store.engine import Connection, Store
from plugin.store.outbox import Claimed
from plugin.store.timeline import Arrived

_OPEN_CALL_REST = timedelta(seconds=5)
_LONGEST_ASKED_S = 3600.0
_MOST_TRIES_OF_A_DEFECT = 10
_MOST_ERROR_LETTERS = 255
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Site:
    """What entries say of the site: its CRM's name, its zone, the address in links, the language of headings."""

    crm: str
    zone: ZoneInfo
    public_url: str
    lang: str


@dataclass(frozen=True, slots=True)
class _Ready:
    message: Claimed
    entry: TimelineEntry


@dataclass(frozen=True, slots=True)
class _End:
    message: Claimed
    state: MessageState
    at: datetime
    error: str | None = None
    remote_id: str | None = None
    version: int = 0


class Delivery:
    """The way of entries to the one CRM of the site. `luck()` gives numbers in [0, 1) that spread the retries.

    `lease` must be longer than the CRM's own limit for one `put` (30 s): a worker that outlives it sends what another
    has taken over, which is safe but wasted.
    """

    def __init__(
        self,
        store: Store,
        crm: Crm,
        site: Site,
        clock: Clock,
        bus: Publisher,
        luck: Callable[[], float],
        lease: timedelta = timedelta(seconds=60),
        batch: int = 200,
    ) -> None:
        self._store = store
        self._crm = crm
        self._site = site
        self._clock = clock
        self._bus = bus
        self._luck = luck
        self._lease = lease
        self._batch = batch
        self._parked_until = clock()
        self._failures = 0

    def run(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Deliver what is due until nothing is, the CRM is down or asks for rest, or `stop()`; return how many arrived.

        Run by one thread at a time; any number of processes may run it beside one another.
        """
        arrived = 0
        self._store.write_again(lambda connection: outbox.take_back_expired(connection, self._clock()))
        while not stop() and self._clock() >= self._parked_until:
            ends = self._deliver_some()
            arrived += sum(end.remote_id is not None for end in ends)
            if not any(end.error is None or end.state is not MessageState.WAITING for end in ends):
                break  # nothing was due, or nothing went through: what failed rests, and so do we
        return arrived

    def _deliver_some(self) -> list[_End]:
        now = self._clock()
        holder = new_id(now)
        until = now + self._lease
        claimed = self._store.write_again(lambda connection: outbox.claim(connection, holder, now, until, self._batch))
        if not claimed:
            return []
        with self._store.read() as connection:
            looked = [self._look(message, entries.facts_of(connection, message.call_id)) for message in claimed]
        ends = [each for each in looked if isinstance(each, _End)]
        ends += self._put([each for each in looked if isinstance(each, _Ready)])
        self._mark(holder, ends)
        return ends

    def _look(self, message: Claimed, facts: EntryFacts | None) -> _Ready | _End:
        now = self._clock()
        if facts is None:
            return _End(message, MessageState.SUPERSEDED, now)
        if facts.ended_at is None:
            return _End(message, MessageState.WAITING, now + _OPEN_CALL_REST)
        if facts.crm not in (None, self._site.crm):
            return _End(message, MessageState.DEAD, now, "other_crm")
        return _Ready(message, compose(facts, self._site.zone, self._site.public_url, self._site.lang))

    def _put(self, ready: Sequence[_Ready]) -> list[_End]:
        if not ready:
            return []
        try:
            answers = self._crm.put([each.entry for each in ready])
            ends = [self._judge(each, answer) for each, answer in zip(ready, answers, strict=True)]
        except OutsideError as error:
            back_at = self._outage(error)  # one instant for all: what was sent in one request goes in one again
            return [_End(each.message, MessageState.WAITING, back_at, str(error)) for each in ready]
        except Exception as error:  # noqa: BLE001  a defect of a connector must not keep the other entries back
            if len(ready) > 1:
                return [end for each in ready for end in self._put([each])]
            return [self._defect(ready[0].message, error)]
        if self._failures:
            self._failures = 0
            _log.info("crm_back", crm=self._site.crm)
        return ends

    def _judge(self, each: _Ready, answer: str | OutsideError) -> _End:
        if isinstance(answer, str):
            # An entry taken back is not over: it waits for a person to say whose call it was.
            over = MessageState.UNASSIGNED if each.entry.customer_external_id is None else MessageState.DONE
            return _End(each.message, over, self._clock(), remote_id=answer, version=each.entry.version)
        if answer.permanent:
            return _End(each.message, MessageState.DEAD, self._clock(), str(answer))
        return self._rest(each.message, str(answer))

    def _rest(self, message: Claimed, error: str) -> _End:
        return _End(message, MessageState.WAITING, self._clock() + rest(message.attempts, self._luck()), error)

    def _outage(self, error: OutsideError) -> datetime:
        """Leave the CRM alone for a while, ever longer while it stays away, and return until when.

        A whole batch that fails for good says that we are not let in, not that each of its entries is bad.
        """
        self._failures += 1
        if self._failures == 1:
            _log.error("crm_down", crm=self._site.crm, error=str(error))
        wait = rest(self._failures, self._luck())
        if error.permanent:
            wait = timedelta(seconds=LONGEST_REST_S)
        if "retry_after_s" in error.facts:
            # Whatever it asks for: the rest is written to each entry, and a year could be taken back by nobody.
            wait = timedelta(seconds=min(_LONGEST_ASKED_S, float(error.facts["retry_after_s"])))
        self._parked_until = self._clock() + wait
        return self._parked_until

    def _defect(self, message: Claimed, error: Exception) -> _End:
        name = f"defect {type(error).__name__}"
        _log.error("crm_defect", crm=self._site.crm, error=name, message=message.id)
        if message.attempts >= _MOST_TRIES_OF_A_DEFECT:
            return _End(message, MessageState.DEAD, self._clock(), name)
        return self._rest(message, name)

    def _mark(self, holder: str, ends: Sequence[_End]) -> None:
        now = self._clock()

        def work(connection: Connection) -> None:
            done = [end.message.id for end in ends if end.state is MessageState.DONE]
            held = set(outbox.finish(connection, done, holder, now))
            for end in ends:
                if end.state is not MessageState.DONE:
                    error = None if end.error is None else end.error[:_MOST_ERROR_LETTERS]
                    if outbox.put_off(connection, end.message.id, holder, end.state, end.at, error):
                        held.add(end.message.id)
            arrived = [
                Arrived(end.message.call_id, end.remote_id, end.version)
                for end in ends
                if end.remote_id is not None and end.message.id in held
            ]
            entries.link(connection, self._site.crm, arrived, now)

        self._store.write_again(work)
        with self._store.read() as connection:
            users = summaries.concerned(connection, [end.message.call_id for end in ends])
        tell(self._bus, users)
