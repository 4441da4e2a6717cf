"""The fold: what the events of one call say, as one record, whatever their order and however often each came.

Rules: docs/calls.md. Sorted by (occurred_at, sequence, id); a field once said keeps its earliest value; withheld is
sticky and no number stands beside it; ended is final except for late facts; no length of time is negative. Only a
`lost` end gives way, to a real end or to a later sign of life, and the end of one part, to a part that goes on. What an
address claimed counts only while it is all there is.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from plugin.core.calls import (
    CUSTOMER,
    AlertFact,
    Call,
    CallEvent,
    CallState,
    Direction,
    EndedBy,
    EventType,
    HoldFact,
    Offer,
    Outcome,
    RecordingFact,
    RecordingKind,
    TransferFact,
    TransferKind,
)
from plugin.core.recording_gaps import Mark, gaps_of
from plugin.core.recordings import recording_key
from plugin.core.rounds import Round, Rounds, ends_part, offer_of
from plugin.core.withheld import hide_names, without_number

T = TypeVar("T")

_SIGNS_OF_LIFE = {
    EventType.OFFERED,
    EventType.QUEUED,
    EventType.RINGING,
    EventType.ANSWERED,
    EventType.HELD,
    EventType.RESUMED,
    EventType.TRANSFERRED,
}
_NOBODY_TALKED = {Outcome.ABANDONED, Outcome.MISSED, Outcome.BUSY, Outcome.FAILED, Outcome.ANSWERED_ELSEWHERE}
_WRITTEN = {EventType.RECORDING_READY, EventType.RECORDING_FAILED}
_RECORDINGS = {EventType.RECORDING_STARTED, *_WRITTEN}
_MARKS = {EventType.RECORDING_PAUSED, EventType.RECORDING_RESUMED}


def in_order(events: Iterable[CallEvent]) -> list[CallEvent]:
    """Return each event once (by source and id), in order of time."""
    kept: dict[tuple[str, str], CallEvent] = {}
    for event in events:
        key = (event.source, event.id)
        kept[key] = min(kept[key], event, key=repr) if key in kept else event
    return sorted(kept.values(), key=lambda event: (event.occurred_at, event.sequence, event.id, event.source))


def by_call(events: Iterable[CallEvent]) -> list[list[CallEvent]]:
    """Return the events in groups that speak of one call each, as far as their native ids tell."""
    groups: list[tuple[set[tuple[str, str]], list[CallEvent]]] = []
    for event in events:
        keys, members = {(event.source, native) for native in event.source_call_ids}, [event]
        apart = []
        for known_keys, known in groups:
            if keys.isdisjoint(known_keys):
                apart.append((known_keys, known))
            else:
                keys, members = keys | known_keys, known + members
        groups = [*apart, (keys, members)]
    return [members for _, members in groups]


def fold(events: Iterable[CallEvent]) -> Call:
    """Return the record of a call. `events` are all that are known of it, at least one, else ValueError."""
    ordered = in_order(events)
    if not ordered:
        raise ValueError("a call has at least one event")
    told = [event for event in ordered if not event.claimed]
    claimed = not any(event.type.startswith("call.") for event in told)
    ordered = ordered if claimed else told
    withheld = _first(ordered, lambda event: event.withheld)
    shown = [without_number(event, ()) for event in ordered] if withheld else ordered
    direction = _direction(ordered)
    placed_by = _placed_by(ordered) if direction is Direction.OUTBOUND else None
    stand_ins = {None: CUSTOMER, placed_by: CUSTOMER} if direction is Direction.OUTBOUND else {}
    rounds = Rounds(ordered, stand_ins).all
    end = _end(ordered)
    span = _Span(ordered, end)
    holds = _holds(ordered, rounds, span)
    transfers, left_in_transfer = _transfers(ordered, rounds)
    talks = sorted(answered_at for one in rounds if (answered_at := one.answered_at) is not None)
    last_words = _last_words(ordered, end)
    ended_by = _first(last_words, lambda event: event.ended_by)
    return Call(
        source=ordered[0].source,
        source_call_ids=tuple(dict.fromkeys(native for event in ordered for native in event.source_call_ids)),
        direction=direction,
        state=_state(ordered, rounds, holds, ended=end is not None),
        customer_number=_first(shown, lambda event: event.customer_number),
        withheld=withheld,
        our_number=_first(ordered, lambda event: event.our_number),
        queue=_first(ordered, lambda event: event.queue),
        ivr_path=_first(shown, lambda event: event.ivr_path),
        placed_by=placed_by,
        started_at=span.start,
        answered_at=span.hold(talks[0]) if talks else None,
        ended_at=span.end,
        offers=_offers(rounds, span),
        answered_by=_answered_by(rounds),
        outcome=_outcome(last_words, end, rounds, ended_by, left_in_transfer=left_in_transfer),
        ended_by=ended_by,
        transfers=transfers,
        holds=holds,
        monitored_by=_monitored_by(ordered),
        recordings=_recordings(ordered, hide=withheld is not None),
        notice_at=_first(ordered, lambda event: event.occurred_at if event.type is EventType.NOTICE_PLAYED else None),
        alert=_first(shown, _alert),
        last_event_at=ordered[-1].occurred_at,
        claimed=claimed,
    )


class _Span:
    """The call's time from its first event to its end; `hold` keeps an instant within it, whatever a clock said."""

    def __init__(self, ordered: list[CallEvent], end: CallEvent | None) -> None:
        about_the_call = [event for event in ordered if event.type.startswith("call.")]
        self.start = (about_the_call or ordered)[0].occurred_at
        self.end = None if end is None else end.occurred_at

    def hold(self, at: datetime) -> datetime:
        late = max(self.start, at)
        return late if self.end is None else min(late, self.end)

    def hold_end(self, at: datetime | None) -> datetime | None:
        return self.end if at is None else self.hold(at)


def _first(ordered: list[CallEvent], read: Callable[[CallEvent], T | None]) -> T | None:
    return next((value for event in ordered if (value := read(event)) is not None), None)


def _agent_key(event: CallEvent) -> str | None:
    return None if event.agent is None else event.agent.key


def _placed_by(ordered: list[CallEvent]) -> str | None:
    """Return who placed an outbound call: its beginning says so, else the first who talked, else the only one named.

    A dialler has the customer on the line before any agent: whose phone rings then did not place the call by that.
    """
    said = _first(ordered, lambda event: _agent_key(event) if event.type is EventType.OFFERED else None)
    if said is not None:
        return said
    rounds = Rounds(ordered, {None: CUSTOMER}).all
    agents = [agent for agent in _answered_by(rounds) if agent != CUSTOMER]
    if agents:
        return agents[0]
    rang = {one.agent for one in rounds} - {CUSTOMER}
    named = rang or {_agent_key(event) for event in ordered if event.type.startswith("call.")} - {None}
    return named.pop() if len(named) == 1 else None


def _direction(ordered: list[CallEvent]) -> Direction | None:
    # A consultation is an internal call until it joins the customer's: internal gives way.
    said = [event.direction for event in ordered if event.direction is not None]
    return next((one for one in said if one is not Direction.INTERNAL), said[0] if said else None)


def _end(ordered: list[CallEvent]) -> CallEvent | None:
    ends = [event for event in ordered if event.type is EventType.ENDED and event.part_id is None]
    real = [event for event in ends if event.outcome is not Outcome.LOST]
    parts_end = _parts_end(ordered)
    if parts_end is not None:
        real = [event for event in ordered if event is parts_end or event in real]
    if real:
        return real[0]
    alive = [event for event in ordered if event.type in _SIGNS_OF_LIFE]
    heard_at = alive[-1].occurred_at if alive else None
    return next((event for event in ends if heard_at is None or event.occurred_at >= heard_at), None)


def _parts_end(ordered: list[CallEvent]) -> CallEvent | None:
    """Return the end of the part that was over last, once every part is."""
    ends: dict[str, CallEvent] = {}
    going: set[str] = set()
    answered: set[str] = set()
    for event in ordered:
        if event.part_id is None:
            continue
        if event.type is EventType.ENDED:
            ends.setdefault(event.part_id, event)
        if event.type is EventType.ANSWERED:
            answered.add(event.part_id)  # only its own end ends it now
        if ends_part(event) and event.part_id not in answered:
            going.discard(event.part_id)
        elif event.type in _SIGNS_OF_LIFE:
            going.add(event.part_id)
    if not ends or not going <= ends.keys():
        return None
    return [event for event in ordered if event in ends.values()][-1]


def _last_words(ordered: list[CallEvent], end: CallEvent | None) -> list[CallEvent]:
    """Return the ends that speak of the whole call, and those of the part that was over last."""
    last = None if end is None else end.part_id
    return [event for event in ordered if event.type is EventType.ENDED and event.part_id in (None, last)]


def _outcome(
    last_words: list[CallEvent],
    end: CallEvent | None,
    rounds: list[Round],
    ended_by: EndedBy | None,
    *,
    left_in_transfer: bool,
) -> Outcome | None:
    if end is None:
        return None
    if end.outcome is Outcome.LOST:
        return Outcome.LOST
    said = _first(last_words, lambda event: event.outcome)
    said = None if said is Outcome.LOST else said
    talked = any(one.answered_at is not None for one in rounds)
    if said is not None and not (talked and said in _NOBODY_TALKED):
        return said
    if talked:
        return Outcome.ABANDONED_AFTER_TRANSFER if left_in_transfer else Outcome.ANSWERED
    if ended_by is EndedBy.CUSTOMER:
        return Outcome.ABANDONED
    return Outcome.BUSY if rounds and all(one.said is Outcome.BUSY for one in rounds) else Outcome.MISSED


def _state(ordered: list[CallEvent], rounds: list[Round], holds: tuple[HoldFact, ...], *, ended: bool) -> CallState:
    types = {event.type for event in ordered}
    facts = (
        (CallState.ENDED, ended),
        (CallState.HELD, any(hold.ended_at is None for hold in holds)),
        (CallState.TALKING, any(one.talking for one in rounds)),
        (CallState.RINGING, any(one.ringing for one in rounds)),
        (CallState.QUEUED, EventType.QUEUED in types),
        (CallState.OFFERED, bool(types & _SIGNS_OF_LIFE)),
    )
    return next((state for state, holds_true in facts if holds_true), CallState.NEW)


def _offers(rounds: list[Round], span: _Span) -> tuple[Offer, ...]:
    offers = [offer_of(one, rounds) for one in rounds if one.agent not in (None, CUSTOMER)]
    closed = [one if one.ended_at or span.end is None else _closed(one, rounds, span.end) for one in offers]
    return tuple(
        replace(
            one,
            rang_at=span.hold(one.rang_at),
            answered_at=None if one.answered_at is None else span.hold(one.answered_at),
            ended_at=span.hold_end(one.ended_at),
        )
        for one in sorted(closed, key=lambda one: one.rang_at)
    )


def _closed(offer: Offer, rounds: list[Round], end: datetime) -> Offer:
    """The call ended while his phone rang or he talked."""
    ended = Round(offer.agent, offer.rang_at, offer.answered_at, end)
    return offer_of(ended, rounds)


def _answered_by(rounds: list[Round]) -> tuple[str, ...]:
    talks = sorted(
        (answered_at, one.agent)
        for one in rounds
        if (answered_at := one.answered_at) is not None and one.agent is not None
    )
    return tuple(dict.fromkeys(agent for _, agent in talks))


def _holds(ordered: list[CallEvent], rounds: list[Round], span: _Span) -> tuple[HoldFact, ...]:
    holds: list[HoldFact] = []
    since: datetime | None = None
    for event in ordered:
        if event.type is EventType.HELD:
            since = since or event.occurred_at
        elif since is not None and _takes_off_hold(event):
            holds.append(HoldFact(span.hold(since), span.hold(event.occurred_at)))
            since = None
    if since is not None:
        last = max((one.ended_at for one in rounds if one.answered_at and one.ended_at), default=None)
        nobody_left = last is not None and last >= since and not any(one.talking for one in rounds)
        holds.append(HoldFact(span.hold(since), span.hold_end(last if nobody_left else None)))
    return tuple(holds)


def _takes_off_hold(event: CallEvent) -> bool:
    if event.parent_leg_id is not None:  # the holder rings up a colleague meanwhile
        return False
    if event.type is EventType.TRANSFERRED:
        return event.transfer is not None and (event.transfer.done or event.transfer.kind is TransferKind.BLIND)
    return event.type in (EventType.RESUMED, EventType.ANSWERED, EventType.ENDED)


def _transfers(ordered: list[CallEvent], rounds: list[Round]) -> tuple[tuple[TransferFact, ...], bool]:
    """Return the transfers, and whether the last one left the customer with nobody."""
    found: list[tuple[datetime, TransferFact]] = []
    for event in ordered:
        fact = event.transfer
        if event.type is not EventType.TRANSFERRED or fact is None:
            continue
        if found and replace(found[-1][1], done=fact.done) == fact:  # the same one, told again
            found[-1] = (found[-1][0], replace(fact, done=fact.done or found[-1][1].done))
        else:
            found.append((event.occurred_at, fact))
    answers = [(one.agent, one.answered_at) for one in rounds if one.answered_at is not None]
    facts = tuple(replace(fact, done=fact.done or _reached(fact.to, at, answers)) for at, fact in found)
    nobody = bool(facts) and not facts[-1].done and not any(_stays(one, *found[-1]) for one in rounds)
    return facts, nobody and facts[-1].kind is not TransferKind.ATTENDED


def _stays(one: Round, at: datetime, fact: TransferFact) -> bool:
    """Whether an agent talks with the customer once the transfer is made; events of one instant come in any order."""
    if one.answered_at is None:
        return False
    return one.answered_at >= at or (one.agent != fact.by and (one.ended_at is None or one.ended_at > at))


def _reached(to: str | None, since: datetime, answers: list[tuple[str | None, datetime]]) -> bool:
    if to is None:
        return False
    whoever = to.startswith("queue:")
    return any(at >= since and (whoever or agent == to) for agent, at in answers)


def _monitored_by(ordered: list[CallEvent]) -> tuple[str, ...]:
    watching = (EventType.SUPERVISOR_STARTED, EventType.SUPERVISOR_ENDED)
    keys = (_agent_key(event) for event in ordered if event.type in watching)
    return tuple(dict.fromkeys(key for key in keys if key is not None))


def _alert(event: CallEvent) -> AlertFact | None:
    return (
        AlertFact(_agent_key(event), event.reason, event.occurred_at) if event.type is EventType.ALERT_RAISED else None
    )


def _recordings(ordered: list[CallEvent], *, hide: bool) -> tuple[RecordingFact, ...]:
    native_ids = [native for event in ordered for native in event.source_call_ids]
    found: dict[str, RecordingFact] = {}
    for event in ordered:
        if event.type not in _RECORDINGS or event.recording is None:
            continue
        fact = hide_names(event.recording, native_ids) if hide else event.recording
        key = recording_key(fact.id)
        known = found.setdefault(key, replace(fact, started_at=fact.started_at or event.occurred_at))
        found[key] = replace(
            known,
            uri=known.uri or fact.uri,
            kind=RecordingKind.TRIGGERED if RecordingKind.TRIGGERED in (known.kind, fact.kind) else known.kind,
            media=known.media or fact.media,
            ended_at=known.ended_at or fact.ended_at or (event.occurred_at if event.type in _WRITTEN else None),
            gaps=known.gaps + fact.gaps,
        )
    marks = [_mark(event) for event in ordered if event.type in _MARKS]
    whole = {key: replace(fact, ended_at=_not_before(fact.started_at, fact.ended_at)) for key, fact in found.items()}
    return tuple(replace(fact, gaps=gaps_of(fact, marks, key)) for key, fact in whole.items())


def _not_before(start: datetime | None, end: datetime | None) -> datetime | None:
    return end if start is None or end is None else max(start, end)


def _mark(event: CallEvent) -> Mark:
    about = None if event.recording is None else recording_key(event.recording.id)
    return Mark(event.occurred_at, about, pauses=event.type is EventType.RECORDING_PAUSED)
