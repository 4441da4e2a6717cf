"""The outbox reaches the CRM: exactly once each, whatever fails, crashes or comes twice."""

import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from plugin.core.audit import Act
from plugin.core.customers import CrmCustomer
from plugin.core.errors import Denied, NotFound, OutsideError
from plugin.core.ids import MessageId
from plugin.core.outbox import LONGEST_REST_S, MessageState, rest
from plugin.core.staff import Role
from plugin.core.timeline import TimelineEntry
from plugin.store.engine import Store
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.calls import calls
from plugin.store.tables.delivery import timeline_links
from plugin.wiring import now
from tests.kit.clock import HandClock
from tests.kit.ledgers import in_state
from tests.kit.outbox import FORM, Answer, Scene

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def scene(store: Store, clock: HandClock, tmp_path: Path) -> Scene:
    return Scene(store, clock, tmp_path / "crm")


def _raise(error: Exception) -> Callable[[list[Answer]], list[Answer]]:
    def script(_: list[Answer]) -> list[Answer]:
        raise error

    return script


def test_a_summary_lands_on_the_customer_s_timeline(scene: Scene) -> None:
    call_id = scene.call(scene.hanako)
    assert scene.delivery.run() == 1
    (entry,) = scene.entries()
    assert entry == TimelineEntry(
        external_id=f"denwaban-{call_id}",
        version=1,
        customer_external_id="c1",
        subject="電話応対 / 配送 / 荷物が届かない",
        text="【用件】\n荷物が届かない\n【対応】\n再手配\n【対応結果】\n要対応",
        on=date(2026, 11, 23),  # 22 November in UTC
        started_at=scene.clock() - timedelta(minutes=3),
        duration_s=90,
        direction=entry.direction,
        outcome=entry.outcome,
        disposition="要対応",
        author="satoさん",
        link=f"https://denwaban.example/calls/{call_id}",
    )
    sending = scene.timeline.sendings([call_id])[call_id]
    assert sending.message is not None
    assert (sending.message.state, sending.remote_id, sending.version) == (MessageState.DONE, "activity-1", 1)
    assert scene.bus.told == [(scene.sato.user_id,)]
    assert scene.delivery.run() == 0
    assert len(scene.crm.batches) == 1


def test_no_number_of_a_caller_reaches_the_crm(scene: Scene) -> None:
    scene.call(scene.hanako, withheld="refused", e164="+819099998888")
    scene.delivery.run()
    assert "9099998888" not in repr(scene.entries())


def test_a_corrected_summary_replaces_the_entry(scene: Scene) -> None:
    call_id = scene.call(scene.hanako)
    scene.delivery.run()
    scene.timeline.save(scene.sato, call_id, replace(FORM, response="訂正", version=1))
    assert scene.delivery.run() == 1
    (entry,) = scene.entries()
    assert (entry.version, "訂正" in entry.text) == (2, True)


def test_a_call_moves_with_its_customer_and_waits_when_it_has_none(scene: Scene) -> None:
    call_id = scene.call(None)
    assert scene.delivery.run() == 0
    assert scene.states() == {"unassigned": 1}
    scene.give(call_id, scene.hanako)
    assert scene.delivery.run() == 1
    assert len(scene.entries("c1")) == 1
    scene.give(call_id, scene.taro)
    assert scene.delivery.run() == 1
    assert (scene.entries("c1"), len(scene.entries("c2"))) == ([], 1)
    scene.give(call_id, None)
    scene.delivery.run()
    assert (scene.entries("c1"), scene.entries("c2")) == ([], [])
    assert [message.call_id for message in in_state(scene.store, MessageState.UNASSIGNED)] == [call_id]
    scene.give(call_id, scene.hanako)
    scene.delivery.run()
    (entry,) = scene.entries("c1")
    assert entry.external_id == f"denwaban-{call_id}"
    assert in_state(scene.store, MessageState.UNASSIGNED) == ()


def test_an_open_call_is_sent_once_it_has_ended(scene: Scene) -> None:
    call_id = scene.call(scene.hanako, ended=False)
    done = scene.call(scene.taro)
    assert scene.delivery.run() == 1
    assert scene.entries("c2")[0].external_id == f"denwaban-{done}"
    with scene.store.write() as connection:
        connection.execute(update(calls).where(calls.c.id == call_id).values(ended_at=calls.c.answered_at + 60_000_000))
    scene.clock.move(seconds=6)
    assert scene.delivery.run() == 1
    assert scene.entries("c1")[0].duration_s == 60


def test_a_refused_entry_is_a_dead_letter_that_an_admin_replays(scene: Scene) -> None:
    gone = scene.call(scene.town.customer("not there"))
    fine = [scene.call(scene.hanako) for _ in range(3)]
    assert scene.delivery.run() == 3
    (dead,) = in_state(scene.store, MessageState.DEAD)
    assert (dead.call_id, dead.error) == (gone, "outside.no_such_customer permanent=True")
    assert {entry.external_id for entry in scene.entries()} == {f"denwaban-{call_id}" for call_id in fine}

    with pytest.raises(Denied):
        scene.quarantine.replay(scene.sato, dead.id)
    admin = scene.town.staff("admin", Role.ADMIN)
    scene.crm.change([CrmCustomer("not there", name="今はいる")])
    scene.quarantine.replay(admin, dead.id)
    for gone_id in (dead.id, MessageId("nothing")):
        with pytest.raises(NotFound):
            scene.quarantine.replay(admin, gone_id)
    assert scene.delivery.run() == 1
    assert len(scene.entries("not there")) == 1
    with scene.store.read() as connection:
        acts = list(connection.scalars(select(audit_lines.c.act).order_by(audit_lines.c.seq)))
    assert acts.count(Act.DELIVERY_REPLAYED) == 1


def test_a_time_out_after_the_crm_has_committed_makes_no_second_entry(scene: Scene) -> None:
    scene.call(scene.hanako)
    scene.crm.scripts = [_raise(OutsideError("timeout"))]
    assert scene.delivery.run() == 0
    assert len(scene.entries()) == 1
    assert scene.states() == {"waiting": 1}
    scene.clock.move(seconds=1)
    assert scene.delivery.run() == 1
    assert len(scene.entries()) == 1
    assert scene.states() == {"done": 1}


@pytest.mark.parametrize(
    ("count", "minutes", "most"), [(60, 15, 66), pytest.param(120, 60, 300, marks=pytest.mark.soak)]
)
def test_a_crm_that_is_down_is_asked_ever_more_rarely_and_loses_nothing(
    scene: Scene, count: int, minutes: int, most: int
) -> None:
    for _ in range(count):
        scene.call(scene.hanako)
    scene.crm.scripts = [_raise(OutsideError("down"))] * 10_000
    for _ in range(minutes * 6):
        scene.clock.move(seconds=10)
        scene.delivery.run()
    assert len(scene.crm.batches) < most  # batches of 50, each no more than once in 40 s when it has failed for long
    scene.crm.scripts = []
    scene.clock.move(seconds=LONGEST_REST_S)
    scene.delivery.run()
    assert len(scene.entries()) == count
    assert scene.states() == {"done": count}


def test_a_crm_that_asks_for_rest_gets_it(scene: Scene) -> None:
    scene.call(scene.hanako)
    scene.crm.scripts = [_raise(OutsideError("limit", retry_after_s=300))]
    scene.delivery.run()
    scene.clock.move(seconds=299)
    scene.call(scene.hanako)
    assert scene.delivery.run() == 0
    assert len(scene.crm.batches) == 1
    scene.clock.move(seconds=1)
    assert scene.delivery.run() == 2


@pytest.mark.parametrize("seconds", [10.0**7, 10.0**11, 10.0**300])
def test_a_crm_that_asks_for_years_gets_an_hour(scene: Scene, seconds: float) -> None:
    scene.call(scene.hanako)
    scene.crm.scripts = [_raise(OutsideError("limit", retry_after_s=seconds))]
    scene.delivery.run()
    scene.clock.move(seconds=3600)
    assert scene.delivery.run() == 1


def test_being_locked_out_makes_no_dead_letters(scene: Scene) -> None:
    scene.call(scene.hanako)
    scene.crm.scripts = [_raise(OutsideError("sign_in", permanent=True))]
    scene.delivery.run()
    assert scene.states() == {"waiting": 1}
    scene.clock.move(seconds=LONGEST_REST_S)
    assert scene.delivery.run() == 1


def test_an_entry_that_trips_the_connector_does_not_stop_the_others(scene: Scene) -> None:
    bad = scene.call(scene.hanako)
    for _ in range(4):
        scene.call(scene.hanako)

    def trip(answers: list[Answer]) -> list[Answer]:
        if any(entry.external_id == f"denwaban-{bad}" for entry in scene.crm.batches[-1]):
            raise KeyError("a defect")
        return answers

    scene.crm.scripts = [trip] * 1000
    assert scene.delivery.run() == 4
    for _ in range(10):
        scene.clock.move(seconds=LONGEST_REST_S)
        scene.delivery.run()
    (dead,) = in_state(scene.store, MessageState.DEAD)
    assert (dead.call_id, dead.error) == (bad, "defect KeyError")


def test_one_entry_that_must_wait_does_not_hold_up_the_others(scene: Scene) -> None:
    for _ in range(3):
        scene.call(scene.hanako)
    scene.crm.scripts = [lambda answers: [answers[0], OutsideError("row_locked"), answers[2]]]
    assert scene.delivery.run() == 2
    assert scene.states() == {"done": 2, "waiting": 1}
    scene.clock.move(seconds=1)
    assert scene.delivery.run() == 1


def test_whoever_has_lost_his_lease_changes_nothing(scene: Scene) -> None:
    call_id = scene.call(scene.hanako)
    other = scene.worker()

    def sleep_too_long(answers: list[Answer]) -> list[Answer]:
        scene.clock.move(minutes=5)
        scene.give(call_id, scene.taro)
        assert other.run() == 2  # what was leased to us, and the newer one
        return [OutsideError("refused", permanent=True)]

    scene.crm.scripts = [sleep_too_long]
    scene.delivery.run()
    assert (scene.entries("c1"), len(scene.entries("c2"))) == ([], 1)
    assert scene.states() == {"done": 2}
    with scene.store.read() as connection:
        assert connection.execute(select(timeline_links.c.version)).all() == [(2,)]


def test_a_message_that_is_replaced_while_it_is_sent_is_followed_by_the_newer(scene: Scene) -> None:
    call_id = scene.call(scene.hanako)

    def correct(answers: list[Answer]) -> list[Answer]:
        scene.timeline.save(scene.sato, call_id, replace(FORM, response="訂正", version=1))
        assert scene.worker().run() == 0  # the newer one waits its turn
        return answers

    scene.crm.scripts = [correct]
    assert scene.delivery.run() == 2
    assert [entry.version for entry in scene.entries()] == [2]
    assert scene.states() == {"done": 2}


@pytest.mark.parametrize("attempts", range(1, 40))
def test_rests_double_up_to_a_limit_and_are_spread(attempts: int) -> None:
    short, long = rest(attempts, 0.0), rest(attempts, 0.999)
    assert timedelta(seconds=0.5) <= short < long <= timedelta(seconds=LONGEST_REST_S)
    assert long < 2 * short


def _deliver(store: Store, folder: Path, lease_s: float, fault: str) -> subprocess.Popen[bytes]:
    url = store.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.kit.deliver", url, str(folder), str(lease_s), fault]
    return subprocess.Popen(command, cwd=ROOT)


def _queue(store: Store, folder: Path, count: int) -> Scene:
    clock = HandClock()
    clock.at = now() - timedelta(seconds=1)
    scene = Scene(store, clock, folder)
    for number in range(count):
        scene.call(scene.hanako if number % 2 else scene.taro)
    return scene


def _stands_once(scene: Scene, count: int) -> None:
    entries = scene.entries("c1") + scene.entries("c2")
    assert len(entries) == len({entry.external_id for entry in entries}) == count
    assert scene.states() == {"done": count}
    with scene.store.read() as connection:
        assert connection.scalar(select(func.count()).select_from(timeline_links)) == count


@pytest.mark.parametrize("count", [28, pytest.param(280, marks=pytest.mark.soak)])
def test_several_workers_a_killed_one_and_lost_answers_deliver_each_once(
    store: Store, tmp_path: Path, count: int
) -> None:
    scene = _queue(store, tmp_path / "crm", count)
    killed = _deliver(store, tmp_path / "crm", 1.0, "die")
    assert killed.wait(120) == -signal.SIGKILL
    between = len(scene.entries("c1") + scene.entries("c2"))
    assert between == 7  # put, and not marked
    assert scene.states()["leased"] == 7

    workers = [_deliver(store, tmp_path / "crm", 1.0, fault) for fault in ("lose", "none", "lose")]
    assert [worker.wait(300) for worker in workers] == [0, 0, 0]
    _stands_once(scene, count)
