"""Every page that a private MariaDB holds: tables, undo, redo, temporary tables, logs. For searches as bytes."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text

from plugin.store.engine import Store
from plugin.store.tables import metadata

_BLOCK_BYTES = 16 * 1024
_EMPTY = bytes(_BLOCK_BYTES)


def pages(store: Store) -> Iterator[tuple[str, bytes]]:
    """Yield the files of the store's database and those that the server has for all, by name, without empty pages."""
    folder = Path(str(store.engine.url.query["unix_socket"])).parent
    named = ", ".join(metadata.tables)
    with store.engine.connect() as connection:
        connection.execute(text(f"FLUSH TABLES {named} FOR EXPORT"))  # what is only in memory as yet is written out
        for place in (folder / "data" / str(store.engine.url.database), folder / "data", folder / "tmp"):
            for path in sorted(path for path in place.iterdir() if path.is_file()):
                yield path.name, b"".join(_blocks(path))
        connection.execute(text("UNLOCK TABLES"))


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            if block != _EMPTY:
                yield block
