"""The audit line: who did what to whose data, why, when, from where, and what came of it; chained by hash.

A line's canonical text holds the hash before it, so no line can be changed, dropped or inserted unseen. Only ids and
stable words stand in it: no name, number or text of a person.
"""

import hashlib
import json
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

from plugin.core.ids import CallId
from plugin.core.staff import Role
from plugin.core.times import to_us

FIRST_PREV = "0" * 64


class Act(StrEnum):
    """What is audited."""

    SIGN_IN = "staff.sign_in"
    SIGN_OUT = "staff.sign_out"
    USER_CHANGED = "staff.user_changed"
    LOOK_UP = "customer.look_up"
    CUSTOMER_SHOWN = "customer.shown"
    CALL_SHOWN = "call.shown"
    CALL_ASSIGNED = "call.assigned"
    CALL_FOLLOWED = "call.followed"
    SUMMARY_SAVED = "summary.saved"
    PROMISE_DONE = "promise.done"
    VERIFY_STARTED = "identity.started"
    VERIFY_JUDGED = "identity.judged"
    VERIFY_ENDED = "identity.ended"
    HISTORY_SHOWN = "history.shown"
    LISTEN_GRANTED = "listen.granted"
    LISTEN_REFUSED = "listen.refused"
    LISTEN_STARTED = "listen.started"
    LISTEN_HEARD = "listen.heard"
    LISTEN_REVOKED = "listen.revoked"
    RECORDING_IMPORTED = "recording.imported"
    DELIVERY_REPLAYED = "delivery.replayed"
    DELIVERY_CLOSED = "delivery.closed"
    JOB_ASKED = "job.asked"
    JOB_PAUSED = "job.paused"
    JOB_RESUMED = "job.resumed"
    IMPORTED = "customers.imported"
    APPROVAL_ASKED = "approval.asked"
    APPROVAL_DECIDED = "approval.decided"
    APPROVAL_WITHDRAWN = "approval.withdrawn"
    APPROVAL_USED = "approval.used"


@dataclass(frozen=True, slots=True)
class AuditFact:
    """What happened. `subject` is the id of the thing acted on, `purpose` and `outcome` are stable words."""

    act: Act
    at: datetime
    user_id: str | None = None
    customer_id: str | None = None
    call_id: str | None = None
    subject: str | None = None
    purpose: str | None = None
    outcome: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class AuditLine:
    """A fact in its place in the chain; `body` is the canonical text that `hash` is over."""

    seq: int
    prev: str
    hash: str
    body: str


def chain(fact: AuditFact, seq: int, prev: str) -> AuditLine:
    """Return the line that puts `fact` at place `seq` (from 1) behind the line whose hash is `prev`."""
    said = {field.name: getattr(fact, field.name) for field in fields(fact)}
    said |= {"act": fact.act.value, "at": to_us(fact.at), "seq": seq, "prev": prev}
    body = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return AuditLine(seq, prev, hashlib.sha256(body.encode()).hexdigest(), body)


@dataclass(frozen=True, slots=True)
class Listening:
    """Somebody listened to a call; what an operator is told of it. `heard_ms` counts what was heard twice twice."""

    at: datetime
    call_id: CallId
    call_started_at: datetime
    listener: str
    role: Role
    purpose: str
    heard_ms: int
