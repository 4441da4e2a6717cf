"""Fixtures of the whole tree. A program that is missing skips its tests, unless DENWABAN_REQUIRE=all."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from plugin.settings import Settings, load
from plugin.store.engine import Store
from plugin.store.schema import upgrade
from plugin.wiring import House
from tests.kit.clock import HandClock
from tests.kit.mariadb import PrivateMariadb

PROGRAMS = {
    "mariadbd": "/usr/sbin/mariadbd",
    "chromium": "/usr/bin/chromium",
    "redis-server": "redis-server",
    "ffmpeg": "ffmpeg",
    "nginx": "/usr/sbin/nginx",
}

hypothesis.settings.register_profile("ci", max_examples=50, deadline=None)
hypothesis.settings.register_profile("soak", max_examples=10_000, deadline=None)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        program = mark.args[0]
        if shutil.which(PROGRAMS[program]) is None:
            reason = f"{program} is not installed: run `tox run -e system` as root"
            if os.environ.get("DENWABAN_REQUIRE") == "all":
                pytest.fail(reason)
            pytest.skip(reason)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "soak" not in (config.option.markexpr or ""):
        items[:] = [item for item in items if item.get_closest_marker("soak") is None]


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(scope="session")
def mariadb() -> Iterator[PrivateMariadb]:
    with PrivateMariadb() as server:
        yield server


def _fresh(url: str) -> Iterator[Store]:
    store = Store(url)
    upgrade(store)
    yield store
    store.close()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    yield from _fresh(f"sqlite:///{tmp_path / 'denwaban.db'}")


@pytest.fixture(params=["sqlite", pytest.param("mariadb", marks=pytest.mark.needs("mariadbd"))])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A fresh database of the newest schema: every test of the store runs on both kinds."""
    if request.param == "sqlite":
        yield from _fresh(f"sqlite:///{tmp_path / 'denwaban.db'}")
    else:
        yield from _fresh(request.getfixturevalue("mariadb").new_database())


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load(data_dir=tmp_path / "data")


@pytest.fixture
def house(settings: Settings, clock: HandClock) -> Iterator[House]:
    """A site on SQLite in a temporary folder, its schema in place, with a clock set by hand."""
    built = House(settings, clock)
    upgrade(built.store)
    yield built
    built.store.close()
