"""After the call: who may write, what is refused, what is queued with it, and the promises made."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update

from plugin.core.audit import Act
from plugin.core.errors import Conflict, Denied, InputError, NotFound
from plugin.core.ids import CallId, CustomerId
from plugin.core.outbox import MessageState
from plugin.core.staff import Role, Staff
from plugin.core.timeline import DISPOSITIONS, MOST_DRAFT_LETTERS, MOST_LETTERS, TOPICS, SummaryForm
from plugin.services.timeline import Timeline
from plugin.store import outbox
from plugin.store.engine import Store
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.calls import calls, drafts, summaries
from plugin.store.tables.delivery import outbox as messages
from tests.kit.clock import HandClock
from tests.kit.ledgers import in_state
from tests.kit.people import Town
from tests.kit.rows import said_of_calls
from tests.kit.sounds import HeardBus

FORM = SummaryForm(topic="billing", disposition="follow_up", request="請求額の確認", response="内訳をご説明")


@pytest.fixture
def town(store: Store, clock: HandClock) -> Town:
    return Town(store, clock())


@pytest.fixture
def timeline(store: Store, clock: HandClock) -> Timeline:
    return Timeline(store, clock, ZoneInfo("Asia/Tokyo"), "local", TOPICS, DISPOSITIONS, HeardBus())


def _states(store: Store, call_id: CallId) -> list[str]:
    of_call = select(messages.c.state).where(messages.c.subject_id == call_id).order_by(messages.c.created_at)
    with store.read() as connection:
        return list(connection.scalars(of_call))


def _give(store: Store, clock: HandClock, call_id: CallId, customer_id: CustomerId | None) -> None:
    with store.write() as connection:
        connection.execute(update(calls).where(calls.c.id == call_id).values(customer_id=customer_id))
        outbox.file_entry(connection, call_id, clock.move(seconds=1))


def test_a_summary_its_message_and_its_audit_line_stand_together(
    store: Store, town: Town, timeline: Timeline, clock: HandClock
) -> None:
    sato = town.staff("sato")
    call_id = town.call(town.customer("c1"), taken_by=sato)
    timeline.draft(sato, call_id, '{"request": "途中"}')

    saved = timeline.save(sato, call_id, replace(FORM, request="  請求額の確認\r\n二行目  "))

    assert (saved.version, saved.request, saved.author_name) == (1, "請求額の確認\n二行目", "satoさん")
    assert said_of_calls(store)[0] == {call_id: (sato.user_id, FORM.topic, FORM.disposition)}
    assert timeline.summary_of(call_id) == saved
    assert timeline.draft_of(sato, call_id) is None
    assert _states(store, call_id) == ["waiting"]
    with store.read() as connection:
        line = connection.execute(select(audit_lines)).one()
    assert (line.act, line.user_id) == (Act.SUMMARY_SAVED, sato.user_id)
    assert "請求" not in line.body


def test_those_who_show_the_call_are_told(sqlite_store: Store, clock: HandClock) -> None:
    town, bus = Town(sqlite_store, clock()), HeardBus()
    timeline = Timeline(sqlite_store, clock, ZoneInfo("Asia/Tokyo"), "local", TOPICS, DISPOSITIONS, bus)
    sato, abe, boss = town.staff("sato"), town.staff("abe"), town.staff("boss", Role.SUPERVISOR)
    town.staff("stranger")
    call_id = town.call(town.customer("c1"), taken_by=sato, rang_at=abe)
    timeline.save(boss, call_id, replace(FORM, promise="折り返し"))
    timeline.promise_done(sato, call_id)
    assert [set(told) for told in bus.told] == [{sato.user_id, abe.user_id, boss.user_id}] * 2


def test_a_failing_audit_line_takes_the_summary_with_it(store: Store, town: Town, clock: HandClock) -> None:
    sato = town.staff("sato")
    call_id = town.call(town.customer("c1"), taken_by=sato)
    broken = replace(sato, address=object())  # type: ignore[arg-type]  # no audit line can hold this
    timeline = Timeline(store, clock, ZoneInfo("Asia/Tokyo"), "local", TOPICS, DISPOSITIONS, HeardBus())
    with pytest.raises(TypeError):
        timeline.save(broken, call_id, FORM)
    assert timeline.summary_of(call_id) is None
    assert _states(store, call_id) == []


def test_a_newer_version_replaces_the_queued_one_and_an_older_form_is_refused(
    store: Store, town: Town, timeline: Timeline, clock: HandClock
) -> None:
    sato = town.staff("sato")
    call_id = town.call(town.customer("c1"), taken_by=sato)
    timeline.save(sato, call_id, FORM)
    clock.move(seconds=5)
    second = timeline.save(sato, call_id, replace(FORM, response="訂正", topic="delivery", version=1))
    assert second.version == 2
    assert said_of_calls(store)[0][call_id][1] == "delivery"
    with pytest.raises(Conflict) as refused:
        timeline.save(sato, call_id, replace(FORM, response="古い画面から", version=1))
    assert refused.value.facts == {"version": 2}
    with pytest.raises(Conflict):
        timeline.save(sato, call_id, FORM)
    assert timeline.summary_of(call_id) == second
    assert _states(store, call_id) == ["superseded", "waiting"]


@pytest.mark.parametrize(
    ("role", "part", "allowed"),
    [
        (Role.OPERATOR, "taken", True),
        (Role.OPERATOR, "rang, nobody took it", True),
        (Role.OPERATOR, "rang, a colleague took it", False),
        (Role.OPERATOR, "none", False),
        (Role.SERVICE, "taken", True),
        (Role.SERVICE, "rang, nobody took it", True),
        (Role.SERVICE, "rang, a colleague took it", False),
        (Role.SERVICE, "none", False),
        (Role.SUPERVISOR, "none", True),
        (Role.REVIEWER, "taken", False),
        (Role.TRAINER, "taken", False),
        (Role.PRIVACY, "taken", False),
        (Role.ADMIN, "taken", False),
    ],
)
def test_who_may_write(sqlite_store: Store, clock: HandClock, role: Role, part: str, allowed: bool) -> None:
    town = Town(sqlite_store, clock())
    timeline = Timeline(sqlite_store, clock, ZoneInfo("Asia/Tokyo"), "local", TOPICS, DISPOSITIONS, HeardBus())
    writer, colleague = town.staff("writer", role), town.staff("colleague")
    by_part: dict[str, tuple[Staff | None, Staff | None]] = {
        "taken": (writer, None),
        "rang, nobody took it": (None, writer),
        "rang, a colleague took it": (colleague, writer),
        "none": (colleague, None),
    }
    taken_by, rang_at = by_part[part]
    call_id = town.call(town.customer("c1"), taken_by=taken_by, rang_at=rang_at)
    acts: list[Callable[[], object]] = [
        lambda: timeline.draft(writer, call_id, "{}"),
        lambda: timeline.save(writer, call_id, FORM),
    ]
    for act in acts:
        if allowed:
            act()
        else:
            with pytest.raises(Denied):
                act()
    assert (timeline.summary_of(call_id) is not None) is allowed


@pytest.mark.parametrize(
    ("role", "team", "part", "allowed"),
    [
        (Role.OPERATOR, "support", "taken", True),
        (Role.OPERATOR, "support", "none", False),
        (Role.SERVICE, "support", "none", False),
        (Role.SUPERVISOR, "support", "none", True),
        (Role.SUPERVISOR, "sales", "none", False),
        (Role.SUPERVISOR, "", "none", False),
        (Role.SUPERVISOR, "sales", "taken", True),
        (Role.ADMIN, "support", "taken", False),
        (Role.PRIVACY, "support", "taken", False),
        (Role.OPERATOR, "sales", "wrote", True),
        (Role.REVIEWER, "support", "wrote", False),
    ],
)
def test_who_may_mark_a_promise_as_kept(
    sqlite_store: Store, clock: HandClock, role: Role, team: str, part: str, allowed: bool
) -> None:
    town = Town(sqlite_store, clock())
    timeline = Timeline(sqlite_store, clock, ZoneInfo("Asia/Tokyo"), "local", TOPICS, DISPOSITIONS, HeardBus())
    colleague, keeper = town.staff("colleague", team="support"), town.staff("keeper", role, team)
    call_id = town.call(town.customer("c1"), taken_by=keeper if part == "taken" else colleague)
    author = replace(keeper if part != "none" else colleague, role=Role.SUPERVISOR, team="support")
    timeline.save(author, call_id, replace(FORM, promise="折り返し"))
    if allowed:
        timeline.promise_done(keeper, call_id)
    else:
        with pytest.raises(Denied, match="not_your_call"):
            timeline.promise_done(keeper, call_id)
    kept = timeline.summary_of(call_id)
    assert kept is not None
    assert (kept.promise_done_at is not None) is allowed


@pytest.mark.parametrize(
    ("form", "reason", "field"),
    [
        (replace(FORM, request="あ" * (MOST_LETTERS + 1)), "too_long", "request"),
        (replace(FORM, next_step="a\x00b"), "control_character", "next_step"),
        (replace(FORM, response="\ud800"), "control_character", "response"),
        (replace(FORM, topic="gossip"), "not_in_list", "topic"),
        (replace(FORM, disposition="won"), "not_in_list", "disposition"),
        (replace(FORM, promise_due_on=date(2026, 11, 24)), "due_without_promise", "promise"),
        (SummaryForm(request=" \n "), "empty", "request"),
    ],
)
def test_what_a_summary_may_not_hold(
    sqlite_store: Store, clock: HandClock, form: SummaryForm, reason: str, field: str
) -> None:
    town = Town(sqlite_store, clock())
    timeline = Timeline(sqlite_store, clock, ZoneInfo("Asia/Tokyo"), "local", TOPICS, DISPOSITIONS, HeardBus())
    sato = town.staff("sato")
    call_id = town.call(town.customer("c1"), taken_by=sato)
    with pytest.raises(InputError) as refused:
        timeline.save(sato, call_id, form)
    assert (refused.value.reason, refused.value.facts["field"]) == (reason, field)
    with pytest.raises(InputError):
        timeline.draft(sato, call_id, "x" * (MOST_DRAFT_LETTERS + 1))
    with sqlite_store.read() as connection:
        for table in (summaries, drafts, messages):
            assert connection.scalar(select(func.count()).select_from(table)) == 0


def test_a_call_that_is_not_there(timeline: Timeline, town: Town) -> None:
    sato = town.staff("sato", Role.SUPERVISOR)
    for call_id in ("01JD", "' OR 1=1", "は" * 26, "\x00"):
        with pytest.raises(NotFound):
            timeline.save(sato, CallId(call_id), FORM)


def test_drafts_are_one_person_s_own(timeline: Timeline, town: Town, clock: HandClock) -> None:
    sato, abe = town.staff("sato"), town.staff("abe", Role.SUPERVISOR)
    call_id = town.call(taken_by=sato)
    timeline.draft(sato, call_id, "first")
    clock.move(seconds=2)
    timeline.draft(sato, call_id, "second")
    timeline.draft(abe, call_id, "another's")
    kept = timeline.draft_of(sato, call_id)
    assert kept is not None
    assert (kept.body, kept.saved_at) == ("second", clock())
    timeline.save(sato, call_id, FORM)
    assert timeline.draft_of(abe, call_id) is not None


def test_without_a_customer_nothing_is_queued_until_a_person_picks(
    store: Store, timeline: Timeline, town: Town, clock: HandClock
) -> None:
    sato = town.staff("sato")
    call_id = town.call(taken_by=sato)
    timeline.save(sato, call_id, FORM)
    assert [message.call_id for message in in_state(store, MessageState.UNASSIGNED)] == [call_id]
    assert _states(store, call_id) == ["unassigned"]
    _give(store, clock, call_id, town.customer("c1"))
    assert in_state(store, MessageState.UNASSIGNED) == ()
    assert _states(store, call_id) == ["superseded", "waiting"]
    _give(store, clock, call_id, None)
    assert _states(store, call_id) == ["superseded", "superseded", "unassigned"]


def test_a_call_without_a_summary_queues_nothing(store: Store, town: Town, clock: HandClock) -> None:
    call_id = town.call()
    _give(store, clock, call_id, town.customer("c1"))
    assert _states(store, call_id) == []


def test_promises_are_listed_until_they_are_kept(timeline: Timeline, town: Town, clock: HandClock) -> None:
    sato, abe = town.staff("sato"), town.staff("abe")
    hanako, taro = town.customer("c1"), town.customer("c2", "山田 太郎")
    due = {"late": date(2026, 11, 20), "today": date(2026, 11, 23), "later": date(2026, 12, 1), "some day": None}
    of = {
        text: town.call(hanako if text != "later" else taro, taken_by=sato if text != "today" else abe) for text in due
    }
    for text, day in due.items():
        timeline.save(abe if text == "today" else sato, of[text], replace(FORM, promise=text, promise_due_on=day))
    assert [promise.text for promise in timeline.promises_to(hanako)] == ["late", "today", "some day"]
    assert [promise.text for promise in timeline.promises_by(sato.user_id)] == ["late", "later", "some day"]
    assert [promise.text for promise in timeline.overdue()] == ["late"]
    clock.move(days=1)
    assert [promise.text for promise in timeline.overdue()] == ["late", "today"]

    timeline.promise_done(sato, of["late"])
    with pytest.raises(Conflict):
        timeline.promise_done(sato, of["late"])
    assert [promise.text for promise in timeline.overdue()] == ["today"]

    again = replace(FORM, promise="late", promise_due_on=due["late"], response="訂正", version=1)
    assert timeline.save(sato, of["late"], again).promise_done_at is not None
    assert timeline.save(sato, of["late"], replace(again, promise="新しい約束", version=2)).promise_done_at is None
    assert [promise.text for promise in timeline.promises_to(hanako)] == ["新しい約束", "today", "some day"]


def test_a_joined_call_s_summary_lands_on_the_call_it_was_joined_to(
    store: Store, timeline: Timeline, town: Town
) -> None:
    sato = town.staff("sato")
    older, newer = town.call(taken_by=sato), town.call()
    with store.write() as connection:
        connection.execute(update(calls).where(calls.c.id == newer).values(merged_into=older))
    assert timeline.save(sato, newer, FORM).call_id == older
