"""Accounts: who works here, in which role, at which extension; every change says who made it.

Refuses to leave the site without an administrator, and to let anybody but one change an account. What gives an account
more weight waits for a second person; the machine's own command line does without, and pages show that it did.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from plugin.core.access import Deed, gives_weight, has_weight, may
from plugin.core.approvals import Approval, ApprovalKind, fields_of, read_reason
from plugin.core.audit import Act, AuditFact
from plugin.core.errors import Conflict, Denied, InputError, NotFound, NotSignedIn
from plugin.core.factors import must_be_full
from plugin.core.ids import UserId, new_id
from plugin.core.ports import Clock, Publisher
from plugin.core.staff import Duty, Role, Staff, User, read_extension, read_language, read_login, read_word
from plugin.services.approvals import Approvals
from plugin.services.passwords import Passwords
from plugin.services.telling import tell
from plugin.store import audit, ways_in
from plugin.store import staff as rows
from plugin.store.engine import Connection, Store

GIVEN_LASTS = timedelta(hours=72)  # so long a password counts that somebody else typed
_SHOWN = timedelta(days=30)
Content = Mapping[str, str | int | bool | None]


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

    def __init__(
        self,
        store: Store,
        clock: Clock,
        passwords: Passwords,
        approvals: Approvals,
        bus: Publisher,
        given_lasts: timedelta = GIVEN_LASTS,
    ) -> None:
        self._store = store
        self._clock = clock
        self._passwords = passwords
        self._approvals = approvals
        self._bus = bus
        self._given_lasts = given_lasts

    def all(self, by: Staff | None) -> list[User]:
        """Return every account, active ones first. Raises Denied for anybody but an administrator."""
        _must_manage(by)
        with self._store.read() as connection:
            return rows.all_users(connection)

    def add(self, new: NewUser, password: str, by: Staff | None, reason: str = "", *, is_chosen: bool = False) -> User:
        """Open an account; one of weight stays closed until a second person approves (`reason` is for him).

        The password counts for one sign-in, unless it `is_chosen` by its owner already, as those of the demo's people.
        Raises InputError naming the field that cannot be taken, Conflict("taken") where login or extension is
        another's, Denied for anybody but an administrator.
        """
        _must_manage(by)
        login = read_login(new.login)
        self._passwords.check(password, login)
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
        waits = by is not None and gives_weight(None, user)
        if waits:
            read_reason(reason)
        kept = replace(user, active=not waits)
        hashed = self._passwords.hash(password)

        def work(connection: Connection) -> None:
            rows.add_user(connection, kept, hashed)
            if not is_chosen:
                self._give(connection, user, hashed, by)
            audit.append(connection, self._fact(by, user, f"added:{user.role.value}{':waits' if waits else ''}"))
            self._note_machine(connection, by, user, "added")

        self._store.write_again(work)
        if by is not None and waits:
            self._ask(kept, user, reason, by)
        return kept

    def change(self, user_id: str, change: Change, by: Staff | None, reason: str = "") -> Approval | None:
        """Change an account; one that is closed loses its sessions in the same moment.

        What gives it weight (a role other than the operator's, opening such an account, another team to listen in) is
        asked of a second person, with `reason`; then the request is returned, and all else is changed already.
        Raises NotFound, InputError, Conflict("taken" or "last_admin"), Denied.
        """
        _must_manage(by)

        def work(connection: Connection) -> tuple[User, User, bool]:
            admins = rows.lock_with_admins(connection, [user_id])
            user = rows.user_by_id(connection, user_id)
            if user is None:
                raise NotFound("user")
            wanted = _changed(user, change)
            waits = by is not None and gives_weight(user, wanted)
            if waits:
                read_reason(reason)
            now_so = replace(wanted, role=user.role, team=user.team, active=user.active) if waits else wanted
            self._put(connection, user, now_so, admins, by)
            return user, wanted, waits

        user, wanted, waits = self._store.write_again(work)
        tell(self._bus, (user.id,))  # streams that stay open look at once
        return self._ask(user, wanted, reason, by) if by is not None and waits else None

    def _put(
        self, connection: Connection, user: User, changed: User, admins: list[UserId], by: Staff | None, word: str = ""
    ) -> None:
        if admins == [user.id] and not (changed.active and changed.role is Role.ADMIN):
            raise Conflict("last_admin")
        if changed == user:
            return
        rows.change_user(connection, changed)
        if not changed.active:
            rows.end_sessions(connection, user.id, self._clock())
        audit.append(connection, self._fact(by, user, word + _what_changed(user, changed)))
        if gives_weight(user, changed) and not word:
            self._note_machine(connection, by, changed, "changed")

    def _ask(self, user: User, wanted: User, reason: str, by: Staff) -> Approval:
        return self._approvals.ask(ApprovalKind.ROLE, user.id, _content(user, wanted), reason, by)

    def carry_out(self, connection: Connection, approval: Approval, by: Staff) -> None:
        """Give an account the role and team that `by` approved, and open it, in the transaction of his decision.

        That has locked the account and all administrators first (services/approvals.py).
        Raises Conflict("approval_changed") where it is not what it was when it was asked, and Conflict("last_admin").
        """
        asked = dict(fields_of(approval.content))
        admins = rows.active_admins(connection)
        user = rows.user_by_id(connection, approval.subject)
        if user is None:
            raise NotFound("user")
        wanted = replace(user, role=Role(asked["role"]), team=asked["team"], active=True)
        if dict(_content(user, wanted)) != asked:
            raise Conflict("approval_changed")
        self._put(connection, user, wanted, admins, by, word=f"approved:{approval.id},")

    def set_password(self, user_id: str, password: str, by: Staff | None) -> None:
        """Give an account a new password and end all its sessions; it counts for one sign-in.

        For an account of weight a second person must have approved it (`ask_recovery`): whoever knows its password is
        it. Raises NotFound, InputError, Denied, and Denied("second_person").
        """
        _must_manage(by)
        with self._store.read() as connection:
            user = rows.user_by_id(connection, user_id)
        if user is None:
            raise NotFound("user")
        self._passwords.check(password, user.login)
        hashed = self._passwords.hash(password)

        def work(connection: Connection) -> None:
            rows.lock_people(connection, [user_id, *([by.user_id] if by else [])])
            user = rows.user_by_id(connection, user_id)  # anew: he may have gained weight while it was hashed
            if user is None:
                raise NotFound("user")
            self._must_be_approved(connection, user, "password", by)
            self._give(connection, user, hashed, by)
            rows.end_sessions(connection, user.id, self._clock())
            audit.append(connection, self._fact(by, user, "password"))
            self._note_machine(connection, by, user, "password")

        self._store.write_again(work)
        tell(self._bus, (user.id,))

    def _give(self, connection: Connection, user: User, hashed: str, by: Staff | None) -> None:
        now = self._clock()
        ways_in.give_password(connection, user.id, hashed, now, by.user_id if by else None, now + self._given_lasts)

    def end_sessions(self, user_id: str, by: Staff | None) -> None:
        """End every session of somebody; his streams and players end within a second. Raises NotFound, Denied."""
        user = self.user(user_id, by)

        def work(connection: Connection) -> None:
            rows.lock_people(connection, [user.id])
            rows.end_sessions(connection, user.id, self._clock())
            audit.append(connection, self._fact(by, user, "sessions_ended"))

        self._store.write_again(work)
        tell(self._bus, (user.id,))

    def ask_recovery(self, user_id: str, what: str, reason: str, by: Staff) -> Approval:
        """Ask a second person whether the account may get a new `what`. Raises NotFound, InputError, Denied."""
        user = self.user(user_id, by)
        return self._approvals.ask(ApprovalKind.RECOVERY, user.id, recovery_content(user, what), reason, by)

    def recoverable(self, user_id: str, what: str, by: Staff) -> bool:
        """Tell whether this person may give the account a new `what` now: it has no weight, or it was approved."""
        user = self.user(user_id, by)
        if not has_weight(user):
            return True
        return self._approvals.usable(ApprovalKind.RECOVERY, user.id, recovery_content(user, what), by) is not None

    def _must_be_approved(self, connection: Connection, user: User, what: str, by: Staff | None) -> None:
        if by is None or not has_weight(user):
            return
        content = recovery_content(user, what)
        if not self._approvals.use_any(connection, ApprovalKind.RECOVERY, user.id, content, by):
            raise Denied("second_person")

    def _note_machine(self, connection: Connection, by: Staff | None, user: User, what: str) -> None:
        if by is None and has_weight(user):
            rows.note_machine(connection, user.id, what, self._clock())

    def by_machine(self, by: Staff) -> list[rows.MachineChange]:
        """Return the accounts of weight that the command line opened, changed or gave a password in the last 30 days.

        For those who decide on requests: it is the way around them. Raises Denied.
        """
        if not may(by.role, Deed.DECIDE):
            raise Denied("role")
        with self._store.read() as connection:
            return rows.machine_changes(connection, self._clock() - _SHOWN)

    def set_own_password(self, staff: Staff, password: str) -> None:
        """Change the own password; all other sessions of the person end.

        Raises InputError with what is wrong with it ("password_same": the old one again), and Denied("step_up_in_full")
        unless he has just proved himself by all that he has, or it takes the place of one that somebody else typed:
        that brought him here.
        """
        now = self._clock()
        if staff.duty is not Duty.CHOOSE:
            must_be_full(staff, now)
        self._passwords.check(password, staff.login)
        with self._store.read() as connection:
            former = rows.password_hash(connection, staff.user_id)
        if self._passwords.fits(former, password):
            raise InputError("password_same")
        hashed = self._passwords.hash(password)

        def work(connection: Connection) -> None:
            rows.lock_people(connection, [staff.user_id])
            if rows.password_hash(connection, staff.user_id) != former:
                raise NotSignedIn("ended")  # somebody else has set one meanwhile, and ended his sessions
            ways_in.choose_password(connection, staff.user_id, hashed, now)
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

        self._store.write_again(work)

    def set_lang(self, staff: Staff, lang: str) -> None:
        """Note the language in which the person wants to read."""
        wanted = read_language(lang)

        def work(connection: Connection) -> None:
            rows.lock_people(connection, [staff.user_id])  # what is read is written back: his role, too
            user = rows.user_by_id(connection, staff.user_id)
            if user is None:
                raise NotFound("user")
            rows.change_user(connection, replace(user, lang=wanted))

        self._store.write_again(work)

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


def _content(user: User, wanted: User) -> Content:
    return {
        "user_id": user.id,
        "login": user.login,
        "role_before": user.role.value if user.active else "",
        "team_before": user.team,
        "role": wanted.role.value,
        "team": wanted.team,
    }


def recovery_content(user: User, what: str) -> Content:
    """Return exactly what is approved where an account gets a new `what` (password, factor)."""
    return {"user_id": user.id, "login": user.login, "role": user.role.value, "what": what}


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
