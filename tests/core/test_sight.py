"""Who may see how much of a call or a customer: every role against every relation."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.access import INTERNAL_PURPOSES, HistoryView, Purpose
from plugin.core.identity import Level
from plugin.core.ids import UserId
from plugin.core.sight import Relation, may_give_purpose, sight
from plugin.core.staff import Role, Staff

RELATIONS = st.builds(
    Relation,
    live=st.booleans(),
    level=st.sampled_from(Level),
    own=st.booleans(),
    loose=st.booleans(),
    purpose=st.none() | st.sampled_from(Purpose),
    teams=st.frozensets(st.frozensets(st.sampled_from(["support", "sales", "returns"]), min_size=1)),
)
DETAILS = st.sampled_from(["none", "tags", "full"])
AT_DESKS = {Role.OPERATOR, Role.SERVICE, Role.SUPERVISOR}


def _staff(role: Role) -> Staff:
    return Staff(UserId("u"), "tanaka", "田中", role, "support", "101", "ja", "hash", "127.0.0.1")


@given(st.sampled_from(sorted(set(Role) - AT_DESKS)), RELATIONS, DETAILS)
def test_who_works_at_no_desk_sees_nothing(role: Role, relation: Relation, detail: str) -> None:
    assert sight(_staff(role), relation, detail) is HistoryView.NOTHING


@given(st.sampled_from([Role.OPERATOR, Role.SERVICE]), RELATIONS, DETAILS)
def test_an_operator_reads_free_text_only_verified_in_a_live_call_or_in_his_own_work(
    role: Role, relation: Relation, detail: str
) -> None:
    opens = relation.own or (relation.live and relation.level >= Level.HISTORY)
    assert (sight(_staff(role), relation, detail) is HistoryView.FULL) == opens


@given(st.sampled_from([Role.OPERATOR, Role.SERVICE]), st.sampled_from(Level), DETAILS)
def test_without_a_relation_an_operator_sees_nothing_whatever_was_proved_elsewhere(
    role: Role, level: Level, detail: str
) -> None:
    assert sight(_staff(role), Relation(level=level), detail) is HistoryView.NOTHING


@pytest.mark.parametrize("purpose", sorted(INTERNAL_PURPOSES))
def test_a_supervisor_reads_free_text_with_an_internal_purpose(purpose: Purpose) -> None:
    assert sight(_staff(Role.SUPERVISOR), Relation(), "tags") is HistoryView.TAGS
    assert sight(_staff(Role.SUPERVISOR), Relation(purpose=purpose), "tags") is HistoryView.FULL


@given(st.sampled_from(sorted(INTERNAL_PURPOSES)), RELATIONS, DETAILS)
def test_a_purpose_opens_to_a_supervisor_what_his_own_team_talked_of(
    purpose: Purpose, relation: Relation, detail: str
) -> None:
    asked = replace(relation, live=False, own=False, purpose=purpose)
    is_own = all("support" in teams for teams in asked.teams)
    assert (sight(_staff(Role.SUPERVISOR), asked, detail) is HistoryView.FULL) == is_own
    assert may_give_purpose(_staff(Role.SUPERVISOR), asked) == is_own
    assert not may_give_purpose(_staff(Role.OPERATOR), asked)


@pytest.mark.parametrize("purpose", [Purpose.CALLER_REQUEST, Purpose.AFTER_CALL_WORK])
def test_the_purposes_of_others_open_nothing_to_a_supervisor(purpose: Purpose) -> None:
    assert sight(_staff(Role.SUPERVISOR), Relation(purpose=purpose), "tags") is HistoryView.TAGS


@pytest.mark.parametrize(
    ("detail", "view"), [("none", HistoryView.DATES), ("tags", HistoryView.TAGS), ("full", HistoryView.ALL_TAGS)]
)
def test_before_verification_the_site_decides_but_never_opens_free_text(detail: str, view: HistoryView) -> None:
    assert sight(_staff(Role.OPERATOR), Relation(live=True), detail) is view
