"""Overrides: two people, that caller, that moment, level 1, and a mark for ever; and nothing less than two people."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from plugin.core.approvals import Approval, ApprovalKind
from plugin.core.errors import Conflict, Denied, DenwabanError, InputError, NotFound
from plugin.core.identity import CallerRole, Level
from plugin.core.ids import CallId, CustomerId, VerificationId
from plugin.core.overrides import OverrideReason
from plugin.core.staff import Role, Staff
from plugin.core.times import to_us
from plugin.services.approvals import Approvals, Effect
from plugin.services.overrides import Overrides
from plugin.store.engine import Store
from plugin.store.overrides import overridden
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.calls import calls
from plugin.store.tables.customers import customers
from plugin.store.tables.identity import verifications
from plugin.store.tables.staff import users
from tests.kit.callers import FURTHER, RIGHT, RULES, WRONG, Line
from tests.kit.clock import HandClock

WHY, WORDS = OverrideReason.HARDSHIP, "聴覚の障害があり、口頭でのご回答が難しい"


class Desk:
    """An operator, a supervisor, a caller who cannot answer, and the services between them."""

    def __init__(self, store: Store, clock: HandClock, keys: Path, daily: int = 2) -> None:
        self.line = Line.on(store, clock, keys)
        effects: dict[ApprovalKind, Effect] = {}
        self.approvals = Approvals(store, clock, effects)
        self.overrides = Overrides(store, clock, self.line.identity, self.approvals, RULES, daily, self.line.bus)
        effects[ApprovalKind.VERIFICATION_OVERRIDE] = self.overrides.carry_out
        self.staff = self.line.town.staff("101")
        self.lead = self.line.town.staff("900", Role.SUPERVISOR)
        self.customer = self.line.customer()
        self.call, self.begun = self.caller(self.customer)

    def caller(self, customer: CustomerId, role: CallerRole = CallerRole.SELF) -> tuple[CallId, VerificationId]:
        call = self.line.town.call(taken_by=self.staff, ended=False)
        return call, self.line.begin(self.staff, call, customer, role).id

    def ask(self, begun: VerificationId | None = None) -> Approval:
        return self.overrides.ask(self.staff, begun or self.begun, WHY, WORDS)

    def approve(self, asked: Approval, by: Staff | None = None) -> None:
        self.approvals.approve(asked.id, asked.content_hash, "本人の声と確認した", by or self.lead)

    def level(self, call: CallId | None = None) -> Level:
        return self.line.level(self.staff, call or self.call, self.customer)


@pytest.fixture
def desk(store: Store, clock: HandClock, tmp_path: Path) -> Desk:
    return Desk(store, clock, tmp_path / "keys")


def test_two_people_open_the_history_and_no_more(desk: Desk) -> None:
    asked = desk.ask()
    assert desk.level() is Level.NONE
    desk.approve(asked)
    assert desk.level() is Level.HISTORY
    with desk.line.store.read() as connection:
        row = connection.execute(select(verifications).where(verifications.c.id == desk.begun)).one()
        assert connection.scalar(select(calls.c.customer_id).where(calls.c.id == desk.call)) == desk.customer
    assert (row.overridden, row.level, row.proved_items) == (1, 1, "")
    with pytest.raises(InputError, match="too_few"):
        desk.line.identity.raise_level(desk.staff, desk.begun, FURTHER)


def test_what_is_proved_later_raises_the_level_and_the_mark_stays(desk: Desk) -> None:
    desk.approve(desk.ask())
    assert desk.line.identity.raise_level(desk.staff, desk.begun, RIGHT | FURTHER).level is Level.LISTEN
    (shown,) = desk.overrides.of_call(desk.call)
    assert (shown.asked_by, shown.decided_by, shown.why, shown.words) == ("101さん", "900さん", WHY, WORDS)


def test_who_asked_does_not_approve_and_neither_do_operators(desk: Desk) -> None:
    asked = desk.ask()
    colleague = desk.line.town.staff("102")
    for stranger in (desk.staff, replace(desk.staff, session_hash="elsewhere"), colleague):
        with pytest.raises(Denied):
            desk.approve(asked, stranger)
    own = desk.line.town.call(taken_by=desk.lead, ended=False)
    mine = desk.line.begin(desk.lead, own, desk.customer).id
    by_lead = desk.overrides.ask(desk.lead, mine, WHY, WORDS)
    with pytest.raises(Denied, match="same_person"):
        desk.approve(by_lead)
    assert desk.level() is Level.NONE


def test_a_refusal_opens_nothing(desk: Desk) -> None:
    asked = desk.ask()
    desk.approvals.refuse(asked.id, asked.content_hash, "確認できない", desk.lead)
    assert desk.level() is Level.NONE
    with pytest.raises(Conflict):
        desk.approve(asked)


def test_it_is_of_one_caller_one_session_and_one_call(desk: Desk) -> None:
    desk.approve(desk.ask())
    other = desk.line.town.call(taken_by=desk.staff, ended=False)
    assert desk.level(other) is Level.NONE
    elsewhere = replace(desk.staff, session_hash="elsewhere")
    assert desk.line.identity.standing(elsewhere, desk.call, desk.customer) is None
    with pytest.raises(NotFound):
        desk.overrides.ask(elsewhere, desk.begun, WHY, WORDS)


def test_after_failed_tries_it_is_still_possible(desk: Desk) -> None:
    for _ in range(2):
        desk.line.identity.judge(desk.staff, desk.begun, WRONG)
    desk.approve(desk.ask())
    assert desk.level() is Level.HISTORY


def test_a_customer_who_is_locked_out_is_believed_by_nobody(desk: Desk) -> None:
    asked = desk.ask()
    for _ in range(2):
        desk.line.identity.judge(desk.staff, desk.begun, WRONG)
    for _ in range(3):
        _, begun = desk.caller(desk.customer)
        desk.line.identity.judge(desk.staff, begun, WRONG)
    with pytest.raises(Conflict, match="locked_out"):
        desk.approve(asked)
    with pytest.raises(Conflict, match="locked_out"):
        desk.ask()
    assert desk.level() is Level.NONE


def test_a_family_is_never_believed(desk: Desk) -> None:
    _, family = desk.caller(desk.customer, CallerRole.FAMILY)
    with pytest.raises(Denied, match="caller_role"):
        desk.ask(family)


def test_once_the_call_is_over_it_is_too_late(desk: Desk) -> None:
    asked = desk.ask()
    with desk.line.store.write() as connection:
        ended = update(calls).where(calls.c.id == desk.call)
        connection.execute(ended.values(ended_at=to_us(desk.line.clock()), state="ended"))
    desk.line.clock.move(minutes=9)
    desk.approve(asked)
    assert desk.level() is Level.HISTORY
    desk.line.clock.move(minutes=1)
    assert desk.level() is Level.NONE
    with pytest.raises(Conflict, match="call_over"):
        desk.ask()


def test_another_person_on_the_phone_ends_the_request(desk: Desk) -> None:
    asked = desk.ask()
    other = desk.line.customer("S2")
    desk.line.begin(desk.staff, desk.call, other)
    with pytest.raises(Conflict, match="ended"):
        desk.approve(asked)


def failed_then_another(desk: Desk) -> CustomerId:
    """Let the caller fail as the customer, and pass in the same call as somebody else; return whom."""
    for _ in range(2):
        desk.line.identity.judge(desk.staff, desk.begun, WRONG)
    return desk.line.customer("S2")


def test_who_failed_is_believed_no_more_once_he_is_somebody_else(desk: Desk) -> None:
    other = failed_then_another(desk)
    asked = desk.ask()
    desk.line.verified(desk.staff, desk.call, other)
    with pytest.raises(Conflict, match="other_caller"):
        desk.approve(asked)
    with pytest.raises(Conflict, match="other_caller"):
        desk.ask()
    assert (desk.level(), desk.line.level(desk.staff, desk.call, other)) == (Level.NONE, Level.HISTORY)


def test_nor_where_a_colleague_has_verified_somebody_else(desk: Desk) -> None:
    other = failed_then_another(desk)
    asked = desk.ask()
    desk.line.verified(desk.lead, desk.call, other)
    with pytest.raises(Conflict, match="other_caller"):
        desk.approve(asked, desk.line.town.staff("901", Role.SUPERVISOR))
    assert desk.level() is Level.NONE


def test_who_was_asked_for_another_by_mistake_is_believed_once_that_is_over(desk: Desk) -> None:
    other = failed_then_another(desk)
    begun = desk.line.begin(desk.staff, desk.call, other)
    with pytest.raises(Conflict, match="other_caller"):
        desk.ask()
    desk.line.clock.at = begun.expires_at
    desk.approve(desk.ask())
    assert desk.level() is Level.HISTORY


@pytest.mark.parametrize(("column", "value"), [("active", 0), ("role", "admin")])
def test_who_asked_has_to_work_there_still(desk: Desk, column: str, value: object) -> None:
    asked = desk.ask()
    with desk.line.store.write() as connection:
        connection.execute(update(users).where(users.c.id == desk.staff.user_id).values({column: value}))
    with pytest.raises(Denied, match="role"):
        desk.approve(asked)


def test_one_request_waits_at_a_time_and_only_so_many_a_day(desk: Desk) -> None:
    asked = desk.ask()
    with pytest.raises(Conflict, match="override_waits"):
        desk.ask()
    desk.approve(asked)
    late = [desk.ask(desk.caller(desk.line.customer(f"T{place}"))[1]) for place in range(2)]
    desk.approve(late[0])
    with pytest.raises(Conflict, match="override_limit"):
        desk.approve(late[1])
    with pytest.raises(Conflict, match="override_limit"):
        desk.ask(desk.caller(desk.line.customer("T9"))[1])
    desk.line.clock.move(hours=24, seconds=1)
    desk.approve(desk.ask(desk.caller(desk.line.customer("T10"))[1]))


def test_approvals_side_by_side_keep_the_limit(desk: Desk) -> None:
    asked = [desk.ask(desk.caller(desk.line.customer(f"T{place}"))[1]) for place in range(8)]

    def approve(one: Approval) -> str:
        try:
            desk.approve(one)
        except DenwabanError as error:
            return error.reason
        finally:
            desk.line.store.close()
        return "approved"

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(approve, asked))
    assert said.count("approved") == 2
    with desk.line.store.read() as connection:
        assert len(connection.execute(select(verifications).where(verifications.c.overridden == 1)).all()) == 2


def test_no_24_hours_hold_more_than_the_limit(desk: Desk) -> None:
    desk.approve(desk.ask())
    desk.line.clock.move(hours=23, minutes=55)
    asked = [desk.ask(desk.caller(desk.line.customer(f"T{place}"))[1]) for place in range(3)]
    desk.line.clock.move(minutes=4)
    desk.approve(asked[0])
    desk.line.clock.move(minutes=2)  # the first of all counts no longer
    desk.approve(asked[1])
    with pytest.raises(Conflict, match="override_limit"):
        desk.approve(asked[2])


def test_a_site_may_forbid_it(store: Store, clock: HandClock, tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="override_limit"):
        Desk(store, clock, tmp_path / "keys", daily=0).ask()


def test_the_privacy_officer_sees_them_all(desk: Desk) -> None:
    desk.approve(desk.ask())
    office = desk.line.town.staff("700", Role.PRIVACY)
    listed, done, most = desk.overrides.list(office)
    assert ([one.words for one in listed], done, most) == ([WORDS], 1, 2)
    for role in (Role.OPERATOR, Role.SERVICE, Role.ADMIN, Role.REVIEWER):
        with pytest.raises(Denied):
            desk.overrides.list(replace(office, role=role))


def test_its_calls_stay_marked(desk: Desk) -> None:
    desk.approve(desk.ask())
    other, _ = desk.caller(desk.line.customer("S2"))
    with desk.line.store.read() as connection:
        assert overridden(connection, frozenset({desk.call, other})) == {desk.call}
        assert overridden(connection, frozenset()) == frozenset()


def test_the_audit_names_both(desk: Desk) -> None:
    desk.approve(desk.ask())
    with desk.line.store.read() as connection:
        rows = connection.execute(select(audit_lines).order_by(audit_lines.c.seq)).all()
    acts = [row.act for row in rows]
    assert acts[:4] == ["identity.started", "approval.asked", "approval.decided", "approval.used"]
    assert set(acts[4:]) == {"call.assigned", "identity.overridden"}
    overridden = next(row.body for row in rows if row.act == "identity.overridden")
    assert desk.lead.user_id in overridden
    assert desk.begun in overridden
    assert not any(WORDS in row.body for row in rows)


def test_whoever_has_too_little_on_record_can_be_believed_by_two_and_by_no_other_way(desk: Desk) -> None:
    line = desk.line
    bare = line.customer("S9", {})
    call = line.town.call(taken_by=desk.staff, ended=False)
    with pytest.raises(Conflict, match="too_few_items"):
        line.begin(desk.staff, call, bare)
    asked = desk.overrides.ask_unprovable(desk.staff, call, bare, OverrideReason.RECORD, WORDS)
    assert line.level(desk.staff, call, bare) is Level.NONE
    with pytest.raises(Conflict, match="expired"):
        line.identity.judge(desk.staff, VerificationId(asked.subject), RIGHT)
    with pytest.raises(Conflict, match="override_waits"):
        desk.overrides.ask_unprovable(desk.staff, call, bare, OverrideReason.RECORD, WORDS)
    desk.approve(asked)
    assert line.level(desk.staff, call, bare) is Level.HISTORY
    with line.store.read() as connection:
        lines = connection.execute(select(audit_lines).order_by(audit_lines.c.seq)).all()
    assert [line.act for line in lines if "too_few_items" in line.body] == ["identity.started"] * 2
    assert lines[-1].act == "identity.overridden"


def test_whoever_can_be_verified_is_not_believed_beside_it(desk: Desk) -> None:
    call = desk.line.town.call(taken_by=desk.staff, ended=False)
    with pytest.raises(Conflict, match="provable"):
        desk.overrides.ask_unprovable(desk.staff, call, desk.customer, OverrideReason.RECORD, WORDS)
    company = desk.line.customer("ORG", {})
    with desk.line.store.write() as connection:
        connection.execute(update(customers).where(customers.c.id == company).values(kind="organisation"))
    with pytest.raises(InputError, match="role"):
        desk.overrides.ask_unprovable(desk.staff, call, company, OverrideReason.RECORD, WORDS)
    stranger = desk.line.town.staff("102")
    with pytest.raises((Denied, NotFound)):
        desk.overrides.ask_unprovable(stranger, call, desk.line.customer("S8", {}), OverrideReason.RECORD, WORDS)
    for words in ("", "x" * 201):
        with pytest.raises(InputError, match="reason"):
            desk.overrides.ask_unprovable(desk.staff, call, desk.customer, OverrideReason.RECORD, words)
