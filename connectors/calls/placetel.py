"""Placetel's Notify API: forms, proved by the token in the address and, where the site says so, by a signature.

X-PLACETEL-SIGNATURE is the HMAC-SHA256 of the body in hex under the secret that stands in Placetel's external API
settings. No event tells its time. (Placetel, "Call Control-/Notify-API", read 2026-11.)
"""

import hashlib
import hmac
from datetime import datetime, timedelta

from connectors.calls.reading import Told, event_id, read_fields, with_plus
from connectors.calls.sites import PathTokens, is_any, options_of
from plugin.core.calls import AgentRef, CallEvent, Direction, EndedBy, EventType, Outcome
from plugin.core.deliveries import Delivery, SourceSite, Taken
from plugin.core.errors import InputError, NotSignedIn

_HEADER = "x-placetel-signature"
_ID_LETTERS = 191
_NAME_LETTERS = 64
_MOST_S = 7 * 86_400
_OUTCOMES = {  # any other word: as the other events say, for over it is
    "voicemail": Outcome.VOICEMAIL,
    "missed": Outcome.MISSED,
    "blocked": Outcome.FAILED,
    "accepted": Outcome.ANSWERED,
    "busy": Outcome.BUSY,
    "canceled": Outcome.MISSED,
    "unavailable": Outcome.FAILED,
    "congestion": Outcome.FAILED,
}


class PlacetelHook:
    """Implements core.ports.CallHook. Options: `signing_secret`, and `signing_secret_before` while it is changed."""

    def __init__(self, site: SourceSite) -> None:
        told = options_of(site)
        secrets = (told.text("signing_secret"), told.text("signing_secret_before"))
        told.end()
        self._source = site.name
        self._tokens = PathTokens(site)
        self._keys = [secret.encode() for secret in secrets if secret]

    def read(self, delivery: Delivery, now: datetime) -> Taken:
        """Prove and read one delivery. Raises NotSignedIn("token" | "signature") and InputError."""
        self._tokens.prove(delivery.token)
        self._prove(delivery)
        told = read_fields(delivery, json_too=False)
        return Taken(_events(self._source, told, now))

    def _prove(self, delivery: Delivery) -> None:
        if not self._keys:
            return
        given = delivery.headers.get(_HEADER, "").strip().lower().encode("utf-8", "surrogatepass")
        wanted = [hmac.new(key, delivery.body, hashlib.sha256).hexdigest().encode() for key in self._keys]
        if not is_any(given, wanted):
            raise NotSignedIn("signature")


def _events(source: str, told: Told, now: datetime) -> tuple[CallEvent, ...]:
    kind, call = told.needed("event"), told.needed("call_id", _ID_LETTERS)
    caller, called = told.text("from", _NAME_LETTERS), told.text("to", _NAME_LETTERS)
    direction = _direction(told, kind, caller, called)
    peer = told.text("peer", _NAME_LETTERS)
    agent = AgentRef(id=peer) if peer else None
    inbound = direction is Direction.INBOUND
    ours, theirs = (called, caller) if inbound else (caller, called)

    def event(
        said: EventType,
        sequence: int,
        by: AgentRef | None = None,
        at: datetime = now,
        outcome: Outcome | None = None,
        ended_by: EndedBy | None = None,
    ) -> CallEvent:
        return CallEvent(
            id=event_id(call, said, *((by.key or "",) if by and said is EventType.ANSWERED else ())),
            source=source,
            type=said,
            occurred_at=at,
            source_call_ids=(call,),
            sequence=sequence,
            direction=direction,
            customer_number=None if direction is Direction.INTERNAL else with_plus(theirs),
            our_number=with_plus(ours),
            agent=by,
            outcome=outcome,
            ended_by=ended_by,
        )

    if kind == "IncomingCall":
        return (event(EventType.OFFERED, 1),)
    if kind == "OutgoingCall":
        return (event(EventType.OFFERED, 1, agent),)
    if kind == "CallAccepted":
        return (event(EventType.ANSWERED, 2, agent),)
    if kind != "HungUp":
        raise InputError("unknown_word", field="event")
    word = (told.text("type") or "").lower()
    ended_by = EndedBy.AGENT if word == "canceled" and direction is Direction.OUTBOUND else None
    end = event(EventType.ENDED, 3, outcome=_OUTCOMES.get(word), ended_by=ended_by)
    talked_s = told.number("duration", _MOST_S)
    if direction is Direction.OUTBOUND and word == "accepted" and talked_s:  # nothing else tells of that answer
        return (event(EventType.ANSWERED, 2, at=now - timedelta(seconds=talked_s)), end)
    return (end,)


def _direction(told: Told, kind: str, caller: str | None, called: str | None) -> Direction:
    if "@" in (caller or "") and "@" in (called or ""):
        return Direction.INTERNAL  # two telephones of the house name each other so
    word = told.text("direction") or ("out" if kind == "OutgoingCall" else "in")
    if word not in ("in", "out"):
        raise InputError("unknown_word", field="direction")
    return Direction.INBOUND if word == "in" else Direction.OUTBOUND
