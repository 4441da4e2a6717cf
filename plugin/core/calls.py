"""The call: the canonical events that sources send, and the one record that they fold into (plugin/core/fold.py).

Follows CloudEvents 1.0 for the envelope. Instants are aware UTC. An agent is named by `agent`: his extension where
the source knows it, else the source's own id for him; an extension is never a person by itself.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from plugin.core.numbers import WithheldReason

CUSTOMER = "customer"  # stands in `answered_by` of an outbound call that the customer answered


class EventType(StrEnum):
    """What happened, in our words."""

    OFFERED = "call.offered"
    QUEUED = "call.queued"
    RINGING = "call.ringing"
    ANSWERED = "call.answered"
    HELD = "call.held"
    RESUMED = "call.resumed"
    TRANSFERRED = "call.transferred"
    LEG_ENDED = "call.leg_ended"
    ENDED = "call.ended"
    UPDATED = "call.updated"
    RECORDING_STARTED = "recording.started"
    RECORDING_READY = "recording.ready"
    RECORDING_FAILED = "recording.failed"
    NOTICE_PLAYED = "notice.played"
    ALERT_RAISED = "alert.raised"
    SUPERVISOR_STARTED = "supervisor.started"
    SUPERVISOR_ENDED = "supervisor.ended"
    RECORDING_PAUSED = "recording.paused"  # last: ranks of types stand in the ids of events
    RECORDING_RESUMED = "recording.resumed"


class Direction(StrEnum):
    """Of the relation to the customer, not of a leg."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


class Outcome(StrEnum):
    """How a call, or a leg, ended."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    MISSED = "missed"
    BUSY = "busy"
    FAILED = "failed"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    ABANDONED_AFTER_TRANSFER = "abandoned_after_transfer"
    VOICEMAIL = "voicemail"
    LOST = "lost"


class EndedBy(StrEnum):
    """Who put down the phone."""

    CUSTOMER = "customer"
    AGENT = "agent"
    PBX = "pbx"


class TransferKind(StrEnum):
    """Blind: handed on unheard; attended: after talking; semi-attended: while the colleague's phone rang."""

    BLIND = "blind"
    ATTENDED = "attended"
    SEMI_ATTENDED = "semi_attended"


class RecordingKind(StrEnum):
    """Begun by the phone system's own plan, or started by hand: a feature code, an order of ours or another program."""

    ALL_CALL = "all_call"
    TRIGGERED = "triggered"


class Media(StrEnum):
    """What a recorded file holds; only TALK is a conversation."""

    TALK = "talk"
    WAITING_ONLY = "waiting_only"
    EMPTY = "empty"
    DAMAGED = "damaged"


class CallState(StrEnum):
    """Where a call is. ENDED is final except for late facts."""

    NEW = "new"
    OFFERED = "offered"
    QUEUED = "queued"
    RINGING = "ringing"
    TALKING = "talking"
    HELD = "held"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class AgentRef:
    """An agent as the source names him."""

    extension: str | None = None
    id: str | None = None
    name: str | None = None

    @property
    def key(self) -> str | None:
        """The word that names him in a Call: extension, else id; None where the source gave neither."""
        return self.extension or self.id


@dataclass(frozen=True, slots=True)
class TransferFact:
    """A transfer: `to` is an agent's key or `queue:NAME`; `done`: the target talked with the customer."""

    kind: TransferKind
    by: str | None
    to: str | None
    done: bool = False


@dataclass(frozen=True, slots=True)
class RecordingGap:
    """A stretch in which not everything was recorded; an open end is None."""

    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class RecordingFact:
    """A recording that a source speaks of. `id` is the source's; `uri` is where it fetches from and is never shown.

    `gaps`: the pauses, in order, none touching another; the file goes on through them in silence.
    """

    id: str
    uri: str | None = None
    kind: RecordingKind = RecordingKind.ALL_CALL
    media: Media | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    gaps: tuple[RecordingGap, ...] = ()


@dataclass(frozen=True, slots=True)
class CallEvent:
    """One canonical event. (source, id) is the de-duplication key; `sequence` orders events of one instant.

    `source_call_ids` are all native ids this event knows the call by (at least one); an event naming two joins them.
    `customer_number` is as received and is None where the caller withheld it. A leg with a `parent_leg_id` is a
    consultation: it hangs on an agent's leg, not on the customer's, until a transfer to its agent makes it his. In an
    outbound call `agent` is who placed it, and ANSWERED without an agent (or with that one) is the customer's answer.
    `part_id`: the phone system counts a call that is handed on as several, and tells the end of each; this event is
    about that one. The call is over once every part is; a LEG_ENDED of a part that names neither leg nor agent is the
    word that its caller goes on in another, and rings nobody in this one.
    A RECORDING_PAUSED or _RESUMED without a `recording` is about all that run.
    `claimed`: no phone system tells this, an opened address does; it counts for nothing beside what one tells.
    """

    id: str
    source: str
    type: EventType
    occurred_at: datetime
    source_call_ids: tuple[str, ...]
    sequence: int = 0
    leg_id: str | None = None
    parent_leg_id: str | None = None
    part_id: str | None = None
    direction: Direction | None = None
    customer_number: str | None = None
    withheld: WithheldReason | None = None
    our_number: str | None = None
    queue: str | None = None
    ivr_path: str | None = None
    agent: AgentRef | None = None
    outcome: Outcome | None = None
    ended_by: EndedBy | None = None
    transfer: TransferFact | None = None
    recording: RecordingFact | None = None
    reason: str | None = None
    claimed: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """One ring round of one agent: several devices of one agent in one round are one offer."""

    agent: str
    rang_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class HoldFact:
    """The customer was on hold; an open end is None."""

    started_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class AlertFact:
    """An operator asked for help."""

    agent: str | None
    reason: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Call:
    """What the events of one call say, whatever their order and number. Lists are in order of time.

    `placed_by` is the agent of an outbound call; `answered_by` names agents, and CUSTOMER where an outbound call was
    answered. Of a withheld caller's recordings the `id` is hashed and the `uri` shortened: native names leak the
    number. `claimed`: no phone system has told of this call.
    """

    source: str
    source_call_ids: tuple[str, ...]
    direction: Direction | None
    state: CallState
    customer_number: str | None
    withheld: WithheldReason | None
    our_number: str | None
    queue: str | None
    ivr_path: str | None
    placed_by: str | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    offers: tuple[Offer, ...]
    answered_by: tuple[str, ...]
    outcome: Outcome | None
    ended_by: EndedBy | None
    transfers: tuple[TransferFact, ...]
    holds: tuple[HoldFact, ...]
    monitored_by: tuple[str, ...]
    recordings: tuple[RecordingFact, ...]
    notice_at: datetime | None
    alert: AlertFact | None
    last_event_at: datetime
    claimed: bool = False
