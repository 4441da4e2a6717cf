"""Calls: takes what phone systems say, keeps one record per call, and tells the desks whom it concerns.

Everything an event changes is one transaction: the event, the record, its keys, pops, recordings, and what a withheld
number must not leave behind. It reads no wire format and matches no customer.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from plugin.core.call_json import read_call
from plugin.core.calls import Call, CallEvent, EventType, Outcome
from plugin.core.consent import NoticeWay, heard_of
from plugin.core.deliveries import dated
from plugin.core.entry import is_retold
from plugin.core.errors import NotFound
from plugin.core.flood import let_in
from plugin.core.fold import by_call, fold
from plugin.core.history import StoredCall
from plugin.core.ids import CallId, UserId, new_id
from plugin.core.numbers import External, NumberReading, Withheld, WithheldReason, read_number
from plugin.core.pops import OpenPop, closed, last_rang, pops_for, settle
from plugin.core.ports import Clock, Publisher
from plugin.core.recycled import is_another
from plugin.core.regions import Regions
from plugin.core.seats import agents_in, at_extensions
from plugin.core.staff import Staff
from plugin.core.times import to_us
from plugin.core.withheld import without_number
from plugin.services.raising import raise_alerts
from plugin.services.telling import tell
from plugin.store import (
    adoptions,
    call_joins,
    calls,
    claims,
    consents,
    outbox,
    pops,
    recordings,
    seats,
    sharings,
    staff,
)
from plugin.store.engine import Connection, Store

_MOST_OPEN = 50
_MOST_OVERDUE = 200
_CLAIM_LASTS = timedelta(minutes=10)
_CLAIM_MEETS = timedelta(minutes=3)
_WITHDRAWN_SHOWN = timedelta(minutes=1)


@dataclass(frozen=True)
class _Delivery:
    """What is so of all events that came together: when, whether their calls were over, and who of ours says so."""

    now: datetime
    past: bool
    by: Staff | None


class Calls:
    """`patience` is how long an open call may be silent before it counts as lost; `shared_from`: as for Customers;
    `notices`: how the calls of a source are announced; `by_address`: whether opened addresses tell of calls, too.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        bus: Publisher,
        regions: Regions,
        patience: timedelta,
        shared_from: int = 3,
        notices: Mapping[str, NoticeWay] | None = None,
        *,
        by_address: bool = False,
    ) -> None:
        self._notices = dict(notices or {})
        self._claims = by_address
        self._shared_from = shared_from
        self._store = store
        self._clock = clock
        self._bus = bus
        self._regions = regions
        self._patience = patience

    def take(
        self,
        events: Iterable[CallEvent],
        *,
        past: bool = False,
        by: Staff | None = None,
        if_so: Callable[[Connection], bool] = lambda _: True,
    ) -> None:
        """Keep the events durably; an event that is known by (source, id) changes nothing. Any order, any number.

        `past`: they tell of calls that were over when they were sent, so nobody's screen shows them. `by`: who of ours
        says so; None: a phone system. `if_so` is asked in the same transaction; where it says no, nothing is kept.

        What a clock tells that is days ahead of ours is of now (plugin/core/deliveries.py).
        Raises Unavailable where the database does not answer: then none of them is kept, and the same events may be
        taken again.
        """
        came = _Delivery(self._clock(), past, by)
        settled = self._at_extensions([self._with_reason(dated(event, came.now)) for event in events])
        if not settled:
            return
        groups = by_call(settled)

        def work(connection: Connection) -> list[tuple[CallId, set[UserId], set[UserId]]]:
            if not if_so(connection):
                return []
            filed = [self._file(connection, group, came) for group in groups]
            return [(*each, self._meet(connection, each[0], came)) for each in filed if each]

        for call_id, concerned, met in self._store.write_again(work):
            if not past:
                tell(self._bus, concerned, about=call_id)
            tell(self._bus, met)

    def close_overdue(self, stop: Callable[[], bool] = lambda: False) -> int:
        """End open calls that were silent for too long, with outcome lost, until `stop()`; return how many."""
        now = self._clock()
        with self._store.read() as connection:
            silent = calls.overdue(connection, now, _MOST_OVERDUE)
        done = 0
        for stored in silent:
            if stop():
                break
            if not (stored.call.claimed and self._let_go(stored)):
                self.take([_lost(stored)])
            done += 1
        return done

    def call(self, call_id: CallId) -> StoredCall:
        """Return the call, or the one it was joined to. Raises NotFound."""
        with self._store.read() as connection:
            found = calls.one(connection, call_id)
        if found is None:
            raise NotFound("call")
        return found

    def caller_of(self, call: Call) -> NumberReading:
        """Return what the caller's number says; a call without one counts as withheld for a reason nobody told."""
        if call.withheld is not None or call.customer_number is None:
            return Withheld("", call.withheld or WithheldReason.UNKNOWN)
        return read_number(call.customer_number, self._regions.of(call.source, call.our_number))

    def pops_of(self, user_id: UserId) -> tuple[OpenPop, ...]:
        """Return what stands on the user's screen, newest first: shown, taken and not closed, or just withdrawn."""
        since = self._clock() - _WITHDRAWN_SHOWN
        with self._store.read() as connection:
            return pops.open_of(connection, user_id, since, _MOST_OPEN)

    def close_pop(self, user_id: UserId, call_id: CallId) -> None:
        """Take the call off the user's screen; a new ring round brings it back. Closing twice is once.

        Raises NotFound where no pop of his is open for the call.
        """
        with self._store.write() as connection:
            found = calls.one(connection, call_id)
            if found is None or not pops.close(connection, found.id, user_id, self._clock()):
                raise NotFound("pop")
        tell(self._bus, (user_id,))

    def names_at(self, call_id: CallId) -> dict[str, str]:
        """Return the names of the people behind the agents of the call; an agent who is nobody here is left out."""
        with self._store.read() as connection:
            known = pops.of_call(connection, call_id)
            people = {user_id: staff.user_by_id(connection, user_id) for _, user_id in known.values() if user_id}
        named = {agent: people.get(user_id) for agent, (_, user_id) in known.items() if user_id}
        return {agent: person.name for agent, person in named.items() if person is not None}

    def users_at(self, call_id: CallId) -> tuple[UserId, ...]:
        """Return the users who have a pop of the call: whom to tell when anything about it changes."""
        with self._store.read() as connection:
            found = calls.one(connection, call_id)
            known = {} if found is None else pops.of_call(connection, found.id)
        return tuple(sorted({user_id for _, user_id in known.values() if user_id is not None}))

    def _at_extensions(self, events: list[CallEvent]) -> list[CallEvent]:
        """Put the extension in place of each device: several of one person are one agent from here on."""
        agents = agents_in(events)
        if not agents:
            return events
        with self._store.glance() as connection:
            extensions = seats.extensions_of(connection, agents)
        return [at_extensions(event, extensions) for event in events] if extensions else events

    def _refresh(self, connection: Connection, call_id: CallId, call: Call, came: _Delivery) -> set[UserId]:
        """Bring the call's pops to its record; return whose desks show it, those who watch its queue among them."""
        users = refresh_pops(connection, call_id, call, came.now, past=came.past)
        return users if came.past or call.queue is None else users | seats.watchers_of(connection, call.queue)

    def _with_reason(self, event: CallEvent) -> CallEvent:
        """A number that says why there is none (「非通知」, anonymous) is a withheld one."""
        number = event.customer_number
        if number is None or event.withheld is not None:
            return replace(event, customer_number=None) if event.withheld else event
        read = read_number(number, self._regions.of(event.source, event.our_number))
        return replace(event, customer_number=None, withheld=read.reason) if isinstance(read, Withheld) else event

    def _e164_of(self, call: Call) -> str | None:
        if call.customer_number is None:
            return None
        read = read_number(call.customer_number, self._regions.of(call.source, call.our_number))
        return read.e164 if isinstance(read, External) else None

    def _withdraw(self, connection: Connection, kept: calls.Kept, now: datetime) -> None:
        """Take what was learned by a number that turns out to be withheld."""
        adoptions.forget(connection, kept.id)
        if (e164 := self._e164_of(read_call(kept.record))) is not None:
            sharings.withdrawn(connection, e164, self._shared_from, now)

    def _deadline(self, call: Call, now: datetime) -> datetime:
        return now + (_CLAIM_LASTS if call.claimed else self._patience)

    def _meet(self, connection: Connection, call_id: CallId, came: _Delivery) -> set[UserId]:
        """Make what addresses claimed parts of the call that a phone system tells of while it rings; return whose."""
        if came.past or not self._claims or (found := calls.one(connection, call_id)) is None or found.call.claimed:
            return set()
        rung = {user_id for _, user_id in pops.of_call(connection, found.id).values() if user_id is not None}
        withheld = found.call.withheld is not None
        since = came.now - _CLAIM_MEETS
        met = claims.meet(connection, found.id, found.e164, rung, since, came.now, withheld=withheld)
        return rung if met else set()

    def _let_go(self, stored: StoredCall) -> bool:
        """Forget a claim that no phone system confirmed; False where something hangs on it."""
        users = self.users_at(stored.id)
        with self._store.write() as connection:
            gone = claims.let_go(connection, stored.id)
        if gone:
            tell(self._bus, users)
        return gone

    def _note_recordings(self, connection: Connection, call_id: CallId, call: Call, now: datetime) -> bool:
        """Keep what is known of the call's recordings, and whether the caller was told of them."""
        if call.recordings and (call.notice_at is not None or call.source in self._notices):
            consents.note(connection, call_id, heard_of(call, self._notices.get(call.source)))
        return note_recordings(connection, call_id, call, now)

    def _file(
        self, connection: Connection, group: list[CallEvent], came: _Delivery
    ) -> tuple[CallId, set[UserId]] | None:
        """Keep the events of one call, in the caller's transaction; return the call and whose desks it changed.

        None where each of them is known, and the call is not: its sender tells them under another id than before.
        """
        source = group[0].source
        native_ids = tuple(dict.fromkeys(native for event in group for native in event.source_call_ids))
        found = calls.locked(connection, source, native_ids)
        fresh = calls.unseen(connection, group)
        if not fresh:
            return (found[0].id, set()) if found else None
        if found and is_another([partial(read_call, kept.record) for kept in found], fresh):
            calls.forget_keys(connection, source, native_ids)
            found = []
        if not found:
            return self._begin(connection, fresh, native_ids, came)
        return self._go_on(connection, found, fresh, native_ids, came)

    def _begin(
        self, connection: Connection, fresh: list[CallEvent], native_ids: tuple[str, ...], came: _Delivery
    ) -> tuple[CallId, set[UserId]]:
        """Keep a call that nobody has told of; its ids are locked."""
        now, call = came.now, fold(fresh)
        call_id = CallId(new_id(now))
        calls.add(connection, call_id, call, self._e164_of(call), self._deadline(call, now), now)
        calls.add_keys(connection, call_id, call.source, native_ids)
        calls.add_events(connection, call_id, _keepable(call, fresh), now)
        self._note_recordings(connection, call_id, call, now)
        told = self._refresh(connection, call_id, call, came)
        return call_id, told | raise_alerts(connection, call_id, call, fresh, now, came.by)

    def _go_on(
        self,
        connection: Connection,
        found: Sequence[calls.Kept],
        fresh: list[CallEvent],
        native_ids: tuple[str, ...],
        came: _Delivery,
    ) -> tuple[CallId, set[UserId]]:
        """Keep what is new of a known call, the oldest of those `found`; the others turn out to be part of it."""
        kept, younger, now = found[0], found[1:], came.now
        for one in younger:
            call_joins.join(connection, kept.id, one.id, now)
        calls.add_keys(connection, kept.id, fresh[0].source, native_ids)
        known = calls.events_of(connection, kept.id)
        fresh = let_in(len(known), fresh)
        call = fold(known + fresh)
        calls.add_events(connection, kept.id, _keepable(call, fresh), now)
        match_gone = call.withheld is not None and _scrub(connection, kept, call, known)
        changed = calls.save(connection, kept, call, self._e164_of(call), self._deadline(call, now), now)
        alerted = raise_alerts(connection, kept.id, call, fresh, now, came.by)
        if call.withheld is not None and kept.withheld is None:
            self._withdraw(connection, kept, now)
        if not (changed or younger or match_gone):
            return kept.id, alerted
        recorded = self._note_recordings(connection, kept.id, call, now)
        retold = call.ended_at is not None and is_retold(read_call(kept.record), call)
        if match_gone or recorded or retold or younger:
            for one in found:
                outbox.file_entry(connection, one.id, now)
        return kept.id, self._refresh(connection, kept.id, call, came) | alerted


def _keepable(call: Call, events: list[CallEvent]) -> list[CallEvent]:
    if call.withheld is None:
        return events
    return [without_number(event, call.source_call_ids) for event in events]


def _scrub(connection: Connection, kept: calls.Kept, call: Call, known: list[CallEvent]) -> bool:
    """Take what a number withheld late left behind out of the stored events and the match; say if a match went."""
    for event in known:
        clean = without_number(event, call.source_call_ids)
        if clean != event:
            calls.rewrite_event(connection, clean)
    return kept.withheld is None and calls.forget_match(connection, kept)


def note_recordings(connection: Connection, call_id: CallId, call: Call, now: datetime) -> bool:
    """Keep what the record says of recordings as rows that wait for their files; return whether one is new."""
    withheld, native_ids = call.withheld is not None, call.source_call_ids
    return bool(call.recordings) and recordings.note(
        connection, call_id, call.source, call.recordings, now, withheld=withheld, native_call_ids=native_ids
    )


def refresh_pops(
    connection: Connection, call_id: CallId, call: Call, now: datetime, *, past: bool = False
) -> set[UserId]:
    """Bring the call's pops to what its record says; return the users who have one.

    A phone that rings anew rings for who is at it `now`; in a past call, for who was at it then. Of a `past` call a
    new one is closed from the start: who took part is known, and his screen shows nothing.
    """
    stored = pops.of_call(connection, call_id)
    said = {pop.agent: pop for pop in pops_for(call)}
    users = {user_id for _, user_id in stored.values()}
    for agent, pop in said.items():
        if agent not in stored:
            shown = closed(pop, call) if past else pop
            users.add(pops.add(connection, call_id, shown, pop.shown_at if past else now))
    for agent, (pop, _) in stored.items():
        settled = settle(pop, said.get(agent), last_rang(call, agent), call.last_event_at)
        if settled != pop:
            pops.save(connection, call_id, settled)
    return {user_id for user_id in users if user_id is not None}


def _lost(stored: StoredCall) -> CallEvent:
    call = stored.call
    return CallEvent(
        id=f"denwaban:lost:{stored.id}:{to_us(call.last_event_at)}",
        source=call.source,
        type=EventType.ENDED,
        occurred_at=call.last_event_at,
        source_call_ids=call.source_call_ids[:1],
        outcome=Outcome.LOST,
        claimed=call.claimed,
    )
