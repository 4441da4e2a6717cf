"""Brings a database to the newest step of migrations/, and tells which step it is at."""

from pathlib import Path
from typing import TYPE_CHECKING

import migrations
from plugin.store.engine import Store

if TYPE_CHECKING:
    from alembic.config import Config


def upgrade(store: Store, to: str = "head") -> None:
    """Run the steps up to `to` (a revision, default the newest), each in a transaction where the database can."""
    from alembic import command  # heavy; only set-up needs it

    if store.is_sqlite:
        _switch_to_wal(store)
    with store.engine.connect() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, to)
        connection.commit()


def newest_step() -> str:
    """Return the newest revision in migrations/versions."""
    from alembic.script import ScriptDirectory

    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise RuntimeError("migrations/versions holds no step")
    return head


def current_step(store: Store) -> str | None:
    """Return the revision the database is at, or None for an empty one."""
    from alembic.runtime.migration import MigrationContext

    with store.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent).replace("%", "%%"))
    return config


def _switch_to_wal(store: Store) -> None:
    # Here only: two workers that both switch at start crash with "database is locked".
    with store.engine.connect() as connection:
        raw = connection.connection.driver_connection
        if raw is not None:
            raw.execute("PRAGMA journal_mode=WAL")
