"""Proxies: who has no mandate gets nowhere and learns nothing; who has one, as far and as long as it says."""

import threading
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from plugin.core.errors import Conflict, Denied, InputError, LimitReached, NotFound
from plugin.core.identity import CallerRole, Item, Level, Verdict
from plugin.core.ids import CustomerId, MandateId, new_id
from plugin.core.mandates import MandateState, Scope
from plugin.core.staff import Role, Staff
from plugin.core.times import to_us
from plugin.services.speakers import Said
from plugin.store import identity as identities
from plugin.store.engine import Store
from plugin.store.keys import Keys
from plugin.store.mandates import forget_answers
from plugin.store.recording_keys import of_answers
from plugin.store.tables import metadata
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.identity import identity_answers
from plugin.store.tables.mandates import mandate_answers
from plugin.store.tables.mandates import mandates as mandates_table
from tests.kit.callers import RIGHT, Line
from tests.kit.clock import HandClock
from tests.kit.mandates import LAST, PROXY, TOLD, Registry


@pytest.fixture
def line(store: Store, clock: HandClock, tmp_path: Path) -> Line:
    return Line.on(store, clock, tmp_path / "keys")


@pytest.fixture
def mandates(line: Line) -> Registry:
    return Registry.on(line)


@pytest.fixture
def boss(line: Line) -> Staff:
    return line.town.staff("boss", Role.SUPERVISOR)


def test_a_proxy_with_a_mandate_reaches_the_history_by_his_own_answers(
    line: Line, mandates: Registry, boss: Staff
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
    told = {row.act: (row.user_id, row.customer_id) for row in acts}
    assert told["mandate.registered"] == (boss.user_id, customer)
    assert told["mandate.confirmed"] == (mandates.second.user_id, customer)
    assert made.name not in "".join(row.body for row in acts)


def test_a_mandate_to_listen_goes_as_far_as_his_answers_do(line: Line, mandates: Registry, boss: Staff) -> None:
    staff, customer = line.town.staff("101"), line.customer()
    mandates.register(boss, customer, "湊 直人", Scope.LISTEN, LAST, PROXY)
    call = line.town.call(taken_by=staff, ended=False)
    begun = line.begin(staff, call, customer, CallerRole.PROXY)
    assert line.identity.judge(staff, begun.id, TOLD).level is Level.HISTORY
    assert not line.identity.raise_level(staff, begun.id, {Item.CONTRACT_NUMBER: "K44710921"}).passed  # the customer's
    assert line.identity.raise_level(staff, begun.id, {Item.CONTRACT_NUMBER: "D100"}).level is Level.LISTEN


def test_without_a_mandate_it_is_a_wrong_set_and_nothing_tells_the_difference(
    line: Line, mandates: Registry, boss: Staff
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


def test_the_customers_own_answers_are_not_his_proxys(line: Line, mandates: Registry, boss: Staff) -> None:
    staff, customer = line.town.staff("101"), line.customer()
    mandates.register(boss, customer, "湊 直人", Scope.HISTORY, LAST, PROXY)
    call = line.town.call(taken_by=staff, ended=False)
    assert not line.identity.judge(staff, line.begin(staff, call, customer, CallerRole.PROXY).id, RIGHT).passed
    assert not line.identity.judge(staff, line.begin(staff, call, customer).id, TOLD).passed


def test_two_proxies_answers_do_not_add_up(line: Line, mandates: Registry, boss: Staff) -> None:
    staff, customer = line.town.staff("101"), line.customer()
    mandates.register(boss, customer, "湊 直人", Scope.HISTORY, LAST, PROXY)
    other = {Item.NAME_KANA: "ハラ アキ", Item.BIRTH_DATE: "1990-01-02", Item.PASSPHRASE: "つばき"}
    mandates.register(boss, customer, "原 亜紀", Scope.HISTORY, LAST, other)
    call = line.town.call(taken_by=staff, ended=False)
    begun = line.begin(staff, call, customer, CallerRole.PROXY)
    assert not line.identity.judge(staff, begun.id, TOLD | {Item.PASSPHRASE: "つばき"}).passed
    assert line.identity.judge(staff, begun.id, other).passed


def test_guesses_at_a_proxy_count_for_the_customer(line: Line, mandates: Registry, boss: Staff) -> None:
    customer = line.customer()
    for place in range(3):
        staff = line.town.staff(f"10{place}")
        begun = line.begin(staff, line.town.call(taken_by=staff, ended=False), customer, CallerRole.PROXY)
        for _ in range(1 if place == 2 else 2):
            line.identity.judge(staff, begun.id, TOLD)
    with pytest.raises(LimitReached, match="locked_out"):
        line.begin(staff, line.town.call(taken_by=staff, ended=False), customer, CallerRole.PROXY)


def test_it_ends_with_its_last_day_and_whatever_was_proved_under_it_too(
    line: Line, mandates: Registry, boss: Staff
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


def test_to_end_one_ends_what_it_opened_and_forgets_the_answers(line: Line, mandates: Registry, boss: Staff) -> None:
    staff, customer = line.town.staff("101"), line.customer()
    made = mandates.register(boss, customer, "湊 直人", Scope.HISTORY, LAST, PROXY)
    call = line.town.call(taken_by=staff, ended=False)
    assert line.identity.judge(staff, line.begin(staff, call, customer, CallerRole.PROXY).id, TOLD).passed
    for reason in ("", "x" * 201):
        with pytest.raises(InputError, match="reason"):
            mandates.rooms.end(boss, made.id, reason)
    mandates.rooms.end(boss, made.id, "ご本人からの取り消し")
    assert line.level(staff, call, customer) is Level.NONE
    with line.store.read() as connection:
        assert connection.execute(select(mandate_answers)).all() == []
    with pytest.raises(Conflict, match="not_in_force"):
        mandates.rooms.end(boss, made.id, "もう一度")
    with pytest.raises(NotFound):
        mandates.rooms.end(boss, MandateId(new_id(line.clock())), "理由")


def test_one_that_is_ended_while_its_proxy_is_judged_takes_what_he_proved_with_it(
    line: Line, mandates: Registry, boss: Staff
) -> None:
    staff, customer = line.town.staff("101"), line.customer()
    made = mandates.register(boss, customer, "湊 直人", Scope.HISTORY, LAST, PROXY)
    call = line.town.call(taken_by=staff, ended=False)
    begun = line.begin(staff, call, customer, CallerRole.PROXY)
    ending = threading.Thread(target=mandates.rooms.end, args=(boss, made.id, "解約"))
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


def test_answers_of_what_ran_out_are_forgotten(line: Line, mandates: Registry, boss: Staff) -> None:
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
    line: Line, mandates: Registry, boss: Staff, change: dict[str, object], reason: str
) -> None:
    given = {"name": "湊 直人", "last": LAST, "said": PROXY} | change
    customer = line.customer()
    with pytest.raises(InputError, match=reason):
        mandates.register(boss, customer, given["name"], Scope.HISTORY, given["last"], given["said"])
    assert mandates.rooms.of(boss, customer)[1] == ()


def test_a_customer_has_five_at_most(line: Line, mandates: Registry, boss: Staff) -> None:
    customer = line.customer()
    for _ in range(5):
        made = mandates.register(boss, customer, "湊 直人", Scope.HISTORY, LAST, PROXY)
    with pytest.raises(Conflict, match="too_many"):
        mandates.register(boss, customer, "湊 直人", Scope.HISTORY, LAST, PROXY)
    mandates.rooms.end(boss, made.id, "不要")
    assert len(mandates.rooms.open(boss)) == 4
    mandates.register(boss, customer, "湊 直人", Scope.HISTORY, LAST, PROXY)


def test_nobody_else_registers_sees_or_ends_one(line: Line, mandates: Registry, boss: Staff) -> None:
    customer = line.customer()
    made = mandates.register(boss, customer, "湊 直人", Scope.HISTORY, LAST, PROXY)
    for role in set(Role) - {Role.SUPERVISOR, Role.PRIVACY}:
        person = line.town.staff(role, role)
        for act in (
            lambda who: mandates.ask(who, customer),
            lambda who: mandates.rooms.end(who, made.id, "理由"),
            lambda who: mandates.rooms.of(who, customer),
            mandates.rooms.open,
            lambda who: mandates.rooms.customers_with_code(who, "C1"),
        ):
            with pytest.raises(Denied):
                act(person)
    with pytest.raises(NotFound):
        mandates.ask(boss, CustomerId(new_id(line.clock())))


def test_no_answer_of_a_proxy_is_stored_as_it_was_typed(line: Line, mandates: Registry, boss: Staff) -> None:
    mandates.register(boss, line.customer(), "湊 直人", Scope.HISTORY, LAST, PROXY)
    with line.store.read() as connection:
        held = "".join(str(tuple(row)) for table in metadata.sorted_tables for row in connection.execute(select(table)))
    assert [value for value in (*PROXY.values(), "1985-11-03", "ミナトナオト", "D100") if value in held] == []


def _verdict(line: Line, staff: Staff, customer: CustomerId) -> bool:
    call = line.town.call(taken_by=staff, ended=False)
    begun = line.begin(staff, call, customer, CallerRole.PROXY)
    return line.identity.judge(staff, begun.id, TOLD).passed


def test_nobody_passes_under_what_one_person_registered(line: Line, mandates: Registry, boss: Staff) -> None:
    staff, customer = line.town.staff("101"), line.customer()
    made = mandates.ask(boss, customer)
    assert made.state_at(line.clock()) is MandateState.WAITING
    assert not _verdict(line, staff, customer)
    request = mandates.request(made)
    with pytest.raises(Denied, match="same_person"):
        mandates.approvals.approve(request.id, request.content_hash, "よし", boss)
    assert not _verdict(line, staff, customer)
    confirmed = mandates.confirm(made)
    assert (confirmed.state_at(line.clock()), confirmed.confirmed_by) == (MandateState.IN_FORCE, mandates.second.name)
    assert _verdict(line, staff, customer)


def test_neither_who_registered_nor_who_confirmed_verifies_the_proxy(
    line: Line, mandates: Registry, boss: Staff
) -> None:
    customer = line.customer()
    third = line.town.staff("third", Role.SUPERVISOR)
    begun = line.begin(boss, line.town.call(taken_by=boss, ended=False), customer, CallerRole.PROXY)
    made = mandates.ask(boss, customer)
    request = mandates.request(made)
    mandates.approvals.approve(request.id, request.content_hash, "よし", third)
    assert not line.identity.judge(boss, begun.id, TOLD).passed  # begun before it was made
    for one in (boss, third):
        with pytest.raises(Conflict, match="own_mandate"):
            line.begin(one, line.town.call(taken_by=one, ended=False), customer, CallerRole.PROXY)
    assert _verdict(line, line.town.staff("101"), customer)


@pytest.mark.parametrize("answer", ["refuse", "withdraw", "lapse", "end"])
def test_what_is_not_confirmed_counts_never_and_its_answers_are_forgotten(
    line: Line, mandates: Registry, boss: Staff, answer: str
) -> None:
    customer = line.customer()
    made = mandates.ask(boss, customer)
    request = mandates.request(made)
    if answer == "refuse":
        mandates.approvals.refuse(request.id, request.content_hash, "書面がない", mandates.second)
    elif answer == "withdraw":
        mandates.approvals.withdraw(request.id, boss)
    elif answer == "lapse":
        line.clock.move(days=3)
    else:
        mandates.rooms.end(boss, made.id, "誤り")
    states = {"refuse": "refused", "withdraw": "withdrawn", "lapse": "lapsed", "end": "ended"}
    (now,) = mandates.rooms.of(boss, customer)[1]
    assert now.state_at(line.clock()) == states[answer]
    with pytest.raises((Conflict, NotFound)):
        mandates.approvals.approve(request.id, request.content_hash, "よし", mandates.second)
    assert not _verdict(line, line.town.staff("101"), customer)
    assert mandates.rooms.open(boss) == ()
    with line.store.write() as connection:
        forget_answers(connection, line.clock(), 100)
        assert connection.execute(select(mandate_answers)).all() == []


def test_what_was_changed_since_it_was_asked_for_is_not_confirmed(line: Line, mandates: Registry, boss: Staff) -> None:
    made = mandates.ask(boss, line.customer())
    for change in ({"scope": "listen"}, {"name": "別人"}, {"expires_at": to_us(made.expires_at) + 86_400_000_000}):
        with line.store.write() as connection:
            connection.execute(update(mandates_table).values(**change))
        with pytest.raises(Conflict, match="approval_changed"):
            mandates.confirm(made)
        assert mandates.request(made).state == "waiting"
        back = {"scope": "history", "name": made.name, "expires_at": to_us(made.expires_at)}
        with line.store.write() as connection:
            connection.execute(update(mandates_table).values(**back))
    with line.store.write() as connection:
        connection.execute(update(mandate_answers).where(mandate_answers.c.item == "passphrase").values(form_hash="0"))
    with pytest.raises(Conflict, match="approval_changed"):
        mandates.confirm(made)


def test_answers_move_to_a_newer_key_without_being_told_again(
    line: Line, mandates: Registry, boss: Staff, tmp_path: Path
) -> None:
    customer = line.customer()
    made = mandates.register(boss, customer)
    waiting = mandates.ask(boss, customer, "原 亜紀")
    old = Keys(tmp_path / "keys").secret("answers")
    new = Keys(tmp_path / "keys").rotate("answers")
    assert (mandates.rooms.rekey(), mandates.rooms.rekey()) == (2, 0)
    with line.store.read() as connection:
        assert of_answers(connection)[new.id] == 1
        assert set(connection.scalars(select(mandates_table.c.answer_key_id))) == {new.id}
        others = connection.scalars(select(identity_answers.c.key_id).distinct()).all()
    assert others == [old.id]  # the customer's own wait for the next sync
    mandates.confirm(waiting)
    (tmp_path / "keys" / "answers.1").unlink()
    fresh = Line.on(line.store, line.clock, tmp_path / "keys")
    begun = fresh.begin(
        staff := line.town.staff("101"), line.town.call(taken_by=staff, ended=False), customer, CallerRole.PROXY
    )
    assert fresh.identity.judge(staff, begun.id, TOLD).passed
    with line.store.read() as connection:
        found = identities.verification(connection, begun.id)
    assert found is not None
    assert found.mandate_id in (made.id, waiting.id)
