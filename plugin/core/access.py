"""Who may know what: what a role, a part in a call or a proof of identity decides; of sound: plugin/core/grants.py.

Deny is the default: what no rule here allows is refused. A refusal carries a stable word for the audit; what the
refused person is told is decided at the door, and for recordings it is the same as for one that does not exist.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from plugin.core.cases import Case, CaseKind
from plugin.core.harassment import Report
from plugin.core.identity import Level
from plugin.core.parts import CallPart
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
    KEEP_CASES = "keep_cases"  # open a case and hold what belongs to it; which ones: may_see_case
    DISCLOSE = "disclose"  # work on what a person, the police or a court asks for
    JUDGE_HARASSMENT = "judge_harassment"  # which reports: may_judge
    KEEP_REGISTER = "keep_register"  # of purposes: see it, write versions of it, put them in force
    ACCEPT_UNTOLD = "accept_untold"  # that a caller heard no notice of being recorded
    SEE_AUDIT = "see_audit"
    SEE_RETENTION = "see_retention"  # what will be erased, and what was; ask for more than one night may take
    SEE_OVERRIDES = "see_overrides"  # where two people believed a caller
    CUT_FOR_CASES = "cut_for_cases"  # copies of recordings for a case, with ranges cut out
    MAKE_CLIPS = "make_clips"  # copies for training, of the own team's recordings
    HEAR_CLIPS = "hear_clips"  # which of them: plugin/core/redaction.py
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
    Deed.DISCLOSE: frozenset({Role.PRIVACY}),
    Deed.JUDGE_HARASSMENT: frozenset({Role.SUPERVISOR, Role.PRIVACY}),
    Deed.KEEP_REGISTER: frozenset({Role.PRIVACY, Role.ADMIN}),
    Deed.ACCEPT_UNTOLD: frozenset({Role.SUPERVISOR}),
    Deed.SEE_AUDIT: frozenset({Role.PRIVACY}),
    Deed.SEE_RETENTION: frozenset({Role.PRIVACY, Role.ADMIN}),
    Deed.SEE_OVERRIDES: frozenset({Role.SUPERVISOR, Role.PRIVACY}),
    Deed.CUT_FOR_CASES: frozenset({Role.PRIVACY}),
    Deed.MAKE_CLIPS: frozenset({Role.SUPERVISOR}),
    Deed.HEAR_CLIPS: frozenset({Role.SUPERVISOR, Role.TRAINER, Role.PRIVACY}),
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


def may_see_case(staff: Staff, case: Case) -> bool:
    """Tell whether a case, and why something is held for it, is his business; to others it does not exist (0331).

    A privacy officer's is every case, and nobody else's what a person, the police or a court asks for. A supervisor's:
    harassment that one of his team reported, and a legal matter or complaint that a supervisor of his team opened.
    """
    if staff.role is not Role.SUPERVISOR:
        return staff.role is Role.PRIVACY
    if case.kind is CaseKind.HARASSMENT:
        return staff.team in case.reporter_teams
    by_supervisor = case.opener_role is Role.SUPERVISOR and case.opener_team == staff.team
    return by_supervisor and case.kind in (CaseKind.LEGAL, CaseKind.COMPLAINT)


def may_judge(staff: Staff, report: Report) -> bool:
    """Tell whether a report of harassment is his to judge: never his own.

    A supervisor's are those of his team (no team is one too, of those who have none), a privacy officer's are all, so
    that none is left lying where a team has no other supervisor.
    """
    if report.reported_by == staff.user_id:
        return False
    return staff.role is Role.PRIVACY or (staff.role is Role.SUPERVISOR and staff.team == report.team)


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
    DISCLOSURE = "disclosure"  # for a case of who asks, by the two who work on it


# Those for which somebody names a case as he listens. A disclosure's is known already: the call belongs to it, or not.
INTERNAL_PURPOSES = frozenset(Purpose) - {Purpose.CALLER_REQUEST, Purpose.AFTER_CALL_WORK, Purpose.DISCLOSURE}
# Who may ever listen for what; the register of purposes (plugin/core/purposes.py) can only narrow it.
LISTENERS: Mapping[Purpose, frozenset[Role]] = {
    **dict.fromkeys(INTERNAL_PURPOSES, frozenset({Role.SUPERVISOR})),
    Purpose.LEGAL: frozenset({Role.SUPERVISOR, Role.PRIVACY}),  # a privacy officer: in a case that is open here
    Purpose.CALLER_REQUEST: frozenset({Role.SERVICE}),
    Purpose.AFTER_CALL_WORK: frozenset({Role.OPERATOR, Role.SERVICE}),
    Purpose.RECORDING_CHECK: _DESK,
    Purpose.DISCLOSURE: frozenset({Role.PRIVACY}),
}


@dataclass(frozen=True, slots=True)
class Opening:
    """Who may listen to a recording for one purpose by the register of purposes, and until when."""

    roles: frozenset[Role]
    until: datetime
