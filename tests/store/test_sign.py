"""The sign that closes a database: held by a living owner, gone with a dead one, and for good once it is sealed."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from plugin.core.errors import Unavailable
from plugin.core.move import Closed
from plugin.store.engine import Store
from plugin.store.sign import Holder, path_of, take_down
from plugin.store.tables.delivery import leases
from tests.kit.clock import HandClock

OWNER = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from plugin.store.sign import Holder
holder = Holder(Path(sys.argv[1]), "db/new", datetime.now(UTC))
print("up", flush=True)
sys.stdin.read()
"""


def _path(store: Store) -> Path:
    return path_of(str(store.engine.url.database))


def _write(store: Store, name: str) -> None:
    with store.write() as connection:
        connection.execute(insert(leases).values(name=name, holder="", until=0))


def test_a_killed_owner_closes_nothing_and_the_sign_still_tells_of_him(sqlite_store: Store) -> None:
    command = [sys.executable, "-c", OWNER, str(_path(sqlite_store))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"up\n"
        assert sqlite_store.closed() is Closed.MOVING
        with pytest.raises(Unavailable, match="moving"):
            _write(sqlite_store, "a")
        owner.kill()
        owner.wait()
    assert sqlite_store.closed() is None
    _write(sqlite_store, "b")
    sign = sqlite_store.sign()
    assert sign is not None
    assert (sign.word, sign.pid, sign.target, sign.holds) == (Closed.MOVING, owner.pid, "db/new", False)


def test_reading_goes_on_and_a_writer_who_began_before_is_not_cut_off(sqlite_store: Store, clock: HandClock) -> None:
    with sqlite_store.write() as connection:
        connection.execute(insert(leases).values(name="before", holder="", until=0))
        holder = Holder(_path(sqlite_store), "db/new", clock())
    with sqlite_store.read() as connection:
        assert connection.scalar(select(leases.c.name)) == "before"
    with pytest.raises(Unavailable, match="moving"):
        _write(sqlite_store, "after")
    holder.end()
    assert sqlite_store.sign() is None
    _write(sqlite_store, "after")


def test_a_seal_outlives_its_owner_until_it_is_taken_down(sqlite_store: Store, clock: HandClock) -> None:
    holder = Holder(_path(sqlite_store), "db/new", clock())
    holder.seal()
    holder.end()
    assert sqlite_store.closed() is Closed.MOVED
    assert _path(sqlite_store).stat().st_mode & 0o777 == 0o600
    with pytest.raises(Unavailable, match="moved"):
        _write(sqlite_store, "a")
    take_down(_path(sqlite_store))
    _write(sqlite_store, "a")


def test_only_a_file_can_be_closed(store: Store) -> None:
    assert store.closed() is None
    assert store.sign() is None
