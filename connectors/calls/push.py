"""Phone systems that push newCall, answer and hangup: Zammad's generic CTI interface, and sipgate.io.

The only proof is the token in the address. No event tells its time, so each counts from when it arrives; `answer` may
be missing (a phone system forgets it, or nobody asked for it). sipgate sends answer and hangup only where the reply to
newCall asks for them. (Zammad documentation "Generic CTI"; sipgate.io push API documentation; both read 2026-11.)
"""

import re
from datetime import datetime
from xml.sax.saxutils import quoteattr

from connectors.calls.reading import Told, event_id, read_fields, with_plus
from connectors.calls.sites import PathTokens, options_of
from plugin.core.calls import AgentRef, CallEvent, Direction, EndedBy, EventType, Outcome
from plugin.core.deliveries import Delivery, Reply, SourceSite, Taken
from plugin.core.errors import InputError

_NUMBER_LETTERS = 64
_NAME_LETTERS = 64
_ID_LETTERS = 191
_EXTENSION = re.compile(r"(?!11[0-9]$)[1-9][0-9]{1,4}")  # 110, 112, 118 and 119 are outside
_DIRECTIONS = {"in": Direction.INBOUND, "out": Direction.OUTBOUND}
_VOICEMAIL = "voicemail"
_FORWARDED = "forwarded"
_OUTCOMES = {  # how it ended, where the caller is the customer; nothing: as the other events say
    "normalclearing": Outcome.ANSWERED,
    "busy": Outcome.BUSY,
    "cancel": Outcome.ABANDONED,
    "noanswer": Outcome.MISSED,
    "congestion": Outcome.FAILED,
    "notfound": Outcome.FAILED,
    _VOICEMAIL: Outcome.VOICEMAIL,
}


class ZammadHook:
    """Implements core.ports.CallHook for whatever speaks to Zammad's interface; a form or JSON. It takes no options."""

    _json_too = True
    _parts_too = True  # the maker's own examples are sent so

    def __init__(self, site: SourceSite) -> None:
        options_of(site).end()
        self._site = site
        self._tokens = PathTokens(site)

    def read(self, delivery: Delivery, now: datetime) -> Taken:
        """Prove and read one delivery. Raises NotSignedIn("token") and InputError (missing, unknown_word, …)."""
        self._tokens.prove(delivery.token)
        told = read_fields(delivery, json_too=self._json_too, parts_too=self._parts_too)
        kind = told.needed("event")
        return Taken(_Reader(self._site.name, told, now).events(kind), self._reply(kind))

    def _reply(self, kind: str) -> Reply:  # noqa: ARG002  others answer by it
        return Reply("{}", "application/json")


class SipgateHook(ZammadHook):
    """The same for sipgate.io: forms only, and XML in the answer."""

    _json_too = False
    _parts_too = False

    def _reply(self, kind: str) -> Reply:
        asked = ""
        if kind == "newCall":
            here = quoteattr(f"{self._site.address}/{next(secret for secret in self._site.secrets if secret)}")
            asked = f" onAnswer={here} onHangup={here}"
        return Reply(f'<?xml version="1.0" encoding="UTF-8"?><Response{asked}/>', "application/xml")


class _Reader:
    """Reads one delivery as events that all happened `now`."""

    def __init__(self, source: str, told: Told, now: datetime) -> None:
        self._source = source
        self._told = told
        self._now = now
        self._call = told.needed("callId", _ID_LETTERS)
        # Forwarded or handed on from there: one call to the customer. The maker spells it both ways.
        before = told.text("origCallId", _ID_LETTERS) or told.text("originalCallId", _ID_LETTERS)
        self._natives = tuple(dict.fromkeys(native for native in (self._call, before) if native))
        word = told.needed("direction")
        if word not in _DIRECTIONS:
            raise InputError("unknown_word", field="direction")
        self._caller_is_ours = word == "out"
        inside = all(_EXTENSION.fullmatch(told.text(end, _NUMBER_LETTERS) or "") for end in ("from", "to"))
        self._direction = Direction.INTERNAL if inside else _DIRECTIONS[word]

    def events(self, kind: str) -> tuple[CallEvent, ...]:
        if kind == "newCall":
            return self._began()
        if kind == "answer":
            return self._answered()
        if kind == "hangup":
            return self._ended()
        if kind in ("dtmf", "hold", "unhold"):  # keys that the caller presses are nobody's business
            return ()
        raise InputError("unknown_word", field="event")

    def _began(self) -> tuple[CallEvent, ...]:
        agents = [agent for agent in self._agents() if not _is_mailbox(agent)]  # it rings at nobody
        if self._direction is Direction.OUTBOUND:
            return (self._event(EventType.OFFERED, 1, agents[0] if agents else None),)
        rings = (self._event(EventType.RINGING, 2, agent) for agent in agents)
        return (self._event(EventType.OFFERED, 1), *rings)

    def _answered(self) -> tuple[CallEvent, ...]:
        agents = self._agents()
        if any(_is_mailbox(agent) for agent in agents):
            return (self._event(EventType.ENDED, 3, outcome=Outcome.VOICEMAIL),)  # he talks with nobody any more
        if self._direction is Direction.OUTBOUND:
            return (self._event(EventType.ANSWERED, 3),)
        return (self._event(EventType.ANSWERED, 3, agents[0] if agents else None),)

    def _ended(self) -> tuple[CallEvent, ...]:
        cause = (self._told.text("cause") or "").lower()
        if cause == _FORWARDED:  # the customer is still on the line, with whom the next newCall tells
            named = (self._event(EventType.LEG_ENDED, 4, agent) for agent in self._agents())
            return (*named, self._event(EventType.LEG_ENDED, 4))
        outcome, ended_by = _OUTCOMES.get(cause), None
        if cause == "cancel":
            ended_by = EndedBy.CUSTOMER
            if self._direction is Direction.OUTBOUND:  # there the caller is one of us
                outcome, ended_by = Outcome.MISSED, EndedBy.AGENT
        return (self._event(EventType.ENDED, 5, outcome=outcome, ended_by=ended_by),)

    def _agents(self) -> tuple[AgentRef, ...]:
        """Who is rung, talks or dials: by the phone system's own ids where it sends them, else by what they are called.

        The same word in newCall and answer, or nobody would be seen to take what rang at him.
        """
        names = self._told.every("user", _NAME_LETTERS)
        ids = self._told.every("userId", _NAME_LETTERS)
        if ids and not any(name.lower() == _VOICEMAIL for name in names):
            shown = names if len(names) == len(ids) else [None] * len(ids)
            return tuple(AgentRef(id=one, name=name) for one, name in zip(ids, shown, strict=True))
        if names:
            return tuple(AgentRef(id=name, name=name) for name in names)
        number = self._told.text("answeringNumber", _NAME_LETTERS)
        return () if number is None else (AgentRef(id=number),)

    def _event(
        self,
        kind: EventType,
        sequence: int,
        agent: AgentRef | None = None,
        outcome: Outcome | None = None,
        ended_by: EndedBy | None = None,
    ) -> CallEvent:
        caller, called = (with_plus(self._told.text(name, _NUMBER_LETTERS)) for name in ("from", "to"))
        inbound, inside = not self._caller_is_ours, self._direction is Direction.INTERNAL
        key = agent.key or "" if agent else ""
        return CallEvent(
            id=event_id(self._call, kind, key),
            source=self._source,
            type=kind,
            occurred_at=self._now,
            source_call_ids=self._natives,
            sequence=sequence,
            part_id=self._call,
            direction=self._direction,
            customer_number=None if inside else caller if inbound else called,
            our_number=called if inbound else caller,
            queue=self._told.text("queue", _NAME_LETTERS),
            agent=agent,
            outcome=outcome,
            ended_by=ended_by,
        )


def _is_mailbox(agent: AgentRef) -> bool:
    return (agent.key or "").lower() == _VOICEMAIL
