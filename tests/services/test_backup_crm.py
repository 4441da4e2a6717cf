"""A site put back beside a CRM that went on: what had been sent stands once, what is written anew gets through."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from plugin.core.backup import least_version
from plugin.core.ids import UserId
from plugin.core.timeline import DISPOSITIONS, TOPICS
from plugin.services.delivery import Delivery
from plugin.services.timeline import Timeline
from plugin.store import backups
from plugin.store.engine import Store
from plugin.store.tables.backup import restores
from tests.kit.clock import HandClock
from tests.kit.outbox import FORM, SITE, Scene
from tests.kit.rows import rows


@pytest.fixture
def scene(sqlite_store: Store, clock: HandClock, tmp_path: Path) -> Scene:
    return Scene(sqlite_store, clock, tmp_path / "crm")


class Past:
    """The scene's site as it was when it was copied, put back later."""

    def __init__(self, scene: Scene, folder: Path) -> None:
        self.scene, self.path, self.taken_at = scene, folder / "past.db", scene.clock()
        with closing(sqlite3.connect(folder / "denwaban.db")) as live, closing(sqlite3.connect(self.path)) as copy:
            live.backup(copy)

    def put_back(self) -> None:
        scene, at = self.scene, self.scene.clock.move(hours=3)
        self.store = Store(f"sqlite:///{self.path}")
        who = UserId(scene.sato.user_id)
        restoring = backups.Restoring("20261123T041000Z", self.taken_at, who, at, least_version(at), ())
        with self.store.write() as connection:
            backups.begin_anew(connection, restoring)
        words = (SITE.zone, "local", TOPICS, DISPOSITIONS, scene.bus)
        self.timeline = Timeline(self.store, scene.clock, *words)
        self.delivery = Delivery(self.store, scene.crm, SITE, scene.clock, scene.bus, lambda: 0.5)


@pytest.fixture
def past(scene: Scene, tmp_path: Path) -> Iterator[Past]:
    """Two calls, one delivered before the copy, one waiting in it; after it both are corrected and delivered."""
    sent = scene.call(scene.hanako)
    assert scene.delivery.run() == 1
    waits = scene.call(scene.taro)
    made = Past(scene, tmp_path)
    for call_id in (sent, waits):
        scene.timeline.save(scene.sato, call_id, replace(FORM, response="コピーの後の訂正", version=1))
    assert scene.delivery.run() == 2
    made.put_back()
    yield made
    made.store.close()


def test_what_was_sent_after_the_copy_stands_once_and_is_not_overwritten_by_what_the_copy_had(past: Past) -> None:
    scene = past.scene
    assert past.delivery.run() == 1  # the message that waited in the copy
    for customer in ("c1", "c2"):
        (entry,) = scene.entries(customer)
        assert (entry.version, "コピーの後の訂正" in entry.text) == (2, True)
    assert past.delivery.run() == 0


def test_what_is_written_after_the_restore_reaches_the_crm(past: Past) -> None:
    scene = past.scene
    past.delivery.run()
    (entry,) = scene.entries("c1")
    call_id = entry.external_id.removeprefix("denwaban-")
    past.timeline.save(scene.sato, call_id, replace(FORM, response="復元の後の訂正", version=1))  # type: ignore[arg-type]
    assert past.delivery.run() == 1
    (after,) = scene.entries("c1")
    assert "復元の後の訂正" in after.text
    assert after.version == rows(past.store, restores)[0].least_version
    past.timeline.save(scene.sato, call_id, replace(FORM, response="もう一度", version=2))  # type: ignore[arg-type]
    assert past.delivery.run() == 1
    assert (scene.entries("c1")[0].version, "もう一度" in scene.entries("c1")[0].text) == (after.version + 1, True)
