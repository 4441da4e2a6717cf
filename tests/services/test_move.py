"""A site moves from SQLite to a real MariaDB whole, or not at all; every way of losing something is caught."""

import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from plugin.core.errors import Conflict, OutsideError, SettingError, Unavailable
from plugin.core.move import Closed, Fault, Finding, Progress, Stage, Tell
from plugin.core.times import to_us
from plugin.services.move import Carrier, Move, MoveReport, take_back
from plugin.store import audit
from plugin.store.engine import Store
from plugin.store.moving.carrier import Freight, ToolCarrier
from plugin.store.moving.rows import MOVED
from plugin.store.moving.snapshot import Snapshot
from plugin.store.moving.target import Target
from plugin.store.schema import MOVE_TABLE, upgrade
from plugin.store.sign import Sign
from plugin.store.tables.calls import calls, summaries
from plugin.store.tables.recordings import recordings
from plugin.wiring import House
from tests.kit.full import LONG_NOTE, count_all, fill_all
from tests.kit.mariadb import PrivateMariadb
from tests.kit.processes import own_port
from tests.kit.rows import rows
from tests.kit.spoiled import ROWS, SPOILED, UNFIT

pytestmark = pytest.mark.needs("mariadbd")


class Full:
    """The full database that each site begins with, and what is in it."""

    def __init__(self, newest: Path, folder: Path) -> None:
        self.path = folder / "full.db"
        shutil.copyfile(newest, self.path)
        store = Store(f"sqlite:///{self.path}")
        with store.write() as connection:
            fill_all(connection, ROWS)
        self.dump = _dump(store)
        store.close()


class Site:
    """A full site on SQLite, and an empty database that it may move to."""

    def __init__(self, house: House, full: Full, url: str) -> None:
        self.house = house
        self.url = url
        self.told: list[Progress] = []
        self._stores: list[Store] = []
        shutil.copyfile(full.path, str(house.store.engine.url.database))
        self.before = full.dump

    def move(self, carrier: Carrier | None = None) -> Move:
        target = Target(self.new(), "site")
        carrier = carrier or ToolCarrier(self.url)
        return Move(self.house.store, target, carrier, self.house.audits.of, self.house.clock, self.told.append)

    def new(self) -> Store:
        self._stores.append(Store(self.url))
        return self._stores[-1]

    def close(self) -> None:
        for store in self._stores:
            store.close()

    def change_target(self, *statements: str) -> None:
        with self.new().engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
            connection.commit()

    def must_be_untouched(self) -> None:
        """The old database holds what it held, and is written on as before."""
        assert self.house.store.sign() is None
        assert _dump(self.house.store) == self.before
        with self.house.store.write() as connection:
            connection.execute(update(calls).where(calls.c.id == "calls1").values(queue="written"))
        assert not Snapshot(Path(self.house.store.engine.url.database or "")).path.exists()
        with pytest.raises(SettingError, match="half_moved"):
            upgrade(self.new())


def _dump(store: Store) -> dict[str, list[object]]:
    return {table.name: sorted(map(tuple, rows(store, table)), key=repr) for table in MOVED}


class Spoiling:
    """A carrier that carries as the real one does, and then spoils what arrived."""

    def __init__(self, site: Site, *statements: str) -> None:
        self._site = site
        self._statements = statements

    def check(self) -> None:
        """It can."""

    def carry(self, snapshot: Path, freight: Sequence[Freight], tell: Tell) -> None:
        """Carry, and spoil."""
        ToolCarrier(self._site.url).carry(snapshot, freight, tell)
        self._site.change_target(*self._statements)


@pytest.fixture(scope="module")
def full(newest_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Full:
    return Full(newest_sqlite, tmp_path_factory.mktemp("full"))


@pytest.fixture
def site(house: House, full: Full, mariadb: PrivateMariadb) -> Iterator[Site]:
    made = Site(house, full, mariadb.new_database())
    yield made
    made.close()


def test_everything_arrives_and_the_audit_is_the_same_to_the_last_line(site: Site) -> None:
    report = site.move().run()
    assert report.findings == ()
    assert site.house.store.closed() is Closed.MOVED
    new = site.new()
    upgrade(new)
    assert _dump(new) == site.before
    with new.read() as connection, site.house.store.read() as old:
        assert audit.head(connection) == audit.head(old) == (ROWS, report.hash)
        assert set(count_all(connection).values()) == {ROWS, 1}
        assert connection.execute(summaries.select().where(summaries.c.call_id == "calls0")).one().request == LONG_NOTE
    assert report.is_audit_whole
    assert site.house.audits.of(new).verify() == site.house.audits.whole.verify()
    _must_have_told_of_every_table(site)


def _must_have_told_of_every_table(site: Site) -> None:
    last = {(one.stage, one.table): (one.done, one.total) for one in site.told}
    for table in MOVED:
        n = len(site.before[table.name])
        assert {last[stage, table.name] for stage in (Stage.LINT, Stage.MOVE, Stage.VERIFY)} == {(n, n)}


def _what(report: MoveReport) -> set[tuple[Fault, str, str]]:
    return {(finding.fault, finding.table, finding.what) for finding in report.findings}


def _refuses(site: Site, *defects: str) -> None:
    if "narrow column" in defects:
        with site.house.store.write() as connection:
            connection.execute(text("UPDATE recordings SET length_ms = 5"))
        site.before = _dump(site.house.store)
    statements = [statement for defect in defects for statement in SPOILED[defect][0]]
    expected: set[tuple[Fault, str, str]] = set().union(*(SPOILED[defect][1] for defect in defects))
    assert _what(site.move(Spoiling(site, *statements)).run()) == expected
    site.must_be_untouched()


def test_what_a_careless_mover_spoils_refuses_the_move(site: Site) -> None:
    alone = "lost and doubled"  # the table has as many rows as before, and has lost and got one in another way too
    _refuses(site, *(defect for defect in SPOILED if defect != alone))


def test_one_row_for_another_is_enough_to_refuse_the_move(site: Site) -> None:
    _refuses(site, "lost and doubled")


@pytest.mark.soak
@pytest.mark.parametrize("defect", SPOILED)
def test_each_of_these_refuses_the_move_by_itself(site: Site, defect: str) -> None:
    _refuses(site, defect)


def _is_refused(site: Site, *unfit: str) -> None:
    expected: Counter[tuple[Fault, str, str]] = Counter()
    with closing(sqlite3.connect(str(site.house.store.engine.url.database), isolation_level=None)) as raw:
        for statement, what, count in (UNFIT[one] for one in unfit):
            raw.execute(statement)  # as none of our own writers could
            expected[what] += count
    wanted = sorted((Finding(*what, count) for what, count in expected.items()), key=repr)
    for report in (site.move().check(), site.move().run()):
        assert sorted(report.findings, key=repr) == wanted
    assert site.house.store.closed() is None


def test_rows_that_mysql_would_not_take_as_they_are_refuse_the_move_before_it_begins(site: Site) -> None:
    _is_refused(site, *UNFIT)


def test_one_such_row_is_enough_to_refuse_it(site: Site) -> None:
    _is_refused(site, "orphan")


@pytest.mark.soak
@pytest.mark.parametrize("unfit", UNFIT)
def test_each_of_these_rows_refuses_it_by_itself(site: Site, unfit: str) -> None:
    _is_refused(site, unfit)


def test_a_row_bigger_than_the_server_takes_is_told_before(site: Site) -> None:
    with site.house.store.write() as connection:
        connection.execute(update(summaries).where(summaries.c.call_id == "calls3").values(response="あ" * 6_000_000))
    report = site.move().check()
    assert [(finding.fault, finding.table) for finding in report.findings] == [(Fault.TOO_BIG, "summaries")]


def test_a_check_closes_nothing_and_leaves_nothing(site: Site) -> None:
    class Never:
        def check(self) -> None:
            """It can."""

        def carry(self, snapshot: Path, freight: Sequence[Freight], tell: Tell) -> None:
            raise AssertionError("a check carries nothing")

    report = site.move(Never()).check()
    assert (report.findings, report.rows) == ((), sum(len(found) for found in site.before.values()))
    assert site.house.store.sign() is None
    site.move().run()  # the new database is still empty


def test_while_it_moves_the_site_is_read_and_not_written(site: Site) -> None:
    seen: list[Sign | None] = []
    store = site.house.store

    class Curious(ToolCarrier):
        def carry(self, snapshot: Path, freight: Sequence[Freight], tell: Tell) -> None:
            seen.append(store.sign())
            assert snapshot.stat().st_mode & 0o777 == 0o600
            assert rows(store, calls)
            with pytest.raises(Unavailable, match="moving") as refused, store.write():
                pass
            assert refused.value.facts["retry_after_s"] > 0
            with pytest.raises(Unavailable, match="moving"):
                store.write_again(lambda _connection: None)
            with pytest.raises(Conflict, match="move_running"):
                site.move().run()
            super().carry(snapshot, freight, tell)

    assert site.move(Curious(site.url)).run().findings == ()
    assert seen[0] is not None
    assert (seen[0].word, seen[0].holds, seen[0].target) == (Closed.MOVING, True, Target(site.new(), "").name)
    with pytest.raises(Unavailable, match="moved"), store.write():
        pass
    with pytest.raises(SettingError, match="moved"):
        upgrade(store)


def test_an_old_database_is_opened_again_on_purpose_alone(site: Site) -> None:
    site.move().run()
    with pytest.raises(Conflict, match="moved_already"):
        site.move().run()
    assert take_back(site.house.store)
    assert not take_back(site.house.store)
    with site.house.store.write() as connection:
        connection.execute(update(calls).values(queue="again"))
    with pytest.raises(Conflict, match="target_not_empty"):
        site.move().run()  # the new one is a site by now


def test_a_move_killed_after_the_seal_is_ended_by_the_next_try(site: Site) -> None:
    report = site.move().run()
    site.change_target(
        f"CREATE TABLE {MOVE_TABLE} (site VARCHAR(64) PRIMARY KEY)",
        f"INSERT INTO {MOVE_TABLE} VALUES ('site')",
        f"UPDATE recordings SET state = 'processing', next_look_at = {10**18}",
    )
    again = site.move().run()
    assert (again.findings, again.hash) == ((), report.hash)
    new = site.new()
    upgrade(new)
    with new.read() as connection:  # no importer of the old place waits out its time
        looked_at = list(connection.scalars(select(recordings.c.next_look_at)))
    assert looked_at
    assert set(looked_at) == {to_us(site.house.clock())}


def test_a_database_that_is_not_ours_is_left_alone(site: Site) -> None:
    site.change_target("CREATE TABLE guests (id INT)", "INSERT INTO guests VALUES (7)")
    with pytest.raises(Conflict, match="target_not_empty"):
        site.move().run()
    site.change_target(
        "RENAME TABLE guests TO customers",
        f"CREATE TABLE {MOVE_TABLE} (site VARCHAR(64) PRIMARY KEY)",
        f"INSERT INTO {MOVE_TABLE} VALUES ('another site')",
    )
    with pytest.raises(Conflict, match="target_not_empty"):
        site.move().run()
    assert site.house.store.closed() is None


def test_a_carrier_that_fails_leaves_all_as_it_was_and_tells_no_value(site: Site) -> None:
    spoiled = Target(site.new(), "site")
    spoiled.prepare()
    site.change_target("ALTER TABLE users DROP COLUMN team")
    with pytest.raises(OutsideError, match="move_tool") as failed:
        ToolCarrier(site.url).carry(_copy(site), [Freight("users", ROWS, 100)], site.told.append)
    assert failed.value.facts == {"permanent": False, "where": "users", "what": "ProgrammingError 1054"}

    class Failing(ToolCarrier):
        def carry(self, snapshot: Path, freight: Sequence[Freight], tell: Tell) -> None:
            raise OutsideError("move_tool", permanent=False)

    with pytest.raises(OutsideError):
        site.move(Failing(site.url)).run()
    site.must_be_untouched()


def _copy(site: Site) -> Path:
    snapshot = Snapshot(Path(site.house.store.engine.url.database or ""))
    snapshot.make()
    return snapshot.path


def test_a_server_that_is_away_changes_nothing(site: Site) -> None:
    with own_port() as port:
        site.url = f"mysql+pymysql://root@127.0.0.1:{port}/x"
        with pytest.raises(Unavailable, match="target"):
            site.move().run()
    assert site.house.store.sign() is None
