"""Four eyes on both databases: who may decide, exactly what is decided, once, and of two at once one."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import count

import pytest
from sqlalchemy import insert, select, update

from plugin.core.approvals import RULES, Approval, ApprovalKind, ApprovalState, canonical, fields_of
from plugin.core.errors import Conflict, Denied, DenwabanError, InputError, LimitReached, NotFound
from plugin.core.ids import UserId
from plugin.core.staff import Role, Staff
from plugin.core.times import to_us
from plugin.services.accounts import Change, NewUser
from plugin.services.approvals import Approvals
from plugin.store.engine import Store
from plugin.store.tables.approvals import approvals as table
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.staff import identities
from tests.kit.clock import HandClock
from tests.kit.staff import PASSWORD, accounts_of
from tests.kit.together import at_once

CONTENT: dict[str, str | int | bool | None] = {"month": "2026-11", "recordings": 3}
SHRED = ApprovalKind.KEY_SHRED


class Office:
    """People of every role, and the service under test."""

    def __init__(self, store: Store, clock: HandClock) -> None:
        self.store, self.clock = store, clock
        self.accounts = accounts_of(store, clock)
        self.approvals = Approvals(store, clock, {})
        self.asked = count(1)  # a request in the same words would be the same request

    def hire(self, login: str, role: Role, team: str = "") -> Staff:
        user = self.accounts.add(NewUser(login, login, role, team), PASSWORD, None, is_chosen=True)
        return Staff(user.id, login, login, role, team, None, "ja", f"session of {login}", "192.0.2.7")

    def link(self, subject: str, user_id: UserId) -> None:
        row = {"issuer": "https://idp.example", "subject": subject, "linked_at": to_us(self.clock())}
        with self.store.write() as connection:
            connection.execute(insert(identities).values(subject_hash=subject, user_id=user_id, **row))

    def move_link(self, subject: str, to: UserId) -> None:
        with self.store.write() as connection:
            connection.execute(update(identities).where(identities.c.subject_hash == subject).values(user_id=to))

    def ask(self, by: Staff, kind: ApprovalKind = SHRED) -> Approval:
        return self.approvals.ask(kind, "2026-11", CONTENT, f"保存期間が過ぎたため {next(self.asked)}", by)

    def use(self, approval: Approval, by: Staff | None, content: dict[str, str | int | bool | None] = CONTENT) -> None:
        with self.store.write() as connection:
            self.approvals.use(connection, approval.id, approval.kind, "2026-11", content, by)

    def state(self, approval: Approval) -> ApprovalState:
        with self.store.read() as connection:
            return ApprovalState(
                connection.execute(select(table.c.state).where(table.c.id == approval.id)).scalar_one()
            )

    def audited(self, act: str) -> list[tuple[str, str]]:
        with self.store.read() as connection:
            chosen = select(audit_lines.c.body).where(audit_lines.c.act == act).order_by(audit_lines.c.seq)
            bodies = [json.loads(row.body) for row in connection.execute(chosen)]
        return [(body["purpose"], body["outcome"].split(":")[0]) for body in bodies]


@pytest.fixture
def office(store: Store, clock: HandClock) -> Office:
    return Office(store, clock)


def test_a_second_person_approves_and_it_is_used_once(office: Office) -> None:
    first, second = office.hire("first", Role.PRIVACY), office.hire("second", Role.ADMIN)
    asked = office.ask(first)
    assert [filed.approval for filed in office.approvals.board(second).waiting] == [asked]
    office.approvals.approve(asked.id, asked.content_hash, "確認した", second)
    office.use(asked, first)
    assert office.state(asked) is ApprovalState.USED
    with pytest.raises(Denied, match="not_approved"):
        office.use(asked, first)
    assert office.audited("approval.asked") == [("key_shred", "asked")]
    assert office.audited("approval.decided") == [("key_shred", "approved")]
    assert office.audited("approval.used") == [("key_shred", "used")]


def test_what_was_refused_opens_nothing(office: Office) -> None:
    first, second = office.hire("first", Role.PRIVACY), office.hire("second", Role.ADMIN)
    asked = office.ask(first)
    with pytest.raises(Denied, match="not_approved"):
        office.use(asked, first)
    office.approvals.refuse(asked.id, asked.content_hash, "必要がない", second)
    with pytest.raises(Denied, match="not_approved"):
        office.use(asked, first)
    with pytest.raises(Conflict, match="approval_over"):
        office.approvals.approve(asked.id, asked.content_hash, "やはり", second)
    assert office.approvals.board(second).decided[0].approval.decided_reason == "必要がない"


def test_nobody_decides_on_his_own_request(office: Office) -> None:
    first = office.hire("first", Role.PRIVACY)
    asked = office.ask(first)
    assert office.approvals.board(first).waiting == ()
    for session in (first, replace(first, session_hash="another session", address="198.51.100.1")):
        with pytest.raises(Denied, match="same_person"):
            office.approvals.approve(asked.id, asked.content_hash, "自分で", session)
    assert office.state(asked) is ApprovalState.WAITING
    assert office.audited("approval.decided") == [("key_shred", "denied")] * 2


def test_a_second_account_of_the_same_person_does_not_decide(office: Office) -> None:
    first, second = office.hire("first", Role.PRIVACY), office.hire("second", Role.ADMIN)
    office.link("subject-1", first.user_id)
    asked = office.ask(first)
    office.move_link("subject-1", second.user_id)  # the same person at the identity provider, now at the other account
    assert office.approvals.board(second).waiting == ()
    with pytest.raises(Denied, match="same_person"):
        office.approvals.approve(asked.id, asked.content_hash, "別人として", second)


@pytest.mark.parametrize("change", [Change(role=Role.OPERATOR), Change(active=False)])
def test_the_role_of_the_moment_of_the_decision_counts(office: Office, change: Change) -> None:
    office.hire("admin", Role.ADMIN)
    first, second = office.hire("first", Role.PRIVACY), office.hire("second", Role.PRIVACY)
    asked = office.ask(first)
    office.accounts.change(second.user_id, change, None)
    with pytest.raises(Denied, match="role"):  # though the request that came in still says privacy officer
        office.approvals.approve(asked.id, asked.content_hash, "確認した", second)


@pytest.mark.parametrize("kind", list(ApprovalKind))
@pytest.mark.parametrize("role", list(Role))
def test_every_kind_is_asked_and_decided_by_its_roles_alone(
    sqlite_store: Store, kind: ApprovalKind, role: Role
) -> None:
    office = Office(sqlite_store, HandClock())
    asker = office.hire("asker", sorted(RULES[kind].ask)[0])
    other = office.hire("other", role)
    asked = office.ask(asker, kind)
    if role in RULES[kind].decide:
        office.approvals.approve(asked.id, asked.content_hash, "確認した", other)
        assert office.state(asked) is ApprovalState.APPROVED
    else:
        with pytest.raises(Denied, match="role"):
            office.approvals.approve(asked.id, asked.content_hash, "確認した", other)
    if role not in RULES[kind].ask:
        with pytest.raises(Denied, match="role"):
            office.ask(other, kind)


def test_an_override_is_decided_by_the_askers_own_supervisor(office: Office) -> None:
    kind = ApprovalKind.VERIFICATION_OVERRIDE
    operator = office.hire("operator", Role.OPERATOR, "east")
    east, west = office.hire("east", Role.SUPERVISOR, "east"), office.hire("west", Role.SUPERVISOR, "west")
    asked = office.ask(operator, kind)
    assert office.approvals.board(west).waiting == ()
    with pytest.raises(Denied, match="other_team"):
        office.approvals.approve(asked.id, asked.content_hash, "確認した", west)
    office.approvals.approve(asked.id, asked.content_hash, "確認した", east)


def test_other_content_than_was_seen_is_not_approved(office: Office) -> None:
    first, second = office.hire("first", Role.PRIVACY), office.hire("second", Role.ADMIN)
    asked = office.ask(first)
    with pytest.raises(Conflict, match="approval_changed"):
        office.approvals.approve(asked.id, "0" * 64, "確認した", second)
    tampered = canonical({"month": "2020-01", "recordings": 3})
    with office.store.write() as connection:
        connection.execute(update(table).values(content=tampered))
    with pytest.raises(Conflict, match="approval_changed"):
        office.approvals.approve(asked.id, asked.content_hash, "確認した", second)


@pytest.mark.parametrize("other", [{**CONTENT, "recordings": 4}, {"month": "2026-11"}, {**CONTENT, "also": True}])
def test_only_exactly_what_was_approved_is_used(office: Office, other: dict[str, str | int | bool | None]) -> None:
    first, second = office.hire("first", Role.PRIVACY), office.hire("second", Role.ADMIN)
    asked = office.ask(first)
    office.approvals.approve(asked.id, asked.content_hash, "確認した", second)
    with pytest.raises(Denied, match="not_approved"):
        office.use(asked, first, other)
    with pytest.raises(Denied, match="not_approved"):
        office.use(replace(asked, kind=ApprovalKind.AUDIT_ERASURE), first)
    with pytest.raises(Denied, match="not_approved"):
        office.use(asked, second)  # approved for the one who asked
    with office.store.write() as connection:  # content and its hash put in place of what was approved
        connection.execute(update(table).values(content=canonical({**CONTENT, "recordings": 4})))
    with pytest.raises(Denied, match="not_approved"):
        office.use(asked, first, {**CONTENT, "recordings": 4})


def test_time_runs_out_before_the_decision_and_before_the_use(office: Office, clock: HandClock) -> None:
    first, second = office.hire("first", Role.PRIVACY), office.hire("second", Role.ADMIN)
    late, approved = office.ask(first), office.ask(first)
    clock.move(days=3, microseconds=-1)
    office.approvals.approve(approved.id, approved.content_hash, "確認した", second)
    clock.move(microseconds=1)
    with pytest.raises(Conflict, match="approval_over"):
        office.approvals.approve(late.id, late.content_hash, "確認した", second)
    assert late.is_over(clock())
    clock.at += RULES[SHRED].counts - timedelta(microseconds=1)
    with pytest.raises(Denied, match="not_approved"):
        office.use(approved, first)


def test_the_asker_takes_it_back_even_when_it_is_approved(office: Office) -> None:
    first, second = office.hire("first", Role.PRIVACY), office.hire("second", Role.ADMIN)
    asked = office.ask(first)
    with pytest.raises(NotFound):
        office.approvals.withdraw(asked.id, second)
    office.approvals.approve(asked.id, asked.content_hash, "確認した", second)
    office.approvals.withdraw(asked.id, first)
    with pytest.raises(Denied, match="not_approved"):
        office.use(asked, first)
    with pytest.raises(NotFound):
        office.approvals.withdraw(asked.id, first)
    assert office.audited("approval.withdrawn") == [("key_shred", "done")]


def test_of_many_who_decide_at_once_one_is_heard(office: Office) -> None:
    first = office.hire("first", Role.PRIVACY)
    others = [office.hire(f"admin{n}", Role.ADMIN) for n in range(8)]
    asked = office.ask(first)

    def decide(place: int) -> str:
        answer = office.approvals.approve if place % 2 else office.approvals.refuse
        try:
            answer(asked.id, asked.content_hash, "確認した", others[place])
        except DenwabanError as error:
            return error.reason
        return "heard"

    with ThreadPoolExecutor(len(others)) as pool:
        said = sorted(pool.map(decide, range(len(others))))
    assert said == ["approval_over"] * 7 + ["heard"]


def test_of_many_uses_at_once_one_goes_through(office: Office) -> None:
    first, second = office.hire("first", Role.PRIVACY), office.hire("second", Role.ADMIN)
    asked = office.ask(first)
    office.approvals.approve(asked.id, asked.content_hash, "確認した", second)

    def use(_: int) -> str:
        try:
            office.use(asked, first)
        except Denied as error:
            return error.reason
        return "used"

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(use, range(8))) == ["not_approved"] * 7 + ["used"]


def test_two_who_decide_on_each_others_requests_at_once_both_succeed(office: Office) -> None:
    pair = [office.hire(f"officer{n}", Role.PRIVACY) for n in range(2)]
    for _ in range(5):
        asked = [office.ask(one) for one in pair]
        with ThreadPoolExecutor(2) as pool:
            done = [
                pool.submit(office.approvals.approve, one.id, one.content_hash, "確認した", other)
                for one, other in zip(asked, reversed(pair), strict=True)
            ]
        assert [each.exception() for each in done] == [None, None]


def test_an_effect_happens_with_the_decision_or_not_at_all(office: Office, store: Store, clock: HandClock) -> None:
    carried: list[str] = []

    def effect(connection: object, approval: Approval, by: Staff) -> None:
        carried.append(approval.content)
        if len(carried) == 1:
            raise Conflict("taken")

    service = Approvals(store, clock, {SHRED: effect})
    first, second = office.hire("first", Role.PRIVACY), office.hire("second", Role.ADMIN)
    asked = office.ask(first)
    with pytest.raises(Conflict, match="taken"):
        service.approve(asked.id, asked.content_hash, "確認した", second)
    assert office.state(asked) is ApprovalState.WAITING
    service.approve(asked.id, asked.content_hash, "確認した", second)
    assert office.state(asked) is ApprovalState.USED
    assert carried == [canonical(CONTENT)] * 2


@pytest.mark.parametrize(
    ("subject", "content", "reason", "wrong"),
    [
        ("", CONTENT, "理由", "subject"),
        ("x" * 65, CONTENT, "理由", "subject"),
        ("x", {}, "理由", "content"),
        ("x", {"a": "b" * 4000}, "理由", "content"),
        ("x", CONTENT, " ", "reason"),
        ("x", CONTENT, "x" * 201, "reason"),
        ("x", CONTENT, "a\nb", "reason"),
    ],
)
def test_what_cannot_be_asked_for_is_named(
    sqlite_store: Store, subject: str, content: dict[str, str | int | bool | None], reason: str, wrong: str
) -> None:
    office = Office(sqlite_store, HandClock())
    first = office.hire("first", Role.PRIVACY)
    with pytest.raises(InputError, match=wrong):
        office.approvals.ask(SHRED, subject, content, reason, first)
    assert office.approvals.board(first).own == ()


def test_content_has_one_text() -> None:
    assert canonical({"b": 1, "a": "あ"}) == canonical({"a": "あ", "b": 1}) == '{"a":"あ","b":1}'
    assert fields_of(canonical({"b": True, "a": None})) == (("a", ""), ("b", "yes"))
    for other in ('{"b":1,"a":2}', '{"a": 1}', "[]", "{}", "x", '{"a":[1]}'):
        with pytest.raises(InputError):
            fields_of(other)


def test_what_is_asked_twice_at_once_is_one_request(office: Office, clock: HandClock) -> None:
    first, second = office.hire("first", Role.PRIVACY), office.hire("second", Role.PRIVACY)
    made: list[str] = []

    def ask(reason: str = "保存期間", by: Staff = first) -> None:
        made.append(office.approvals.ask(SHRED, "2026-11", CONTENT, reason, by).id)
        office.store.leave()

    assert at_once([ask] * 4) == [None] * 4
    assert len(set(made)) == len(office.approvals.board(first).own) == 1
    for other in (partial(ask, "別の理由"), partial(ask, by=second)):
        other()
    office.approvals.withdraw(made[0], first)
    ask()
    clock.move(days=3)
    ask()
    assert len(set(made)) == 5


def test_a_flood_of_one_person_hides_nobody_elses_request(office: Office, clock: HandClock) -> None:
    first, second, third = (office.hire(name, Role.ADMIN) for name in ("first", "second", "third"))
    flood = [office.ask(first) for _ in range(20)]
    with pytest.raises(LimitReached, match="approvals"):
        office.ask(first)
    clock.move(seconds=1)
    assert office.ask(third).id in {filed.approval.id for filed in office.approvals.board(second).waiting}
    office.approvals.withdraw(flood[0].id, first)
    office.ask(first)
    clock.move(days=3)
    office.ask(first)


def test_requests_that_one_cannot_decide_take_no_room_on_his_page(office: Office) -> None:
    lead = office.hire("lead", Role.SUPERVISOR)
    for place in range(11):
        asker = office.hire(f"admin{place}", Role.ADMIN)
        for _ in range(19):
            office.ask(asker)
    asked = office.ask(office.hire("tanaka", Role.OPERATOR), ApprovalKind.VERIFICATION_OVERRIDE)
    assert [filed.approval.id for filed in office.approvals.board(lead).waiting] == [asked.id]
