"""What is left of a text in the bytes of an SQLite database: its file, and its log of writes."""

from pathlib import Path

from plugin.store.engine import Store


def traces(store: Store, *secrets: str) -> list[tuple[str, str]]:
    """Return where each of these stands, in whatever page and whether anything still refers to it: file, and which."""
    path = Path(store.engine.url.database or "")
    files = [each for each in (path, Path(f"{path}-wal")) if each.exists()]
    assert files, "an SQLite database with a file"
    return [(each.name, secret) for each in files for secret in secrets if secret.encode() in each.read_bytes()]


def left_of(store: Store, *secrets: str) -> list[tuple[str, str]]:
    """Return what is left of these once the log was cut, as the worker does; nothing where the store is a server's."""
    if not store.is_sqlite:
        return []
    assert store.cut_log()
    return traces(store, *secrets)
