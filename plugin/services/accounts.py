"""Accounts: who works here, in which role, at which extension; every change says who made it.

Refuses to leave the site without an administrator, and to let anybody but one change an account.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from plugin.core.access import Deed, may
from plugin.core.audit import Act, AuditFact
from plugin.core.errors import Conflict, Denied, NotFound
from plugin.core.ids import UserId, new_id
from plugin.core.passwords import check_password
from plugin.core.ports import Clock
from plugin.core.staff import Role, Staff, User, read_extension, read_language, read_login, read_word
from plugin.services.passwords import Passwords
from plugin.store import audit
from plugin.store import staff as rows
from plugin.store.engine import Store

_JUST_NOW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class NewUser:
    """An account as typed; `Accounts.add` reads it."""

    login: str
    name: str
    role: Role
    team: str = ""
    extension: str = ""
    lang: str = "ja"


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of an account; None leaves a field as it is, an empty `extension` takes it away."""

    name: str | None = None
    role: Role | None = None
    team: str | None = None
    extension: str | None = None
    active: bool | None = None


class Accounts:
    """The list of people. `by` is the person who changes it, or None for the command line of the machine itself."""

    def __init__(self, store: Store, clock: Clock, passwords: Passwords) -> None:
        self._store = store
        self._clock = clock
        self._passwords = passwords

    def all(self, by: Staff | None) -> list[User]:
        """Return every account, active ones first. Raises Denied for anybody but an administrator."""
        _must_manage(by)
        with self._store.read() as connection:
            return rows.all_users(connection)

    def add(self, new: NewUser, password: str, by: Staff | None) -> User:
        """Open an account.

        Raises InputError naming the field that cannot be taken, Conflict("taken") where login or extension is
        another's, Denied for anybody but an administrator.
        """
        _must_manage(by)
        login = read_login(new.login)
        check_password(password, login)
        now = self._clock()
        user = User(
            id=UserId(new_id(now)),
            login=login,
            name=read_word(new.name, 128, "name"),
            role=new.role,
            team=read_word(new.team, 64, "team") if new.team.strip() else "",
            extension=read_extension(new.extension),
            lang=read_language(new.lang),
            active=True,
            created_at=now,
        )
        hashed = self._passwords.hash(password)
        with self._store.write() as connection:
            rows.add_user(connection, user, hashed)
            audit.append(connection, self._fact(by, user, f"added:{user.role.value}"))
        return user

    def change(self, user_id: str, change: Change, by: Staff | None) -> User:
        """Change an account; one that is closed loses its sessions in the same moment.

        Raises NotFound, InputError, Conflict("taken" or "last_admin"), Denied.
        """
        _must_manage(by)
        now = self._clock()
        with self._store.write() as connection:
            admins = rows.active_admins(connection)
            user = rows.user_by_id(connection, user_id)
            if user is None:
                raise NotFound("user")
            changed = _changed(user, change)
            is_admin = changed.active and changed.role is Role.ADMIN
            if admins == [user.id] and not is_admin:
                raise Conflict("last_admin")
            if changed == user:
                return user
            rows.change_user(connection, changed)
            if not changed.active:
                rows.end_sessions(connection, user.id, now)
            audit.append(connection, self._fact(by, user, _what_changed(user, changed)))
        return changed

    def set_password(self, user_id: str, password: str, by: Staff | None) -> None:
        """Give an account a new password and end all its sessions. Raises NotFound, InputError, Denied."""
        _must_manage(by)
        now = self._clock()
        with self._store.read() as connection:
            user = rows.user_by_id(connection, user_id)
        if user is None:
            raise NotFound("user")
        check_password(password, user.login)
        hashed = self._passwords.hash(password)
        with self._store.write() as connection:
            rows.set_password(connection, user.id, hashed)
            rows.end_sessions(connection, user.id, now)
            audit.append(connection, self._fact(by, user, "password"))

    def set_own_password(self, staff: Staff, password: str) -> None:
        """Change the own password; all other sessions of the person end.

        Raises InputError with what is wrong with it, Denied("step_up") unless the old one was given just now.
        """
        now = self._clock()
        if staff.proved_at is None or now - staff.proved_at > _JUST_NOW:
            raise Denied("step_up")
        check_password(password, staff.login)
        hashed = self._passwords.hash(password)
        with self._store.write() as connection:
            rows.set_password(connection, staff.user_id, hashed)
            rows.end_sessions(connection, staff.user_id, now, but=staff.session_hash)
            fact = AuditFact(
                Act.USER_CHANGED,
                now,
                user_id=staff.user_id,
                subject=staff.user_id,
                purpose="own_password",
                outcome="done",
                address=staff.address,
            )
            audit.append(connection, fact)

    def set_lang(self, staff: Staff, lang: str) -> None:
        """Note the language in which the person wants to read."""
        with self._store.write() as connection:
            user = rows.user_by_id(connection, staff.user_id)
            if user is None:
                raise NotFound("user")
            rows.change_user(connection, replace(user, lang=read_language(lang)))

    def user(self, user_id: str, by: Staff | None) -> User:
        """Return the account with this id. Raises NotFound, and Denied for anybody but an administrator."""
        _must_manage(by)
        with self._store.read() as connection:
            user = rows.user_by_id(connection, user_id)
        if user is None:
            raise NotFound("user")
        return user

    def find(self, login: str) -> User:
        """Return the account of this login. Raises NotFound."""
        with self._store.read() as connection:
            user = rows.user_by_login(connection, read_login(login))
        if user is None:
            raise NotFound("user")
        return user

    def _fact(self, by: Staff | None, user: User, what: str) -> AuditFact:
        return AuditFact(
            Act.USER_CHANGED,
            self._clock(),
            user_id=by.user_id if by else None,
            subject=user.id,
            purpose=what,
            outcome="done",
            address=by.address if by else "command line",
        )


def _must_manage(by: Staff | None) -> None:
    if by is not None and not may(by.role, Deed.CHANGE_USERS):
        raise Denied("role")


def _changed(user: User, change: Change) -> User:
    if change.name is not None:
        user = replace(user, name=read_word(change.name, 128, "name"))
    if change.role is not None:
        user = replace(user, role=change.role)
    if change.team is not None:
        user = replace(user, team=read_word(change.team, 64, "team") if change.team.strip() else "")
    if change.extension is not None:
        user = replace(user, extension=read_extension(change.extension))
    if change.active is not None:
        user = replace(user, active=change.active)
    return user


def _what_changed(before: User, after: User) -> str:
    words = []
    if before.role is not after.role:
        words.append(f"role:{before.role.value}>{after.role.value}")
    if before.active is not after.active:
        words.append("opened" if after.active else "closed")
    words += [field for field in ("name", "team", "extension") if getattr(before, field) != getattr(after, field)]
    return ",".join(words)
