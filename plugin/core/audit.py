"""The audit line: who did what to whose data, why, when, from where, and what came of it; chained by hash.

A line's canonical text holds the hash before it, so no line can be changed, dropped or inserted unseen. Only ids and
stable words stand in it: no name, number or text of a person. What a person typed stands beside it (`Remark`), and the
line holds a commitment to it, which stays valid when the text is erased.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

from plugin.core.heard import SoundKind
from plugin.core.ids import CallId
from plugin.core.staff import Role
from plugin.core.times import to_us

FIRST_PREV = "0" * 64
SALT_BYTES = 32
MOST_REMARK_LETTERS = 4_000
_BESIDE = frozenset({"remarks"})  # fields of a fact that stand beside the line


class Act(StrEnum):
    """What is audited."""

    SIGN_IN = "staff.sign_in"
    SIGN_OUT = "staff.sign_out"
    SEAT_CHANGED = "staff.seat_changed"
    PHONES_CHANGED = "phones.changed"
    USER_CHANGED = "staff.user_changed"
    LOOK_UP = "customer.look_up"
    CUSTOMER_SHOWN = "customer.shown"
    CALL_SHOWN = "call.shown"
    ADDRESS_OPENED = "call.address_opened"
    CALL_ASSIGNED = "call.assigned"
    CALL_FOLLOWED = "call.followed"
    MISSED_WORKED = "missed.worked"
    NUMBER_SHARING = "number.sharing"
    SUMMARY_SAVED = "summary.saved"
    PROMISE_DONE = "promise.done"
    VERIFY_STARTED = "identity.started"
    VERIFY_JUDGED = "identity.judged"
    VERIFY_EXTENDED = "identity.extended"
    VERIFY_ENDED = "identity.ended"
    CODE_SENT = "identity.code_sent"
    CODE_REPORTED = "identity.code_reported"
    CALL_BACK = "identity.call_back"
    OVERRIDDEN = "identity.overridden"
    LOCK_OUT_LIFTED = "lock_out.lifted"
    MANDATE_REGISTERED = "mandate.registered"
    MANDATE_CONFIRMED = "mandate.confirmed"
    MANDATE_ENDED = "mandate.ended"
    HISTORY_SHOWN = "history.shown"
    LISTEN_GRANTED = "listen.granted"
    LISTEN_REFUSED = "listen.refused"
    LISTEN_STARTED = "listen.started"
    LISTEN_SENT = "listen.sent"  # these minutes of it go out, as we know it
    LISTEN_HEARD = "listen.heard"  # this stretch was played, as the player tells it
    LISTEN_REVOKED = "listen.revoked"
    CHECK_ASKED = "check.asked"
    CHECK_SHOWN = "check.shown"
    CHECK_TAKEN = "check.taken"
    CHECK_PUT_BACK = "check.put_back"
    CHECK_SETTLED = "check.settled"
    CHECK_READ = "check.read"
    ALERT_RAISED = "alert.raised"
    ALERT_TAKEN = "alert.taken"
    ALERT_CLOSED = "alert.closed"
    LIVE_ORDERED = "live.ordered"
    LIVE_SETTLED = "live.settled"
    MARKER_SET = "marker.set"
    MARKER_TAKEN_OFF = "marker.taken_off"
    RECORDING_IMPORTED = "recording.imported"
    RECORDING_GIVEN = "recording.given"
    RECORDING_EXPIRED = "recording.expired"
    REDACTION_ASKED = "redaction.asked"
    REDACTION_MADE = "redaction.made"
    REDACTION_CONFIRMED = "redaction.confirmed"
    REDACTION_ERASED = "redaction.erased"
    REDACTION_EXPORTED = "redaction.exported"  # given out as a file, for its case
    TEXT_EXPIRED = "summary.expired"
    CASE_EXPIRED = "case.expired"  # what was written in a closed case
    PURGE = "retention.run"
    PURPOSE_WRITTEN = "purpose.written"  # a draft of the register, or that it was thrown away
    PURPOSE_IN_FORCE = "purpose.in_force"
    RULES_KNOWN = "rules.known"  # somebody confirmed that he has read the rules in force
    RECORDING_DECLINED = "recording.declined"  # the caller does not want to be recorded, or agrees after all
    NOTICE_TOLD = "notice.told"
    NOTICE_ACCEPTED = "notice.accepted"  # a manager accepts that there was none
    CASE_OPENED = "case.opened"
    CASE_SHOWN = "case.shown"
    CASE_SEARCHED = "case.searched"
    CASE_DUE = "case.due"
    CASE_CLOSED = "case.closed"
    CASE_CALL_ADDED = "case.call_added"
    CASE_CALL_REMOVED = "case.call_removed"
    DISCLOSURE_SHOWN = "disclosure.shown"
    DISCLOSURE_JOINED = "disclosure.joined"
    DISCLOSURE_IDENTIFIED = "disclosure.identified"
    DISCLOSURE_SEARCHED = "disclosure.searched"
    DISCLOSURE_CHECKED = "disclosure.checked"
    DISCLOSURE_PROPOSED = "disclosure.proposed"
    DISCLOSURE_DECIDED = "disclosure.decided"
    DISCLOSURE_EXTENDED = "disclosure.extended"
    DISCLOSURE_ANSWERED = "disclosure.answered"
    DISCLOSURE_DELIVERED = "disclosure.delivered"
    HARASSMENT_REPORTED = "harassment.reported"
    HARASSMENT_DISMISSED = "harassment.dismissed"
    HARASSMENT_CONFIRMED = "harassment.confirmed"
    HARASSMENT_MARKED = "harassment.marked"
    HARASSMENT_SHOWN = "harassment.shown"
    EVIDENCE_EXPORTED = "evidence.exported"
    EVIDENCE_DELIVERED = "evidence.delivered"  # or it broke off, and may be fetched again
    HOLD_PLACED = "hold.placed"
    HOLD_WIDENED = "hold.widened"
    HOLD_REVIEWED = "hold.reviewed"
    HOLD_RELEASED = "hold.released"
    KEY_ROTATED = "key.rotated"
    KEY_SHREDDED = "key.shredded"
    DELIVERY_REPLAYED = "delivery.replayed"
    DELIVERY_CLOSED = "delivery.closed"
    JOB_ASKED = "job.asked"
    JOB_PAUSED = "job.paused"
    JOB_RESUMED = "job.resumed"
    IMPORTED = "customers.imported"
    CALLS_IMPORTED = "calls.imported"
    APPROVAL_ASKED = "approval.asked"
    APPROVAL_DECIDED = "approval.decided"
    APPROVAL_WITHDRAWN = "approval.withdrawn"
    APPROVAL_USED = "approval.used"
    AUDIT_SHOWN = "audit.shown"
    AUDIT_EXPORTED = "audit.exported"
    REMARK_ERASED = "remark.erased"
    REFUSED = "rule.refused"
    SETTINGS_CHANGED = "settings.changed"
    BACKED_UP = "site.backed_up"
    RESTORED = "site.restored"  # a copy was put back: what was appended after it was taken is gone


class Kind(StrEnum):
    """What sort of act it was, as the privacy officer asks for it; decided when the line is written."""

    SAW = "saw"
    HEARD = "heard"
    EXPORTED = "exported"
    CHANGED = "changed"
    VERIFIED = "verified"
    OVERRIDDEN = "overridden"
    FAILED = "failed"
    ENTERED = "entered"  # signed in and out
    MACHINE = "machine"  # what the house did by itself


_KINDS: Mapping[str, Kind] = {
    Act.SIGN_IN: Kind.ENTERED,
    Act.SIGN_OUT: Kind.ENTERED,
    Act.LOOK_UP: Kind.SAW,
    Act.ADDRESS_OPENED: Kind.SAW,
    Act.CALL_FOLLOWED: Kind.MACHINE,
    Act.RECORDING_IMPORTED: Kind.MACHINE,
    Act.RECORDING_EXPIRED: Kind.MACHINE,
    Act.REDACTION_MADE: Kind.MACHINE,
    Act.TEXT_EXPIRED: Kind.MACHINE,
    Act.CASE_EXPIRED: Kind.MACHINE,
    Act.PURGE: Kind.MACHINE,
    Act.IMPORTED: Kind.MACHINE,
    Act.CALLS_IMPORTED: Kind.MACHINE,
    Act.BACKED_UP: Kind.MACHINE,
}
_BY_VERB: Mapping[str, Kind] = {
    "shown": Kind.SAW,
    "read": Kind.SAW,
    "searched": Kind.SAW,
    "delivered": Kind.EXPORTED,
    "exported": Kind.EXPORTED,
    "refused": Kind.FAILED,
    "overridden": Kind.OVERRIDDEN,
    "override": Kind.OVERRIDDEN,
}
_BY_SUBJECT: Mapping[str, Kind] = {"identity": Kind.VERIFIED, "listen": Kind.HEARD, "live": Kind.HEARD}
_FAILURES = frozenset({"refused", "denied", "failed", "expired", "locked_out"})
_ASKING = frozenset({"started", "judged"})
_WELL = frozenset({"started", "accepted", "passed", "ended"})  # how the acts of a verification go where they go well


def kind_of(act: str, outcome: str | None) -> Kind:
    """Return what sort of act it was. An act that no table names goes by its verb, then its subject, else CHANGED."""
    subject, _, verb = act.partition(".")
    if outcome is not None and outcome.startswith("more "):
        return Kind.FAILED  # store/refusals.py
    if (outcome or "").partition(":")[0] in _FAILURES or (
        subject == "identity" and verb in _ASKING and outcome not in _WELL
    ):
        return Kind.FAILED
    return _KINDS.get(act) or _BY_VERB.get(verb) or _BY_SUBJECT.get(subject) or Kind.CHANGED


class RemarkName(StrEnum):
    """What a text beside a line is."""

    REASON = "reason"
    CASE = "case"  # the reference of a case, as somebody typed it
    SEARCH = "search"  # what was looked up


@dataclass(frozen=True, slots=True)
class Remark:
    """What a person typed, of an act: kept beside the line and erasable. Neither its text nor its salt is ever shown by
    `repr`.
    """

    name: RemarkName
    text: str

    def __repr__(self) -> str:
        return f"Remark({self.name.value!r})"


def commitment(name: str, salt: bytes, remark: str) -> str:
    """Return what a line says of a remark: HMAC-SHA256 under its own salt, in hex. Tells nothing without the salt."""
    return hmac.new(salt, name.encode() + b"\x00" + remark.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class AuditFact:
    """What happened. `subject` is the id of the thing acted on, `purpose` and `outcome` are stable words.

    `remarks`: what people typed of it, one a name.
    """

    act: Act
    at: datetime
    user_id: str | None = None
    customer_id: str | None = None
    call_id: str | None = None
    subject: str | None = None
    purpose: str | None = None
    outcome: str | None = None
    address: str | None = None
    remarks: tuple[Remark, ...] = ()

    @property
    def kind(self) -> Kind:
        """What sort of act it was."""
        return kind_of(self.act, self.outcome)


@dataclass(frozen=True, slots=True)
class AuditLine:
    """A fact in its place in the chain; `body` is the canonical text that `hash` is over."""

    seq: int
    prev: str
    hash: str
    body: str


_NAMES = tuple(field.name for field in fields(AuditFact) if field.name not in _BESIDE)


def chain(fact: AuditFact, seq: int, prev: str, sealed: Mapping[str, str] | None = None) -> AuditLine:
    """Return the line that puts `fact` at place `seq` (from 1) behind the line whose hash is `prev`.

    `sealed`: the commitments to its remarks, by name.
    """
    said: dict[str, object] = {name: getattr(fact, name) for name in _NAMES}
    said |= {"act": fact.act.value, "at": to_us(fact.at), "kind": fact.kind.value, "seq": seq, "prev": prev}
    if sealed:
        said["sealed"] = dict(sealed)
    body = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return AuditLine(seq, prev, hashlib.sha256(body.encode()).hexdigest(), body)


@dataclass(frozen=True, slots=True)
class Listening:
    """Somebody listened to a call; what an operator is told of it. `heard_ms` counts what was heard twice twice.

    `kind`: whether that was the recording, or a copy with parts cut out, for a case or for training.
    """

    at: datetime
    call_id: CallId
    call_started_at: datetime
    listener: str
    role: Role
    purpose: str
    heard_ms: int
    kind: SoundKind = SoundKind.RECORDING
