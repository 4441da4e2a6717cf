"""Whose business a case is, role by role; who judges a report; who decides; what a case's evidence tells of others."""

import json
from datetime import UTC, datetime
from itertools import product

import pytest

from plugin.core.access import Deed, may, may_judge, may_see_case
from plugin.core.approvals import Approval, ApprovalKind, ApprovalState, Party, canonical, hash_of, why_not_decide
from plugin.core.cases import Case, CaseKind, case_number, kind_of
from plugin.core.evidence import Heard, Scope
from plugin.core.harassment import Conduct, Report
from plugin.core.ids import CallId, CaseId, UserId
from plugin.core.staff import Role, Staff

AT = datetime(2026, 11, 23, tzinfo=UTC)
TEAMS = ("", "a", "b")
OF_PERSONS = (CaseKind.DISCLOSURE, CaseKind.POLICE, CaseKind.COURT)


def staff(role: Role, team: str = "a", user: str = "me") -> Staff:
    return Staff(UserId(user), user, user, role, team, None, "ja", "session", "::1")


def case(
    kind: CaseKind, opener: Role = Role.SUPERVISOR, team: str = "a", reporters: frozenset[str] = frozenset()
) -> Case:
    number = case_number(kind, 2026, 1)
    return Case(CaseId("case"), number, kind, "件", UserId("opener"), AT, opener, team, reporters)


@pytest.mark.parametrize("kind", list(CaseKind))
def test_a_case_is_its_teams_and_the_privacy_officers_and_an_authoritys_theirs_alone(
    kind: CaseKind,
) -> None:
    known = set()
    for role, team, opener, reported in product(Role, TEAMS, (Role.SUPERVISOR, Role.PRIVACY), TEAMS):
        seen = may_see_case(staff(role, team), case(kind, opener, "a", frozenset({reported})))
        if role is not Role.SUPERVISOR or kind in OF_PERSONS:
            assert seen == (role is Role.PRIVACY)
        elif seen:
            known.add((team, opener, reported))
    by_report = {(team, opener, team) for team in TEAMS for opener in (Role.SUPERVISOR, Role.PRIVACY)}
    by_opener = {("a", Role.SUPERVISOR, reported) for reported in TEAMS}
    assert known == (set() if kind in OF_PERSONS else by_report if kind is CaseKind.HARASSMENT else by_opener)


def test_a_case_that_no_report_stands_on_is_no_supervisors() -> None:
    for team in TEAMS:
        assert not may_see_case(staff(Role.SUPERVISOR, team), case(CaseKind.HARASSMENT, Role.SUPERVISOR, team))


def test_a_report_is_judged_in_its_team_or_by_a_privacy_officer_and_never_by_who_made_it() -> None:
    for role, team, of, own in product(Role, TEAMS, TEAMS, (True, False)):
        reporter = "me" if own else "you"
        report = Report("r", CallId("c"), UserId(reporter), reporter, of, Conduct.ABUSE, "罵声", AT)
        wanted = role is Role.PRIVACY or (role is Role.SUPERVISOR and team == of)
        assert may_judge(staff(role, team), report) == (wanted and not own)
        assert not wanted or may(role, Deed.JUDGE_HARASSMENT)


@pytest.mark.parametrize("asked", [ApprovalKind.HOLD_RELEASE, ApprovalKind.EVIDENCE])
@pytest.mark.parametrize("kind", list(CaseKind))
def test_no_administrator_decides_on_what_a_person_or_an_authority_asks_for(
    asked: ApprovalKind, kind: CaseKind
) -> None:
    text = canonical({"case": case_number(kind, 2026, 7), "calls": 1})
    request = (text, hash_of(text), UserId("asker"), None, AT, "済んだ", ApprovalState.WAITING, AT)
    approval = Approval("id", asked, "subject", *request)
    asker = Party(UserId("asker"), Role.PRIVACY, "", active=True)
    for role, word in ((Role.PRIVACY, None), (Role.ADMIN, "role" if kind in OF_PERSONS else None)):
        assert why_not_decide(Party(UserId("me"), role, "", active=True), asker, approval) == word


def test_a_number_tells_the_kind_of_its_case() -> None:
    assert [kind_of(case_number(kind, 2026, 12)) for kind in CaseKind] == list(CaseKind)
    assert {kind_of(word) for word in ("", "P-", "P-2026", "X-2026-0001", "P-2026-0001 ", "ＰP-2026-0001")} == {None}


def line(act: str, subject: str, purpose: str | None = None, user: str = "hara", at: int = 10) -> str:
    return json.dumps({"act": act, "subject": subject, "purpose": purpose, "user_id": user, "at": at})


def test_evidence_tells_nothing_that_was_done_for_another_case() -> None:
    heard = [Heard("rec", "hara", 5, "theirs"), Heard("rec", "hara", 20, "ours"), Heard("rec", "kubo", 5, "ours")]
    scope = Scope("ours", frozenset({"ours", "our hold", "our report"}), frozenset({"their copy"}), heard)
    told = (
        line("call.shown", "call"),
        line("case.call_added", "ours", "harassment"),
        line("harassment.reported", "our report"),
        line("listen.started", "rec", "harassment"),
        line("redaction.made", "our copy", "case"),
        line("listen.heard", "rec", "disclosure", at=25),
        line("listen.heard", "rec", "disclosure", "kubo"),
    )
    untold = (
        line("case.call_added", "theirs", "police"),
        line("disclosure.checked", "theirs", "police"),
        line("harassment.reported", "their report"),
        line("hold.widened", "their hold", "P-2026-0001"),
        line("redaction.made", "their copy", "case"),
        line("listen.heard", "their copy", "legal"),
        line("listen.heard", "rec", "disclosure"),
        line("listen.heard", "rec", "disclosure", "oda"),
        line("listen.heard", "rec", "disclosure", "kubo", 4),
    )
    assert [scope.tells(each) for each in told] == [True] * len(told)
    assert [scope.tells(each) for each in untold] == [False] * len(untold)
