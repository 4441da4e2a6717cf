"""The start tokens of desks inside another site's page, at rest."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from plugin.core.embed import Start
from plugin.core.ids import UserId
from plugin.core.times import from_us, to_us
from plugin.store.tables.staff import start_tokens


def add_start(connection: Connection, token_hash: str, start: Start) -> None:
    """Store a token nobody has used yet."""
    connection.execute(
        insert(start_tokens).values(
            token_hash=token_hash,
            user_id=start.user_id,
            session_hash=start.session_hash,
            origin=start.origin,
            challenge=start.challenge,
            expires_at=to_us(start.expires_at),
            used_at=None,
        )
    )


def start_of(connection: Connection, token_hash: str) -> Start | None:
    """Return what the token stands for, used or not; None where we never gave it."""
    row = connection.execute(select(start_tokens).where(start_tokens.c.token_hash == token_hash)).first()
    if row is None:
        return None
    user_id = UserId(row.user_id)
    return Start(user_id, row.session_hash, row.origin, row.challenge, from_us(row.expires_at))


def use_start(connection: Connection, token_hash: str, now: datetime) -> bool:
    """Use the token up, in one statement that no race gets past; False where it has been used before."""
    unused = update(start_tokens).where(start_tokens.c.token_hash == token_hash, start_tokens.c.used_at.is_(None))
    return connection.execute(unused.values(used_at=to_us(now))).rowcount == 1


def sweep_starts(connection: Connection, before: datetime) -> None:
    """Delete tokens that expired before this instant."""
    connection.execute(delete(start_tokens).where(start_tokens.c.expires_at < to_us(before)))
