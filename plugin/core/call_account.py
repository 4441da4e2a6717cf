"""A call told in plain words and values, as `denwaban replay` prints it and the captures' expected.json has it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from plugin.core.calls import Call, CallEvent, Direction, Media, RecordingFact, RecordingKind
from plugin.core.fold import by_call, fold


def fold_all(events: Iterable[CallEvent]) -> list[Call]:
    """Return the calls that the events tell of, in order of time."""
    return sorted((fold(one) for one in by_call(events)), key=lambda call: (call.started_at, call.source_call_ids))


def account(call: Call) -> dict[str, Any]:
    """Return the call as JSON values, in the fields of the captures' README. Numbers stand in it: not for a log."""
    outbound = call.direction is Direction.OUTBOUND
    told: dict[str, Any] = {
        "call_id": call.source_call_ids[0],
        "direction": call.direction,
        "customer_number": call.customer_number,
        "withheld": call.withheld,
        "did": None if outbound else call.our_number,
        "queue": call.queue,
        "offered": [offer.agent for offer in call.offers],
        "answered_by": list(call.answered_by),
        "outcome": call.outcome,
        "ended_by": call.ended_by,
        "transfers": [{"kind": fact.kind, "by": fact.by, "to": fact.to, "done": fact.done} for fact in call.transfers],
        "holds": len(call.holds),
        "monitored_by": list(call.monitored_by),
        "recording_has_talk": any(one.media is Media.TALK for one in call.recordings),
    }
    if call.withheld is None:
        told["recordings"] = [one.uri or one.id for one in call.recordings]
    if any(one.gaps or one.kind is RecordingKind.TRIGGERED for one in call.recordings):
        told["recorded"] = [_recorded(one) for one in call.recordings]
    if outbound:
        told |= {"cli": call.our_number, "agent": call.placed_by}
    if call.notice_at is not None:
        told["notice_played"] = True
    if call.alert is not None:
        told["alert"] = {"agent": call.alert.agent, "reason": call.alert.reason}
    return told


def _recorded(fact: RecordingFact) -> dict[str, Any]:
    def second(at: datetime | None) -> float | None:
        return None if at is None or fact.started_at is None else round((at - fact.started_at).total_seconds(), 1)

    return {"kind": fact.kind, "gaps_s": [[second(gap.started_at), second(gap.ended_at)] for gap in fact.gaps]}
