"""Continuous replication beside the nightly backup: what was written last is there after a kill -9 and a lost disk.

The configuration is the very text of docs/operations.md.
"""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from plugin.store.moving.snapshot import Snapshot
from tests.kit.backups import Site
from tests.kit.clock import HandClock
from tests.kit.people import Town

pytestmark = pytest.mark.needs("litestream")
DOCS = Path(__file__).parent.parent.parent / "docs"
PATIENCE_S = 60


class Replica:
    """Litestream, set up as the docs say, with the site's paths."""

    def __init__(self, site: Site) -> None:
        page = (DOCS / "operations.md").read_text("utf-8")
        text = page.split("# /etc/denwaban/litestream.yml\n")[1].split("```")[0]
        self.database, self.folder = site.data / "denwaban.db", site.folder / "replica"
        text = text.replace("/var/lib/denwaban/data", str(site.data)).replace("/backup/litestream", str(self.folder))
        self.config = site.folder / "litestream.yml"
        self.config.write_text(text)
        assert str(self.database) in text
        assert str(self.folder) in text

    @contextmanager
    def running(self) -> Iterator["subprocess.Popen[bytes]"]:
        command = ["litestream", "replicate", "-config", str(self.config)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                yield process
            finally:
                process.kill()

    def copy(self, target: Path) -> bool:
        """Bring the newest state back into the new file `target`; tell whether there was one."""
        command = ["litestream", "restore", "-config", str(self.config), "-o", str(target), str(self.database)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture
def site(tmp_path: Path, clock: HandClock) -> Iterator[Site]:
    made = Site(tmp_path, clock)
    yield made
    made.house.close()


def test_what_was_written_last_is_there_after_a_kill_and_a_lost_disk(site: Site, tmp_path: Path) -> None:
    site.back_up()
    replica = Replica(site)
    copy = tmp_path / "copy.db"
    with replica.running() as process:
        town = Town(site.house.store, site.clock())
        for _ in range(40):
            town.call()
        rang, deadline = site.calls(), time.monotonic() + PATIENCE_S
        while True:  # until it says that it has it: each second, on a machine that is not busy
            copy.unlink(missing_ok=True)
            if replica.copy(copy) and site.calls_in(copy) == rang:
                break
            assert time.monotonic() < deadline
            time.sleep(0.2)
        snapshot = Snapshot(replica.database)
        snapshot.make()
        assert snapshot.whole() == ()  # its own tables keep no site from moving
        process.kill()
        process.wait()
    site.lose()
    copy.unlink()
    assert replica.copy(copy)
    done = site.restore("--database", str(copy))
    assert done.exit_code == 0, done.output
    archive = site.again()
    assert site.calls() == rang
    assert {one: archive.sound(one) for one in site.sounds} == site.sounds
    verdict = site.house.audits.whole.verify()
    assert (verdict.findings, len(verdict.restored)) == ((), 1)


def test_a_database_that_is_older_than_the_backup_or_of_another_site_is_refused(site: Site, tmp_path: Path) -> None:
    other = Site(tmp_path / "other", HandClock())
    other.house.close()
    site.back_up()
    site.lose()
    refused = site.restore("--database", str(other.data / "denwaban.db"))
    assert (refused.exit_code, "conflict.other_database" in refused.output) == (2, True)
    assert not site.data.exists()
