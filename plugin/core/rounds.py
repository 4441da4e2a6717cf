"""Ring rounds: which agent's phones rang for the customer, who talked with him, and how each round ended.

Fed with a call's events in order of time (plugin/core/fold.py). It knows no call, no outcome of the whole, no clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from plugin.core.calls import CallEvent, EventType, Offer, Outcome, TransferKind

# One device's cancel may come just before the other device's answer, and so may a colleague's (docs/calls.md).
_CROSSING = timedelta(seconds=1)
_LEG_TYPES = {EventType.RINGING, EventType.ANSWERED, EventType.LEG_ENDED}


@dataclass(slots=True)
class Round:
    """One ring round of one agent (None: the source named nobody); `legs` are his devices that still ring or talk."""

    agent: str | None
    rang_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    said: Outcome | None = None
    part: str | None = None
    legs: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)

    @property
    def talking(self) -> bool:
        """Whether the agent talks with the customer."""
        return self.answered_at is not None and self.ended_at is None

    @property
    def ringing(self) -> bool:
        """Whether the agent's phone rings."""
        return self.answered_at is None and self.ended_at is None


@dataclass(slots=True)
class _Consultation:
    agent: str | None
    answered: bool = False


class Rounds:
    """The rounds of one call. `stand_ins` name agents by another word (who placed an outbound call: the customer)."""

    def __init__(self, events: Iterable[CallEvent], stand_ins: dict[str | None, str]) -> None:
        ordered = list(events)
        self.all: list[Round] = []
        self._stand_ins = stand_ins
        self._agents: dict[str, str] = {}
        self._watching: set[str] = set()
        self._consulting: set[str] = set()
        self._consultations: dict[str, _Consultation] = {}
        for event in ordered:
            self._learn(event)
        for event in ordered:
            if event.type is EventType.TRANSFERRED:
                self._transferred(event)
            elif event.part_id is not None and ends_part(event):
                self._part_over(event)
            elif event.type in _LEG_TYPES and event.leg_id not in self._watching:
                self._leg(event)

    def _learn(self, event: CallEvent) -> None:
        if event.leg_id is None:
            return
        if event.agent is not None and event.agent.key is not None:
            self._agents.setdefault(event.leg_id, event.agent.key)
        if event.type in (EventType.SUPERVISOR_STARTED, EventType.SUPERVISOR_ENDED):
            self._watching.add(event.leg_id)
        if event.parent_leg_id is not None:
            self._consulting.add(event.leg_id)

    def _leg(self, event: CallEvent) -> None:
        agent = event.agent.key if event.agent is not None else None
        if agent is None and event.leg_id is not None:
            agent = self._agents.get(event.leg_id)
        agent = self._stand_ins.get(agent, agent)
        if event.leg_id in self._consulting:
            self._consulted(event, agent)
        elif event.type is EventType.RINGING:
            self._rang(event, agent)
        elif event.type is EventType.ANSWERED:
            self._answered(event, agent)
        else:
            self._left(event, agent)

    def _open(self, agent: str | None) -> Round | None:
        return next((known for known in reversed(self.all) if known.agent == agent and known.ended_at is None), None)

    def _part_over(self, event: CallEvent) -> None:
        for one in self.all:
            if one.part == event.part_id and (one.ringing or (one.talking and event.type is EventType.ENDED)):
                one.ended_at, one.legs = event.occurred_at, set()

    def _begin(self, agent: str | None, at: datetime, leg: str, part: str | None = None) -> Round:
        begun = Round(agent, at, part=part, legs={leg}, seen={leg})
        self.all.append(begun)
        return begun

    def _rang(self, event: CallEvent, agent: str | None) -> None:
        leg = _leg_of(event, agent)
        known = self._open(agent)
        if known is None:
            self._begin(agent, event.occurred_at, leg, event.part_id)
        else:
            known.seen.add(leg)
            known.part = event.part_id or known.part
            if known.answered_at is None:
                known.legs.add(leg)

    def _answered(self, event: CallEvent, agent: str | None) -> None:
        leg = _leg_of(event, agent)
        known = self._open(agent) or self._crossed(event, agent, leg)
        if known is None:
            known = self._begin(agent, event.occurred_at, leg)
        known.part = event.part_id or known.part
        if known.answered_at is None:
            known.answered_at = event.occurred_at
        if event.leg_id is not None or not known.legs:
            known.legs = {leg}  # his other devices no longer matter
            known.seen.add(leg)

    def _crossed(self, event: CallEvent, agent: str | None, leg: str) -> Round | None:
        """Open the agent's last round again where its end only overtook this answer."""
        last = next((known for known in reversed(self.all) if known.agent == agent), None)
        if last is None or last.ended_at is None or last.answered_at is not None:
            return None
        if leg not in last.seen and event.occurred_at - last.ended_at > _CROSSING:
            return None
        last.ended_at, last.said = None, None
        return last

    def _left(self, event: CallEvent, agent: str | None) -> None:
        leg = _leg_of(event, agent)
        known = self._open(agent) if event.leg_id is None else next((one for one in self.all if leg in one.legs), None)
        if known is not None:
            known.legs = known.legs - {leg} if event.leg_id is not None else set()
            if not known.legs:
                known.ended_at, known.said = event.occurred_at, event.outcome
        elif agent is not None and not any(one.agent == agent and leg in one.seen for one in self.all):
            if event.leg_id is None and any(one.agent == agent for one in self.all):
                return
            refused = self._begin(agent, event.occurred_at, leg)  # busy phones never ring
            refused.ended_at, refused.said, refused.legs = event.occurred_at, event.outcome, set()

    def _consulted(self, event: CallEvent, agent: str | None) -> None:
        assert event.leg_id is not None
        if event.type is EventType.LEG_ENDED:
            self._consultations.pop(event.leg_id, None)
            return
        known = self._consultations.setdefault(event.leg_id, _Consultation(agent))
        known.answered = known.answered or event.type is EventType.ANSWERED

    def _transferred(self, event: CallEvent) -> None:
        fact = event.transfer
        if fact is None:
            return
        if fact.done or fact.kind is not TransferKind.ATTENDED:
            leaving = None if fact.by in self._stand_ins else self._open(fact.by)
            if leaving is not None and leaving.talking:
                leaving.ended_at, leaving.legs = event.occurred_at, set()
        if fact.to is None or fact.to.startswith("queue:"):
            return
        legs = [leg for leg, known in self._consultations.items() if known.agent == fact.to]
        for leg in legs:  # the customer's from now on
            self._consulting.discard(leg)
            answered = self._consultations.pop(leg).answered or fact.done
            begun = self._open(fact.to) or self._begin(fact.to, event.occurred_at, leg)
            begun.legs.add(leg)
            begun.seen.add(leg)
            begun.answered_at = begun.answered_at or (event.occurred_at if answered else None)
        if fact.done and self._open(fact.to) is None:
            begun = self._begin(fact.to, event.occurred_at, f"agent {fact.to}")
            begun.answered_at = event.occurred_at


def ends_part(event: CallEvent) -> bool:
    """Tell whether a part of the call is over, or its caller goes on in another (plugin/core/calls.py)."""
    nobody = event.agent is None and event.leg_id is None
    return event.type is EventType.ENDED or (event.type is EventType.LEG_ENDED and nobody)


def _leg_of(event: CallEvent, agent: str | None) -> str:
    return event.leg_id or f"agent {agent}"


def offer_of(one: Round, others: Iterable[Round]) -> Offer:
    """Return the round as an Offer; who lost to a colleague's answer was answered elsewhere, not missed."""
    assert one.agent is not None
    return Offer(one.agent, one.rang_at, one.answered_at, one.ended_at, _outcome_of(one, others))


def _outcome_of(one: Round, others: Iterable[Round]) -> Outcome | None:
    if one.answered_at is not None:
        return Outcome.ANSWERED
    ended_at = one.ended_at
    if ended_at is None:
        return None
    if one.said not in (None, Outcome.MISSED, Outcome.ABANDONED):
        return one.said
    elsewhere = any(
        other is not one
        and other.answered_at is not None
        and other.rang_at <= ended_at
        and one.rang_at <= other.answered_at <= ended_at + _CROSSING
        for other in others
    )
    return Outcome.ANSWERED_ELSEWHERE if elsewhere else one.said or Outcome.MISSED
