"""Proxies: who has no mandate gets nowhere and learns nothing; who has one, as far and as long as it says."""

import threading
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from plugin.core.errors import Conflict, Denied, InputError, LimitReached, NotFound
from plugin.core.identity import CallerRole, Item, Level, Policy, Verdict
from plugin.core.ids import CustomerId, MandateId, new_id
from plugin.core.mandates import Scope
from plugin.core.staff import Role, Staff
from plugin.services.mandates import Mandates
from plugin.services.speakers import Said
from plugin.store import identity as identities
from plugin.store.engine import Store
from plugin.store.mandates import forget_answers
from plugin.store.tables import metadata
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.mandates import mandate_answers
from tests.kit.callers import RIGHT, Line
from tests.kit.clock import HandClock

PROXY = {
    Item.NAME_KANA: "ミナト ナオト",
    Item.BIRTH_DATE: "S60.11.3",
    Item.PASSPHRASE: "やまゆり",
    Item.CONTRACT_NUMBER: "D-100",
}
TOLD = {Item.NAME_KANA: "みなとなおと", Item.BIRTH_DATE: "1985/11/3", Item.PASSPHRASE: "やまゆり"}
LAST = date(2027, 3, 31)


@pytest.fixture
def line(store: Store, clock: HandClock, tmp_path: Path) -> Line:
    return Line.on(store, clock, tmp_path / "keys")


@pytest.fixture
def mandates(line: Line) -> Mandates:
    return Mandates(line.store, line.clock, line.answers, Policy(), ZoneInfo("Asia/Tokyo"))


@pytest.fixture
def boss(line: Line) -> Staff:
    return line.town.staff("boss", Role.SUPERVISOR)


def test_a_proxy_with_a_mandate_reaches_the_history_by_his_own_answers(
    line: Line, mandates: Mandates, boss: Staff
) -> None:
    staff, customer = line.town.staff("101"), line.customer()
    made = mandates.register(boss, customer, "湊 直人", Scope.HISTORY, LAST, PROXY)
    call = line.town.call(taken_by=staff, ended=False)
    begun = line.begin(staff, call, customer, CallerRole.PROXY)
    assert line.identity.judge(staff, begun.id, TOLD) == Verdict(passed=True, level=Level.HISTORY, tries_left=2)
    assert line.level(staff, call, customer) is Level.HISTORY
    standing = line.identity.standing(staff, call, customer)
    assert standing is not None
    assert (standing.role, standing.is_overridden) == (CallerRole.PROXY, False)
    with pytest.raises(Conflict, match="passed"):  # the mandate goes no further
        line.identity.raise_level(staff, begun.id, {Item.CONTRACT_NUMBER: "D100"})
    with line.store.read() as connection:
        acts = connection.execute(select(audit_lines).order_by(audit_lines.c.seq)).all()
    assert (acts[0].act, acts[0].user_id, acts[0].customer_id) == ("mandate.registered", boss.user_id, customer)
    assert made.name not in "".join(row.body for row in acts)


def test_a_mandate_to_listen_goes_as_far_as_his_answers_do(line: Line, mandates: Mandates, boss: Staff) -> None:
    staff, customer = line.town.staff("101"), line.customer()
    mandates.register(boss, customer, "湊 直人", Scope.LISTEN, LAST, PROXY)
    call = line.town.call(taken_by=staff, ended=False)
    begun = line.begin(staff, call, customer, CallerRole.PROXY)
    assert line.identity.judge(staff, begun.id, TOLD).level is Level.HISTORY
    assert not line.identity.raise_level(staff, begun.id, {Item.CONTRACT_NUMBER: "K44710921"}).passed  # the customer's
    assert line.identity.raise_level(staff, begun.id, {Item.CONTRACT_NUMBER: "D100"}).level is Level.LISTEN


def test_without_a_mandate_it_is_a_wrong_set_and_nothing_tells_the_difference(
    line: Line, mandates: Mandates, boss: Staff
) -> None:
    with_one, without = line.customer(), line.customer("S2")
    mandates.register(boss, with_one, "湊 直人", Scope.HISTORY, LAST, PROXY)
    verdicts = []
    for place, customer in enumerate((with_one, without)):
        staff = line.town.staff(f"10{place}")
        call = line.town.call(taken_by=staff, ended=False)
        begun = line.begin(staff, call, customer, CallerRole.PROXY)
        said = TOLD | {Item.PASSPHRASE: "ゆり"}
        verdicts.append([line.identity.judge(staff, begun.id, said) for _ in range(2)])
        assert line.level(staff, call, customer) is Level.NONE
        with pytest.raises(Conflict, match="failed"):
            line.identity.judge(staff, begun.id, TOLD)
    assert verdicts[0] == verdicts[1]


def test_the_customers_own_answers_are_not_his_proxys(line: Line, mandates: Mandates, boss: Staff) -> None:
    staff, customer = line.town.staff("101"), line.customer()
    mandates.register(boss, customer, "湊 直人", Scope.HISTORY, LAST, PROXY)
    call = line.town.call(taken_by=staff, ended=False)
    assert not line.identity.judge(staff, line.begin(staff, call, customer, CallerRole.PROXY).id, RIGHT).passed
    assert not line.identity.judge(staff, line.begin(staff, call, customer).id, TOLD).passed


def test_two_proxies_answers_do_not_add_up(line: Line, mandates: Mandates, boss: Staff) -> None:
    staff, customer = line.town.staff("101"), line.customer()
    mandates.register(boss, customer, "湊 直人", Scope.HISTORY, LAST, PROXY)
    other = {Item.NAME_KANA: "ハラ アキ", Item.BIRTH_DATE: "1990-01-02", Item.PASSPHRASE: "つばき"}
    mandates.register(boss, customer, "原 亜紀", Scope.HISTORY, LAST, other)
    call = line.town.call(taken_by=staff, ended=False)
    begun = line.begin(staff, call, customer, CallerRole.PROXY)
    assert not line.identity.judge(staff, begun.id, TOLD | {Item.PASSPHRASE: "つばき"}).passed
    assert line.identity.judge(staff, begun.id, other).passed


def test_guesses_at_a_proxy_count_for_the_customer(line: Line, mandates: Mandates, boss: Staff) -> None:
    customer = line.customer()
    for place in range(3):
        staff = line.town.staff(f"10{place}")
        begun = line.begin(staff, line.town.call(taken_by=staff, ended=False), customer, CallerRole.PROXY)
        for _ in range(1 if place == 2 else 2):
            line.identity.judge(staff, begun.id, TOLD)
    with pytest.raises(LimitReached, match="locked_out"):
        line.begin(staff, line.town.call(taken_by=staff, ended=False), customer, CallerRole.PROXY)


def test_it_ends_with_its_last_day_and_whatever_was_proved_under_it_too(
    line: Line, mandates: Mandates, boss: Staff
) -> None:
    staff, customer = line.town.staff("101"), line.customer()
    made = mandates.register(boss, customer, "湊 直人", Scope.HISTORY, date(2026, 11, 23), PROXY)
    assert made.expires_at == line.clock() + timedelta(hours=16)  # midnight in Tokyo, 08:00 now
    line.clock.move(hours=15, minutes=59)
    call = line.town.call(taken_by=staff, ended=False)
    begun = line.begin(staff, call, customer, CallerRole.PROXY)
    assert line.identity.judge(staff, begun.id, TOLD).passed
    line.clock.move(minutes=1)
    assert line.level(staff, call, customer) is Level.NONE
    again = line.begin(staff, call, customer, CallerRole.PROXY)
    assert not line.identity.judge(staff, again.id, TOLD).passed


def test_to_end_one_ends_what_it_opened_and_forgets_the_answers(line: Line, mandates: Mandates, boss: Staff) -> None:
    staff, customer = line.town.staff("101"), line.customer()
    made = mandates.register(boss, customer, "湊 直人", Scope.HISTORY, LAST, PROXY)
    call = line.town.call(taken_by=staff, ended=False)
    assert line.identity.judge(staff, line.begin(staff, call, customer, CallerRole.PROXY).id, TOLD).passed
    for reason in ("", "x" * 201):
        with pytest.raises(InputError, match="reason"):
            mandates.end(boss, made.id, reason)
    mandates.end(boss, made.id, "ご本人からの取り消し")
    assert line.level(staff, call, customer) is Level.NONE
    with line.store.read() as connection:
        assert connection.execute(select(mandate_answers)).all() == []
    with pytest.raises(Conflict, match="not_in_force"):
        mandates.end(boss, made.id, "もう一度")
    with pytest.raises(NotFound):
        mandates.end(boss, MandateId(new_id(line.clock())), "理由")


def test_one_that_is_ended_while_its_proxy_is_judged_takes_what_he_proved_with_it(
    line: Line, mandates: Mandates, boss: Staff
) -> None:
    staff, customer = line.town.staff("101"), line.customer()
    made = mandates.register(boss, customer, "湊 直人", Scope.HISTORY, LAST, PROXY)
    call = line.town.call(taken_by=staff, ended=False)
    begun = line.begin(staff, call, customer, CallerRole.PROXY)
    ending = threading.Thread(target=mandates.end, args=(boss, made.id, "解約"))
    with line.store.write() as connection:
        proved = line.identity.speakers.prove(connection, begun, Said(TOLD, {}), line.clock())
        assert proved is not None
        assert proved.mandate_id == made.id
        ending.start()
        ending.join(0.5)
        assert ending.is_alive()  # it waits for this transaction, however long it takes
        identities.keep_mandate(connection, begun.id, made.id)
        until = line.clock() + timedelta(hours=1)
        asked = frozenset(TOLD)
        identities.prove(connection, begun.id, Level.HISTORY, asked, frozenset(), line.clock(), until)
    ending.join()
    assert line.level(staff, call, customer) is Level.NONE


def test_answers_of_what_ran_out_are_forgotten(line: Line, mandates: Mandates, boss: Staff) -> None:
    mandates.register(boss, line.customer(), "湊 直人", Scope.HISTORY, date(2026, 11, 23), PROXY)
    mandates.register(boss, line.customer("S2"), "湊 直人", Scope.HISTORY, LAST, PROXY)
    line.clock.move(days=1)
    with line.store.write() as connection:
        assert forget_answers(connection, line.clock(), 100) == 1
        assert forget_answers(connection, line.clock(), 100) == 0
        assert len(set(connection.scalars(select(mandate_answers.c.mandate_id)))) == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"name": " "}, "name"),
        ({"last": date(2026, 11, 22)}, "valid_until"),
        ({"last": date(2033, 1, 1)}, "valid_until"),
        ({"said": {Item.NAME_KANA: "ミナト", Item.BIRTH_DATE: "1985-11-3"}}, "too_few"),
        ({"said": PROXY | {Item.PASSPHRASE: "", Item.CONTRACT_NUMBER: "", Item.PHONE_HOME: "0312345678"}}, "too_few"),
        ({"said": PROXY | {Item.BIRTH_DATE: "昭和64年1月8日"}}, "answer"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_mandate_is_refused(
    line: Line, mandates: Mandates, boss: Staff, change: dict[str, object], reason: str
) -> None:
    given = {"name": "湊 直人", "last": LAST, "said": PROXY} | change
    customer = line.customer()
    with pytest.raises(InputError, match=reason):
        mandates.register(boss, customer, given["name"], Scope.HISTORY, given["last"], given["said"])  # type: ignore[arg-type]
    assert mandates.of(boss, customer)[1] == ()


def test_a_customer_has_five_at_most(line: Line, mandates: Mandates, boss: Staff) -> None:
    customer = line.customer()
    for _ in range(5):
        made = mandates.register(boss, customer, "湊 直人", Scope.HISTORY, LAST, PROXY)
    with pytest.raises(Conflict, match="too_many"):
        mandates.register(boss, customer, "湊 直人", Scope.HISTORY, LAST, PROXY)
    mandates.end(boss, made.id, "不要")
    assert len(mandates.in_force(boss)) == 4
    mandates.register(boss, customer, "湊 直人", Scope.HISTORY, LAST, PROXY)


def test_nobody_else_registers_sees_or_ends_one(line: Line, mandates: Mandates, boss: Staff) -> None:
    customer = line.customer()
    made = mandates.register(boss, customer, "湊 直人", Scope.HISTORY, LAST, PROXY)
    for role in set(Role) - {Role.SUPERVISOR, Role.PRIVACY}:
        person = line.town.staff(role, role)
        for act in (
            lambda who: mandates.register(who, customer, "湊 直人", Scope.LISTEN, LAST, PROXY),
            lambda who: mandates.end(who, made.id, "理由"),
            lambda who: mandates.of(who, customer),
            mandates.in_force,
            lambda who: mandates.customers_with_code(who, "C1"),
        ):
            with pytest.raises(Denied):
                act(person)
    with pytest.raises(NotFound):
        mandates.register(boss, CustomerId(new_id(line.clock())), "湊 直人", Scope.HISTORY, LAST, PROXY)


def test_no_answer_of_a_proxy_is_stored_as_it_was_typed(line: Line, mandates: Mandates, boss: Staff) -> None:
    mandates.register(boss, line.customer(), "湊 直人", Scope.HISTORY, LAST, PROXY)
    with line.store.read() as connection:
        held = "".join(str(tuple(row)) for table in metadata.sorted_tables for row in connection.execute(select(table)))
    assert [value for value in (*PROXY.values(), "1985-11-03", "ミナトナオト", "D100") if value in held] == []
