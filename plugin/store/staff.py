"""Users, their sessions and the counters of tries at rest."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Result, Row, delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from plugin.core.errors import Conflict
from plugin.core.factors import Means
from plugin.core.ids import UserId
from plugin.core.staff import Proofs, Role, Session, Staff, User
from plugin.core.times import from_us, maybe_at, maybe_us, to_us
from plugin.store.prepared import Prepared
from plugin.store.tables.factors import sign_in_steps
from plugin.store.tables.staff import sessions, tries, users

_SHOWN = ("id", "login", "name", "role", "team", "extension", "lang", "active", "created_at", "factor_at")
_USER = tuple(users.c[name] for name in _SHOWN)


def _user(row: Row[Any]) -> User:
    return User(
        id=UserId(row.id),
        login=row.login,
        name=row.name,
        role=Role(row.role),
        team=row.team,
        extension=row.extension,
        lang=row.lang,
        active=bool(row.active),
        created_at=from_us(row.created_at),
        factor_at=maybe_at(row.factor_at),
    )


def _columns(user: User) -> dict[str, Any]:
    return {
        "login": user.login,
        "name": user.name,
        "role": user.role.value,
        "team": user.team,
        "extension": user.extension,
        "lang": user.lang,
        "active": int(user.active),
    }


def add_user(connection: Connection, user: User, password_hash: str) -> None:
    """Store a new account. Raises Conflict("taken") where its login or its extension is another's."""
    row = {**_columns(user), "id": user.id, "password_hash": password_hash, "created_at": to_us(user.created_at)}
    try:
        connection.execute(insert(users).values(row))
    except IntegrityError as error:
        raise Conflict("taken") from error


def change_user(connection: Connection, user: User) -> None:
    """Store what changed of an account. Raises Conflict("taken") where its extension is another's."""
    try:
        connection.execute(update(users).where(users.c.id == user.id).values(_columns(user)))
    except IntegrityError as error:
        raise Conflict("taken") from error


def rewrite_password(connection: Connection, user_id: str, password_hash: str) -> None:
    """Store another hash of the same password; a new one is store/ways_in.py's."""
    connection.execute(update(users).where(users.c.id == user_id).values(password_hash=password_hash))


@dataclass(frozen=True, slots=True)
class MachineChange:
    """The newest thing that the command line did to an account of weight: added, changed, password."""

    user: User
    what: str
    at: datetime


def note_machine(connection: Connection, user_id: str, what: str, now: datetime) -> None:
    """Note that the command line gave the account weight, or a way in."""
    noted = update(users).where(users.c.id == user_id)
    connection.execute(noted.values(machine_at=to_us(now), machine_what=what))


def machine_changes(connection: Connection, since: datetime) -> list[MachineChange]:
    """Return what the command line did since then, newest first."""
    chosen = select(*_USER, users.c.machine_at, users.c.machine_what).where(users.c.machine_at > to_us(since))
    found: Result[Any] = connection.execute(chosen.order_by(users.c.machine_at.desc()))
    return [MachineChange(_user(row), row.machine_what or "", from_us(row.machine_at)) for row in found]


def user_by_id(connection: Connection, user_id: str) -> User | None:
    """Return the account with this id."""
    row = connection.execute(select(*_USER).where(users.c.id == user_id)).first()
    return _user(row) if row else None


def user_by_login(connection: Connection, login: str) -> User | None:
    """Return the account with this login (in the spelling of core.staff.read_login)."""
    row = connection.execute(select(*_USER).where(users.c.login == login)).first()
    return _user(row) if row else None


def password_hash(connection: Connection, user_id: str) -> str:
    """Return the stored hash of the account's password."""
    stored: str = connection.execute(select(users.c.password_hash).where(users.c.id == user_id)).scalar_one()
    return stored


def all_users(connection: Connection) -> list[User]:
    """Return every account, active ones first, by login."""
    return [_user(row) for row in connection.execute(select(*_USER).order_by(users.c.active.desc(), users.c.login))]


def active_admins(connection: Connection) -> list[UserId]:
    """Return who can manage accounts."""
    chosen = select(users.c.id).where(users.c.role == Role.ADMIN.value, users.c.active == 1)
    return [UserId(row.id) for row in connection.execute(chosen)]


def lock_people(connection: Connection, user_ids: Iterable[str]) -> None:
    """Keep these accounts as they are for everybody else until the transaction ends (MySQL; SQLite writes alone).

    The first statement of whatever changes what an account is, has or may, of all accounts that it looks at: locked
    together and in the order of their ids, before anything else is, no two such transactions wait for each other.
    """
    chosen = select(users.c.id).where(users.c.id.in_(sorted(set(user_ids)))).order_by(users.c.id)
    connection.execute(chosen.with_for_update()).all()


def lock_with_admins(connection: Connection, user_ids: Iterable[str]) -> list[UserId]:
    """Lock these accounts and those of all administrators; return who these are now."""
    lock_people(connection, [*user_ids, *active_admins(connection)])
    return active_admins(connection)  # whoever came since can only make them more


def open_session(connection: Connection, session: Session) -> None:
    """Store a new session."""
    connection.execute(
        insert(sessions).values(
            token_hash=session.hash,
            user_id=session.user_id,
            created_at=to_us(session.created_at),
            seen_at=to_us(session.seen_at),
            expires_at=to_us(session.expires_at),
            revoked_at=None,
            key_hash=session.hash,
            provider_hash=session.provider_hash,
            known_at=maybe_us(session.proofs.known_at),
            held_at=maybe_us(session.proofs.held_at),
            address=session.address,
            browser=session.browser,
            embed_origin=session.embed_origin or None,
            parent_hash=session.parent_hash,
        )
    )


_PERSON = (
    "SELECT u.id, u.login, u.name, u.role, u.team, COALESCE((SELECT p.extension FROM seats p JOIN sessions x"
    " ON x.token_hash = p.session_hash WHERE p.user_id = u.id AND p.left_at IS NULL AND p.ends_at > :now"
    " AND x.revoked_at IS NULL AND x.expires_at > :now ORDER BY p.id DESC LIMIT 1), u.extension),"
    " u.lang, s.token_hash, s.known_at, s.held_at, s.seen_at,"
    " s.embed_origin, u.created_at, u.factor_at, u.password_until"
    " FROM sessions s JOIN users u ON u.id = s.user_id"
    " WHERE {} = :hash AND s.revoked_at IS NULL AND s.expires_at > :now AND s.seen_at > :idle_since"
    " AND u.active = 1"
)
_COMING = Prepared(_PERSON.format("s.key_hash"))
_STAYING = Prepared(_PERSON.format("s.token_hash"))


@dataclass(frozen=True, slots=True)
class LiveSession:
    """Who a live session belongs to at this moment, when it was last seen, and how his account is guarded."""

    staff: Staff
    seen_at: datetime
    user_since: datetime
    must_choose: bool


def session_by_token(
    connection: Connection, token_hash: str, address: str, now: datetime, idle_since: datetime
) -> LiveSession | None:
    """Return the session that comes by the token with this hash now, with its person.

    None where it is revoked, expired, idle or of a closed account.
    """
    return _live(_COMING.rows(connection, hash=token_hash, now=to_us(now), idle_since=to_us(idle_since)), address)


def session_by_name(
    connection: Connection, session_hash: str, address: str, now: datetime, idle_since: datetime
) -> LiveSession | None:
    """Return the same of the session with this name, whatever its token is by now."""
    return _live(_STAYING.rows(connection, hash=session_hash, now=to_us(now), idle_since=to_us(idle_since)), address)


def _live(found: Sequence[Any], address: str) -> LiveSession | None:
    if not found:
        return None
    user_id, login, name, role, team, extension, lang, named, *rest = found[0]
    known_us, held_us, seen_us, origin, made_us, factor_us, given = rest
    staff = Staff(
        user_id=UserId(user_id),
        login=login,
        name=name,
        role=Role(role),
        team=team,
        extension=extension,
        lang=lang,
        session_hash=named,
        address=address,
        # Nobody proves himself inside another site's page.
        proofs=Proofs() if origin else Proofs(maybe_at(known_us), maybe_at(held_us)),
        has_factor=factor_us is not None,
        embed_origin=origin or "",
    )
    return LiveSession(staff, from_us(seen_us), from_us(made_us), given is not None)


def touch_session(connection: Connection, session_hash: str, now: datetime) -> None:
    """Note that the session was used."""
    connection.execute(update(sessions).where(sessions.c.token_hash == session_hash).values(seen_at=to_us(now)))


def prove_session(connection: Connection, session_hash: str, now: datetime, means: frozenset[Means]) -> None:
    """Note that the person proved himself again, by these means."""
    columns = {Means.KNOWN: "known_at", Means.HELD: "held_at"}
    given = dict.fromkeys((columns[each] for each in means), to_us(now))
    connection.execute(update(sessions).where(sessions.c.token_hash == session_hash).values(given))


def change_token(connection: Connection, session_hash: str, former_hash: str, token_hash: str) -> bool:
    """Let the session come by another token from now on; False where it comes by the former one no more."""
    his = update(sessions).where(sessions.c.token_hash == session_hash, sessions.c.key_hash == former_hash)
    return connection.execute(his.values(key_hash=token_hash)).rowcount == 1


def sessions_of(connection: Connection, user_id: str, now: datetime, idle_since: datetime) -> list[Session]:
    """Return the person's live sessions, newest use first."""
    live = (
        select(sessions)
        .where(sessions.c.user_id == user_id, sessions.c.expires_at > to_us(now))
        .where(sessions.c.revoked_at.is_(None), sessions.c.seen_at > to_us(idle_since))
        .order_by(sessions.c.seen_at.desc())
    )
    return [
        Session(
            hash=row.token_hash,
            user_id=UserId(row.user_id),
            created_at=from_us(row.created_at),
            seen_at=from_us(row.seen_at),
            expires_at=from_us(row.expires_at),
            proofs=Proofs(maybe_at(row.known_at), maybe_at(row.held_at)),
            address=row.address,
            browser=row.browser,
            embed_origin=row.embed_origin or "",
            parent_hash=row.parent_hash,
        )
        for row in connection.execute(live)
    ]


def sessions_at_provider(connection: Connection, provider_hash: str) -> list[tuple[UserId, str]]:
    """Return whose sessions, and which, were begun from this one at the identity provider and are not revoked."""
    chosen = select(sessions.c.user_id, sessions.c.token_hash)
    chosen = chosen.where(sessions.c.provider_hash == provider_hash, sessions.c.revoked_at.is_(None))
    return [(UserId(row.user_id), row.token_hash) for row in connection.execute(chosen)]


def end_sessions(
    connection: Connection, user_id: str, now: datetime, *, but: str = "", only: str = "", begun_from: str = ""
) -> int:
    """End the person's sessions: all, all `but` one, or `only` one (by hash) with those begun from it.

    `begun_from`: those begun from this one alone. Return how many ended.
    """
    chosen = update(sessions).where(sessions.c.user_id == user_id, sessions.c.revoked_at.is_(None))
    if but:
        chosen = chosen.where(sessions.c.token_hash != but)
    if only:
        chosen = chosen.where((sessions.c.token_hash == only) | (sessions.c.parent_hash == only))
    if begun_from:
        chosen = chosen.where(sessions.c.parent_hash == begun_from)
    if not (only or begun_from):  # nor does anybody come in any more who was half the way
        connection.execute(delete(sign_in_steps).where(sign_in_steps.c.owner == user_id))
    return connection.execute(chosen.values(revoked_at=to_us(now))).rowcount


# `used` is set before `window_started_at`: MySQL evaluates from left to right, and the first reads the second.
_COUNT = (
    "used = CASE WHEN window_started_at <= :over THEN 1 WHEN used <= :most THEN used + 1 ELSE used END,"
    " window_started_at = CASE WHEN window_started_at <= :over THEN :now ELSE window_started_at END"
)
_INSERT = "INSERT INTO tries (subject, window_started_at, used) VALUES (:subject, :now, 1)"
_TAKE = {
    "sqlite": text(f"{_INSERT} ON CONFLICT (subject) DO UPDATE SET {_COUNT}"),
    "mysql": text(f"{_INSERT} ON DUPLICATE KEY UPDATE {_COUNT}"),
}


def take_try(connection: Connection, subject: str, most: int, window_us: int, now: datetime) -> int | None:
    """Use up one of `most` tries of `subject` in the running window, in one statement that no race gets past.

    Returns None where the try was granted, else the microseconds until the window ends. The row stays locked until the
    transaction ends, so what is read back is what this call made of it.
    """
    at = to_us(now)
    given = {"subject": subject, "now": at, "over": at - window_us, "most": most}
    connection.execute(_TAKE["sqlite" if connection.dialect.name == "sqlite" else "mysql"], given)
    row = connection.execute(select(tries.c.used, tries.c.window_started_at).where(tries.c.subject == subject)).one()
    return None if row.used <= most else row.window_started_at + window_us - at


def give_back_try(connection: Connection, subject: str) -> None:
    """Undo one `take_try` that turned out to be no guess."""
    connection.execute(update(tries).where(tries.c.subject == subject, tries.c.used > 0).values(used=tries.c.used - 1))


def forget_tries(connection: Connection, subject: str) -> None:
    """Begin again at no tries used."""
    connection.execute(delete(tries).where(tries.c.subject == subject))


def forget_windows(connection: Connection, before: datetime, most: int) -> int:
    """Delete at most `most` counters whose window began before then; return how many went."""
    return _delete_some(connection, tries.c.subject, tries.c.window_started_at, before, most)


def forget_sessions(connection: Connection, before: datetime, most: int) -> int:
    """Delete at most `most` sessions that expired before then; return how many went."""
    return _delete_some(connection, sessions.c.token_hash, sessions.c.expires_at, before, most)


def _delete_some(connection: Connection, key: Column[str], at: Column[int], before: datetime, most: int) -> int:
    found = connection.execute(select(key).where(at < to_us(before)).limit(most)).scalars().all()
    if found:
        connection.execute(delete(key.table).where(key.in_(found), at < to_us(before)))
    return len(found)
