"""The table of who may hear what, cell by cell: every role, every purpose, every ground."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.access import (
    INTERNAL_PURPOSES,
    Deed,
    HistoryView,
    Purpose,
    history_view,
    may,
    may_assign,
    may_keep_promise,
    may_verify,
    may_write_summary,
)
from plugin.core.calls import Direction
from plugin.core.checks import Check, CheckState
from plugin.core.grants import (
    Allowed,
    BasisKind,
    CaseGround,
    ListeningRules,
    OpenCase,
    RecordedCall,
    Refused,
    Verified,
    may_ask_check,
    may_listen,
)
from plugin.core.identity import Level
from plugin.core.ids import CallId, CaseId, CheckId, CustomerId, RecordingId, UserId
from plugin.core.parts import CallPart
from plugin.core.purposes import beginning, openings
from plugin.core.recordings import PLAYABLE, RecordingState
from plugin.core.staff import Role, Staff
from tests.kit.clock import HandClock

NOW = HandClock()()
RULES = ListeningRules(own_call=timedelta(minutes=30), grace=timedelta(minutes=10))
CALL = RecordedCall(
    CallId("call"),
    CustomerId("hanako"),
    frozenset({UserId("alice")}),
    frozenset({"tokyo"}),
    NOW - timedelta(minutes=5),
    RecordingState.READY,
    NOW - timedelta(minutes=8),
    openings(NOW - timedelta(minutes=8), beginning(12), ()),
)
L2 = Verified("verification", Level.LISTEN, CustomerId("hanako"), UserId("alice"), "session")
CASE = CaseGround("C-1")
OPEN_CASE = CaseGround("L-2026-0001", is_open=True)
ASKED = OpenCase(CaseId("D-1"), CallId("call"), frozenset({UserId("alice"), UserId("carol")}))


def _staff(role: Role, **changes: str | None) -> Staff:
    alice = Staff(UserId("alice"), "alice", "Alice", role, "tokyo", "101", "ja", "session", "127.0.0.1")
    return replace(alice, **changes)  # type: ignore[arg-type]  # every field given is a text


def test_only_five_kinds_of_cell_are_open() -> None:
    grounds = (None, L2, replace(L2, level=Level.HISTORY), replace(L2, level=Level.NONE), CASE, OPEN_CASE, ASKED)
    cells = set(product(Role, Purpose, grounds))
    expected = (
        {(Role.SERVICE, Purpose.CALLER_REQUEST, L2)}
        | set(product((Role.OPERATOR, Role.SERVICE), (Purpose.AFTER_CALL_WORK,), grounds))
        | set(product((Role.SUPERVISOR,), INTERNAL_PURPOSES, (CASE, OPEN_CASE)))
        | {(Role.PRIVACY, Purpose.LEGAL, OPEN_CASE), (Role.PRIVACY, Purpose.DISCLOSURE, ASKED)}
    )
    rulings = {cell: may_listen(_staff(cell[0]), CALL, *cell[1:], RULES, NOW) for cell in cells}
    assert {cell for cell, ruling in rulings.items() if isinstance(ruling, Allowed)} == expected


@pytest.mark.parametrize(
    ("ground", "reason"),
    [
        (ASKED, None),
        (replace(ASKED, people=frozenset({UserId("carol")})), "no_case"),
        (replace(ASKED, call_id=CallId("another")), "other_call"),
        (CASE, "no_case"),
        (None, "no_case"),
    ],
    ids=["his own", "a colleague's", "of another call", "a typed one", "none"],
)
def test_a_disclosure_opens_the_calls_of_a_case_to_the_two_who_work_on_it(
    ground: OpenCase | CaseGround | None, reason: str | None
) -> None:
    ruling = may_listen(_staff(Role.PRIVACY), CALL, Purpose.DISCLOSURE, ground, RULES, NOW)
    assert (ruling.reason if isinstance(ruling, Refused) else None) == reason
    if isinstance(ruling, Allowed):
        assert (ruling.basis_kind, ruling.basis) == (BasisKind.CASE, "D-1")


@pytest.mark.parametrize("state", [state for state in RecordingState if state not in PLAYABLE])
def test_what_is_not_there_is_played_to_nobody(state: RecordingState) -> None:
    call = replace(CALL, state=state)
    assert may_listen(_staff(Role.SUPERVISOR), call, Purpose.LEGAL, CASE, RULES, NOW) == Refused("not_playable")


@pytest.mark.parametrize(
    ("ground", "call"),
    [
        (replace(L2, user_id=UserId("bob")), CALL),
        (replace(L2, session_hash="other"), CALL),
        (replace(L2, customer_id=CustomerId("taro")), CALL),
        (L2, replace(CALL, customer_id=None)),
    ],
    ids=["by a colleague", "in another session", "as another person", "call of nobody"],
)
def test_a_verification_counts_for_its_own_staff_session_and_person(ground: Verified, call: RecordedCall) -> None:
    ruling = may_listen(_staff(Role.SERVICE), call, Purpose.CALLER_REQUEST, ground, RULES, NOW)
    assert ruling == Refused("not_verified")


def test_the_site_can_switch_caller_driven_listening_off() -> None:
    rules = replace(RULES, caller_driven=False)
    assert may_listen(_staff(Role.SERVICE), CALL, Purpose.CALLER_REQUEST, L2, rules, NOW) == Refused("role")


@pytest.mark.parametrize(
    ("minutes_ago", "reason"), [(0, None), (29.999, None), (30, "too_late"), (-1, "too_late"), (None, "too_late")]
)
def test_the_own_call_opens_at_its_end_and_closes_after_the_window(
    minutes_ago: float | None, reason: str | None
) -> None:
    ended_at = None if minutes_ago is None else NOW - timedelta(minutes=minutes_ago)
    ruling = may_listen(
        _staff(Role.OPERATOR), replace(CALL, ended_at=ended_at), Purpose.AFTER_CALL_WORK, None, RULES, NOW
    )
    assert (ruling.reason if isinstance(ruling, Refused) else None) == reason
    if isinstance(ruling, Allowed):
        assert ended_at is not None
        assert ruling == Allowed(BasisKind.OWN_CALL, "call", ended_at + RULES.own_call)


def test_a_call_that_another_answered_is_not_the_own_one() -> None:
    for answered_by in (frozenset({UserId("bob")}), frozenset[UserId]()):
        call = replace(CALL, answered_by=answered_by)
        ruling = may_listen(_staff(Role.OPERATOR), call, Purpose.AFTER_CALL_WORK, None, RULES, NOW)
        assert ruling == Refused("not_own_call")


@pytest.mark.parametrize(
    ("team", "teams", "reason"),
    [
        ("tokyo", {"tokyo", "osaka"}, None),
        ("osaka", {"tokyo"}, "other_team"),
        ("", {"tokyo"}, "other_team"),
        ("", set(), None),
    ],
)
def test_a_supervisor_hears_the_own_team(team: str, teams: set[str], reason: str | None) -> None:
    call = replace(CALL, teams=frozenset(teams))
    ruling = may_listen(_staff(Role.SUPERVISOR, team=team), call, Purpose.QUALITY, CASE, RULES, NOW)
    assert (ruling.reason if isinstance(ruling, Refused) else None) == reason


def test_a_case_without_a_reference_is_none() -> None:
    ruling = may_listen(_staff(Role.SUPERVISOR), CALL, Purpose.QUALITY, CaseGround("  "), RULES, NOW)
    assert ruling == Refused("no_case")


@pytest.mark.parametrize("role", Role)
def test_free_text_opens_at_level_one_for_the_desk_only(role: Role) -> None:
    at_desk = role in (Role.OPERATOR, Role.SERVICE, Role.SUPERVISOR)
    views = [history_view(role, level, "tags") for level in Level]
    full = [HistoryView.TAGS, HistoryView.FULL, HistoryView.FULL]
    assert views == (full if at_desk else [HistoryView.NOTHING] * 3)


@pytest.mark.parametrize(
    ("setting", "view"), [("none", "dates"), ("tags", "tags"), ("full", "all_tags"), ("odd", "dates")]
)
def test_the_site_says_what_shows_before_verification(setting: str, view: str) -> None:
    assert history_view(Role.OPERATOR, Level.NONE, setting) == view


def test_the_admin_looks_after_the_house_and_sees_no_customer() -> None:
    assert {deed for deed in Deed if may(Role.ADMIN, deed)} == {
        Deed.SEE_ADMIN,
        Deed.CHANGE_USERS,
        Deed.REPLAY_DELIVERY,
        Deed.STEER_JOBS,
        Deed.DECIDE,
        Deed.SEE_POLICY,
        Deed.SET_UP_PHONES,
        Deed.SEE_RETENTION,
        Deed.KEEP_REGISTER,
    }


APPROVING = replace(RULES, approval=timedelta(minutes=15))
TAKEN = Check(
    CheckId("check"),
    RecordingId("recording"),
    CallId("call"),
    CustomerId("hanako"),
    UserId("bob"),
    "Bob",
    "送料は？",
    CheckState.TAKEN,
    NOW - timedelta(minutes=9),
    NOW + timedelta(hours=9),
    taken_by=UserId("alice"),
    taken_at=NOW - timedelta(minutes=5),
)
APPROVED = replace(
    TAKEN,
    state=CheckState.APPROVED,
    asked_by=UserId("alice"),
    taken_by=UserId("bob"),
    approved_until=NOW + timedelta(minutes=1),
)


@pytest.mark.parametrize(
    ("check", "listens", "basis_kind", "until"),
    [
        (TAKEN, {Role.SUPERVISOR}, BasisKind.CHECK, TAKEN.expires_at),
        (APPROVED, {Role.OPERATOR, Role.SERVICE}, BasisKind.APPROVAL, APPROVED.approved_until),
    ],
)
def test_a_check_opens_its_own_purpose_to_who_took_it_or_was_let_listen(
    check: Check, listens: set[Role], basis_kind: BasisKind, until: datetime
) -> None:
    call = replace(CALL, answered_by=frozenset())
    rulings = {
        (role, purpose): may_listen(_staff(role), call, purpose, check, APPROVING, NOW)
        for role, purpose in product(Role, Purpose)
    }
    allowed = {cell: ruling for cell, ruling in rulings.items() if isinstance(ruling, Allowed)}
    assert allowed.keys() == {(role, Purpose.RECORDING_CHECK) for role in listens}
    assert {(ruling.basis_kind, ruling.until) for ruling in allowed.values()} == {(basis_kind, until)}


@pytest.mark.parametrize(
    "check",
    [
        replace(TAKEN, state=CheckState.OPEN, taken_by=None),
        replace(TAKEN, state=CheckState.ANSWERED),
        replace(TAKEN, taken_by=UserId("bob"), asked_by=UserId("carol")),
        replace(TAKEN, asked_by=UserId("alice")),
        replace(TAKEN, expires_at=NOW),
        replace(TAKEN, call_id=CallId("another")),
        replace(TAKEN, customer_id=CustomerId("taro")),
        replace(APPROVED, approved_until=NOW),
        replace(APPROVED, approved_until=None),
        replace(APPROVED, state=CheckState.REFUSED),
        replace(APPROVED, customer_id=CustomerId("taro")),
        replace(APPROVED, asked_by=UserId("bob"), taken_by=UserId("alice")),
    ],
)
def test_a_check_that_is_not_ones_own_or_not_live_opens_nothing(check: Check) -> None:
    rulings = {role: may_listen(_staff(role), CALL, Purpose.RECORDING_CHECK, check, APPROVING, NOW) for role in Role}
    assert [role for role, ruling in rulings.items() if not isinstance(ruling, Refused)] == []


def test_where_the_site_lets_nobody_listen_no_approval_counts_any_more() -> None:
    assert isinstance(may_listen(_staff(Role.OPERATOR), CALL, Purpose.RECORDING_CHECK, APPROVED, RULES, NOW), Refused)


def test_a_check_about_another_teams_call_opens_nothing() -> None:
    other = replace(CALL, teams=frozenset({"osaka"}))
    ruling = may_listen(_staff(Role.SUPERVISOR), other, Purpose.RECORDING_CHECK, TAKEN, APPROVING, NOW)
    assert isinstance(ruling, Refused)


def test_only_who_has_read_the_written_record_asks() -> None:
    askers = {(role, view) for role, view in product(Role, HistoryView) if may_ask_check(_staff(role), view)}
    assert askers == {(role, HistoryView.FULL) for role in (Role.OPERATOR, Role.SERVICE)}


AT_DESKS = {Role.OPERATOR, Role.SERVICE, Role.SUPERVISOR}
PARTS = st.builds(
    CallPart,
    id=st.just(CallId("call")),
    customer_id=st.sampled_from([None, CustomerId("hanako")]),
    direction=st.sampled_from(Direction),
    ended_at=st.sampled_from([None, NOW]),
    rang_here=st.booleans(),
    taken_here=st.booleans(),
    taken=st.booleans(),
    teams=st.sampled_from([frozenset(), frozenset({frozenset({"tokyo"})}), frozenset({frozenset({"osaka"})})]),
).map(lambda part: replace(part, rang_here=part.rang_here or part.taken_here, taken=part.taken or part.taken_here))


@given(st.sampled_from(Role), PARTS)
def test_a_call_is_worked_on_by_who_talked_in_it_and_those_who_lead_them(role: Role, part: CallPart) -> None:
    staff = _staff(role)
    own_team = part.teams != frozenset({frozenset({"osaka"})})
    his = part.taken_here or (own_team if role is Role.SUPERVISOR else part.rang_here and not part.taken)
    expected = role in AT_DESKS and his
    assert (may_write_summary(staff, part), may_verify(staff, part)) == (expected, expected)


@given(st.sampled_from(Role), PARTS)
def test_whose_a_call_was_is_said_by_who_works_on_it_and_of_a_missed_one_by_all(role: Role, part: CallPart) -> None:
    missed = role in AT_DESKS and part.ended_at is not None and not part.taken
    assert not may_assign(_staff(role), replace(part, claimed=True))  # what anybody can type is nobody's call
    assert may_assign(_staff(role), part) == (missed or may_write_summary(_staff(role), part))


@given(st.sampled_from(Role), PARTS, st.sampled_from([None, "alice", "bob"]))
def test_a_promise_is_kept_by_who_wrote_it_down_or_may_write(role: Role, part: CallPart, author: str | None) -> None:
    wrote = role in AT_DESKS and author == "alice"
    assert may_keep_promise(_staff(role), part, author) == (wrote or may_write_summary(_staff(role), part))
