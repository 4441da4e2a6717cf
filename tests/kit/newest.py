"""The newest schema in a new database: a process walks the steps of migrations/ once, and copies what came of it."""

import tempfile
from functools import cache
from pathlib import Path

from plugin.store.engine import Store
from plugin.store.schema import upgrade
from tests.kit.memory import memory
from tests.kit.watch_rest import pass_over


def lay(store: Store) -> None:
    """Bring a database to the newest step; one on SQLite that is new, and was not read yet, by the copy."""
    file = Path(store.engine.url.database or "") if store.is_sqlite else None
    if file is not None and file.stat().st_size == 0:
        file.write_bytes(_newest())
    else:
        upgrade(store)


@cache
def _newest() -> bytes:
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        file = Path(folder) / "denwaban.db"
        store = Store(f"sqlite:///{file}")
        upgrade(store)
        store.close()
        newest = file.read_bytes()
        pass_over(newest)
        return newest
