"""Four eyes: what needs a second person, who may ask for it, who may decide it, and for how long a decision counts.

What is approved is one canonical text and nothing else; its hash is what the second person signs. Deny is the default:
a kind that no rule here names can be asked for by nobody.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from plugin.core.cases import kind_of
from plugin.core.disclosure import KINDS
from plugin.core.errors import InputError
from plugin.core.ids import UserId
from plugin.core.staff import Role, read_word

MOST_REASON = 200
_MOST_CONTENT = 4000
_MOST_SUBJECT = 64


class ApprovalKind(StrEnum):
    """What one person alone may not do."""

    VERIFICATION_OVERRIDE = "verification_override"
    AUDIT_ERASURE = "audit_erasure"
    KEY_SHRED = "key_shred"
    ROLE = "role"  # an account that may listen, approve or read the audit begins to be one
    MANDATE = "mandate"  # somebody who may ask for a customer, with answers that the registrar typed
    DISCLOSURE = "disclosure"  # what is given to who asks, or that nothing is, and why
    HOLD_RELEASE = "hold_release"
    PURGE = "purge"  # of more than one night may erase
    EVIDENCE = "evidence"  # a case leaves the house
    PURPOSE = "purpose"  # a version of the register by which more people listen, or something is erased earlier
    REDACTION = "redaction"  # a copy for a case, which somebody else heard whole
    CLIP = "clip"  # a copy for training, likewise
    RECOVERY = "recovery"  # a new password, or no second factor any more, for such an account


class ApprovalState(StrEnum):
    """How far a request is. One whose time is up is over whatever stands here; `is_over` says so."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    USED = "used"


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """Who may ask and who may decide; `waits`: so long for a decision; `counts`: so long an approval may be used."""

    ask: frozenset[Role]
    decide: frozenset[Role]
    waits: timedelta
    counts: timedelta
    own_team: bool = False  # a supervisor decides what his own team asks for, alone


_DESK = frozenset({Role.OPERATOR, Role.SERVICE, Role.SUPERVISOR})
_SENIOR = frozenset({Role.SUPERVISOR, Role.PRIVACY, Role.ADMIN})
_OFFICE = frozenset({Role.PRIVACY, Role.ADMIN})
_PRIVACY = frozenset({Role.PRIVACY})
_REGISTRARS = frozenset({Role.SUPERVISOR, Role.PRIVACY})
_TWO_WEEKS = timedelta(days=14)  # to hear it whole takes a quiet hour
_THREE_DAYS, _DAY, _CALL = timedelta(days=3), timedelta(days=1), timedelta(minutes=10)

OF_ACCOUNTS = frozenset({ApprovalKind.ROLE, ApprovalKind.RECOVERY})  # their subject is the account

RULES: Mapping[ApprovalKind, ApprovalRule] = {
    ApprovalKind.VERIFICATION_OVERRIDE: ApprovalRule(_DESK, frozenset({Role.SUPERVISOR}), _CALL, _CALL, own_team=True),
    ApprovalKind.AUDIT_ERASURE: ApprovalRule(frozenset({Role.PRIVACY}), _OFFICE, _THREE_DAYS, _DAY),
    ApprovalKind.KEY_SHRED: ApprovalRule(_OFFICE, _OFFICE, _THREE_DAYS, _DAY),
    ApprovalKind.MANDATE: ApprovalRule(_REGISTRARS, _REGISTRARS, _THREE_DAYS, _DAY),
    ApprovalKind.DISCLOSURE: ApprovalRule(_PRIVACY, _PRIVACY, _THREE_DAYS, _DAY),
    ApprovalKind.PURGE: ApprovalRule(_OFFICE, _OFFICE, _THREE_DAYS, _DAY),
    ApprovalKind.EVIDENCE: ApprovalRule(_REGISTRARS, _OFFICE, _THREE_DAYS, _DAY),
    ApprovalKind.PURPOSE: ApprovalRule(_OFFICE, _OFFICE, _THREE_DAYS, _DAY),
    ApprovalKind.HOLD_RELEASE: ApprovalRule(_REGISTRARS, _OFFICE, _THREE_DAYS, _DAY),
    ApprovalKind.REDACTION: ApprovalRule(_PRIVACY, _PRIVACY, _TWO_WEEKS, _DAY),
    ApprovalKind.CLIP: ApprovalRule(frozenset({Role.SUPERVISOR}), _REGISTRARS, _TWO_WEEKS, _DAY),
    ApprovalKind.ROLE: ApprovalRule(frozenset({Role.ADMIN}), _SENIOR, _THREE_DAYS, _DAY),
    ApprovalKind.RECOVERY: ApprovalRule(frozenset({Role.ADMIN}), _SENIOR, _THREE_DAYS, _DAY),
}


@dataclass(frozen=True, slots=True)
class Party:
    """One of the two, as he is at this moment. `sign_in_hash`: who he is at the company's identity provider, if known.

    An account that is not `active` asks for and decides nothing.
    """

    user_id: UserId
    role: Role
    team: str
    active: bool
    sign_in_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """A request and what became of it. `content` is canonical JSON (`canonical`); `content_hash` its sha-256 in hex.

    `asked_as`: the asker's `Party.sign_in_hash` at that moment. `expires_at`: until when it may be decided, and once it
    is approved until when it may be used.
    """

    id: str
    kind: ApprovalKind
    subject: str
    content: str
    content_hash: str
    asked_by: UserId
    asked_as: str | None
    asked_at: datetime
    reason: str
    state: ApprovalState
    expires_at: datetime
    decided_by: UserId | None = None
    decided_at: datetime | None = None
    decided_reason: str | None = None
    used_at: datetime | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the text is still the one that the hash was taken of."""
        return hash_of(self.content) == self.content_hash

    def is_over(self, now: datetime) -> bool:
        """Tell whether its time ran out before it came to anything."""
        return self.state in (ApprovalState.WAITING, ApprovalState.APPROVED) and now >= self.expires_at


def canonical(content: Mapping[str, str | int | bool | None]) -> str:
    """Return the one text of `content`: JSON, keys sorted, no spaces. It holds ids and stable words, no personal text.

    Raises InputError("content") for nothing at all, or more than 4,000 letters.
    """
    text = json.dumps(dict(content), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if not content or len(text) > _MOST_CONTENT:
        raise InputError("content")
    return text


def fields_of(content: str) -> tuple[tuple[str, str], ...]:
    """Return name and value of what `canonical` wrote, as text, to be shown. Raises InputError("content")."""
    try:
        read = json.loads(content)
    except ValueError as error:
        raise InputError("content") from error
    if not isinstance(read, dict) or any(isinstance(value, dict | list) for value in read.values()):
        raise InputError("content")
    if canonical(read) != content:
        raise InputError("content")
    return tuple((name, _as_text(value)) for name, value in read.items())


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def hash_of(content: str) -> str:
    """Return the sha-256 of a canonical text, in hex."""
    return hashlib.sha256(content.encode()).hexdigest()


def may_ask(asker: Party, kind: ApprovalKind) -> bool:
    """Tell whether he may ask for it."""
    rule = RULES.get(kind)
    return rule is not None and asker.active and asker.role in rule.ask


def why_not_decide(decider: Party, asker: Party, approval: Approval, giver: Party | None = None) -> str | None:
    """Return the stable word of the rule that keeps `decider` from deciding; None where he may.

    `same_person`: he asked himself, from whatever session, or as the same person at the identity provider, now or when
    it was asked. `concerned`: his own account would gain by it. `gave_password`: he is the `giver` of the password of
    the account that would gain by it, whose owner has not chosen his own since. `role`: his role at this moment; what a
    person, the police or a court asks for is decided by privacy officers alone. `other_team`: it is for a supervisor of
    the asker's own team.
    """
    if _is_same(decider, asker) or (decider.sign_in_hash is not None and decider.sign_in_hash == approval.asked_as):
        return "same_person"
    if approval.kind is ApprovalKind.ROLE and giver is not None and _is_same(decider, giver):
        return "gave_password"
    if approval.kind in OF_ACCOUNTS and decider.user_id == approval.subject:
        return "concerned"
    rule = RULES.get(approval.kind)
    if rule is None or not decider.active or decider.role not in rule.decide:
        return "role"
    if decider.role is not Role.PRIVACY and _is_of_disclosure(approval):
        return "role"
    if rule.own_team and asker.team and decider.team != asker.team:
        return "other_team"
    return None


def _is_of_disclosure(approval: Approval) -> bool:
    try:
        return kind_of(dict(fields_of(approval.content)).get("case", "")) in KINDS
    except InputError:
        return True  # whatever it says, `canonical` did not write it


def _is_same(one: Party, other: Party) -> bool:
    by_provider = one.sign_in_hash is not None and one.sign_in_hash == other.sign_in_hash
    return one.user_id == other.user_id or by_provider


def read_subject(raw: str) -> str:
    """Return the id or name of what is acted upon: 1 to 64 letters. Raises InputError("subject")."""
    return read_word(raw, _MOST_SUBJECT, "subject")


def read_reason(raw: str) -> str:
    """Return why: 1 to 200 letters on one line. Raises InputError("reason")."""
    return read_word(raw, MOST_REASON, "reason")
