"""What is written in a closed case goes when its purpose's period is over; number, dates, decision, hashes stay."""

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import String, Text, insert, select, update

from plugin.core.access import Purpose
from plugin.core.audit import Act
from plugin.core.disclosure import Decision, Delivered
from plugin.core.errors import Conflict
from plugin.core.harassment import Conduct, Findings
from plugin.core.ids import CaseId, new_id
from plugin.core.purposes import RuleForm, beginning, changes, needs_second
from plugin.core.retention import FEW_CASES, CaseStone, PurgeState
from plugin.core.staff import Role
from plugin.core.times import to_us
from plugin.services.harassment import Verdict
from plugin.services.letting_go import Reapplied
from plugin.services.purposes import _cases_due
from plugin.services.retention_plans import Planner
from plugin.store import case_erasure, harassment, purge_proofs
from plugin.store.engine import Store
from plugin.store.tables.approvals import approvals
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.disclosures import (
    disclosure_deliveries,
    disclosure_letters,
    disclosure_papers,
    disclosures,
)
from plugin.store.tables.harassment import harassment_marks, harassment_reports
from plugin.store.tables.keeping import case_tombstones, cases, holds
from plugin.store.tables.metadata import metadata
from tests.kit.clock import HandClock
from tests.kit.desk import Office
from tests.kit.disclosures import CONTACT, NAME, SENDER, Bureau
from tests.kit.people import Town
from tests.kit.retention import hold_call
from tests.kit.rows import rows
from tests.kit.site import Place
from tests.kit.traces import left_of
from tests.kit.vaults import Archive

_ANSWER = (disclosures, disclosure_letters, disclosure_deliveries)
# Of the tables that hang on a case: what stays of each that is text. Ids, stable words, days, hashes.
_STAYS = {
    "cases": {"id", "number", "kind", "opened_by", "closed_by"},
    "case_calls": {"case_id", "call_id", "added_by"},
    "call_purposes": {"id", "call_id", "purpose", "case_id"},
    "holds": {"id", "case_id", "placed_by", "review_on", "approval_id"},
    "disclosures": {
        *("case_id", "asked_by", "way", "received_on", "call_on", "worked_by", "second_by"),
        *("decision", "ground", "seal", "approval_id"),
    },
    "disclosure_calls": {"case_id", "call_id", "third_party", "audio", "parts", "checked_by", "seen"},
    "disclosure_extensions": {"id", "case_id", "before", "until", "extended_by"},
    "disclosure_letters": {"case_id", "lang", "sha256", "issued_by"},
    "disclosure_deliveries": {"id", "case_id", "what", "way", "delivered_on", "noted_by"},
    "disclosure_sounds": {"case_id", "recording_id", "audio", "sha256"},
    "harassment_reports": {"id", "call_id", "reported_by", "conduct", "state", "reviewed_by", "case_id"},
    "redactions": {
        *("id", "recording_id", "kind", "case_id", "hush", "state", "made_by", "approval_id", "confirmed_by", "reason"),
    },
}


def test_no_words_of_a_case_are_forgotten() -> None:
    emptied = {table.name: set(words) for table, _, words in case_erasure._EMPTIED} | {"cases": {"title", "why"}}
    dropped = {table.name for table, _ in case_erasure._DROPPED}
    hang = [one for one in metadata.sorted_tables if any(key.column.table.name == "cases" for key in one.foreign_keys)]
    assert {one.name for one in hang} - dropped <= _STAYS.keys()
    for table in (*hang, cases):
        texts = {column.name for column in table.columns if isinstance(column.type, String | Text)}
        if table.name not in dropped:
            assert texts - emptied.get(table.name, set()) == _STAYS[table.name] & texts, table.name


@pytest.fixture
def bureau(tmp_path: Path, clock: HandClock) -> Iterator[Bureau]:
    with Place(tmp_path, clock, **SENDER, purge_brake_percent=50) as place:
        yield Bureau(place, Office(place, clock))


def answered(bureau: Bureau) -> CaseId:
    """Return a case that was decided, answered by letter, handed over and closed."""
    case_id = bureau.decided(Decision.PARTIAL)
    bureau.answers.issue(bureau.hara, case_id, "ja")
    for what in (Delivered.LETTER, Delivered.TEXT):
        bureau.deliver(case_id, what)
    bureau.answers.close(bureau.hara, case_id)
    return case_id


def test_a_disclosures_applicant_goes_three_years_after_its_close_and_the_decision_stays(bureau: Bureau) -> None:
    case_id, still_open = answered(bureau), bureau.open()
    store, retention = bureau.house.store, bureau.house.keeping.retention
    before = bureau.file(case_id)
    was = repr([row for one in _ANSWER for row in rows(store, one)])
    bureau.office.clock.move(days=1095)
    assert retention.run() == 0
    bureau.office.clock.move(days=2)
    assert (retention.plan().cases, retention.plan().cases_there) == (1, 2)
    assert retention.run() == 1
    after = bureau.file(case_id)
    told = repr([row for one in _ANSWER for row in rows(store, one) if row.case_id == case_id])
    for words in (NAME, CONTACT.splitlines()[0], "123-45-67890", "隣人のお名前"):
        assert words in was
        assert words not in told
    assert left_of(store, "123-45-67890", "隣人のお名前") == []
    assert rows(store, disclosure_papers) == []
    assert {(one.reason, one.decided_reason) for one in rows(store, approvals)} == {("", None)}
    assert after.intake == replace(after.intake, name="", contact="", office="", operator="", gist="", reason="")
    assert (after.about, after.letter and after.letter.body) == (None, "")
    assert before.letter is not None
    assert after.letter is not None
    assert (after.letter.sha256, after.decision, after.case.number) == (
        before.letter.sha256,
        Decision.PARTIAL,
        before.case.number,
    )
    assert [each.what for each in after.deliveries] == [each.what for each in before.deliveries]
    assert bureau.file(still_open).intake.name == NAME
    assert retention.run() == 0
    (run,) = bureau.house.keeping.plans.board(bureau.hara).runs
    assert (run.state, run.cases, run.texts) == (PurgeState.DONE, 1, 0)
    lines = b"".join(retention.proof_of(bureau.hara, run.id))
    proved = purge_proofs.check(io.BytesIO(lines), bureau.house.audits.whole.public_key())
    assert proved is not None
    assert (proved.cases, proved.recordings, proved.texts) == (1, 0, 0)
    assert [str(row.body) for row in rows(store, audit_lines) if row.act == Act.CASE_EXPIRED and case_id in row.body]
    assert bureau.house.audits.whole.verify().findings == ()


def test_a_closed_case_is_kept_while_a_hold_keeps_one_of_its_calls(bureau: Bureau) -> None:
    case_id, store = answered(bureau), bureau.house.store
    bureau.open()
    made = hold_call(store, bureau.office.clock(), bureau.hara, bureau.past)
    bureau.office.clock.move(days=1097)
    retention = bureau.house.keeping.retention
    assert (retention.plan().cases, retention.plan().cases_held) == (0, 1)
    assert retention.run() == 0
    assert bureau.house.keeping.letting_go.cases({case_id: "disclosure:1096"}, None) == []
    assert bureau.file(case_id).intake.name == NAME
    with store.write() as connection:
        connection.execute(update(holds).where(holds.c.id == made).values(released_at=to_us(bureau.office.clock())))
    assert retention.run() == 1


def test_too_many_cases_at_once_wait_for_two(bureau: Bureau) -> None:
    for _ in range(FEW_CASES + 1):
        answered(bureau)
    bureau.office.clock.move(days=1097)
    with pytest.raises(Conflict, match="purge_brake"):
        bureau.house.keeping.retention.run()
    assert NAME in repr(rows(bureau.house.store, disclosures))
    retention = bureau.house.keeping.retention
    (braked,) = bureau.house.keeping.plans.board(bureau.hara).runs
    assert (braked.state, braked.cases_found) == (PurgeState.BRAKED, FEW_CASES + 1)
    asked = retention.ask(bureau.hara, braked.id, "保存期間の満了")
    bureau.house.approvals.approve(asked.id, asked.content_hash, "確認しました", bureau.kubo)
    assert retention.run() == FEW_CASES + 1
    assert NAME not in repr(rows(bureau.house.store, disclosures))


def test_a_harassment_case_and_a_dismissed_report_go_after_five_years(bureau: Bureau) -> None:
    house, office, clock = bureau.house, bureau.office, bureau.office.clock
    mori = Town(house.store, clock()).staff("kacho", Role.SUPERVISOR, office.tanaka.team)
    room = house.keeping.harassment
    first = room.report(office.tanaka, bureau.past, Conduct.ABUSE, "「殺すぞ」と繰り返した")
    second = room.report(office.tanaka, bureau.past, Conduct.ABUSE, "大声を出された")
    waits = room.report(office.tanaka, bureau.past, Conduct.ABUSE, "まだ誰も読んでいない")
    until = bureau.today + timedelta(days=30)
    found = Findings(is_fair=False, is_bearable=False, harms=True)
    case = room.confirm(mori, first.id, Verdict(found, "認めました", "脅しの件", until, True, True, False))
    room.dismiss(mori, second.id, "苦情の範囲です")
    room.close(mori, case.id)
    for _ in range(4):
        bureau.open()
    clock.move(days=1828)
    assert house.keeping.planner.plan().cases == 3
    assert house.keeping.retention.run() == 3
    told = repr([rows(house.store, one) for one in (harassment_reports, cases, harassment_marks)])
    for words in ("殺すぞ", "大声", "認めました", "苦情の範囲", "脅しの件", "+8190", waits.words):
        assert words not in told
    assert {row.case_id for row in rows(house.store, case_tombstones)} == {case.id, second.id, waits.id}
    states = {row.id: row.state for row in rows(house.store, harassment_reports)}
    assert states == {first.id: "confirmed", second.id: "dismissed", waits.id: "lapsed"}
    with pytest.raises(Conflict, match="judged"):
        room.dismiss(mori, waits.id, "いまさら")
    with house.store.read() as connection:
        assert harassment.of_case(connection, case.id)[0].conduct is Conduct.ABUSE


def test_an_older_copy_learns_which_words_are_gone(store: Store, tmp_path: Path, clock: HandClock) -> None:
    archive = Archive(store, tmp_path, clock)
    hara = Town(store, clock()).staff("hara", Role.PRIVACY)
    case, report = new_id(clock()), new_id(clock())
    call_id = Town(store, clock()).call()
    told = {"opened_by": hara.user_id, "opened_at": to_us(clock()), "kind": "harassment", "number": "H-2026-0001"}
    with store.write() as connection:
        connection.execute(insert(cases).values(id=case, title="脅しの件", closed_at=to_us(clock()), **told))
        connection.execute(
            insert(harassment_reports).values(
                id=report,
                call_id=call_id,
                reported_by=hara.user_id,
                conduct="abuse",
                words="大声",
                reported_at=to_us(clock()),
                state="dismissed",
                reviewed_at=to_us(clock()),
                answer="苦情",
            )
        )
    planner = Planner(store, clock, beginning(12), ZoneInfo("Asia/Tokyo"))
    assert list(planner.due_cases(clock(), 9)) == []
    clock.move(days=1828)
    both = {case: "harassment:1827", report: "harassment:1827"}
    assert list(planner.due_cases(clock(), 9)) == [both]
    hold = hold_call(store, clock(), hara, call_id)
    assert (planner.plan().cases, planner.plan().cases_held, planner.plan().cases_there) == (1, 1, 3)
    assert [one.case_id for one in archive.letting_go.cases({report: "harassment:1827"}, None)] == []
    with store.write() as connection:
        connection.execute(update(holds).where(holds.c.id == hold).values(released_at=to_us(clock())))
        assert planner.still_due_cases(connection, both, clock()) == both
    gone = archive.letting_go.cases({case: "harassment:1827", report: "harassment:1827"}, None)
    assert {one.case_id for one in gone} == {case, report}
    assert archive.letting_go.reapply() == Reapplied()
    with store.write() as connection:  # as a copy from before the case was closed has it
        connection.execute(case_tombstones.delete())
        connection.exec_driver_sql("DELETE FROM tombstone_marks")
        connection.execute(update(cases).where(cases.c.id == case).values(title="脅しの件", closed_at=None))
        connection.execute(update(harassment_reports).values(words="大声", state="waiting"))
    assert archive.letting_go.reapply() == Reapplied(cases=2)
    with store.read() as connection:
        assert case_erasure.of_case(connection, case) == CaseStone(case, "harassment:1827", clock(), None)
        row = connection.execute(select(cases.c.title, cases.c.closed_at).where(cases.c.id == case)).one()
        words = connection.execute(select(harassment_reports.c.words, harassment_reports.c.state)).one()
    assert (row.title, row.closed_at) == ("", to_us(clock()))
    assert tuple(words) == ("", "lapsed"), "the copy does not know who judged it"
    assert archive.letting_go.reapply() == Reapplied()


def test_what_is_counted_as_due_is_what_a_run_would_find(bureau: Bureau) -> None:
    house, clock, office = bureau.house, bureau.office.clock, bureau.office
    room = house.keeping.harassment
    room.report(office.tanaka, bureau.past, Conduct.ABUSE, "だれも読まない報告")
    for _ in range(2):
        clock.move(days=1)
        answered(bureau)
    bureau.open()
    report = room.report(office.tanaka, bureau.past, Conduct.ABUSE, "大声を出された")
    room.dismiss(Town(house.store, clock()).staff("kacho", Role.SUPERVISOR, office.tanaka.team), report.id, "苦情です")
    counted = []
    for days in (1, 1094, 1, 1, 1000):
        clock.move(days=days)
        with house.store.read() as connection:
            counted.append(_cases_due(connection, beginning(12), clock()))
        assert house.keeping.planner.plan().cases == counted[-1]
    assert counted == [0, 1, 2, 2, 4]
    hold_call(house.store, clock(), bureau.hara, bureau.past)
    with house.store.read() as connection:
        assert _cases_due(connection, beginning(12), clock()) == 0
        assert case_erasure.count_due(connection, {}, clock()) == 0, "of no kind has the register a period"


def test_a_shorter_period_for_cases_takes_two_and_says_what_it_does(bureau: Bureau) -> None:
    answered(bureau)
    bureau.office.clock.move(days=400)
    purposes, hara = bureau.house.keeping.purposes, bureau.signed_in("hara")
    rule = purposes.one(hara, Purpose.DISCLOSURE).rule
    assert (rule.case_days, beginning(12)[Purpose.QUALITY].case_days) == (1096, None)
    day = (purposes.today() + timedelta(days=300)).isoformat()
    form = RuleForm(rule.applies, rule.notice_ja, rule.notice_en, "366", "", frozenset(rule.roles), day, "365")
    purposes.write(hara, Purpose.DISCLOSURE, form)
    draft = purposes.one(hara, Purpose.DISCLOSURE).draft
    assert draft is not None
    assert draft.needs_second
    assert "case_shorter" in draft.changes
    assert draft.meaning.cases == 1
    longer = replace(rule, case_days=2000)
    assert not needs_second(rule, longer)
    assert changes(rule, longer) == ("case_longer",)
    assert purposes.put(hara, Purpose.DISCLOSURE, draft.rule.version, "申請者の情報を早く消すため")
    assert purposes.register(hara).rules[-1].case_days == 1096, "until somebody else approves it"
