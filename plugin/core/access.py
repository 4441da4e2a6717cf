"""Who may know what: every rule that a role, a purpose or a proof of identity decides. Pure, and the one place.

Deny is the default: what no rule here allows is refused. A refusal carries a stable word for the audit; what the
refused person is told is decided at the door, and for recordings it is the same as for one that does not exist.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from plugin.core.checks import Check, CheckState, is_whose
from plugin.core.errors import InputError
from plugin.core.identity import Level
from plugin.core.ids import CallId, CustomerId, UserId
from plugin.core.parts import CallPart
from plugin.core.recordings import PLAYABLE, RecordingState
from plugin.core.staff import Role, Staff, User


class Deed(StrEnum):
    """What a role alone decides; whose data it is about is decided by the rules further down."""

    USE_DESK = "use_desk"  # the pop, calls, customers, the look-up, verification, summaries
    SEE_BOARD = "see_board"
    JOIN_LIVE = "join_live"  # listen, whisper, take over: the own team's calls
    SET_UP_PHONES = "set_up_phones"  # extensions, devices, who watches a queue
    SEE_ADMIN = "see_admin"  # users, connectors, health, outbox
    CHANGE_USERS = "change_users"
    REPLAY_DELIVERY = "replay_delivery"
    STEER_JOBS = "steer_jobs"  # run, pause and resume scheduled work
    DECIDE = "decide"  # on what needs a second person; which kinds: plugin/core/approvals.py
    SEE_POLICY = "see_policy"  # what callers must prove, and what that means
    LIFT_LOCK_OUTS = "lift_lock_outs"
    REGISTER_MANDATES = "register_mandates"
    KEEP_CASES = "keep_cases"  # open a case and hold what belongs to it
    SEE_AUDIT = "see_audit"
    SEE_OVERRIDES = "see_overrides"  # where two people believed a caller
    SEE_OWN_LISTENERS = "see_own_listeners"  # who listened to my calls, and why
    END_LISTENING = "end_listening"  # see who may listen at this moment, and end it


_DESK = frozenset({Role.OPERATOR, Role.SERVICE, Role.SUPERVISOR})
_MAY: Mapping[Deed, frozenset[Role]] = {
    Deed.USE_DESK: _DESK,
    Deed.SEE_BOARD: frozenset({Role.SUPERVISOR}),
    Deed.JOIN_LIVE: frozenset({Role.SUPERVISOR}),
    Deed.SET_UP_PHONES: frozenset({Role.ADMIN}),
    Deed.SEE_ADMIN: frozenset({Role.ADMIN}),
    Deed.CHANGE_USERS: frozenset({Role.ADMIN}),
    Deed.REPLAY_DELIVERY: frozenset({Role.ADMIN}),
    Deed.STEER_JOBS: frozenset({Role.ADMIN}),
    Deed.DECIDE: frozenset({Role.SUPERVISOR, Role.PRIVACY, Role.ADMIN}),
    Deed.SEE_POLICY: frozenset({Role.ADMIN, Role.PRIVACY}),
    Deed.LIFT_LOCK_OUTS: frozenset({Role.SUPERVISOR}),
    Deed.REGISTER_MANDATES: frozenset({Role.SUPERVISOR, Role.PRIVACY}),
    Deed.KEEP_CASES: frozenset({Role.SUPERVISOR, Role.PRIVACY}),
    Deed.SEE_AUDIT: frozenset({Role.PRIVACY}),
    Deed.SEE_OVERRIDES: frozenset({Role.SUPERVISOR, Role.PRIVACY}),
    Deed.SEE_OWN_LISTENERS: _DESK,
    Deed.END_LISTENING: frozenset({Role.PRIVACY}),
}


def may(role: Role, deed: Deed) -> bool:
    """Tell whether `role` may do `deed` at all."""
    return role in _MAY.get(deed, frozenset())


def has_weight(user: User) -> bool:
    """Tell whether whoever is this account may listen to others' calls, approve, or look after accounts.

    Every role but the operator's, who hears his own calls alone, and those for minutes.
    """
    return user.role is not Role.OPERATOR


def gives_weight(before: User | None, after: User) -> bool:
    """Tell whether a change needs a second person: an account of weight begins to be one, or to listen elsewhere."""
    if not after.active or not has_weight(after):
        return False
    return before is None or not before.active or (before.role, before.team) != (after.role, after.team)


def is_own_team(actor: Staff, teams: frozenset[str]) -> bool:
    """Tell whether a call is of his own team; `teams`: of those who talked in it. One of which none is known is."""
    return not teams or actor.team in teams


def _is_his(staff: Staff, part: CallPart) -> bool:
    """Tell whether a call is his to work on: who talked in it; if nobody did, whose phone rang.

    Supervisors: those of their own team too. Service staff are no exception: they are operators who may play (decision
    175). A call that only an address claims is nobody's: whoever can type one would else be on the line with anybody.
    """
    if part.claimed:
        return False
    if staff.role is Role.SUPERVISOR:
        return part.taken_here or all(is_own_team(staff, each) for each in part.teams)
    return staff.role in (Role.OPERATOR, Role.SERVICE) and (part.taken_here or (part.rang_here and not part.taken))


def may_verify(staff: Staff, part: CallPart) -> bool:
    """Tell whether he may verify the caller of a call that is his.

    To verify gives the call to the customer: whoever proved himself to be a customer in a colleague's call would own
    what another caller said in it.
    """
    return _is_his(staff, part)


def may_write_summary(staff: Staff, part: CallPart) -> bool:
    """Tell whether he may write the summary of a call that is his."""
    return _is_his(staff, part)


def may_assign(staff: Staff, part: CallPart) -> bool:
    """Tell whether he may say whose call it was: one that is his; one that nobody took, once it is over, anybody.

    Missed calls are on everybody's list, and nothing was said in them.
    """
    is_missed = not part.taken and part.ended_at is not None and not part.claimed
    return _is_his(staff, part) or (is_missed and may(staff.role, Deed.USE_DESK))


def may_keep_promise(staff: Staff, part: CallPart, author: str | None) -> bool:
    """Tell whether he may mark the promise of a call as kept: who wrote it down, and who may write the summary."""
    return may_write_summary(staff, part) or (may(staff.role, Deed.USE_DESK) and author == staff.user_id)


class HistoryView(StrEnum):
    """How much of the written history opens, each more than the one before; FULL alone holds free text.

    DATES: when, how long, audio. TAGS: topics, outcomes, operators, promised days too. ALL_TAGS: of many more calls.
    """

    NOTHING = "nothing"
    DATES = "dates"
    TAGS = "tags"
    ALL_TAGS = "all_tags"
    FULL = "full"


def history_view(role: Role, level: Level, pre_verify_detail: str) -> HistoryView:
    """Return how much of a customer's written history `role` may see.

    `level` is what the caller has proved of being that customer; `pre_verify_detail` is the site's setting
    (none, tags, full) for the time before.
    """
    if not may(role, Deed.USE_DESK):
        return HistoryView.NOTHING
    if level >= Level.HISTORY:
        return HistoryView.FULL
    before = {"none": HistoryView.DATES, "tags": HistoryView.TAGS, "full": HistoryView.ALL_TAGS}
    return before.get(pre_verify_detail, HistoryView.DATES)


class Purpose(StrEnum):
    """Why somebody listens. It decides which basis counts."""

    CALLER_REQUEST = "caller_request"
    AFTER_CALL_WORK = "after_call_work"
    COMPLAINT = "complaint"
    QUALITY = "quality"
    HARASSMENT = "harassment"
    LEGAL = "legal"
    TRAINING = "training"
    RECORDING_CHECK = "recording_check"


_CASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./#-]{0,39}")
INTERNAL_PURPOSES = frozenset(Purpose) - {Purpose.CALLER_REQUEST, Purpose.AFTER_CALL_WORK}


class BasisKind(StrEnum):
    """The kind of ground that a listening stands on."""

    VERIFICATION = "verification"
    OWN_CALL = "own_call"
    CASE = "case"
    CHECK = "check"  # a colleague's question, taken by who listens
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
    """The case that an internal purpose belongs to, by its reference here (plugin/core/cases.py) or outside."""

    reference: str


Ground = Verified | CaseGround | Check


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """What the rules need of the call a recording belongs to.

    `answered_by`: who talked in it, as mapped when it rang (an extension is never a person by itself); `teams` theirs.
    """

    call_id: CallId
    customer_id: CustomerId | None
    answered_by: frozenset[UserId]
    teams: frozenset[str]
    ended_at: datetime | None
    state: RecordingState


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
    stands on a case, or on a colleague's question that one has taken, or on a supervisor's word that one may.
    """
    if call.state not in PLAYABLE:
        return Refused("not_playable")
    if purpose is Purpose.CALLER_REQUEST:
        return _for_the_caller(actor, call, ground, rules)
    if purpose is Purpose.AFTER_CALL_WORK:
        return _own_call(actor, call, rules, now)
    if isinstance(ground, Check):
        return _for_a_check(actor, call, purpose, ground, rules, now)
    return _for_a_case(actor, call, ground)


def may_ask_check(actor: Staff, view: HistoryView) -> bool:
    """Tell whether he may ask a supervisor what a recording says: he read what was written of the call first."""
    return actor.role in (Role.OPERATOR, Role.SERVICE) and view is HistoryView.FULL


def may_settle_check(actor: Staff, check: Check, call: RecordedCall) -> bool:
    """Tell whether the check is one of his to see, take and settle: a supervisor's, of his team, asked by another."""
    return actor.role is Role.SUPERVISOR and is_own_team(actor, call.teams) and check.asked_by != actor.user_id


def purposes_open_to(
    actor: Staff,
    call: RecordedCall,
    verified: Verified | None,
    rules: ListeningRules,
    now: datetime,
    check: Check | None = None,
) -> tuple[Purpose, ...]:
    """Return the purposes that `actor` may choose for the recording of `call`, a case reference given where needed.

    Whether there is anything to hear (yet) does not matter here: whoever may listen may know how the import stands.
    Somebody with no purpose at all may not know that the recording exists.
    """
    there = replace(call, state=RecordingState.READY)
    grounds: dict[Purpose, Ground | None]
    grounds = {purpose: CaseGround("any") if purpose in INTERNAL_PURPOSES else verified for purpose in Purpose}
    if check is not None:
        grounds[Purpose.RECORDING_CHECK] = check
    rulings = {purpose: may_listen(actor, there, purpose, grounds[purpose], rules, now) for purpose in Purpose}
    return tuple(purpose for purpose in Purpose if isinstance(rulings[purpose], Allowed))


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


def _for_a_case(actor: Staff, call: RecordedCall, ground: Ground | None) -> Ruling:
    if actor.role is not Role.SUPERVISOR:
        return Refused("role")
    if not isinstance(ground, CaseGround) or not ground.reference.strip():
        return Refused("no_case")
    if not is_own_team(actor, call.teams):
        return Refused("other_team")
    return Allowed(BasisKind.CASE, ground.reference.strip())
