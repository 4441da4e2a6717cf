"""What is due goes at night, each by its rule, with a proof; too much at once waits for two people."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, update

from plugin.core.access import Purpose
from plugin.core.audit import Act
from plugin.core.consent import Wish
from plugin.core.errors import Conflict, Denied, InputError, NotFound
from plugin.core.ids import CallId, CustomerId, RecordingId, new_id
from plugin.core.matching import AssignmentAct
from plugin.core.purposes import beginning
from plugin.core.recordings import RecordingState
from plugin.core.retention import DECLINED_RULE, Amount, PurgeState
from plugin.core.staff import Role
from plugin.core.times import to_us
from plugin.services.retention_plans import Planner
from plugin.store import consents, purge_proofs, purge_runs, text_erasure
from plugin.store.assignments import decide
from plugin.store.engine import Connection, Store
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.calls import summaries
from plugin.store.tables.delivery import jobs
from plugin.store.tables.keeping import call_purposes, purposes, text_tombstones, tombstones
from plugin.store.tables.recordings import recordings
from tests.kit.clock import HandClock
from tests.kit.people import Town
from tests.kit.retention import Attic, attic, hold_call
from tests.kit.rows import rows
from tests.kit.vaults import Archive

OLD, YOUNG = timedelta(days=400), timedelta(days=30)


@pytest.fixture
def site(tmp_path: Path, clock: HandClock) -> Iterator[Attic]:
    with attic(tmp_path, clock) as made:
        yield made


def acts(site: Attic, act: Act) -> list[str]:
    return [str(row.body) for row in rows(site.store, audit_lines) if row.act == act]


def give(site: Attic, call_id: str, purpose: Purpose, ago: timedelta, ended_ago: timedelta | None = None) -> None:
    at = site.clock()
    ended = None if ended_ago is None else to_us(at - ended_ago)
    row = {"id": new_id(at), "call_id": call_id, "purpose": purpose, "since_at": to_us(at - ago), "ended_at": ended}
    with site.store.write() as connection:
        connection.execute(insert(call_purposes).values(row))


def test_what_is_due_goes_and_the_rest_stays(site: Attic) -> None:
    hara, _ = site.people()
    young, old = site.fill(60, YOUNG), site.fill(4, OLD)
    held, cased, ended = old[0], old[1], old[2]
    site.hold(hara, held.call_id)
    give(site, cased.call_id, Purpose.HARASSMENT, OLD)  # three years
    give(site, ended.call_id, Purpose.LEGAL, OLD, timedelta(days=1))  # the case was closed yesterday
    plan = site.house.keeping.retention.plan()
    assert (plan.due, plan.held, plan.there) == (Amount(2, 128), Amount(1, 64), Amount(64, 64 * 64))
    assert set(plan.by_rule) == {"legal:1096", "caller_request:365"}
    assert plan.there_by_month == {"2025-10": Amount(4, 256), "2025-11": Amount()} | {
        f"2025-{month}": Amount() for month in (12,)
    } | {f"2026-{month:02}": Amount() for month in range(1, 10)} | {"2026-10": Amount(60, 3840), "2026-11": Amount()}
    assert site.house.keeping.retention.run() == 2
    gone = {old[2].id, old[3].id}
    assert {name for name, state in site.states().items() if state == "expired"} == gone
    assert site.files() == {one.id for one in (*young, held, cased)}
    assert site.stones() == site.outside() == gone
    assert site.house.keeping.retention.run() == 0
    (run,) = site.runs(PurgeState.DONE)
    assert (run.found, run.purged, run.texts) == (Amount(2, 128), Amount(2, 128), 0)
    assert len(acts(site, Act.PURGE)) == 2
    assert f"done:{run.root}" in acts(site, Act.PURGE)[1]
    assert site.house.audits.whole.verify().findings == ()


def test_a_purpose_given_while_the_run_erases_keeps(site: Attic) -> None:
    site.fill(60, YOUNG)
    cased, gone = site.fill(2, OLD)
    turns = iter((lambda: None, lambda: give(site, cased.call_id, Purpose.HARASSMENT, timedelta(0))))

    def between() -> bool:  # the page in which both are due has been read by then
        next(turns, lambda: None)()
        return False

    assert site.house.keeping.retention.run(between) == 1
    assert site.states()[cased.id] == RecordingState.READY
    assert cased.id in site.files() - {gone.id}
    assert next(turns, None) is None


def test_a_longer_period_that_comes_into_force_while_the_run_erases_keeps(site: Attic) -> None:
    site.fill(60, YOUNG)
    site.fill(2, OLD)
    longer = {"purpose": Purpose.COMPLAINT, "version": 1, "applies": "every_call", "audio_days": 1000}
    longer |= {"notice_ja": "-", "notice_en": "-", "roles": "", "review_on": "", "in_force_at": 1, "written_at": 1}

    def lengthen() -> None:
        with site.store.write() as connection:
            connection.execute(insert(purposes).values(id=new_id(site.clock()), **longer))

    turns = iter((lambda: None, lengthen))

    def between() -> bool:
        next(turns, lambda: None)()
        return False

    assert site.house.keeping.retention.run(between) == 0
    assert len(site.files()) == 62
    assert next(turns, None) is None


def test_who_declined_is_kept_by_no_period(site: Attic) -> None:
    hara, _ = site.people()
    young = site.fill(60, YOUNG)
    site.hold(hara, young[0].call_id)
    with site.store.write() as connection:
        declined = recordings.c.id.in_([young[0].id, young[1].id])
        connection.execute(update(recordings).where(declined).values(state=RecordingState.DECLINED))
    assert site.house.keeping.retention.run() == 1
    assert site.files() == {one.id for one in young} - {young[1].id}
    (stone,) = rows(site.store, tombstones)
    assert (stone.recording_id, stone.rule) == (young[1].id, "declined")


def test_a_call_that_turns_out_to_be_of_one_who_had_declined_goes_the_next_night(
    store: Store, tmp_path: Path, clock: HandClock
) -> None:
    archive, town = Archive(store, tmp_path, clock), Town(store, clock())
    tanaka, hanako, taro = town.staff("tanaka"), town.customer("C-1"), town.customer("C-2", "山田 太郎")
    said, (young, kept, other) = town.call(hanako), archive.record(3)
    calls_of = {row.id: CallId(row.call_id) for row in rows(store, recordings)}
    planner = Planner(store, clock, beginning(12), ZoneInfo("Asia/Tokyo"))

    def give(one: RecordingId, customer_id: CustomerId) -> None:
        with store.write() as connection:
            decide(connection, calls_of[one], customer_id, AssignmentAct.CONFIRM, tanaka.user_id, clock())

    def due() -> dict[RecordingId, str]:
        return {one: rule for some in planner.due(clock(), 50) for one, rule in some.items()}

    with store.write() as connection:
        consents.set_wish(connection, said, Wish(True, clock() - timedelta(days=1)), tanaka.user_id)
    give(other, taro)
    assert due() == {}
    give(young, hanako)
    give(kept, hanako)
    hold_call(store, clock(), tanaka, calls_of[kept])
    assert due() == {young: DECLINED_RULE}
    assert (planner.plan().due.count, planner.plan().held.count) == (1, 1)

    def still(connection: Connection, those: Mapping[RecordingId, str]) -> Mapping[RecordingId, str]:
        return planner.still_due(connection, those, clock())

    both = {young: DECLINED_RULE, kept: DECLINED_RULE}
    give(young, taro)  # by mistake his, while the run was under way
    assert archive.letting_go.recordings(both, None, still_due=still) == []
    give(young, hanako)
    assert [one.recording_id for one in archive.letting_go.recordings(both, None, still_due=still)] == [young]
    clock.move(days=400)
    assert due() == {other: "caller_request:365"}, "what a hold keeps is told once, and is not due"
    assert planner.plan().held.count == 1


def test_who_agrees_after_all_while_the_run_erases_is_kept(site: Attic) -> None:
    (one, *_) = site.fill(60, YOUNG)
    same = recordings.c.id == one.id

    def become(state: RecordingState) -> None:
        with site.store.write() as connection:
            connection.execute(update(recordings).where(same).values(state=state))

    become(RecordingState.DECLINED)
    turns = iter((lambda: None, lambda: become(RecordingState.READY)))

    def between() -> bool:
        next(turns, lambda: None)()
        return False

    assert site.house.keeping.retention.run(between) == 0
    assert len(site.files()) == 60


def test_the_proof_lists_each_and_needs_the_public_key_alone(site: Attic) -> None:
    hara, _ = site.people()
    site.fill(60, YOUNG)
    old = site.fill(3, OLD)
    site.house.keeping.retention.run()
    (run,) = site.runs(PurgeState.DONE)
    proof = b"".join(site.house.keeping.retention.proof_of(hara, run.id))
    said = purge_proofs.check(io.BytesIO(proof), site.house.audits.whole.public_key())
    assert said is not None
    assert (said.run_id, said.recordings, said.size_bytes, said.seal.root) == (run.id, 3, 192, run.root)
    assert all(one.id.encode() in proof and one.file.encode() in proof for one in old)
    assert purge_proofs.check(io.BytesIO(proof), "00" * 32) is None
    with pytest.raises(InputError, match="purge_proof"):
        purge_proofs.check(io.BytesIO(proof.replace(old[1].id.encode(), old[2].id.encode())), run.root or "")
    for name in (new_id(site.clock()), "../../settings", ""):
        with pytest.raises(NotFound):
            site.house.keeping.retention.proof_of(hara, name)


def test_too_much_at_once_stops_and_two_people_let_it_go_on(site: Attic) -> None:
    hara, mori = site.people()
    site.fill(90, YOUNG)
    site.fill(10, OLD)
    retention = site.house.keeping.retention
    for _ in range(2):  # the next night finds the same run waiting
        with pytest.raises(Conflict, match="purge_brake") as told:
            retention.run()
        assert told.value.facts["percent"] == 10.0
    assert len(site.files()) == 100
    (braked,) = site.runs(PurgeState.BRAKED)
    board = site.house.keeping.plans.board(hara)
    assert (board.is_braked, board.waiting) == (True, braked)
    asked = retention.ask(hara, braked.id, "保存期間の満了")
    with pytest.raises(Denied, match="same_person"):
        site.house.approvals.approve(asked.id, asked.content_hash, "よい", hara)
    with pytest.raises(Conflict, match="purge_brake"):
        retention.run()
    site.house.approvals.approve(asked.id, asked.content_hash, "よい", mori)
    site.fill(5, timedelta(days=364))
    site.clock.move(days=2)  # five more are due by now: not what was approved
    with pytest.raises(Conflict, match="purge_brake"):
        retention.run()
    assert len(site.files()) == 95
    (done,) = site.runs(PurgeState.DONE)
    assert (done.id, done.approval_id, done.purged.count) == (braked.id, asked.id, 10)


def test_no_brake_is_got_round_in_small_runs(site: Attic) -> None:
    site.fill(92, YOUNG)
    retention = site.house.keeping.retention
    site.fill(4, OLD)
    assert retention.run() == 4
    site.fill(4, OLD)
    with pytest.raises(Conflict, match="purge_brake"):
        retention.run()
    site.clock.move(hours=25)
    assert retention.run() == 4
    assert [run.state for run in site.runs(PurgeState.DROPPED)] == []
    assert len(site.runs(PurgeState.BRAKED)) == 0


def test_only_who_may_asks_and_only_for_what_waits(site: Attic) -> None:
    hara, mori = site.people()
    site.fill(4, OLD)
    retention = site.house.keeping.retention
    with pytest.raises(Conflict, match="purge_brake"):
        retention.run()
    (braked,) = site.runs(PurgeState.BRAKED)
    supervisor = Town(site.store, site.clock()).staff("sup", Role.SUPERVISOR)
    for use in (site.house.keeping.plans.board, lambda who: retention.ask(who, braked.id, "x")):
        with pytest.raises(Denied, match="role"):
            use(supervisor)
    with pytest.raises(NotFound):
        retention.ask(hara, new_id(site.clock()), "x")
    asked = retention.ask(hara, braked.id, "満了")
    with site.store.write() as connection:
        purge_runs.move(connection, braked.id, PurgeState.BRAKED, PurgeState.DROPPED)
    with pytest.raises(Conflict, match="purge_over"):
        site.house.approvals.approve(asked.id, asked.content_hash, "よい", mori)
    with pytest.raises(Conflict, match="purge_over"):
        retention.ask(hara, braked.id, "x")


def test_an_approval_wakes_the_worker(site: Attic) -> None:
    hara, mori = site.people()
    site.fill(4, OLD)
    with site.store.write() as connection:
        row = {"name": "purge", "every_us": 1, "daily_at": "02:50", "slotted": 1, "ran": 0, "failed": 0, "busy_us": 0}
        connection.execute(insert(jobs).values(row))
    with pytest.raises(Conflict, match="purge_brake"):
        site.house.keeping.retention.run()
    site.allow(hara, mori)
    assert [(row.asked_by, row.asked_at) for row in rows(site.store, jobs)] == [(mori.user_id, to_us(site.clock()))]


def test_text_stays_for_ever_until_the_register_says_otherwise(site: Attic) -> None:
    hara, _ = site.people()
    old, young = site.fill(2, timedelta(days=2000)), site.fill(60, YOUNG)
    said = {"topic": "repair", "disposition": "solved", "request": "折り返し", "response": "", "promise": ""}
    by = {"author_id": hara.user_id, "saved_at": 1, "version": 1, "entry_version": 1, "next_step": ""}
    with site.store.write() as connection:
        values = [{"call_id": one.call_id, **said, **by} for one in (*old, *young)]
        connection.execute(insert(summaries), values)
    retention = site.house.keeping.retention
    assert retention.run() == 2
    assert all(row.request for row in rows(site.store, summaries))
    rule = {"notice_ja": "-", "notice_en": "-", "roles": "", "review_on": "", "in_force_at": 1, "written_at": 1}
    with site.store.write() as connection:
        for purpose in Purpose:
            applies = "by_case" if purpose in (Purpose.LEGAL, Purpose.HARASSMENT) else "every_call"
            kept = {"applies": applies, "audio_days": 365, "text_days": 1825, "id": new_id(site.clock())}
            connection.execute(insert(purposes).values(purpose=purpose, version=1, **kept, **rule))
    site.hold(hara, old[0].call_id)
    plan = retention.plan()
    assert (plan.texts, plan.texts_held, plan.texts_there) == (1, 1, 62)
    assert retention.run() == 1
    (stone,) = rows(site.store, text_tombstones)
    assert stone.call_id == old[1].call_id
    assert stone.rule.endswith(":1825")
    assert [row.call_id for row in rows(site.store, summaries) if not row.request] == [old[1].call_id]
    (run, _) = sorted(site.runs(PurgeState.DONE), key=lambda run: -run.texts)
    proof = b"".join(retention.proof_of(hara, run.id))
    assert purge_proofs.check(io.BytesIO(proof), site.house.audits.whole.public_key()) is not None
    assert old[1].call_id.encode() in proof
    left = retention.plan()
    assert (left.texts, left.texts_held) == (0, 1)
    with site.store.read() as connection:
        assert text_erasure.count_written(connection) == 61  # what was erased makes no later run look smaller
        assert purge_runs.lately(connection, site.clock() - timedelta(hours=1))[1] == 1
    with site.store.write() as connection:  # and for ever again
        connection.execute(update(purposes).where(purposes.c.purpose == "complaint").values(text_days=None))
    assert retention.plan().texts == 0


def test_a_run_that_was_stopped_is_gone_on_with(site: Attic) -> None:
    hara, mori = site.people()
    site.fill(120, OLD)
    retention = site.house.keeping.retention
    with pytest.raises(Conflict, match="purge_brake"):
        retention.run()
    site.allow(hara, mori)
    turns = iter([False, False, True])
    assert retention.run(lambda: next(turns, True)) in (50, 100)
    (open_run,) = site.runs(PurgeState.OPEN)
    left = len(site.files())
    assert 0 < left < 120
    assert retention.run() == left
    (run,) = site.runs(PurgeState.DONE)
    assert (run.id, run.purged.count) == (open_run.id, 120)
    assert replace(run.purged, size_bytes=0) == Amount(120)
