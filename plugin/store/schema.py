"""Brings a database to the newest step of migrations/, and tells which step it is at.

Telling is cheap and needs no Alembic: web processes ask it too.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import inspect, text

import migrations
from plugin.core.errors import SettingError, Unavailable
from plugin.core.move import Closed
from plugin.store.engine import Store

MOVE_TABLE = "denwaban_move"  # stands in a database while a site is being moved into it

_WAIT_FOR_OTHERS_S = 120


def upgrade(store: Store, to: str = "head") -> None:
    """Run the steps up to `to` (a revision, default the newest), each in a transaction where the database can.

    Two that upgrade at once wait for each other. Raises Unavailable("upgrade") where the other takes too long or
    Unavailable("moving") while the site is moved, and SettingError where this is not, or not yet, the site's database.
    """
    _refuse_another_place(store)
    wanted = newest_step() if to == "head" else to
    if current_step(store) == wanted:
        return
    with _alone(store):
        if current_step(store) != wanted:
            if why := store.closed():
                raise Unavailable(why, retry_after_s=_WAIT_FOR_OTHERS_S)
            run_steps(store, to)


def _refuse_another_place(store: Store) -> None:
    if store.closed() is Closed.MOVED:
        raise SettingError("moved", setting="DENWABAN_DATABASE_URL")
    if store.is_sqlite:
        return
    with store.engine.connect() as connection:
        if inspect(connection).has_table(MOVE_TABLE):
            raise SettingError("half_moved", setting="DENWABAN_DATABASE_URL")


def run_steps(store: Store, to: str = "head") -> None:
    """Run the steps up to `to` on a database that nobody else has."""
    from alembic import command  # heavy; only set-up needs it
    from alembic.config import Config

    if store.is_sqlite:
        _switch_to_wal(store)
    with store.engine.connect() as connection:
        config = Config()
        config.set_main_option("script_location", str(_folder()).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, to)
        connection.commit()


def newest_step() -> str:
    """Return the newest revision in migrations/versions: the number that its file's name begins with."""
    return max(step.name.split("_")[0] for step in (_folder() / "versions").glob("[0-9]*.py"))


def current_step(store: Store) -> str | None:
    """Return the revision the database is at, or None for an empty one."""
    with store.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        step: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return step


def _folder() -> Path:
    return Path(migrations.__file__).parent


@contextmanager
def _alone(store: Store) -> Iterator[None]:
    if store.is_sqlite:
        file = os.open(f"{store.engine.url.database}.upgrade.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)
        return
    with store.engine.connect() as connection:
        name = f"denwaban.{store.engine.url.database}"[:64]
        if not connection.scalar(text("SELECT GET_LOCK(:name, :wait_s)"), {"name": name, "wait_s": _WAIT_FOR_OTHERS_S}):
            raise Unavailable("upgrade", retry_after_s=_WAIT_FOR_OTHERS_S)
        try:
            yield
        finally:
            connection.execute(text("SELECT RELEASE_LOCK(:name)"), {"name": name})


def _switch_to_wal(store: Store) -> None:
    # Here only: two workers that both switch at start crash with "database is locked".
    with store.engine.connect() as connection:
        raw = connection.connection.driver_connection
        if raw is not None:
            raw.execute("PRAGMA journal_mode=WAL")
