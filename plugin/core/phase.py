"""Where one person's part of a call stands, from his pop and the call's record. Shows nothing and decides no right."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from plugin.core.calls import Call, CallState
from plugin.core.pops import OpenPop, Pop, PopState


class Phase(StrEnum):
    """The word, shape and colour at the head of a pop."""

    RINGING = "ringing"
    TALKING = "talking"
    HELD = "held"
    WRAP_UP = "wrap_up"
    TRANSFERRED = "transferred"
    ELSEWHERE = "elsewhere"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Part:
    """One person's part in a call. `since` starts the timer and `until`, once known, stops it.

    `handed_by`: the agent who transferred the call to him; `handed_to`: whom he transferred it to (an agent's key or
    `queue:NAME`); `taken_by`: the agent who answered instead of him.
    """

    phase: Phase
    since: datetime
    until: datetime | None
    handed_by: str | None
    handed_to: str | None
    taken_by: str | None


def part_of(open_pop: OpenPop) -> Part:
    """Return what the person's part in the call is right now."""
    pop, call = open_pop.pop, open_pop.call.call
    phase = _phase(pop, call)
    talked = phase not in (Phase.RINGING, Phase.ELSEWHERE, Phase.MISSED)
    return Part(
        phase=phase,
        since=(pop.taken_at if talked else None) or pop.shown_at,
        until=None if phase in (Phase.RINGING, Phase.TALKING, Phase.HELD) else pop.ended_at or call.ended_at,
        handed_by=next((each.by for each in call.transfers if each.to == pop.agent), None),
        handed_to=next((each.to for each in call.transfers if each.by == pop.agent), None),
        taken_by=next((agent for agent in call.answered_by if agent != pop.agent), None) if not talked else None,
    )


def _phase(pop: Pop, call: Call) -> Phase:
    over = pop.ended_at is not None or call.state is CallState.ENDED
    if pop.taken_at is not None:
        if not over:
            return Phase.HELD if call.state is CallState.HELD else Phase.TALKING
        handed_on = any(each.by == pop.agent for each in call.transfers)
        return Phase.TRANSFERRED if handed_on else Phase.WRAP_UP
    if pop.state is PopState.SHOWN and not over:
        return Phase.RINGING
    return Phase.ELSEWHERE if call.answered_by else Phase.MISSED
