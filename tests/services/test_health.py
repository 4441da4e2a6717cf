"""What the health of a site says of its backups and of the tombstones outside, on the page and to `denwaban doctor`."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from plugin.core.staff import Role
from plugin.services.health import Light, Vital
from plugin.store import backups
from plugin.web.texts import table, text
from tests.kit.clock import HandClock
from tests.kit.retention import Attic, attic
from tests.kit.staff import app_of, browser_of, hire


@pytest.fixture
def site(tmp_path: Path, clock: HandClock) -> Iterator[Attic]:
    with attic(tmp_path, clock) as made:
        yield made


def vitals(site: Attic, subject: str) -> list[tuple[Light, str, int]]:
    return [(one.light, one.word, one.n) for one in site.house.health.look() if one.subject == subject]


def test_the_backups_of_a_site_are_told_by_age_and_by_whether_somebody_looked(site: Attic) -> None:
    said = []

    def note(outcome: str) -> None:
        with site.store.write() as connection:
            backups.note(connection, f"at {site.clock():%d}", site.clock(), outcome)

    def look(word: str) -> None:
        with site.store.write() as connection:
            assert backups.note_look(connection, f"at {site.clock():%d}", site.clock(), word)

    for step in (
        lambda: None,
        lambda: note("cannot_write"),
        lambda: site.clock.move(minutes=1),
        lambda: note("findings"),
        lambda: look("whole"),
        lambda: site.clock.move(days=8),
        lambda: site.clock.move(days=30),
        lambda: note("whole"),
        lambda: look("damaged"),
    ):
        step()
        said.append(vitals(site, "backup"))
    amber, green, red = Light.AMBER, Light.GREEN, Light.RED
    assert said == [
        [(amber, "never", 0)],
        [(red, "failed", 0), (amber, "never", 0)],
        [(red, "failed", 0), (amber, "never", 0)],
        [(green, "made", 0), (amber, "unverified", 0)],
        [(green, "made", 0), (green, "verified", 0)],
        [(amber, "old", 8), (green, "verified", 8)],
        [(amber, "old", 38), (amber, "verify_again", 38)],
        [(green, "made", 0), (amber, "verify_again", 38)],
        [(green, "made", 0), (red, "damaged", 0)],
    ]
    with site.store.write() as connection:
        assert not backups.note_look(connection, "of another site", site.clock(), "whole")
    words = {f"health.backup.{word}" for some in said for _, word, _ in some}
    assert words <= table().keys()


def test_the_page_and_the_figures_tell_of_a_file_of_tombstones_that_is_missing(site: Attic) -> None:
    site.fill(60, timedelta(days=30))
    site.fill(1, timedelta(days=400))
    assert site.house.keeping.retention.run() == 1
    (file,) = (site.folder / "checkpoints" / "tombstones").glob("*.jsonl")
    assert vitals(site, "tombstones") == [(Light.GREEN, "fine", 0)]
    file.unlink()
    assert Vital("tombstones", Light.RED, "missing", what=file.name) in site.house.health.look()
    app = app_of(site.house)
    browser = browser_of(app, site.house, hire(site.house, Role.ADMIN, "kanri"))
    page = browser.get("/admin/health").text
    assert text("ja", "health.tombstones.missing", what=file.name, n=0, at="") in page
    assert text("ja", "health.backup.never") in page
    scraped = app.test_client().get("/metrics").text
    assert f'denwaban_health{{subject="tombstones",what="{file.name}",word="missing"}} 2.0' in scraped
    assert site.house.keeping.letting_go.mend() == 1
    assert vitals(site, "tombstones") == [(Light.GREEN, "fine", 0)]
    assert site.outside() == site.stones()
