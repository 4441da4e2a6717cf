"""MiiTel's Outgoing Webhook of calls: a whole call at once, minutes after it; it never pops.

Proved by a token in a header that the site enters at MiiTel (追加ヘッダー). When the address is saved there, a
`challenge` comes and is echoed. Words that were recognised are kept nowhere. (MiiTel Developers, "Outgoing Webhook
応対履歴の仕様と利用方法", read 2026-11.)
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from connectors.calls.reading import JSON, content_type, event_id, read_json
from connectors.calls.sites import PathTokens, options_of
from plugin.core.call_json import key_text
from plugin.core.calls import AgentRef, CallEvent, Direction, EventType
from plugin.core.deliveries import Delivery, Reply, SourceSite, Taken, is_ahead
from plugin.core.errors import InputError, NotSignedIn
from plugin.core.numbers import WithheldReason
from plugin.core.times import read_instant

_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
_CHALLENGE = re.compile(r"[0-9A-Za-z_-]{1,256}")
_ID_LETTERS = 128
_NAME_LETTERS = 64
_MOST_DETAILS = 50
_MOST_PARTICIPANTS = 50


class MiitelHook:
    """Implements core.ports.CallHook. Option `header`: the header that holds the token (default: Authorization)."""

    def __init__(self, site: SourceSite) -> None:
        told = options_of(site)
        self._header = (told.shaped("header", _HEADER, "not the name of a header") or "authorization").lower()
        told.end()
        self._source = site.name
        self._zone = site.zone
        self._tokens = PathTokens(site)

    def read(self, delivery: Delivery, now: datetime) -> Taken:
        """Prove and read one delivery. Raises NotSignedIn("path" | "token") and InputError."""
        if delivery.token:
            raise NotSignedIn("path")
        self._tokens.prove(delivery.headers.get(self._header, "").removeprefix("Bearer ").strip())
        if content_type(delivery) != JSON:
            raise InputError("content_type")
        told = _part(read_json(delivery.body), "json")
        if (challenge := told.get("challenge")) is not None:
            if not isinstance(challenge, str) or not _CHALLENGE.fullmatch(challenge):
                raise InputError("bad_text", field="challenge")
            return Taken((), Reply(challenge))
        call = _part(told.get("call"), "call")
        parts = call.get("details")
        if not isinstance(parts, list) or not 0 < len(parts) <= _MOST_DETAILS:
            raise InputError("wrong_type", field="call.details")
        details = [_detail(_part(one, "call.details"), self._zone, now) for one in parts]
        return Taken(_events(self._source, _key(call, "id"), details), past=True)


@dataclass(frozen=True, slots=True)
class _Detail:
    """One part of a call: up to a transfer, or to the end."""

    id: str
    direction: Direction
    number: str | None
    ours: str | None
    agent: AgentRef | None
    queued_at: datetime | None
    began_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None


def _detail(told: Mapping[str, Any], zone: ZoneInfo | None, now: datetime) -> _Detail:
    direction = _direction(_text(told, "call_type", _NAME_LETTERS) or "")
    outbound = direction is Direction.OUTBOUND
    queued, dialled = (_instant(told, name, zone, now) for name in ("queueing_starts_at", "dial_starts_at"))
    began = min((at for at in (queued, dialled) if at is not None), default=None)
    if began is None:
        raise InputError("missing", field="dial_starts_at")
    return _Detail(
        id=_key(told, "id"),
        direction=direction,
        number=_text(told, "to_number" if outbound else "from_number", _NAME_LETTERS),
        ours=_text(told, "circuit_number", _NAME_LETTERS),
        agent=_agent(told.get("participants"), "FROM" if outbound else "TO"),
        queued_at=queued,
        began_at=began,
        answered_at=_instant(told, "dial_answered_at", zone, now),
        ended_at=_instant(told, "dial_ends_at", zone, now) or _instant(told, "queueing_ends_at", zone, now),
    )


def _events(source: str, call: str, details: list[_Detail]) -> tuple[CallEvent, ...]:
    events: list[CallEvent] = []
    for detail in details:
        steps: list[tuple[EventType, datetime | None, AgentRef | None]] = [
            (EventType.OFFERED, detail.began_at, detail.agent if detail.direction is Direction.OUTBOUND else None),
            (EventType.QUEUED, detail.queued_at, None),
            (EventType.ANSWERED, detail.answered_at, detail.agent),
        ]
        if detail.agent is not None and detail.direction is not Direction.OUTBOUND:
            steps.insert(2, (EventType.RINGING, detail.began_at, detail.agent))
        if detail.direction is not Direction.OUTBOUND:
            steps.append((EventType.LEG_ENDED, detail.ended_at, detail.agent))
        steps.append((EventType.ENDED, detail.ended_at, None))
        events += [
            _event(source, call, detail, kind, place, at, agent)
            for place, (kind, at, agent) in enumerate(steps)
            if at is not None
        ]
    return tuple(events)


def _event(
    source: str, call: str, detail: _Detail, kind: EventType, place: int, at: datetime, agent: AgentRef | None
) -> CallEvent:
    unknown = WithheldReason.UNKNOWN if detail.number is None and detail.direction is Direction.INBOUND else None
    return CallEvent(
        id=event_id(call, detail.id, kind),
        source=source,
        type=kind,
        occurred_at=at,
        source_call_ids=(call,),
        sequence=place,
        leg_id=detail.id if kind in (EventType.RINGING, EventType.ANSWERED, EventType.LEG_ENDED) else None,
        part_id=detail.id,
        direction=detail.direction,
        customer_number=None if detail.direction is Direction.INTERNAL else detail.number,
        withheld=unknown,
        our_number=detail.ours,
        agent=agent,
    )


def _direction(word: str) -> Direction:
    if "INTERNAL" in word.upper():
        return Direction.INTERNAL
    outbound = any(one in word.upper() for one in ("OUTGOING", "PREDICTIVE"))
    return Direction.OUTBOUND if outbound else Direction.INBOUND


def _agent(told: object, side: str) -> AgentRef | None:
    if told is None:
        return None
    if not isinstance(told, list) or len(told) > _MOST_PARTICIPANTS:
        raise InputError("wrong_type", field="participants")
    for one in told:
        person = _part(one, "participants")
        name = _text(person, "name", _NAME_LETTERS)
        if person.get("from_to") == side and name is not None:
            return AgentRef(id=name, name=name)
    return None


def _part(told: object, field: str) -> Mapping[str, Any]:
    if not isinstance(told, Mapping):
        raise InputError("wrong_type", field=field)
    return told


def _text(told: Mapping[str, Any], name: str, most: int) -> str | None:
    value = told.get(name)
    return None if value in (None, "") else key_text(value.strip() if isinstance(value, str) else value, most, name)


def _key(told: Mapping[str, Any], name: str) -> str:
    found = _text(told, name, _ID_LETTERS)
    if found is None:
        raise InputError("missing", field=name)
    return found


def _instant(told: Mapping[str, Any], name: str, zone: ZoneInfo | None, now: datetime) -> datetime | None:
    text = _text(told, name, _NAME_LETTERS)
    if text is None:
        return None
    try:
        at = read_instant(text, zone)
    except InputError:
        raise InputError("time", field=name) from None
    if is_ahead(at, now):
        raise InputError("time", field=name)
    return at
