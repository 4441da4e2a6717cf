"""`denwaban purge` says what would go, erases no more than two people let it, and proves what went offline."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from structlog.testing import capture_logs

from plugin.cli import cli
from plugin.cli.erased import erase_again
from plugin.core.retention import PurgeState
from tests.kit.clock import HandClock
from tests.kit.command import Runner
from tests.kit.retention import Attic, attic


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Attic]:
    clock = HandClock()
    clock.at -= timedelta(days=3650)  # long due, whenever this is run
    with attic(tmp_path, clock) as made:
        yield made


def run(site: Attic, *words: str) -> Result:
    return Runner().invoke(cli, ["purge", *words], env={"DENWABAN_DATA_DIR": str(site.folder)})


def test_a_dry_run_erases_nothing_and_the_brake_asks(site: Attic) -> None:
    site.fill(3, timedelta(days=1))
    told = run(site, "--dry-run")
    assert told.exit_code == 0
    assert "recordings due: 3 (192 B), of 3 (192 B)" in told.output
    assert "  by caller_request:365: 3 (192 B)" in told.output
    assert "BRAKED: that is 100.0 %" in told.output
    said = json.loads(run(site, "--dry-run", "--json").output)
    assert (said["due"], said["braked"]) == ({"recordings": 3, "bytes": 192}, True)
    assert len(site.files()) == 3
    stopped = run(site)
    assert stopped.exit_code == 1
    assert "100.0 % of what there is, and 5 %" in stopped.output
    assert len(site.files()) == 3


def test_what_went_is_proved_without_a_site(site: Attic, tmp_path: Path) -> None:
    hara, mori = site.people()
    site.fill(3, timedelta(days=1))
    assert run(site).exit_code == 1
    site.clock.at += timedelta(days=3650)
    site.allow(hara, mori)
    assert run(site).output == "erased: 3\n"
    (done,) = site.runs(PurgeState.DONE)
    proof = tmp_path / "proof.jsonl"
    proof.write_bytes(b"".join(site.house.keeping.retention.proof_of(hara, done.id)))
    key = ["--public-key", site.house.audits.whole.public_key()]
    told = Runner().invoke(cli, ["purge", "verify", str(proof), *key], env={"DENWABAN_DATA_DIR": "/nowhere"})
    assert told.exit_code == 0
    assert "recordings erased: 3 (192 B)" in told.output
    assert run(site, "verify", str(proof), "--public-key", "11" * 32).output.startswith("NOT PROVED: the signature")
    proof.write_bytes(proof.read_bytes()[:-9])
    assert run(site, "verify", str(proof), *key).exit_code == 1
    assert run(site, "verify", str(proof), "--public-key", "no").exit_code == 2


def test_each_start_erases_again_what_an_old_copy_brought_back(site: Attic) -> None:
    (one,) = site.fill(1, timedelta(days=1))
    older = site.house.settings.data_dir / "denwaban.db"
    site.store.close()
    copy, sound = older.read_bytes(), (site.folder / one.file).read_bytes()
    site.house.keeping.letting_go.recordings({one.id: "complaint:365"}, None)
    assert site.files() == set()
    site.store.close()
    for name in ("denwaban.db-wal", "denwaban.db-shm"):
        (site.folder / name).unlink(missing_ok=True)
    older.write_bytes(copy)
    (site.folder / one.file).write_bytes(sound)
    assert site.states() == {one.id: "ready"}
    with capture_logs() as said:
        erase_again(site.house)
    counts = {"recordings": 1, "texts": 0, "cases": 0, "remarks": 0}
    assert said == [{"event": "erased_again", "log_level": "warning", **counts}]
    assert site.states() == {one.id: "expired"}
    assert site.files() == set()
    with capture_logs() as said:
        erase_again(site.house)
    assert said == []
    assert site.stones() == site.outside() == {one.id}
