"""Who accounts are at the company's identity provider, at rest: one account a person, one person an account."""

from datetime import datetime

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from plugin.core.errors import Conflict
from plugin.core.provider import ProviderPerson
from plugin.core.times import to_us
from plugin.store.tables.staff import identities


def account_of(connection: Connection, person: ProviderPerson) -> str | None:
    """Return the id of the account that is this person's."""
    return account_by_hash(connection, person.hash)


def account_by_hash(connection: Connection, subject_hash: str) -> str | None:
    """Return the same by the hash of who he is there."""
    chosen = select(identities.c.user_id).where(identities.c.subject_hash == subject_hash)
    found: str | None = connection.execute(chosen).scalar()
    return found


def link(connection: Connection, person: ProviderPerson, user_id: str, now: datetime) -> None:
    """Say that the account is this person's. Raises Conflict("linked") where either is linked already."""
    row = {"issuer": person.issuer, "subject": person.subject, "linked_at": to_us(now)}
    try:
        connection.execute(insert(identities).values(subject_hash=person.hash, user_id=user_id, **row))
    except IntegrityError as error:
        raise Conflict("linked") from error


def is_linked(connection: Connection, user_id: str) -> bool:
    """Tell whether the account is somebody's at the provider."""
    return connection.execute(select(identities.c.user_id).where(identities.c.user_id == user_id)).first() is not None
