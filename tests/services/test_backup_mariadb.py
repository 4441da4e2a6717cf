"""A site on MariaDB: dumped by the server's own program in one snapshot, loaded into another server, and the same."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result

from plugin.cli import cli
from plugin.core.errors import SettingError
from plugin.core.ids import RecordingId
from plugin.core.recordings import RecordingState
from plugin.core.staff import Role
from plugin.settings import load
from plugin.store.moving.rows import MOVED
from plugin.store.schema import MOVE_TABLE, upgrade
from plugin.wiring import House
from tests.kit.clock import HandClock
from tests.kit.command import Runner
from tests.kit.full import fill_audit
from tests.kit.mariadb import PrivateMariadb
from tests.kit.rows import rows
from tests.kit.staff import hire
from tests.kit.vaults import Archive

pytestmark = [pytest.mark.needs("mariadbd"), pytest.mark.needs("mariadb-dump")]
PASSWORD = 'p"a\\ss #;=w%rd'
CHANGED = {
    "audit_lines",
    "audit_head",
    "audit_remarks",
    "restores",
    "backups",
    "recordings",
    "tombstones",
    "tombstone_marks",
    "runs",
}


class Site:
    """A site on a server, its data folder, and a new server beside it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.data, self.url = folder, folder / "data", url
        self.house = House(load(data_dir=self.data, database_url=url), HandClock())
        upgrade(self.house.store)
        hire(self.house, Role.ADMIN, "kanri")
        archive = Archive(self.house.store, self.data, HandClock())
        self.sounds = {one: archive.sound(one) for one in archive.record(2)}
        with self.house.store.write() as connection:
            fill_audit(connection, 30)  # remarks with letters of all sorts, salts of any bytes
        assert self.house.audits.whole.checkpoint() == 1

    def run(self, url: str, *words: str) -> Result:
        env = {"DENWABAN_DATA_DIR": str(self.data), "DENWABAN_DATABASE_URL": url}
        return Runner().invoke(cli, list(words), env=env)

    def contents(self, house: House) -> dict[str, list[object]]:
        return {t.name: sorted(map(tuple, rows(house.store, t)), key=repr) for t in MOVED if t.name not in CHANGED}


@pytest.fixture
def site(tmp_path: Path, mariadb: PrivateMariadb) -> Iterator[Site]:
    made = Site(tmp_path, mariadb.new_database(PASSWORD))
    yield made
    made.house.close()


def test_a_dumped_site_is_put_back_on_another_server_and_is_the_same(site: Site) -> None:
    target, keys = str(site.folder / "backups"), str(site.folder / "keys")
    done = site.run(site.url, "backup", target, "--keys", keys)
    assert done.exit_code == 0, done.output
    assert "dumped" in done.output
    purged, other = (RecordingId(one) for one in site.sounds)
    site.house.keeping.letting_go.recordings({purged: "complaint:30"}, None)
    assert site.run(site.url, "backup", target, "--keys", keys).exit_code == 0
    assert site.run(site.url, "backup", "verify", target, "--keys", keys).output.endswith("\nwhole\n")
    first = min(path.name for path in (site.folder / "backups").glob("2*"))
    before = site.contents(site.house)
    site.house.close()
    shutil.rmtree(site.data)
    with PrivateMariadb() as another:
        url = another.new_database(PASSWORD)
        words = ["restore", target, "--name", first, "--keys", keys, "--as", "kanri", "--reason", "ディスク故障"]
        done = site.run(url, *words)
        assert done.exit_code == 0, done.output
        again = House(load(data_dir=site.data, database_url=url), HandClock())
        assert site.contents(again) == before
        archive = Archive(again.store, site.data, HandClock())
        assert archive.find(purged).state is RecordingState.EXPIRED
        assert archive.sound(other) == site.sounds[other]
        verdict = again.audits.whole.verify()
        assert (verdict.findings, len(verdict.restored)) == ((), 1)
        with again.store.engine.connect() as connection:
            triggers = {row[0] for row in connection.exec_driver_sql("SHOW TRIGGERS")}
        assert {"audit_lines_no_update", "audit_lines_no_delete"} <= triggers
        again.close()
        shutil.rmtree(site.data)
        refused = site.run(url, *words)  # it has a site in it now
        assert (refused.exit_code, "conflict.target_not_empty" in refused.output) == (2, True)


def test_a_dump_whose_end_is_missing_is_told_and_no_site_starts_on_half_a_database(site: Site) -> None:
    target, keys = site.folder / "backups", str(site.folder / "keys")
    assert site.run(site.url, "backup", str(target), "--keys", keys).exit_code == 0
    with site.house.store.engine.connect() as connection:  # as a restore that was cut off leaves it
        connection.exec_driver_sql(f"CREATE TABLE {MOVE_TABLE} (site VARCHAR(64) PRIMARY KEY)")
    with pytest.raises(SettingError, match="half_moved"):
        upgrade(site.house.store)
    dump = next(target.glob("2*/data/denwaban.sql"))
    dump.write_bytes(dump.read_bytes()[:-100])
    said = site.run(site.url, "backup", "verify", str(target))
    assert (said.exit_code, "content: denwaban.sql" in said.output) == (1, True)
