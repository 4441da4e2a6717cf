"""What the CRM refused: seen by reason, sent again one by one or all of a reason, given up; and forgotten in time."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from plugin.core.audit import Act
from plugin.core.errors import Denied, InputError, NotFound, OutsideError
from plugin.core.ids import CallId
from plugin.core.note import Sent, note_of
from plugin.core.outbox import MessageState, Pile
from plugin.core.problems import fields_of, problem_of
from plugin.core.runs import MOST_KEPT
from plugin.core.staff import Role
from plugin.services.tidy import Tidy
from plugin.store import runs
from plugin.store.engine import Store
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.delivery import outbox as messages
from tests.kit.clock import HandClock
from tests.kit.outbox import FORM, Answer, Scene

TOO_LONG = OutsideError("string_too_long", permanent=True, fields="Subject,Description")
NO_ONE = OutsideError("no_such_customer", permanent=True)


def _answers(*errors: OutsideError) -> Callable[[list[Answer]], list[Answer]]:
    return lambda answers: [errors[place % len(errors)] for place in range(len(answers))]


@pytest.fixture
def scene(store: Store, clock: HandClock, tmp_path: Path) -> Scene:
    return Scene(store, clock, tmp_path / "crm")


def _refuse(scene: Scene, count: int, *errors: OutsideError) -> list[CallId]:
    calls = []
    for _ in range(count):
        scene.clock.move(milliseconds=1)  # one after the other, so that they are sent in this order
        calls.append(scene.call(scene.hanako))
    scene.crm.scripts = [_answers(*errors)]
    assert scene.delivery.run() == 0
    return calls


def _lines(scene: Scene) -> list[tuple[str, str]]:
    with scene.store.read() as connection:
        found = connection.execute(select(audit_lines.c.act, audit_lines.c.body).order_by(audit_lines.c.seq))
        return [(row.act, row.body) for row in found if row.act.startswith("delivery.")]


def test_reasons_are_one_word_and_the_fields_it_is_about() -> None:
    assert problem_of(str(TOO_LONG)) == "string_too_long"
    assert fields_of(str(TOO_LONG)) == ("Subject", "Description")
    assert [problem_of(error) for error in (None, "", "defect KeyError", "other_crm", "unavailable.store x=1")] == [
        *("unknown", "unknown", "defect", "other_crm", "store")
    ]
    assert fields_of("outside.timeout") == ()


def test_all_of_one_reason_are_sent_again_and_the_others_are_not(scene: Scene) -> None:
    admin = scene.town.staff("admin", Role.ADMIN)
    calls = _refuse(scene, 5, TOO_LONG, NO_ONE)
    scene.clock.move(seconds=1)
    stand = scene.quarantine.stand(admin)
    assert [(pile.problem, pile.n) for pile in stand.refused] == [("string_too_long", 3), ("no_such_customer", 2)]
    assert [letter.message.call_id for letter in stand.letters] == calls
    (one, _) = scene.quarantine.stand(admin, "no_such_customer").letters
    assert (one.author, one.customer_id) == ("satoさん", scene.hanako)
    assert scene.quarantine.replay_all(admin, "string_too_long") == 3
    assert scene.quarantine.replay_all(admin, "string_too") == 0
    assert scene.delivery.run() == 3
    (left,) = scene.quarantine.stand(admin).refused
    assert left == Pile("no_such_customer", 2, one.message.created_at)
    ((act, body),) = _lines(scene)
    assert act == Act.DELIVERY_REPLAYED
    assert '"subject":"string_too_long"' in body
    assert '"outcome":"all 3"' in body


def test_sending_all_again_ends_though_each_is_refused_once_more(scene: Scene) -> None:
    admin = scene.town.staff("admin", Role.ADMIN)
    _refuse(scene, 3, TOO_LONG)
    scene.clock.move(seconds=1)
    assert scene.quarantine.replay_all(admin, "string_too_long") == 3
    scene.clock.move(seconds=1)
    scene.crm.scripts = [_answers(TOO_LONG)]
    scene.delivery.run()
    assert scene.states() == {"dead": 3}


def test_what_is_given_up_is_not_sent_but_its_next_save_is(scene: Scene) -> None:
    admin = scene.town.staff("admin", Role.ADMIN)
    (call_id,) = _refuse(scene, 1, TOO_LONG)
    (letter,) = scene.quarantine.stand(admin).letters
    for wrong in ("", "because", "BY_HAND"):
        with pytest.raises(InputError):
            scene.quarantine.close(admin, letter.message.id, wrong)
    scene.quarantine.close(admin, letter.message.id, "by_hand")
    with pytest.raises(NotFound):
        scene.quarantine.close(admin, letter.message.id, "by_hand")
    with pytest.raises(NotFound):
        scene.quarantine.replay(admin, letter.message.id)
    assert scene.delivery.run() == 0
    assert scene.states() == {"closed": 1}
    assert note_of(None, None, scene.timeline.sendings([call_id])[call_id]).sent is Sent.CLOSED
    ((act, body),) = _lines(scene)
    assert act == Act.DELIVERY_CLOSED
    assert '"purpose":"by_hand"' in body
    scene.timeline.save(scene.sato, call_id, replace(FORM, response="短くした", version=1))
    assert scene.delivery.run() == 1


def test_only_administrators_see_and_mend(scene: Scene) -> None:
    _refuse(scene, 1, TOO_LONG)
    admin = scene.town.staff("admin", Role.ADMIN)
    (letter,) = scene.quarantine.stand(admin).letters
    mori = scene.town.staff("mori", Role.SUPERVISOR)
    for deed in (
        lambda: scene.quarantine.stand(mori),
        lambda: scene.quarantine.replay(mori, letter.message.id),
        lambda: scene.quarantine.replay_all(mori, "string_too_long"),
        lambda: scene.quarantine.close(mori, letter.message.id, "by_hand"),
    ):
        with pytest.raises(Denied):
            deed()
    assert scene.states() == {"dead": 1}


def test_what_fails_and_is_tried_again_is_told_with_its_reason(scene: Scene) -> None:
    admin = scene.town.staff("admin", Role.ADMIN)
    _refuse(scene, 2, OutsideError("unable_to_lock_row"))
    stand = scene.quarantine.stand(admin)
    assert (stand.refused, [(pile.problem, pile.n) for pile in stand.failing]) == ((), [("unable_to_lock_row", 2)])


def _tidy(scene: Scene, days: int = 30) -> int:
    return Tidy(scene.store, scene.clock, timedelta(days=days), lambda: None).run()


def test_messages_that_are_over_are_forgotten_after_their_time_and_nothing_else(scene: Scene) -> None:
    done = scene.call(scene.hanako)
    scene.delivery.run()
    scene.timeline.save(scene.sato, done, replace(FORM, response="訂正", version=1))
    scene.delivery.run()
    _refuse(scene, 1, TOO_LONG)
    scene.call(None)
    scene.clock.move(days=29)
    assert _tidy(scene) == 0
    scene.clock.move(days=2)
    waiting = scene.call(scene.hanako)
    assert _tidy(scene) == 2
    assert scene.states() == {"dead": 1, "unassigned": 1, "waiting": 1}
    sending = scene.timeline.sendings([done])[done]
    assert (sending.message, sending.version) == (None, 2)
    assert note_of(None, None, sending).sent is Sent.SENT
    scene.timeline.save(scene.sato, done, replace(FORM, response="もう一度", version=2))
    scene.delivery.run()
    assert {entry.version for entry in scene.entries()} == {1, 3}
    assert waiting


def test_the_only_trace_of_a_try_is_kept(scene: Scene) -> None:
    """An entry that may stand in the CRM must be taken back if its call is taken from the customer."""
    call_id = scene.call(scene.hanako)
    scene.crm.scripts = [_raises(OutsideError("timeout"))]  # it stands there, and nobody heard of it
    scene.delivery.run()
    scene.timeline.save(scene.sato, call_id, replace(FORM, response="訂正", version=1))
    with scene.store.write() as connection:  # given up before it was ever known to have arrived
        newest = select(func.max(messages.c.created_at)).scalar_subquery()
        closed = {"state": MessageState.CLOSED, "done_at": 0, "due_at": 0}
        connection.execute(update(messages).where(messages.c.created_at == newest).values(**closed))
    scene.clock.move(days=90)
    _tidy(scene)
    scene.give(call_id, None)
    scene.delivery.run()
    assert scene.entries() == []


def _raises(error: OutsideError) -> Callable[[list[Answer]], list[Answer]]:
    def script(_: list[Answer]) -> list[Answer]:
        raise error

    return script


def test_the_ledger_is_bounded_by_age_and_by_number(store: Store, clock: HandClock) -> None:
    tidy = Tidy(store, clock, timedelta(days=30), lambda: None)
    with store.write() as connection:
        for number in range(MOST_KEPT + 250):
            run_id = runs.start(connection, "deliver", clock() + timedelta(seconds=number))
            runs.end(connection, run_id, clock() + timedelta(seconds=number))
        old = runs.start(connection, "sync", clock() - timedelta(days=31))
        runs.end(connection, old, clock())
        runs.start(connection, "reconcile", clock() - timedelta(days=40))  # still at it
    assert tidy.run() == 251
    with store.read() as connection:
        kept = runs.newest(connection, "deliver", 9999)
        assert runs.known_jobs(connection) == ("deliver", "reconcile")
    assert len(kept) == MOST_KEPT
    assert kept[0].started_at == clock() + timedelta(seconds=MOST_KEPT + 249)
