"""The one way into the database: what a read sees and leaves, what it asks of a server, and who closes what."""

import gc
import os
from contextlib import AbstractContextManager, ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from plugin.store.engine import Connection, Store
from plugin.store.prepared import Prepared
from plugin.store.server import Warm, end
from plugin.store.tables.delivery import leases

_COUNT = Prepared("SELECT COUNT(*) FROM leases")
_ID = Prepared("SELECT CONNECTION_ID()")
_ENDS = Prepared("SHOW SESSION STATUS WHERE Variable_name IN ('Com_commit', 'Com_rollback')")


def _open(path: Path) -> list[str]:
    found: list[str] = []
    for one in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):  # the folder's own
            found.append(os.readlink(f"/proc/self/fd/{one}"))
    return [name for name in found if name.startswith(str(path))]


def test_a_store_that_is_gone_leaves_no_file_open(tmp_path: Path) -> None:
    path = tmp_path / "denwaban.db"
    store = Store(f"sqlite:///{path}")
    with store.write() as connection:
        connection.execute(text("CREATE TABLE one (n INTEGER)"))
    assert f"{path}.lock" in _open(path)
    store.close()
    del store, connection
    gc.collect()
    assert _open(path) == []


def _add(connection: Connection, name: str) -> None:
    connection.execute(insert(leases).values(name=name, holder="x", until=0))


def _other(store: Store) -> Store:
    return Store(store.engine.url.render_as_string(hide_password=False))


def test_a_read_is_one_snapshot_whoever_runs_its_statements(store: Store) -> None:
    other = _other(store)
    with store.read() as connection:
        assert _COUNT.row(connection) == (0,)
        with other.write() as writing:
            _add(writing, "a")
        assert connection.scalars(select(leases.c.name)).all() == []
        assert _COUNT.row(connection) == (0,)
    with store.read() as connection:
        assert connection.scalars(select(leases.c.name)).all() == ["a"]
    other.close()


def test_nothing_stays_of_what_was_written_in_a_read(store: Store) -> None:
    with store.read() as connection:
        Prepared("INSERT INTO leases (name, holder, until) VALUES ('a', 'x', 0)").write(connection)
        _add(connection, "b")
    with store.read() as connection:
        assert _COUNT.row(connection) == (0,)


def test_a_read_that_fails_leaves_nothing_open(store: Store) -> None:
    with pytest.raises(DBAPIError), store.read() as connection:
        Prepared("SELECT nothing FROM leases").rows(connection)
    with store.write() as connection:
        _add(connection, "a")
    with store.read() as connection:
        assert _COUNT.row(connection) == (1,)


def test_transactions_do_not_nest(store: Store) -> None:
    with store.read():
        for another in (store.read, store.write):
            with pytest.raises(RuntimeError), another():
                pass
    with store.write():
        for another in (store.read, store.write):
            with pytest.raises(RuntimeError), another():
                pass


def test_reads_together_are_one_snapshot(store: Store) -> None:
    other = _other(store)
    with store.together():
        with store.read() as first:
            assert _COUNT.row(first) == (0,)
        with other.write() as writing:
            _add(writing, "a")
        with store.together(), store.read() as second:
            assert _COUNT.row(second) == (0,)
        with store.glance() as third:
            assert _COUNT.row(third) == (0,)
    with store.read() as later:
        assert _COUNT.row(later) == (1,)
    other.close()


def test_nothing_is_written_among_reads_together(store: Store) -> None:
    with store.together():
        with pytest.raises(RuntimeError), store.write():
            pass
        with store.read() as connection:
            _add(connection, "a")
    with pytest.raises(DBAPIError), store.together(), store.read() as connection:
        Prepared("SELECT nothing FROM leases").rows(connection)
    with store.write() as connection:
        assert _COUNT.row(connection) == (0,)


@pytest.mark.needs("mariadbd")
def test_a_server_is_asked_once_to_end_a_transaction(mariadb_store: Store) -> None:
    def ends(opened: AbstractContextManager[Connection]) -> dict[str, int]:
        with opened as connection:  # counted by connection; a read's are not a write's
            return {name: int(count) for name, count in _ENDS.rows(connection)}

    store = mariadb_store
    before = ends(store.read())
    assert ends(store.read()) == before | {"Com_rollback": before["Com_rollback"] + 1}  # the look before
    with store.together():
        for _ in range(3):
            with store.read() as connection:
                _COUNT.row(connection)
    assert ends(store.read()) == before | {"Com_rollback": before["Com_rollback"] + 3}
    written = ends(store.write())
    with store.write() as connection:
        _add(connection, "a")
    assert ends(store.write()) == written | {"Com_commit": written["Com_commit"] + 2}


@pytest.mark.needs("mariadbd")
def test_what_a_write_looks_at_is_the_newest_and_a_reads_connection_goes_back_as_it_came(mariadb_store: Store) -> None:
    other = _other(mariadb_store)
    with mariadb_store.read() as connection:
        (reads_by,) = _ID.row(connection) or (0,)
    mariadb_store._warm_reads.close()
    with mariadb_store.write() as connection:
        assert (_ID.row(connection), _COUNT.row(connection)) == ((reads_by,), (0,))
        with other.write() as writing:
            _add(writing, "a")
        assert _COUNT.row(connection) == (1,)
    other.close()


@pytest.mark.needs("mariadbd")
def test_connections_that_many_used_at_once_go_back_to_the_pool(mariadb_store: Store) -> None:
    warm = Warm(mariadb_store.engine)
    pool = mariadb_store.engine.pool
    assert isinstance(pool, QueuePool)
    before = pool.checkedout()
    with ExitStack() as used:
        ours = [used.enter_context(warm.connection()) for _ in range(20)]
        assert len({_ID.row(each) for each in ours}) == 20
        for each in ours:
            end(each)
    assert pool.checkedout() == before + 16
    with warm.connection() as connection:
        assert connection in ours
    with pytest.raises(KeyError), warm.connection() as connection:
        raise KeyError
    assert pool.checkedout() == before + 15
    warm.close()
    assert pool.checkedout() == before


@pytest.mark.needs("mariadbd")
def test_a_connection_that_was_cut_fails_once_at_the_most(mariadb_store: Store) -> None:
    with mariadb_store.read() as connection:
        lost = Prepared("SELECT CONNECTION_ID()").rows(connection)[0][0]
    other = _other(mariadb_store)
    with other.write() as connection:
        connection.execute(text(f"KILL {int(lost)}"))
    other.close()
    with suppress(DBAPIError), mariadb_store.read() as connection:
        _COUNT.row(connection)
    with mariadb_store.read() as connection:
        assert Prepared("SELECT CONNECTION_ID()").rows(connection)[0][0] != lost


@pytest.mark.parametrize(
    ("query", "is_open"),
    [
        ("unix_socket=/run/s", True),
        ("", False),
        ("ssl_ca=/ca.pem", False),
        ("unix_socket=/run/s&ssl_ca=/ca.pem", False),
    ],
)
def test_tls_is_left_out_for_a_socket_of_this_host_alone(query: str, is_open: bool) -> None:
    class Enough(Exception):
        """What the driver is told was seen: nobody need answer."""

    store = Store(f"mysql+pymysql://site@db.example/site?{query}")
    told: dict[str, Any] = {}

    @event.listens_for(store.engine, "do_connect")
    def _look(_dialect: Any, _record: Any, _places: Any, names: dict[str, Any]) -> None:
        told.update(names)
        raise Enough

    with pytest.raises(Enough), store.read():
        pass
    assert told.get("ssl_disabled", False) is is_open


@pytest.mark.needs("mariadbd")
@pytest.mark.parametrize("statement", [_COUNT.sql, None])
def test_what_was_read_before_a_connection_was_cut_stands(mariadb_store: Store, statement: str | None) -> None:
    other = _other(mariadb_store)
    with mariadb_store.read() as connection:
        if statement:
            connection.execute(text(statement))
        (lost,) = _ID.row(connection) or (0,)
        with other.write() as writing:
            writing.execute(text(f"KILL {int(lost)}"))
    with mariadb_store.read() as connection:
        assert _ID.row(connection) != (lost,)
    other.close()
