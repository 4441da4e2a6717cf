"""What the status of a leg says of the call: of the leg that came first, and of those that it dialled.

Which of the ends is ours is told by the endpoints (`client:`, `sip:`, numbers that the site names); Twilio's own word
for the direction is that of a leg, and says `inbound` of an operator who dials out in his browser.
"""

import re
from datetime import timedelta

from connectors.calls.reading import Told, event_id
from connectors.calls.twilio.events import Ends, Pen
from connectors.calls.twilio.options import KEPT_LETTERS, Options
from plugin.core.calls import AgentRef, CallEvent, Direction, EndedBy, EventType, Outcome
from plugin.core.errors import InputError
from plugin.core.numbers import WithheldReason

_END_LETTERS = 255  # a SIP address
_MOST_S = 7 * 86_400
_BEGINNINGS = {"queued", "initiated", "ringing"}
_TALKING = {"in-progress", "answered"}
_ENDS = {
    "completed": None,
    "busy": Outcome.BUSY,
    "no-answer": Outcome.MISSED,
    "canceled": Outcome.ABANDONED,
    "failed": Outcome.FAILED,
}
_R = WithheldReason
_HIDDEN_SIP = re.compile(r"sips?:[^@]*@(?:[^;>]*\.)?invalid(?:[;>?].*)?", re.IGNORECASE)  # RFC 3323: nobody's endpoint
# As words, and as what the words spell on a telephone's keys.
_WITHHELD = {
    "anonymous": _R.REFUSED,
    "restricted": _R.REFUSED,
    "blocked": _R.REFUSED,
    "private": _R.REFUSED,
    "unavailable": _R.UNAVAILABLE,
    "unknown": _R.UNKNOWN,
    "266696687": _R.REFUSED,
    "7378742833": _R.REFUSED,
    "2562533": _R.REFUSED,
    "7748283": _R.REFUSED,
    "86282452253": _R.UNAVAILABLE,
    "8656696": _R.UNKNOWN,
}


def parent(told: Told, status: str, pen: Pen, options: Options) -> tuple[CallEvent, ...]:
    """Return the events of the leg that came first. Raises InputError for a status that nobody documented."""
    _known(status)
    call = told.needed("CallSid")
    caller, called = told.text("From", _END_LETTERS) or "", told.text("To", _END_LETTERS) or ""
    by = None if _HIDDEN_SIP.fullmatch(caller) else options.agent(caller)
    to = options.agent(called)
    ends = _ends(caller, called, by, to, told.text("Direction") or "")
    outbound = ends.direction is Direction.OUTBOUND
    dials = (by or to) if outbound else None  # who placed it, in his browser or by an order to ring him first
    to_customer = outbound and by is None and to is None
    key = event_id(call, status)
    if status in _BEGINNINGS:
        return (pen.event(EventType.OFFERED, (call,), key, ends=ends, agent=dials),)
    if status in _TALKING:
        kind = EventType.ANSWERED if to_customer else EventType.OFFERED  # else Twilio itself took it
        return (pen.event(kind, (call,), key, ends=ends, agent=dials),)
    outcome, ended_by = _ENDS[status], None
    if status == "canceled":
        outcome, ended_by = (Outcome.MISSED, EndedBy.AGENT) if outbound else (Outcome.ABANDONED, EndedBy.CUSTOMER)
    events = [pen.event(EventType.ENDED, (call,), key, ends=ends, agent=dials, outcome=outcome, ended_by=ended_by)]
    length_s = told.number("CallDuration", _MOST_S)
    if length_s:  # often all that is told of a call: it began so long before
        began = pen.at - timedelta(seconds=length_s)
        kind = EventType.ANSWERED if to_customer and status == "completed" else EventType.OFFERED
        events.append(pen.event(kind, (call,), event_id(call, "began"), at=began, ends=ends, agent=dials))
    return tuple(events)


def child(told: Told, status: str, pen: Pen, options: Options) -> tuple[CallEvent, ...]:
    """Return the events of a leg that another one dialled: an agent's, or else the customer's."""
    _known(status)
    leg, call = told.needed("CallSid"), told.needed("ParentCallSid")
    called = told.text("To", _END_LETTERS) or ""
    agent = options.agent(called)
    ends = None if agent else Ends(Direction.OUTBOUND, _kept(called), ours=_kept(told.text("From", _END_LETTERS) or ""))
    key = event_id(leg, status)
    natives = (call, leg)
    if status in ("queued", "initiated"):
        return ()  # nothing rings yet
    if status == "ringing":
        return (pen.event(EventType.RINGING, natives, key, ends=ends, agent=agent, leg_id=leg),)
    if status in _TALKING:
        return (pen.event(EventType.ANSWERED, natives, key, ends=ends, agent=agent, leg_id=leg),)
    outcome = Outcome.ANSWERED if status == "completed" else _ENDS[status]
    if status == "canceled":
        outcome = Outcome.MISSED  # or answered elsewhere, as the others' legs tell
    end = pen.event(EventType.LEG_ENDED, natives, key, ends=ends, agent=agent, leg_id=leg, outcome=outcome)
    length_s = told.number("CallDuration", _MOST_S)
    if status == "completed" and length_s:
        began = pen.at - timedelta(seconds=length_s)
        answer = event_id(leg, "began")
        return (end, pen.event(EventType.ANSWERED, natives, answer, at=began, ends=ends, agent=agent, leg_id=leg))
    return (end,)


def _ends(caller: str, called: str, by: AgentRef | None, to: AgentRef | None, word: str) -> Ends:
    if by is not None:
        return Ends(Direction.OUTBOUND, _kept(called) if called.startswith("+") else None)
    if to is not None or word.startswith("outbound"):
        return Ends(Direction.OUTBOUND, _kept(called) if to is None else None, ours=_kept(caller))
    reason = _WITHHELD.get(caller.lower().removeprefix("+").strip("_ ")) if caller else WithheldReason.UNKNOWN
    reason = WithheldReason.REFUSED if _HIDDEN_SIP.fullmatch(caller) else reason
    return Ends(Direction.INBOUND, None if reason else _kept(caller), reason, _kept(called))


def _kept(end: str) -> str | None:
    """Return an end as events keep it: of a long SIP address who is meant, without the host and what follows."""
    return (end if len(end) <= KEPT_LETTERS else end.partition("@")[0][:KEPT_LETTERS]) or None


def _known(status: str) -> None:
    if status not in _BEGINNINGS | _TALKING | _ENDS.keys():
        raise InputError("unknown_word", field="CallStatus")
