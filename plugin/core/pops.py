"""Pops: whose screen shows a call, decided from the call's record alone; one per (call, agent), whatever his devices.

A pop is shown while his phone rings, taken once he talks, withdrawn only when none of his devices rings or talks, and
closed by himself. Consultations and monitoring never pop; nor does a call inside the house.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import groupby

from plugin.core.calls import Call, Direction, Offer
from plugin.core.history import StoredCall
from plugin.core.ids import CallId, UserId
from plugin.core.ports import ANYTHING


class PopState(StrEnum):
    """Where a pop is."""

    SHOWN = "shown"
    TAKEN = "taken"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Pop:
    """One agent's part in a call. `ended_at`: his part is over (a taken one is then in its after-call work)."""

    agent: str
    state: PopState
    shown_at: datetime
    taken_at: datetime | None = None
    ended_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OpenPop:
    """A pop on somebody's screen, with its call."""

    pop: Pop
    user_id: UserId
    call: StoredCall


def touched(opened: Sequence[OpenPop], about: frozenset[str]) -> frozenset[CallId]:
    """Return which calls of a screen look different once the calls `about` changed (core/ports.py, Bus).

    A changed call stands in the history of the others from its number and of its customer.
    """
    if ANYTHING in about:
        return frozenset(each.call.id for each in opened)
    changed = [each.call for each in opened if each.call.id in about]
    numbers = {call.e164 for call in changed} - {None}
    customers = {call.customer_id for call in changed} - {None}
    others = (each.call for each in opened if each.call.e164 in numbers or each.call.customer_id in customers)
    return frozenset(call.id for call in (*changed, *others))


def pops_for(call: Call) -> tuple[Pop, ...]:
    """Return the pop of each agent whom the record names, in order of agents."""
    if call.direction is Direction.INTERNAL:
        return ()
    by_agent = sorted(call.offers, key=lambda offer: offer.agent)
    pops = [_pop(agent, list(offers)) for agent, offers in groupby(by_agent, key=lambda offer: offer.agent)]
    placed_by = call.placed_by
    if placed_by is not None and all(pop.agent != placed_by for pop in pops):  # he is in it from the start
        pops.append(Pop(placed_by, PopState.TAKEN, call.started_at, call.started_at, call.ended_at))
    return tuple(pops)


def closed(pop: Pop, call: Call) -> Pop:
    """Return the pop as that of an operator who has put the call away: his part in it stays known."""
    over_at = pop.ended_at or call.ended_at or call.last_event_at
    return replace(pop, state=PopState.CLOSED, ended_at=over_at, closed_at=over_at)


def _pop(agent: str, offers: list[Offer]) -> Pop:
    open_ones = [offer for offer in offers if offer.ended_at is None]
    answers = [offer.answered_at for offer in offers if offer.answered_at is not None]
    ends = [offer.ended_at for offer in offers if offer.ended_at is not None]
    if open_ones:
        talks = any(offer.answered_at for offer in open_ones)
        state = PopState.TAKEN if talks else PopState.SHOWN
    else:
        state = PopState.TAKEN if answers else PopState.WITHDRAWN
    return Pop(
        agent=agent,
        state=state,
        shown_at=min(offer.rang_at for offer in offers),
        taken_at=min(answers, default=None),
        ended_at=None if open_ones else max(ends),
    )


def settle(stored: Pop, said: Pop | None, last_rang_at: datetime | None, gone_at: datetime) -> Pop:
    """Return the pop as it is to be stored now.

    `said` is what the record says of him now, None where it no longer names him (the leg turned out to be a
    supervisor's): the pop is then withdrawn as of `gone_at`. What he closed stays closed until his phone rings anew
    (`last_rang_at`).
    """
    if said is None:
        state = PopState.CLOSED if stored.state is PopState.CLOSED else PopState.WITHDRAWN
        return Pop(stored.agent, state, stored.shown_at, None, stored.ended_at or gone_at, stored.closed_at)
    over_at = stored.ended_at or stored.closed_at
    rings_anew = last_rang_at is not None and over_at is not None and last_rang_at > over_at
    if stored.state is not PopState.CLOSED or rings_anew:
        return said
    return Pop(said.agent, PopState.CLOSED, said.shown_at, said.taken_at, said.ended_at, stored.closed_at)


def last_rang(call: Call, agent: str) -> datetime | None:
    """Return when the agent's newest ring round began."""
    return max((offer.rang_at for offer in call.offers if offer.agent == agent), default=None)
