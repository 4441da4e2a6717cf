"""A call of which only the queue wrote something: the exchange crashed before its record, or keeps none.

It is told only where its end is certain: somebody hung up, or the exchange began anew. A caller whom a queue let go, or
an agent handed on, may still talk somewhere else, and nothing here tells.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from connectors.calls.asterisk.caller import Caller
from connectors.calls.asterisk.queue_log import Line
from connectors.calls.asterisk.told import Told
from connectors.calls.asterisk.wire import clip
from plugin.core.calls import AgentRef, EndedBy, EventType, Outcome

MOST_NAME = 64
ENDED_BY = {"COMPLETECALLER": EndedBy.CUSTOMER, "ABANDON": EndedBy.CUSTOMER, "COMPLETEAGENT": EndedBy.AGENT}


def tell_queue_call(told: Told, lines: Sequence[Line], caller: Caller, restarts: Sequence[datetime]) -> None:
    """Write the events of the call into `told`, none where its end is not certain; `lines` are those of its channel."""
    joined = next((line for line in lines if line.event == "ENTERQUEUE"), None)
    if joined is None:
        return
    last = [line for line in lines if line.event != "RINGNOANSWER"][-1]  # which may be written after the end
    crashed_at = next((at for at in restarts if at >= last.at), None)
    if last.event not in ENDED_BY and crashed_at is None:
        return
    queue = clip(joined.queue, MOST_NAME) or None
    told.write(EventType.OFFERED, joined.at, customer_number=caller.number, withheld=caller.withheld)
    told.write(EventType.QUEUED, joined.at, queue=queue)
    talks = None
    for number, line in enumerate(lines):
        leg = f"{told.native}/{number}"
        if line.event == "RINGNOANSWER":
            _missed(told, leg, line, joined.at)
        elif line.event == "CONNECT":
            talks = (leg, _agent(line.agent))
            _talk(told, *talks, line, joined.at)
    if last.event not in ENDED_BY:
        told.write(EventType.ENDED, last.at, outcome=Outcome.LOST)
        return
    if talks is not None:
        told.write(EventType.LEG_ENDED, last.at, leg_id=talks[0], agent=talks[1], outcome=Outcome.ANSWERED)
    told.write(EventType.ENDED, last.at, ended_by=ENDED_BY[last.event])


def _talk(told: Told, leg: str, agent: AgentRef, line: Line, joined_at: datetime) -> None:
    rang_for = _whole(line.data, 2)
    rang_at = max(joined_at, line.at - timedelta(seconds=rang_for))
    told.write(EventType.RINGING, rang_at, leg_id=leg, agent=agent)
    told.write(EventType.ANSWERED, line.at, leg_id=leg, agent=agent)


def _missed(told: Told, leg: str, line: Line, joined_at: datetime) -> None:
    agent, rang_for = _agent(line.agent), timedelta(milliseconds=_whole(line.data, 0))
    told.write(EventType.RINGING, max(joined_at, line.at - rang_for), leg_id=leg, agent=agent)
    told.write(EventType.LEG_ENDED, line.at, leg_id=leg, agent=agent, outcome=Outcome.MISSED)


def _agent(member: str) -> AgentRef:
    """Return who a member is: a device (`PJSIP/101`, `Local/102@agents/n`), or the name that the queue gives him."""
    device = member.partition("/")[2].partition("@")[0].partition("/")[0]
    if device:
        return AgentRef(extension=clip(device, MOST_NAME))
    word = clip(member, MOST_NAME) or "?"
    return AgentRef(id=word, name=word)


def _whole(data: tuple[str, ...], place: int) -> int:
    text = data[place] if place < len(data) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0
