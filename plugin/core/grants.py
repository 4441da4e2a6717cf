"""Who may hear what: the rules of listening, and what opens a recording to whom. Pure, and the one place.

Deny is the default: what no rule here allows is refused. A refusal carries a stable word for the audit; what the
refused person is told is decided at the door, and where he may know of no recording it is what everybody is told of one
that does not exist.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from plugin.core.access import INTERNAL_PURPOSES, HistoryView, Opening, Purpose, is_own_team
from plugin.core.checks import Check, CheckState, is_whose
from plugin.core.errors import InputError
from plugin.core.identity import Level
from plugin.core.ids import CallId, CaseId, CustomerId, UserId
from plugin.core.recordings import PLAYABLE, RecordingState
from plugin.core.staff import Role, Staff

_CASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./#-]{0,39}")
_NEEDS_NOTICE = frozenset({Purpose.QUALITY, Purpose.TRAINING})
# Why a purpose is closed to whom the rules alone would let: by the register, or by what the caller wanted or heard.
NARROWED = frozenset({"declined", "purpose_over", "purpose_role", "notice"})


class BasisKind(StrEnum):
    """The kind of ground that a listening stands on."""

    VERIFICATION = "verification"
    OWN_CALL = "own_call"
    CASE = "case"
    CHECK = "check"  # a colleague's question, taken by who listens
    CLIP = "clip"  # a copy for training, which opens nothing else
    APPROVAL = "approval"  # one's own question, to which a supervisor said: listen yourself


@dataclass(frozen=True, slots=True)
class Verified:
    """A caller is verified: to which level, as whom, by which staff, in which session. True at this moment."""

    id: str
    level: Level
    customer_id: CustomerId
    user_id: UserId
    session_hash: str


@dataclass(frozen=True, slots=True)
class CaseGround:
    """The case that an internal purpose belongs to, by its reference here (plugin/core/cases.py) or outside.

    `is_open`: it is a case of ours, open at this moment, and the call belongs to it.
    """

    reference: str
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A disclosure that is open and that the call belongs to, true at this moment; `people`: the two who work on it."""

    id: CaseId
    call_id: CallId
    people: frozenset[UserId]


Ground = Verified | CaseGround | OpenCase | Check


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """What the rules need of the call a recording belongs to.

    `answered_by`: who talked in it, as mapped when it rang (an extension is never a person by itself); `teams` theirs.
    `openings`: what the register says; a purpose that is not in it is closed. `is_declined`: the caller did not want to
    be recorded. `is_untold`: he heard no notice, and no manager accepted that.
    """

    call_id: CallId
    customer_id: CustomerId | None
    answered_by: frozenset[UserId]
    teams: frozenset[str]
    ended_at: datetime | None
    state: RecordingState
    recorded_at: datetime
    openings: Mapping[Purpose, Opening] = field(default_factory=dict)
    is_declined: bool = False
    is_untold: bool = False


@dataclass(frozen=True, slots=True)
class Allowed:
    """The rule says yes, on this basis (an id or reference) and not beyond `until`; None: the grant's own time."""

    basis_kind: BasisKind
    basis: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The rule says no. `reason` is a stable word."""

    reason: str


Ruling = Allowed | Refused


@dataclass(frozen=True, slots=True)
class ListeningRules:
    """What the site sets.

    `own_call`: so long after its end a call may be heard by who answered it; `grace`: so long after its end a call's
    verification still counts; `caller_driven`: whether service staff may play to a caller at all; `approval`: for how
    long at most a supervisor may let who asked for a recording check listen himself (zero: never).
    """

    own_call: timedelta
    grace: timedelta
    caller_driven: bool = True
    approval: timedelta = timedelta(0)


def may_listen(
    actor: Staff,
    call: RecordedCall,
    purpose: Purpose,
    ground: Ground | None,
    rules: ListeningRules,
    now: datetime,
) -> Ruling:
    """Decide whether `actor` may hear the recording of `call` for `purpose` at this moment.

    The two gates are never mixed: a caller-driven listening stands on a verification and on nothing else, an internal
    purpose on a case and on nothing else, and after-call work on having answered the call oneself. A recording check
    stands on a case, or on a colleague's question that one has taken, or on a supervisor's word that one may; a
    disclosure on a case of this house that is open, that the call belongs to and that one works on. The
    register narrows each: `purpose_over`, `purpose_role`; so does what the caller wanted or was told: `declined`,
    `notice`.
    """
    if call.state not in PLAYABLE:
        return Refused("not_playable")
    ruling = _ruling(actor, call, purpose, ground, rules, now)
    if isinstance(ruling, Refused):
        return ruling
    why, opening = _why_closed(actor, call, purpose, now), call.openings.get(purpose)
    if why or opening is None:
        return Refused(why)
    return replace(ruling, until=min(ruling.until or opening.until, opening.until))


def _why_closed(actor: Staff, call: RecordedCall, purpose: Purpose, now: datetime) -> str:
    opening = call.openings.get(purpose)
    if call.is_declined:
        return "declined"
    if opening is None or now >= opening.until:
        return "purpose_over"
    if actor.role not in opening.roles:
        return "purpose_role"
    return "notice" if call.is_untold and purpose in _NEEDS_NOTICE else ""


def _ruling(
    actor: Staff, call: RecordedCall, purpose: Purpose, ground: Ground | None, rules: ListeningRules, now: datetime
) -> Ruling:
    if purpose is Purpose.CALLER_REQUEST:
        return _for_the_caller(actor, call, ground, rules)
    if purpose is Purpose.AFTER_CALL_WORK:
        return _own_call(actor, call, rules, now)
    if purpose is Purpose.DISCLOSURE:
        return _for_a_disclosure(actor, call, ground)
    if isinstance(ground, Check):
        return _for_a_check(actor, call, purpose, ground, rules, now)
    return _for_a_case(actor, call, purpose, ground)


def may_ask_check(actor: Staff, view: HistoryView) -> bool:
    """Tell whether he may ask a supervisor what a recording says: he read what was written of the call first."""
    return actor.role in (Role.OPERATOR, Role.SERVICE) and view is HistoryView.FULL


def may_settle_check(actor: Staff, check: Check, call: RecordedCall) -> bool:
    """Tell whether the check is one of his to see, take and settle: a supervisor's, of his team, asked by another."""
    return actor.role is Role.SUPERVISOR and is_own_team(actor, call.teams) and check.asked_by != actor.user_id


@dataclass(frozen=True, slots=True)
class Choices:
    """The purposes of one person for one recording: those that he may choose (`open`), and those that would be open to
    him but for the register or the caller's own word, with why not (`closed`).
    """

    open: tuple[Purpose, ...] = ()
    closed: tuple[tuple[Purpose, str], ...] = ()


def choices_of(
    actor: Staff,
    call: RecordedCall,
    verified: Verified | None,
    rules: ListeningRules,
    now: datetime,
    check: Check | None,
    case: CaseGround,
    asked: OpenCase | None,
) -> Choices:
    """Return the purposes of `actor` for the recording of `call`, a case reference given where needed.

    `case`: an open case of ours that the call belongs to, where there is one; `asked`: a disclosure that it belongs to.
    Whether there is anything to hear (yet) does not matter here: whoever may listen may know how the import stands.
    Somebody with no purpose at all may not know that the recording exists.
    """
    there = replace(call, state=RecordingState.READY)
    grounds: dict[Purpose, Ground | None]
    grounds = {purpose: case if purpose in INTERNAL_PURPOSES else verified for purpose in Purpose}
    grounds[Purpose.DISCLOSURE] = asked
    if check is not None:
        grounds[Purpose.RECORDING_CHECK] = check
    rulings = [(purpose, may_listen(actor, there, purpose, grounds[purpose], rules, now)) for purpose in Purpose]
    refused = [(purpose, ruling.reason) for purpose, ruling in rulings if isinstance(ruling, Refused)]
    return Choices(
        tuple(purpose for purpose, ruling in rulings if isinstance(ruling, Allowed)),
        tuple((purpose, reason) for purpose, reason in refused if reason in NARROWED),
    )


def read_case(raw: str) -> CaseGround:
    """Return the case that `raw` refers to: 1 to 40 letters, digits and `-_./#`, beginning with a letter or digit.

    A reference, never a sentence: it stands in the audit for ever. Raises InputError("case").
    """
    text = unicodedata.normalize("NFKC", raw).strip()
    if not _CASE.fullmatch(text):
        raise InputError("case")
    return CaseGround(text)


def _for_the_caller(actor: Staff, call: RecordedCall, ground: Ground | None, rules: ListeningRules) -> Ruling:
    if actor.role is not Role.SERVICE or not rules.caller_driven:
        return Refused("role")
    if not isinstance(ground, Verified) or call.customer_id is None:
        return Refused("not_verified")
    by_himself = ground.user_id == actor.user_id and ground.session_hash == actor.session_hash
    if not by_himself or ground.customer_id != call.customer_id:
        return Refused("not_verified")
    if ground.level < Level.LISTEN:
        return Refused("level")
    return Allowed(BasisKind.VERIFICATION, ground.id)


def _own_call(actor: Staff, call: RecordedCall, rules: ListeningRules, now: datetime) -> Ruling:
    if actor.role not in (Role.OPERATOR, Role.SERVICE):
        return Refused("role")
    if actor.user_id not in call.answered_by:
        return Refused("not_own_call")
    if call.ended_at is None or not call.ended_at <= now < call.ended_at + rules.own_call:
        return Refused("too_late")
    return Allowed(BasisKind.OWN_CALL, call.call_id, call.ended_at + rules.own_call)


def _for_a_check(
    actor: Staff, call: RecordedCall, purpose: Purpose, check: Check, rules: ListeningRules, now: datetime
) -> Ruling:
    if purpose is not Purpose.RECORDING_CHECK:
        return Refused("no_case")
    if check.call_id != call.call_id or not is_whose(check.customer_id, call.customer_id):
        return Refused("other_call")
    state = check.state_at(now)
    if actor.user_id == check.asked_by:
        if actor.role not in (Role.OPERATOR, Role.SERVICE) or not rules.approval:
            return Refused("role")
        if state is not CheckState.APPROVED or check.approved_until is None or now >= check.approved_until:
            return Refused("not_approved")
        return Allowed(BasisKind.APPROVAL, check.id, check.approved_until)
    if not may_settle_check(actor, check, call):
        return Refused("role")
    if state is not CheckState.TAKEN or check.taken_by != actor.user_id:
        return Refused("not_taken")
    return Allowed(BasisKind.CHECK, check.id, check.expires_at)


def _for_a_disclosure(actor: Staff, call: RecordedCall, ground: Ground | None) -> Ruling:
    if actor.role is not Role.PRIVACY:
        return Refused("role")
    if not isinstance(ground, OpenCase) or actor.user_id not in ground.people:
        return Refused("no_case")
    if ground.call_id != call.call_id:
        return Refused("other_call")
    return Allowed(BasisKind.CASE, ground.id)


def _for_a_case(actor: Staff, call: RecordedCall, purpose: Purpose, ground: Ground | None) -> Ruling:
    gives_out = actor.role is Role.PRIVACY and purpose is Purpose.LEGAL  # of any team, in open cases alone
    if actor.role is not Role.SUPERVISOR and not gives_out:
        return Refused("role")
    if not isinstance(ground, CaseGround) or not ground.reference.strip() or (gives_out and not ground.is_open):
        return Refused("no_case")
    if not gives_out and not is_own_team(actor, call.teams):
        return Refused("other_team")
    return Allowed(BasisKind.CASE, ground.reference.strip())
