"""Who has read which edition of the rules of recording. Decides nothing."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from plugin.core.ids import UserId
from plugin.core.times import maybe_at, to_us
from plugin.store.prepared import Prepared
from plugin.store.tables.recording_rules import rules_known

_KNOWN = Prepared("SELECT known_at FROM rules_known WHERE user_id = :user AND edition = :edition")


def note(connection: Connection, user_id: UserId, edition: str, at: datetime) -> bool:
    """Keep that somebody has read the edition; False where that was kept already."""
    if known_at(connection, user_id, edition) is not None:
        return False
    connection.execute(insert(rules_known).values(user_id=user_id, edition=edition, known_at=to_us(at)))
    return True


def known_at(connection: Connection, user_id: UserId, edition: str) -> datetime | None:
    """Return when somebody confirmed that he has read the edition; None: not yet."""
    row = _KNOWN.row(connection, user=user_id, edition=edition)
    return None if row is None else maybe_at(row[0])


def known_by(connection: Connection, edition: str) -> dict[UserId, datetime]:
    """Return who has read the edition, and when."""
    wanted = select(rules_known.c.user_id, rules_known.c.known_at).where(rules_known.c.edition == edition)
    return {UserId(row.user_id): at for row in connection.execute(wanted) if (at := maybe_at(row.known_at))}
