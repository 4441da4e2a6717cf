"""Second factors at rest. What may count once is taken by one conditional statement."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from plugin.core.errors import Conflict
from plugin.core.factors import Factors, Passkey
from plugin.core.ids import UserId
from plugin.core.times import from_us, maybe_at, to_us
from plugin.store.tables.factors import authenticators, passkeys, recovery_codes, sign_in_steps
from plugin.store.tables.staff import users


@dataclass(frozen=True, slots=True)
class Authenticator:
    """The sealed secret of a person's authenticator; `confirmed`: a code of it was typed."""

    sealed: str
    key_id: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A passkey with its public half (COSE, base64url) and how often its device says it was used."""

    passkey: Passkey
    credential: str
    public_key: str
    sign_count: int


@dataclass(frozen=True, slots=True)
class Step:
    """A sign-in or ceremony that is half way. `owner`: whose, or of which session; "": of nobody known yet."""

    kind: str
    owner: str
    challenge: str
    expires_at: datetime


def put_authenticator(connection: Connection, user_id: str, sealed: str, key_id: str, now: datetime) -> None:
    """Keep the secret of an authenticator that is being set up, in place of one that never was confirmed.

    Raises Conflict("has_code") where there is one in use.
    """
    connection.execute(
        delete(authenticators).where(authenticators.c.user_id == user_id, authenticators.c.confirmed_at.is_(None))
    )
    row = {"user_id": user_id, "sealed": sealed, "key_id": key_id, "made_at": to_us(now), "last_step": 0}
    try:
        connection.execute(insert(authenticators).values(row))
    except IntegrityError as error:
        raise Conflict("has_code") from error


def authenticator(connection: Connection, user_id: str) -> Authenticator | None:
    """Return the person's authenticator."""
    row = connection.execute(select(authenticators).where(authenticators.c.user_id == user_id)).first()
    return Authenticator(row.sealed, row.key_id, row.confirmed_at is not None) if row else None


def take_step(connection: Connection, user_id: str, step: int) -> bool:
    """Use up a code's half minute; False where that one or a later one was used before."""
    unused = update(authenticators).where(authenticators.c.user_id == user_id, authenticators.c.last_step < step)
    return connection.execute(unused.values(last_step=step)).rowcount == 1


def confirm_authenticator(connection: Connection, user_id: str, now: datetime) -> bool:
    """Note that a code of it was typed; False where it was confirmed before."""
    fresh = update(authenticators).where(authenticators.c.user_id == user_id, authenticators.c.confirmed_at.is_(None))
    return connection.execute(fresh.values(confirmed_at=to_us(now))).rowcount == 1


def drop_authenticator(connection: Connection, user_id: str) -> bool:
    """Forget the authenticator and its recovery codes; False where there is none in use."""
    connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
    in_use = delete(authenticators).where(authenticators.c.user_id == user_id)
    return connection.execute(in_use.where(authenticators.c.confirmed_at.is_not(None))).rowcount == 1


def put_recovery_codes(connection: Connection, user_id: str, hashes: list[str], key_id: str) -> None:
    """Keep new recovery codes in place of all older ones."""
    connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
    rows = [{"code_hash": each, "user_id": user_id, "key_id": key_id, "used_at": None} for each in hashes]
    connection.execute(insert(recovery_codes), rows)


def recovery_key_ids(connection: Connection, user_id: str) -> list[str]:
    """Return the ids of the keys under which the person's recovery codes were hashed."""
    chosen = select(recovery_codes.c.key_id).where(recovery_codes.c.user_id == user_id).distinct()
    return [row.key_id for row in connection.execute(chosen)]


def take_recovery_code(connection: Connection, user_id: str, code_hash: str, now: datetime) -> bool:
    """Use up a recovery code; False where there is none, or it was used."""
    unused = (
        update(recovery_codes)
        .where(recovery_codes.c.code_hash == code_hash, recovery_codes.c.user_id == user_id)
        .where(recovery_codes.c.used_at.is_(None))
    )
    return connection.execute(unused.values(used_at=to_us(now))).rowcount == 1


def add_passkey(connection: Connection, key: StoredKey, synced: bool) -> None:
    """Keep a new passkey. Raises Conflict("known_key") where it is there already, anybody's."""
    passkey = key.passkey
    row = {
        "id": passkey.id,
        "user_id": passkey.user_id,
        "credential": key.credential,
        "public_key": key.public_key,
        "sign_count": key.sign_count,
        "synced": int(synced),
        "name": passkey.name,
        "made_at": to_us(passkey.made_at),
    }
    try:
        connection.execute(insert(passkeys).values(row))
    except IntegrityError as error:
        raise Conflict("known_key") from error


def _passkey(row: Row[Any]) -> Passkey:
    return Passkey(row.id, UserId(row.user_id), row.name, from_us(row.made_at), maybe_at(row.used_at))


def stored_key(connection: Connection, key_id: str) -> StoredKey | None:
    """Return the passkey with this id, of an account that is open."""
    chosen = select(passkeys).join(users, users.c.id == passkeys.c.user_id).where(users.c.active == 1)
    row = connection.execute(chosen.where(passkeys.c.id == key_id)).first()
    return StoredKey(_passkey(row), row.credential, row.public_key, row.sign_count) if row else None


def credentials_of(connection: Connection, user_id: str) -> list[str]:
    """Return the ids of the person's passkeys as his devices know them (base64url)."""
    return [
        row.credential for row in connection.execute(select(passkeys.c.credential).where(passkeys.c.user_id == user_id))
    ]


def use_key(connection: Connection, key: StoredKey, sign_count: int, now: datetime) -> bool:
    """Note a use; False where another use got in between, which a copy of the key would look like."""
    same = update(passkeys).where(passkeys.c.id == key.passkey.id, passkeys.c.sign_count == key.sign_count)
    return connection.execute(same.values(sign_count=sign_count, used_at=to_us(now))).rowcount == 1


def drop_passkey(connection: Connection, user_id: str, key_id: str) -> bool:
    """Forget one of the person's passkeys; False where it is none of his."""
    his = delete(passkeys).where(passkeys.c.id == key_id, passkeys.c.user_id == user_id)
    return connection.execute(his).rowcount == 1


def drop_passkeys(connection: Connection, user_id: str) -> None:
    """Forget all passkeys of the person."""
    connection.execute(delete(passkeys).where(passkeys.c.user_id == user_id))


def factors_of(connection: Connection, user_id: str) -> Factors:
    """Return what the person has beside his password, passkeys by age."""
    found = authenticator(connection, user_id)
    left = (
        select(func.count())
        .select_from(recovery_codes)
        .where(recovery_codes.c.user_id == user_id, recovery_codes.c.used_at.is_(None))
    )
    keys = select(passkeys).where(passkeys.c.user_id == user_id).order_by(passkeys.c.made_at)
    return Factors(
        has_code=found is not None and found.confirmed,
        recovery_left=connection.execute(left).scalar_one(),
        passkeys=tuple(_passkey(row) for row in connection.execute(keys)),
    )


def note_factor(connection: Connection, user_id: str, now: datetime) -> None:
    """Ask for a second factor from now on where the person has one, and no more where he has none."""
    found = factors_of(connection, user_id)
    his = update(users).where(users.c.id == user_id)
    if not found.count:
        connection.execute(his.values(factor_at=None))
    else:
        connection.execute(his.where(users.c.factor_at.is_(None)).values(factor_at=to_us(now)))


def begin_step(connection: Connection, token_hash: str, step: Step, now: datetime) -> None:
    """Keep a step that is half way, and forget those whose time is up."""
    connection.execute(delete(sign_in_steps).where(sign_in_steps.c.expires_at < to_us(now)))
    connection.execute(
        insert(sign_in_steps).values(
            token_hash=token_hash,
            kind=step.kind,
            owner=step.owner,
            challenge=step.challenge,
            expires_at=to_us(step.expires_at),
        )
    )


def count_of_nobody(connection: Connection, now: datetime) -> int:
    """Return how many steps are under way of people who are not known yet."""
    open_ = select(func.count()).select_from(sign_in_steps)
    open_ = open_.where(sign_in_steps.c.expires_at > to_us(now), sign_in_steps.c.owner == "")
    return connection.execute(open_).scalar_one()


def step_of(connection: Connection, token_hash: str, kind: str, now: datetime) -> Step | None:
    """Return a step that is half way and whose time is not up."""
    chosen = select(sign_in_steps).where(sign_in_steps.c.token_hash == token_hash, sign_in_steps.c.kind == kind)
    row = connection.execute(chosen.where(sign_in_steps.c.expires_at > to_us(now))).first()
    return Step(row.kind, row.owner, row.challenge, from_us(row.expires_at)) if row else None


def end_step(connection: Connection, token_hash: str) -> bool:
    """Use a step up; False where it was used."""
    return connection.execute(delete(sign_in_steps).where(sign_in_steps.c.token_hash == token_hash)).rowcount == 1
