"""The marks of the settings of the last start: names and keyed hashes, no value."""

from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert, select

from plugin.store.tables.audit import setting_marks


def every(connection: Connection) -> dict[str, str]:
    """Return each setting's mark by its name; nothing before the first start."""
    return {row.name: row.mark for row in connection.execute(select(setting_marks))}


def replace(connection: Connection, marks: Mapping[str, str]) -> None:
    """Keep these marks and no others."""
    connection.execute(delete(setting_marks))
    connection.execute(insert(setting_marks), [{"name": name, "mark": mark} for name, mark in marks.items()])
