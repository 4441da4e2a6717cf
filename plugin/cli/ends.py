"""How a command ends that something broke off: in words. Refuses the text of errors that are not ours, as the log does.

The exit code is 2, never 1: that says of what a command looked at that it is wrong, which nobody knows here.
"""

from plugin.cli.list_words import shown
from plugin.core.errors import DenwabanError
from plugin.log import place_of

_DAMAGED = {11, 26}  # SQLite: corrupt, not a database (sqlite.org/rescode.html)


def in_words(error: Exception) -> str:
    """Return what to tell of an error that no command foresaw."""
    if isinstance(error, DenwabanError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        where = shown(f"{error.filename}: ") if error.filename is not None else ""
        return f"{where}{error.strerror}"
    return _of_database(error) or f"internal: {type(error).__name__} at {' '.join(place_of(error, 3))}"


def _of_database(error: Exception) -> str | None:
    if not type(error).__module__.startswith(("sqlalchemy", "sqlite3", "pymysql")):
        return None
    from plugin.store.outage import is_outage  # heavy; most commands end well

    if is_outage(error):
        return "the database does not answer, is full, or may not be written; `denwaban doctor` says more"
    if getattr(getattr(error, "orig", error), "sqlite_errorcode", 0) & 0xFF in _DAMAGED:
        return "the database is damaged, or is none: put a backup back (docs/operations.md)"
    return None
