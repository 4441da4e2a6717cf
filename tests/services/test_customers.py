"""Candidates, the look-up and its audit, and whose call it was: decided by people alone, with its history."""

import json

import pytest
from sqlalchemy import select, update

from plugin.core.audit import Act
from plugin.core.customers import CrmCustomer, CustomerKind, LookUpReason, NumberKind, WrittenNumber
from plugin.core.errors import Conflict, Denied, InputError, LimitReached, NotFound
from plugin.core.ids import CallId, CustomerId
from plugin.core.matching import AssignmentAct, Match, MatchKind, ReasonKind
from plugin.core.numbers import WithheldReason, read_number
from plugin.core.staff import Role, Staff
from plugin.services.customers import Customers
from plugin.store.engine import Store
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.calls import calls
from tests.kit.clock import HandClock
from tests.kit.people import Town
from tests.kit.replica import store_page

LINE = "06-6208-8181"
PEOPLE = (
    CrmCustomer(
        "S1",
        name="山田 一郎",
        kana="ヤマダ イチロウ",
        code="K-2210",
        household="山田家",
        numbers=(
            WrittenNumber("携帯", "090-2234-5567", NumberKind.MOBILE, True),
            WrittenNumber("自宅", "045-671-2121"),
        ),
    ),
    CrmCustomer(
        "S2", name="山田 花子", kana="ﾔﾏﾀﾞ ﾊﾅｺ", household="山田家", numbers=(WrittenNumber("自宅", "045(671)2121"),)
    ),
    CrmCustomer(
        "O1", CustomerKind.ORGANISATION, "みなと製作所", numbers=(WrittenNumber("代表", LINE, NumberKind.MAIN),)
    ),
    CrmCustomer(
        "S3",
        name="髙橋 誠",
        kana="タカハシ マコト",
        organisation="O1",
        numbers=(WrittenNumber("勤務先", f"{LINE} 内線12"),),
    ),
    CrmCustomer("S4", name="林 正人", kana="ハヤシ マサト", numbers=(WrittenNumber("携帯", "0000000000"),)),
)


@pytest.fixture
def town(store: Store, clock: HandClock) -> Town:
    return Town(store, clock())


@pytest.fixture
def customers(store: Store, clock: HandClock) -> Customers:
    with store.write() as connection:
        store_page(connection, "local", PEOPLE, "JP", clock())
    return Customers(store, clock, "JP")


def _match(customers: Customers, raw: str) -> tuple[MatchKind, list[str]]:
    match = customers.match(read_number(raw, "JP"))
    return match.kind, [candidate.customer.name for candidate in match.candidates]


def _id(customers: Customers, actor: Staff, name: str) -> CustomerId:
    return customers.look_up(actor, name, LookUpReason.OTHER).customers[0].id


def _audit(store: Store, act: Act) -> list[dict[str, object]]:
    with store.read() as connection:
        bodies = connection.scalars(select(audit_lines.c.body).order_by(audit_lines.c.seq))
        return [line for line in map(json.loads, bodies) if line["act"] == act.value]


def _owner(store: Store, call_id: CallId) -> str | None:
    with store.read() as connection:
        return connection.scalar(select(calls.c.customer_id).where(calls.c.id == call_id))


@pytest.mark.parametrize(
    ("raw", "kind", "names"),
    [
        ("+819022345567", MatchKind.ONE, ["山田 一郎"]),
        ("0456712121", MatchKind.HOUSEHOLD, ["山田 一郎", "山田 花子"]),
        ("06 6208 8181", MatchKind.COMPANY_LINE, ["みなと製作所", "髙橋 誠"]),
        ("0662088181 内線12", MatchKind.COMPANY_LINE, ["髙橋 誠", "みなと製作所"]),
        ("0312345678", MatchKind.NONE, []),
        ("201", MatchKind.INTERNAL, []),
        ("2121", MatchKind.INTERNAL, []),
        ("110", MatchKind.UNREADABLE, []),
        ("", MatchKind.UNREADABLE, []),
        ("非通知", MatchKind.WITHHELD, []),
    ],
)
def test_who_may_be_calling(customers: Customers, raw: str, kind: MatchKind, names: list[str]) -> None:
    found = _match(customers, raw)
    assert (found[0], sorted(found[1])) == (kind, sorted(names))
    if kind is MatchKind.COMPANY_LINE:
        assert found[1] == names


def test_a_withheld_number_says_why(customers: Customers) -> None:
    assert customers.match(read_number("C", "JP")) == Match(MatchKind.WITHHELD, withheld=WithheldReason.PAYPHONE)


def test_a_number_of_very_many_says_that_there_are_more(store: Store, clock: HandClock, customers: Customers) -> None:
    dummy = [CrmCustomer(f"D{n}", name=f"人{n}", numbers=(WrittenNumber("電話", "03-0000-0000"),)) for n in range(600)]
    with store.write() as connection:
        store_page(connection, "local", dummy, "JP", clock())
    match = customers.match(read_number("03-0000-0000", "JP"))
    assert (len(match.candidates), match.more) == (500, True)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("045-671-2121", ["山田 一郎", "山田 花子"]),
        ("０４５ｰ６７１ｰ２１２１", ["山田 一郎", "山田 花子"]),
        ("山田", ["山田 一郎", "山田 花子"]),
        ("一郎", ["山田 一郎"]),
        ("やまだ", ["山田 一郎", "山田 花子"]),
        ("ヤマダ ハナコ", ["山田 花子"]),
        ("ﾔﾏﾀﾞ ｲﾁﾛｳ", ["山田 一郎"]),
        ("はなこ　やまだ", ["山田 花子"]),
        ("高橋", ["髙橋 誠"]),
        ("髙橋誠", ["髙橋 誠"]),
        ("K-2210", ["山田 一郎"]),
        ("k2210", ["山田 一郎"]),
        ("林", ["林 正人"]),
        ("人", ["林 正人"]),
        ("製作", ["みなと製作所"]),
        ("000-000-0000", ["林 正人"]),
        ("佐藤", []),
        ("%", None),
        ("山_", ["山田 一郎", "山田 花子"]),
        ("' OR 1=1 --", []),
        ("\x00\ud800", None),
        ("山田\ud800", ["山田 一郎", "山田 花子"]),
    ],
)
def test_looking_up(customers: Customers, town: Town, text: str, names: list[str] | None) -> None:
    actor = town.staff("sato")
    if names is None:
        with pytest.raises(InputError):
            customers.look_up(actor, text, LookUpReason.WITHHELD)
    else:
        found = customers.look_up(actor, text, LookUpReason.WITHHELD)
        assert sorted(one.name for one in found.customers) == sorted(names)


def test_the_closest_comes_first_and_the_rest_is_told(
    customers: Customers, town: Town, store: Store, clock: HandClock
) -> None:
    with store.write() as connection:
        names = ("小山田 太郎", "山田", "山田 あ")
        page = [CrmCustomer(f"N{n}", name=name) for n, name in enumerate(names)]
        store_page(connection, "local", page, "JP", clock())
    found = customers.look_up(town.staff("sato"), "山田", LookUpReason.OTHER)
    assert [one.name for one in found.customers] == ["山田", "山田 一郎", "山田 花子", "山田 あ", "小山田 太郎"]
    few = customers.look_up(town.staff("ito"), "山田", LookUpReason.OTHER, most=2)
    assert (len(few.customers), few.more) == (2, True)


def test_a_look_up_is_audited_and_what_was_typed_is_not(
    customers: Customers, town: Town, store: Store, clock: HandClock
) -> None:
    sato = town.staff("sato")
    call_id = town.call(withheld="refused", e164=None)
    customers.look_up(sato, "山田 花子", LookUpReason.WITHHELD, call_id=call_id)
    customers.look_up(sato, "045-671-2121", LookUpReason.CALL_BACK)
    first, second = _audit(store, Act.LOOK_UP)
    assert (first["user_id"], first["call_id"], first["purpose"], first["outcome"]) == (
        sato.user_id,
        call_id,
        "withheld",
        "words 1",
    )
    assert (second["purpose"], second["outcome"]) == ("call_back", "number 2")
    assert not any(word in json.dumps([first, second], ensure_ascii=False) for word in ("山田", "花子", "2121"))


@pytest.mark.parametrize("role", [Role.ADMIN, Role.REVIEWER, Role.TRAINER, Role.PRIVACY])
def test_who_may_not_use_the_desk_may_neither_look_up_nor_decide(
    customers: Customers, town: Town, store: Store, role: Role
) -> None:
    actor = town.staff("x", role)
    call_id, customer_id = town.call(), town.customer("T1")
    with pytest.raises(Denied):
        customers.look_up(actor, "山田", LookUpReason.OTHER)
    with pytest.raises(Denied):
        customers.confirm(actor, call_id, customer_id)
    assert _owner(store, call_id) is None
    assert _audit(store, Act.CALL_ASSIGNED) == []


def test_a_too_long_text_is_refused(customers: Customers, town: Town) -> None:
    sato = town.staff("sato")
    with pytest.raises(InputError):
        customers.look_up(sato, "山" * 101, LookUpReason.OTHER)
    with pytest.raises(InputError):
        customers.unassign(sato, town.call(), "x" * 256)
    with pytest.raises(InputError):
        customers.unassign(sato, town.call(), "\ud800")


def test_a_call_is_confirmed_given_to_another_and_made_nobodys_with_its_history(
    customers: Customers, town: Town, store: Store, clock: HandClock
) -> None:
    sato, ito = town.staff("sato"), town.staff("ito", Role.SUPERVISOR)
    ichiro, hanako = _id(customers, sato, "一郎"), _id(customers, sato, "花子")
    call_id = town.call(e164="+81456712121")

    customers.confirm(sato, call_id, ichiro)
    clock.move(seconds=1)
    customers.confirm(sato, call_id, ichiro)  # clicked twice
    assert _owner(store, call_id) == ichiro
    clock.move(seconds=1)
    customers.reassign(ito, call_id, hanako, "奥様でした")
    assert _owner(store, call_id) == hanako
    clock.move(seconds=1)
    customers.unassign(ito, call_id)
    assert _owner(store, call_id) is None

    assert [(one.act, one.customer_id, one.by, one.reason) for one in customers.assignments_of(call_id)] == [
        (AssignmentAct.CONFIRM, ichiro, "satoさん", ""),
        (AssignmentAct.REASSIGN, hanako, "itoさん", "奥様でした"),
        (AssignmentAct.UNASSIGN, None, "itoさん", ""),
    ]
    lines = _audit(store, Act.CALL_ASSIGNED)
    assert [(line["outcome"], line["customer_id"]) for line in lines] == [
        ("confirm", ichiro),
        ("reassign", hanako),
        ("unassign", hanako),
    ]
    assert "奥様" not in json.dumps(lines, ensure_ascii=False)


def test_a_decision_that_does_not_fit_changes_nothing(customers: Customers, town: Town, store: Store) -> None:
    sato = town.staff("sato")
    ichiro, hanako = _id(customers, sato, "一郎"), _id(customers, sato, "花子")
    call_id = town.call()
    with pytest.raises(Conflict, match="unassigned"):
        customers.reassign(sato, call_id, ichiro)
    with pytest.raises(Conflict, match="unassigned"):
        customers.unassign(sato, call_id)
    customers.confirm(sato, call_id, ichiro)
    with pytest.raises(Conflict, match="assigned"):
        customers.confirm(sato, call_id, hanako)
    with pytest.raises(Conflict, match="assigned"):
        customers.refuse(sato, call_id, ichiro)
    with pytest.raises(NotFound):
        customers.reassign(sato, call_id, CustomerId("nobody"))
    with pytest.raises(NotFound):
        customers.confirm(sato, CallId("none"), ichiro)
    assert _owner(store, call_id) == ichiro
    assert len(customers.assignments_of(call_id)) == 1


def test_nobody_confirms_who_is_gone(customers: Customers, town: Town, store: Store, clock: HandClock) -> None:
    sato = town.staff("sato")
    ichiro = _id(customers, sato, "一郎")
    with store.write() as connection:
        store_page(connection, "local", [CrmCustomer("S1", gone=True)], "JP", clock())
    call_id = town.call()
    with pytest.raises(Conflict, match="customer_gone"):
        customers.confirm(sato, call_id, ichiro)
    assert customers.customer(ichiro).gone_at == clock()
    assert customers.numbers_of(ichiro) == ()
    with pytest.raises(NotFound):
        customers.customer(CustomerId("nobody"))


def test_an_internal_call_is_no_customers(customers: Customers, town: Town, store: Store) -> None:
    sato, call_id = town.staff("sato"), town.call()
    with store.write() as connection:
        connection.execute(update(calls).where(calls.c.id == call_id).values(direction="internal"))
    with pytest.raises(Conflict, match="internal_call"):
        customers.confirm(sato, call_id, _id(customers, sato, "一郎"))


def test_a_call_that_was_joined_is_the_one_it_was_joined_to(customers: Customers, town: Town, store: Store) -> None:
    sato, older, newer = town.staff("sato"), town.call(), town.call()
    with store.write() as connection:
        connection.execute(update(calls).where(calls.c.id == newer).values(merged_into=older))
    ichiro = _id(customers, sato, "一郎")
    customers.confirm(sato, newer, ichiro)
    assert (_owner(store, older), _owner(store, newer)) == (ichiro, None)


def test_an_earlier_choice_is_remembered_and_never_applied(
    customers: Customers, town: Town, store: Store, clock: HandClock
) -> None:
    sato = town.staff("sato")
    hanako, makoto = _id(customers, sato, "花子"), _id(customers, sato, "髙橋")
    customers.confirm(sato, town.call(e164="+81456712121"), hanako)
    at = clock()
    clock.move(days=1)
    again = town.call(e164="+81456712121")
    match = customers.candidates("+81456712121")
    assert [candidate.customer.name for candidate in match.candidates] == ["山田 花子", "山田 一郎"]
    chosen = match.candidates[0].reasons[-1]
    assert (chosen.kind, chosen.by, chosen.at) == (ReasonKind.CHOSEN_BEFORE, "satoさん", at)
    assert _owner(store, again) is None

    stranger = town.call(e164="+819099998888")
    customers.confirm(sato, stranger, makoto)
    assert _match(customers, "09099998888") == (MatchKind.ONE, ["髙橋 誠"])
    clock.move(seconds=1)
    customers.reassign(sato, stranger, hanako)
    clock.move(seconds=1)
    customers.unassign(sato, stranger)
    customers.refuse(sato, stranger, hanako)
    clock.move(seconds=1)
    customers.refuse(sato, stranger, makoto)
    assert _match(customers, "09099998888") == (MatchKind.NONE, [])


def test_nobody_reads_the_customers_out_by_looking_up(customers: Customers, town: Town, clock: HandClock) -> None:
    greedy, other = town.staff("greedy"), town.staff("other")
    for _ in range(120):
        customers.look_up(greedy, "林", LookUpReason.OTHER)
    with pytest.raises(LimitReached) as limit:
        customers.look_up(greedy, "林", LookUpReason.OTHER)
    assert 0 < limit.value.facts["retry_after_s"] <= 15 * 60 + 1
    assert customers.look_up(other, "林", LookUpReason.OTHER).customers
    clock.move(minutes=15)
    assert customers.look_up(greedy, "林", LookUpReason.OTHER).customers
