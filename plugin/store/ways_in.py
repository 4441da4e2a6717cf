"""Whose choice a password is, at rest; and who took an account's second factors away.

Whoever calls what changes something here has locked the account (store/staff.py `lock_people`).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from plugin.core.ids import UserId
from plugin.core.staff import WayIn
from plugin.core.times import maybe_at, to_us
from plugin.store.tables.staff import users

_GIVERS = users.alias("givers")
_RESETTERS = users.alias("resetters")
_WAY_IN = (
    select(
        users.c.id,
        users.c.password_given_at,
        users.c.password_given_by,
        users.c.password_until,
        users.c.password_chosen_at,
        users.c.factors_reset_at,
        users.c.factors_reset_by,
        _GIVERS.c.name.label("given_name"),
        _RESETTERS.c.name.label("reset_name"),
    )
    .outerjoin(_GIVERS, _GIVERS.c.id == users.c.password_given_by)
    .outerjoin(_RESETTERS, _RESETTERS.c.id == users.c.factors_reset_by)
)


def give_password(
    connection: Connection, user_id: str, password_hash: str, now: datetime, by: str | None, until: datetime
) -> None:
    """Store a password that is not its owner's choice: it counts once, until `until`."""
    given = {
        "password_hash": password_hash,
        "password_given_at": to_us(now),
        "password_given_by": by,
        "password_until": to_us(until),
    }
    connection.execute(update(users).where(users.c.id == user_id).values(given))


def choose_password(connection: Connection, user_id: str, password_hash: str, now: datetime) -> None:
    """Store the owner's own password."""
    chosen = {"password_hash": password_hash, "password_until": None, "password_chosen_at": to_us(now)}
    connection.execute(update(users).where(users.c.id == user_id).values(chosen))


def use_password(connection: Connection, user_id: str, now: datetime) -> bool:
    """Use up a password that somebody else typed; False where it was used, or its time is up. One's own always counts.

    What is used up stays, so that its owner cannot choose the same.
    """
    his = users.c.id == user_id
    given = update(users).where(his, users.c.password_until > to_us(now)).values(password_until=to_us(now))
    if connection.execute(given).rowcount == 1:
        return True
    return connection.execute(select(users.c.id).where(his, users.c.password_until.is_(None))).first() is not None


def note_reset(connection: Connection, user_id: str, now: datetime, by: str | None) -> None:
    """Note who took the account's second factors away; None: the machine's command line."""
    noted = {"factors_reset_at": to_us(now), "factors_reset_by": by}
    connection.execute(update(users).where(users.c.id == user_id).values(noted))


def way_in(connection: Connection, user_id: str) -> WayIn:
    """Return how the account came by its password and factors; nothing known where there is none."""
    return ways_in(connection, [user_id]).get(user_id, WayIn())


def ways_in(connection: Connection, user_ids: Iterable[str]) -> dict[str, WayIn]:
    """Return the same of several accounts, by their ids."""
    found = connection.execute(_WAY_IN.where(users.c.id.in_(sorted(set(user_ids)))))
    return {row.id: _way_in(row) for row in found.all()}


def _way_in(row: "Row[*tuple[Any, ...]]") -> WayIn:
    return WayIn(
        given_at=maybe_at(row.password_given_at),
        given_by=UserId(row.password_given_by) if row.password_given_by else None,
        given_name=row.given_name,
        given_until=maybe_at(row.password_until),
        chosen_at=maybe_at(row.password_chosen_at),
        reset_at=maybe_at(row.factors_reset_at),
        reset_by=UserId(row.factors_reset_by) if row.factors_reset_by else None,
        reset_name=row.reset_name,
    )
