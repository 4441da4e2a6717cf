"""One-time codes: what they prove, before whom, for how long, and that nothing else does."""

import logging
import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from plugin.core.codes import CodeState
from plugin.core.customers import NumberKind
from plugin.core.errors import Conflict, DenwabanError, InputError, LimitReached, NotFound
from plugin.core.identity import CallerRole, Item, Level, Proof, Verdict
from plugin.core.ids import CallId
from plugin.core.ports import MessageWay
from plugin.core.times import to_us
from plugin.services.tidy import Tidy
from plugin.store.engine import Store
from plugin.store.tables import metadata
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.calls import calls
from plugin.store.tables.customers import customer_numbers
from plugin.store.tables.proofs import send_counters
from tests.kit.callers import RIGHT, other_session
from tests.kit.clock import HandClock
from tests.kit.reach import FIXED, MOBILE, Phones, give_number

HOUSEHOLD = {item: RIGHT[item] for item in (Item.NAME_KANA, Item.BIRTH_DATE)}


@pytest.fixture
def phones(store: Store, clock: HandClock, tmp_path: Path) -> Phones:
    return Phones.on(store, clock, tmp_path)


def _wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_code_stands_for_what_only_the_person_has(phones: Phones) -> None:
    staff, customer = phones.line.town.staff("101"), phones.customer()
    call = phones.line.town.call(taken_by=staff, ended=False)
    begun = phones.line.begin(staff, call, customer).id
    with pytest.raises(InputError, match="too_few"):
        phones.line.identity.judge(staff, begun, HOUSEHOLD)
    code = phones.send(staff, begun, customer)
    assert phones.codes.judge(staff, begun, code) == Verdict(passed=True, level=Level.NONE, tries_left=2)
    assert phones.line.level(staff, call, customer) is Level.NONE  # a code alone opens nothing
    assert phones.line.identity.judge(staff, begun, HOUSEHOLD).level is Level.HISTORY
    assert phones.line.level(staff, call, customer) is Level.HISTORY


def test_a_code_raises_what_was_proved_already(phones: Phones) -> None:
    staff, customer = phones.line.town.staff("101"), phones.customer()
    begun = phones.begin(staff, customer)
    assert phones.line.identity.judge(staff, begun, RIGHT).level is Level.HISTORY
    code = phones.send(staff, begun, customer)
    assert phones.codes.judge(staff, begun, code).level is Level.LISTEN


def test_a_wrong_code_uses_up_a_try_of_call_and_customer(phones: Phones) -> None:
    staff, customer = phones.line.town.staff("101"), phones.customer()
    begun = phones.begin(staff, customer)
    code = phones.send(staff, begun, customer)
    assert phones.codes.judge(staff, begun, _wrong(code)) == Verdict(passed=False, level=Level.NONE, tries_left=1)
    assert not phones.codes.judge(staff, begun, _wrong(code)).passed
    with pytest.raises(Conflict, match="failed"):
        phones.codes.judge(staff, begun, code)
    for place in range(2, 5):
        other = phones.line.town.staff(f"20{place}")
        verification = phones.begin(other, customer)
        right = phones.send(other, verification, customer)
        assert not phones.codes.judge(other, verification, _wrong(right)).passed
    last = phones.line.town.staff("300")
    with pytest.raises(LimitReached, match="locked_out"):
        phones.begin(last, customer)


def test_what_is_no_code_uses_up_nothing(phones: Phones) -> None:
    staff, customer = phones.line.town.staff("101"), phones.customer()
    begun = phones.begin(staff, customer)
    with pytest.raises(Conflict, match="no_code"):
        phones.codes.judge(staff, begun, "123456")
    code = phones.send(staff, begun, customer)
    for told in ("", "12345", "1234567", "あいうえおか"):
        with pytest.raises(InputError, match="code"):
            phones.codes.judge(staff, begun, told)
    assert phones.codes.judge(staff, begun, code).tries_left == 2


def test_a_code_is_good_once_and_for_five_minutes(phones: Phones) -> None:
    staff, customer = phones.line.town.staff("101"), phones.customer()
    begun = phones.begin(staff, customer)
    code = phones.send(staff, begun, customer)
    phones.line.clock.move(minutes=5)
    with pytest.raises(Conflict, match="code_expired"):
        phones.codes.judge(staff, begun, code)
    code = phones.send(staff, begun, customer)
    assert phones.codes.judge(staff, begun, code).passed
    with pytest.raises(Conflict, match="no_code"):
        phones.codes.judge(staff, begun, code)


def test_a_newer_code_ends_the_older_one(phones: Phones) -> None:
    staff, customer = phones.line.town.staff("101"), phones.customer()
    begun = phones.begin(staff, customer)
    first = phones.send(staff, begun, customer)
    phones.line.clock.move(seconds=30)
    second = phones.send(staff, begun, customer)
    if first != second:
        assert not phones.codes.judge(staff, begun, first).passed
    assert phones.codes.judge(staff, begun, second).passed


def test_a_code_is_of_one_verification_customer_session_and_person(phones: Phones) -> None:
    staff, colleague = phones.line.town.staff("101"), phones.line.town.staff("102")
    customer, other = phones.customer(), phones.customer("S2", "+818012345679")
    mine, his = phones.begin(staff, customer), phones.begin(staff, other)
    code = phones.send(staff, mine, customer)
    foreign = phones.send(staff, his, other, "+818012345679")
    if code != foreign:
        assert not phones.codes.judge(staff, his, code).passed
    for stranger in (other_session(staff), colleague):
        with pytest.raises(NotFound):
            phones.codes.judge(stranger, mine, code)
        with pytest.raises(NotFound):
            phones.codes.send(stranger, mine, phones.mark(customer), MessageWay.SMS)
    assert phones.codes.judge(staff, mine, code).passed


def test_only_a_registered_number_that_fits_gets_a_code(phones: Phones) -> None:
    staff, customer, other = phones.line.town.staff("101"), phones.customer(), phones.customer("S2", "+818012345679")
    give_number(phones.line.store, customer, FIXED, NumberKind.HOME)
    begun = phones.begin(staff, customer)
    marks = (phones.mark(customer, FIXED), phones.mark(other, "+818012345679"), "", "0" * 64, MOBILE)
    for mark in marks:
        with pytest.raises(NotFound, match="number"):
            phones.codes.send(staff, begun, mark, MessageWay.SMS)
    assert phones.read() == []


def test_a_number_that_changes_meanwhile_makes_the_code_wrong(phones: Phones) -> None:
    staff, customer = phones.line.town.staff("101"), phones.customer()
    begun = phones.begin(staff, customer)
    code = phones.send(staff, begun, customer)
    with phones.line.store.write() as connection:
        of_customer = customer_numbers.c.customer_id == customer
        connection.execute(update(customer_numbers).where(of_customer).values(e164="+818011112222"))
    assert not phones.codes.judge(staff, begun, code).passed


def test_a_number_marked_personal_a_moment_ago_gets_no_code(phones: Phones) -> None:
    staff = phones.line.town.staff("101")
    customer = phones.line.customer()
    give_number(phones.line.store, customer, changed_us=phones.now_us())
    begun = phones.begin(staff, customer)
    with phones.line.store.read() as connection:
        assert phones.reachable.numbers(connection, customer) == {}
    phones.line.clock.move(days=7)
    with phones.line.store.read() as connection:
        assert len(phones.reachable.numbers(connection, customer)) == 1
        assert phones.reachable.proofs(connection, customer) >= {Proof.ONE_TIME_CODE}
    assert begun


def test_a_family_gets_no_code_and_neither_does_an_ended_call(phones: Phones) -> None:
    staff, customer = phones.line.town.staff("101"), phones.customer()
    call = phones.line.town.call(taken_by=staff, ended=False)
    family = phones.line.begin(staff, call, customer, CallerRole.FAMILY).id
    with pytest.raises(DenwabanError, match="caller_role"):
        phones.codes.send(staff, family, phones.mark(customer), MessageWay.SMS)
    begun = phones.line.begin(staff, call, customer).id
    code = phones.send(staff, begun, customer)
    _end(phones, call)
    phones.line.clock.move(minutes=4)
    assert phones.codes.judge(staff, begun, _wrong(code)).tries_left == 1  # within the grace
    phones.line.clock.move(minutes=6)
    with pytest.raises(Conflict, match="expired"):
        phones.codes.send(staff, begun, phones.mark(customer), MessageWay.SMS)


def _end(phones: Phones, call: CallId) -> None:
    with phones.line.store.write() as connection:
        ended = {"ended_at": to_us(phones.line.clock()), "state": "ended"}
        connection.execute(update(calls).where(calls.c.id == call).values(**ended))


def test_sends_are_few_for_a_call_a_customer_and_a_number(phones: Phones) -> None:
    staff, customer = phones.line.town.staff("101"), phones.customer()
    begun = phones.begin(staff, customer)
    for _ in range(3):
        phones.send(staff, begun, customer)
        phones.line.clock.move(seconds=20)
    with pytest.raises(LimitReached, match="codes_of_call"):
        phones.send(staff, begun, customer)
    phones.send(staff, again := phones.begin(staff, customer), customer)
    phones.send(staff, again, customer)
    with pytest.raises(LimitReached, match="code_limit"):
        phones.send(staff, again, customer)
    assert len(phones.read()) == 5
    phones.line.clock.move(hours=24)
    assert phones.send(staff, phones.begin(staff, customer), customer)
    with phones.line.store.read() as connection:
        kept = {row.about[:7]: row.counted for row in connection.execute(select(send_counters))}
    assert kept == {"code:c:": 1, "code:n:": 1, "code:u:": 1}


def test_by_voice_it_is_read_out(phones: Phones) -> None:
    staff, customer = phones.line.town.staff("101"), phones.customer()
    begun = phones.begin(staff, customer)
    sent = phones.codes.send(staff, begun, phones.mark(customer), MessageWay.VOICE)
    assert (sent.state, sent.way, sent.tail) == (CodeState.SENT, MessageWay.VOICE, "78")
    (file,) = phones.folder.iterdir()
    said = file.read_text("utf-8")
    code = "".join(said.split("コードは、")[1].split("、です")[0].split("、"))
    assert phones.codes.judge(staff, begun, code).passed


def test_counts_of_what_was_sent_are_forgotten_once_they_count_no_more(phones: Phones) -> None:
    staff, customer = phones.line.town.staff("101"), phones.customer()
    phones.send(staff, phones.begin(staff, customer), customer)
    tidy = Tidy(phones.line.store, phones.line.clock, timedelta(days=30), lambda: None)
    phones.line.clock.move(hours=23)
    other = phones.customer("S2", "+819012345670")
    phones.send(staff, phones.begin(staff, other), other, "+819012345670")
    assert tidy.run() == 0
    phones.line.clock.move(hours=2)
    assert tidy.run() == 3  # of the first customer, his number, and who sent it
    with phones.line.store.read() as connection:
        assert len(connection.execute(select(send_counters)).all()) == 2


def test_no_code_and_no_number_stands_anywhere(phones: Phones, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    staff, customer = phones.line.town.staff("101"), phones.customer()
    begun = phones.begin(staff, customer)
    code = phones.send(staff, begun, customer)
    phones.codes.judge(staff, begun, code)
    with phones.line.store.read() as connection:
        at_home = ("customer_numbers", "number_holders", "calls")
        tables = [table for table in metadata.sorted_tables if table.name not in at_home]
        kept = "\n".join(repr(row) for table in tables for row in connection.execute(select(table)))
    for place in (kept, caplog.text):
        assert re.search(rf"(?<![0-9A-Za-z]){code}(?![0-9A-Za-z])", place) is None  # within a hash it is chance
        assert MOBILE[1:] not in place


def test_every_step_is_in_the_audit(phones: Phones) -> None:
    staff, customer = phones.line.town.staff("101"), phones.customer()
    begun = phones.begin(staff, customer)
    code = phones.send(staff, begun, customer)
    phones.codes.judge(staff, begun, _wrong(code))
    phones.codes.judge(staff, begun, code)
    with phones.line.store.read() as connection:
        acts = [row.act for row in connection.execute(select(audit_lines).order_by(audit_lines.c.seq))]
        text = " ".join(row.body for row in connection.execute(select(audit_lines)))
    assert acts == ["identity.started", *["identity.code_sent"] * 2, *["identity.judged"] * 2]
    assert '"outcome":"sending"' in text
    assert '"outcome":"sent:done"' in text
    assert '"outcome":"failed"' in text
    assert '"outcome":"accepted"' in text
    assert '"purpose":"one_time_code"' in text


def test_the_time_of_a_code_is_not_longer_than_it_says(phones: Phones) -> None:
    staff, customer = phones.line.town.staff("101"), phones.customer()
    begun = phones.begin(staff, customer)
    sent = phones.codes.send(staff, begun, phones.mark(customer), MessageWay.SMS)
    assert sent.expires_at - sent.asked_at == timedelta(minutes=5)
    assert sent.code_mark != sent.number_mark
