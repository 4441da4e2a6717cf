"""Sign-in and sessions: who may come in, and for how long.

Refuses to say why a sign-in failed: an unknown login, a wrong password and a closed account look and last the same.
"""

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NoReturn

from plugin.core.access import Deed, may
from plugin.core.audit import Act, AuditFact
from plugin.core.errors import Denied, InputError, NotFound, NotSignedIn, Unavailable
from plugin.core.factors import PROVES, Factor, Means
from plugin.core.ports import Clock
from plugin.core.staff import Duty, Proofs, Role, Session, Staff, User, read_login
from plugin.core.tokens import fresh_token, hash_of
from plugin.services.guesses import Guesses
from plugin.services.passwords import Passwords
from plugin.store import audit, refusals, ways_in
from plugin.store import factors as factor_rows
from plugin.store import staff as rows
from plugin.store.engine import Connection, Store

_TOUCH_EVERY = timedelta(minutes=1)
_HALF = "half"
_HALF_LASTS = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SessionRules:
    """How long a session lasts at most, how long unused, and how long a given password counts for a step-up.

    `must_have`: roles that must have a second factor, `grace` after the account began at the latest. `by_password`:
    whether anybody signs in by a password at all.
    """

    lasts: timedelta
    idle: timedelta
    proof: timedelta
    must_have: frozenset[Role] = frozenset()
    grace: timedelta = timedelta(0)
    by_password: bool = True


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session. `token` goes into the browser's cookie and is kept nowhere else."""

    token: str
    session: Session
    lang: str

    def __repr__(self) -> str:
        return f"SignedIn(user_id={self.session.user_id!r})"


@dataclass(frozen=True, slots=True)
class HalfSignedIn:
    """The password was right; a second factor is still asked for. `token` opens nothing by itself."""

    token: str = field(repr=False)


class Sessions:
    """The way in, and the sessions of those who are in."""

    def __init__(self, store: Store, clock: Clock, passwords: Passwords, rules: SessionRules) -> None:
        self._store = store
        self._clock = clock
        self._passwords = passwords
        self._rules = rules
        self._guesses = Guesses(store, clock)

    def sign_in(self, login: str, password: str, address: str, browser: str) -> SignedIn:
        """Open a session for a person who knows the password and needs nothing else.

        Raises as `begin` does, and NotSignedIn("not_enough") where the account has a second factor, or its owner has
        yet to choose his password; nothing is used up then.
        """
        opened = self._begin(login, password, address, browser, whole=True)
        if isinstance(opened, HalfSignedIn):
            raise NotSignedIn("not_enough")
        return opened

    def begin(self, login: str, password: str, address: str, browser: str) -> SignedIn | HalfSignedIn:
        """Take a password; open a session, or where the account has a second factor go half the way.

        A password that somebody else typed for the person is used up by it. Raises NotSignedIn("wrong") whatever was
        wrong, NotSignedIn("used_up") where such a one is right but counts no more, and LimitReached after too many
        tries of the login or address.
        """
        return self._begin(login, password, address, browser, whole=False)

    def _begin(self, login: str, password: str, address: str, browser: str, *, whole: bool) -> SignedIn | HalfSignedIn:
        name = _spelled(login)
        self._guesses.take(name, address)
        with self._store.read() as connection:
            user = rows.user_by_login(connection, name)
            stored = rows.password_hash(connection, user.id) if user else None
        open_to = user is not None and user.active and self._rules.by_password
        known = self._passwords.fits(stored if open_to else None, password)
        if user is None or not known:
            self._refuse(user, address)
        renewed = self._passwords.renewed(stored or "", password)

        def work(connection: Connection) -> SignedIn | HalfSignedIn | NotSignedIn:
            rows.lock_people(connection, [user.id])
            still = rows.user_by_id(connection, user.id)
            if still is None or not still.active or rows.password_hash(connection, user.id) != stored:
                return NotSignedIn("wrong")  # closed or changed while the password was being checked
            if renewed:
                rows.rewrite_password(connection, user.id, renewed)
            self._guesses.forgive(connection, name, address)
            way = ways_in.way_in(connection, user.id)
            if whole and (still.factor_at is not None or not way.is_own):
                return NotSignedIn("not_enough")
            return self._enter(connection, still, address, browser)

        opened = self._store.write_again(work)
        if isinstance(opened, NotSignedIn):
            raise opened
        return opened

    def take_address_try(self, address: str) -> None:
        """Use up one of the address's tries; `give_back` it in the transaction that opens a session. LimitReached."""
        self._guesses.take_address(address)

    def begin_step(self, token: str, step: factor_rows.Step, address: str) -> None:
        """Keep a step that is half way. Raises LimitReached, and stores nothing, where too many are."""
        refused = self._store.write_again(
            lambda connection: self._guesses.begin(connection, hash_of(token), step, address)
        )
        if refused is not None:
            raise refused

    def give_back(self, connection: Connection, address: str) -> None:
        """Undo one `take_address_try` that was no failure."""
        self._guesses.give_back(connection, address)

    def _refuse(self, user: User | None, address: str) -> NoReturn:
        fact = AuditFact(
            Act.SIGN_IN, self._clock(), user_id=user.id if user else None, outcome="refused", address=address
        )
        self._store.write_again(lambda connection: refusals.append(connection, fact))
        raise NotSignedIn("wrong")

    def _enter(
        self, connection: Connection, user: User, address: str, browser: str
    ) -> SignedIn | HalfSignedIn | NotSignedIn:
        """Go on with a right password: in, or half the way."""
        now = self._clock()
        way = ways_in.way_in(connection, user.id)
        if way.given_until is not None and now >= way.given_until:
            self._note_used_up(connection, user, address)
            return NotSignedIn("used_up")
        if user.factor_at is None:
            ways_in.use_password(connection, user.id, now)
            return self.open(connection, user, Factor.PASSWORD, address, browser)
        token = secrets.token_urlsafe(32)
        factor_rows.begin_step(connection, hash_of(token), factor_rows.Step(_HALF, user.id, "", now + _HALF_LASTS), now)
        audit.append(
            connection,
            AuditFact(Act.SIGN_IN, now, user_id=user.id, purpose="password", outcome="half", address=address),
        )
        return HalfSignedIn(token)

    def _note_used_up(self, connection: Connection, user: User, address: str) -> None:
        fact = AuditFact(
            Act.SIGN_IN, self._clock(), user_id=user.id, purpose="used_up", outcome="refused", address=address
        )
        refusals.append(connection, fact)

    def open(
        self,
        connection: Connection,
        user: User,
        by: Factor,
        address: str,
        browser: str,
        *,
        after_password: bool = False,
        provider_hash: str | None = None,
    ) -> SignedIn:
        """Open a session for the person who proved himself `by` it, in the transaction that took the proof.

        `after_password`: by that before; `provider_hash`: of his session at the company's identity provider. Raises
        NotSignedIn("wrong") where the account is closed.
        """
        if not user.active:
            raise NotSignedIn("wrong")
        now, token = self._clock(), fresh_token()
        means = PROVES[by] | (PROVES[Factor.PASSWORD] if after_password else frozenset())
        session = Session(
            hash=hash_of(token),
            user_id=user.id,
            created_at=now,
            seen_at=now,
            expires_at=now + self._rules.lasts,
            proofs=Proofs(now if Means.KNOWN in means else None, now if Means.HELD in means else None),
            address=address,
            browser=browser[:255],
            provider_hash=provider_hash,
        )
        rows.open_session(connection, session)
        purpose = None if by is Factor.PASSWORD else by.value
        audit.append(
            connection,
            AuditFact(Act.SIGN_IN, now, user_id=user.id, purpose=purpose, outcome="done", address=address),
        )
        return SignedIn(token, session, user.lang)

    def half(self, token: str) -> User:
        """Return who is half way in with this token. Raises NotSignedIn("half") where it is used up, or late."""
        with self._store.read() as connection:
            return self._half(connection, token)

    def _half(self, connection: Connection, token: str) -> User:
        step = factor_rows.step_of(connection, hash_of(token), _HALF, self._clock())
        user = rows.user_by_id(connection, step.owner) if step else None
        if user is None or not user.active:
            raise NotSignedIn("half")
        return user

    def finish(self, token: str, by: Factor | None, address: str, browser: str) -> SignedIn:
        """Open the session of who was half way in and has now given a second factor; None: a wrong one.

        Raises NotSignedIn("half") where the token is used up or late, NotSignedIn("wrong").
        """

        def work(connection: Connection) -> SignedIn | None:
            now = self._clock()
            rows.lock_people(connection, [self._half(connection, token).id])
            user = self._half(connection, token)  # anew: closed, or come in by another try, while we waited
            if by is not None and factor_rows.end_step(connection, hash_of(token)):
                if ways_in.use_password(connection, user.id, now):
                    return self.open(connection, user, by, address, browser, after_password=True)
                self._note_used_up(connection, user, address)
                return None
            fact = AuditFact(
                Act.SIGN_IN, now, user_id=user.id, purpose="second_factor", outcome="refused", address=address
            )
            refusals.append(connection, fact)
            return None

        opened = self._store.write_again(work)
        if opened is None:
            raise NotSignedIn("wrong")
        return opened

    def whose(self, token: str, address: str, *, embedded: bool = False, is_use: bool = True) -> Staff:
        """Return the person whose live session `token` is, as he is at this moment; note that it was used, if `is_use`.

        A session inside another site's page is one only where `embedded` ones are asked for, and no other is there.
        Raises NotSignedIn("ended") for any other text.
        """
        live = self._checked(rows.session_by_token, hash_of(token), address)
        if bool(live.staff.embed_origin) is not embedded:
            raise NotSignedIn("ended")
        now = self._clock()
        if is_use and now - live.seen_at > _TOUCH_EVERY:
            with (
                suppress(Unavailable),
                self._store.write() as connection,
            ):  # while it is closed he may read all the same
                rows.touch_session(connection, live.staff.session_hash, now)
        return live.staff

    def _duty(self, live: rows.LiveSession, now: datetime) -> Duty | None:
        if live.must_choose and self._rules.by_password:
            return Duty.CHOOSE
        must_have = live.staff.role in self._rules.must_have and now >= live.user_since + self._rules.grace
        return Duty.ENROL if must_have and not live.staff.has_factor else None

    def still(self, staff: Staff) -> Staff:
        """Return the same person as he is now, without counting as use: for streams that stay open.

        Raises NotSignedIn("ended") as soon as the session has ended.
        """
        return self._checked(rows.session_by_name, staff.session_hash, staff.address).staff

    def _checked(
        self,
        find: Callable[[Connection, str, str, datetime, datetime], rows.LiveSession | None],
        named: str,
        address: str,
    ) -> rows.LiveSession:
        now = self._clock()
        with self._store.glance() as connection:
            live = find(connection, named, address, now, now - self._rules.idle)
        if live is None:
            raise NotSignedIn("ended")
        duty = self._duty(live, now)
        return replace(live, staff=replace(live.staff, duty=duty)) if duty else live

    def sign_out(self, staff: Staff) -> None:
        """End this session."""
        self.end(staff, staff.session_hash)

    def end(self, staff: Staff, session_hash: str) -> None:
        """End one of the person's own sessions. Raises NotFound where it is not his or has ended already."""
        now = self._clock()

        def work(connection: Connection) -> None:
            if not rows.end_sessions(connection, staff.user_id, now, only=session_hash):
                raise NotFound("session")
            audit.append(
                connection,
                AuditFact(Act.SIGN_OUT, now, user_id=staff.user_id, subject=session_hash, address=staff.address),
            )

        self._store.write_again(work)

    def of(self, user_id: str, by: Staff) -> list[Session]:
        """Return somebody's live sessions, for an administrator. Raises Denied."""
        if not may(by.role, Deed.CHANGE_USERS):
            raise Denied("role")
        now = self._clock()
        with self._store.read() as connection:
            return rows.sessions_of(connection, user_id, now, now - self._rules.idle)

    def own(self, staff: Staff) -> list[Session]:
        """Return the person's live sessions, newest use first."""
        now = self._clock()
        with self._store.read() as connection:
            return rows.sessions_of(connection, staff.user_id, now, now - self._rules.idle)

    def prove(self, staff: Staff, password: str, token: str) -> str | None:
        """Take the password again, so that `is_proved` holds for a while; limited and audited like a sign-in.

        Returns the token that takes the place of `token`, by which the session came; None where another window was
        faster. Raises NotSignedIn("wrong") or LimitReached.
        """
        self._guesses.take(staff.login, staff.address)
        with self._store.read() as connection:
            stored = rows.password_hash(connection, staff.user_id)
        return self._proved(staff, token, Factor.PASSWORD if self._passwords.fits(stored, password) else None)

    def prove_by(self, staff: Staff, factor: Factor | None, token: str) -> str | None:
        """Note that something beside the password was given again; None: a wrong one.

        Returns as `prove` does. Raises NotSignedIn("wrong").
        """
        return self._proved(staff, token, factor)

    def _proved(self, staff: Staff, token: str, factor: Factor | None) -> str | None:
        now, fresh = self._clock(), fresh_token(token)
        fact = AuditFact(
            Act.SIGN_IN,
            now,
            user_id=staff.user_id,
            purpose="step_up" if factor in (None, Factor.PASSWORD) else f"step_up:{factor}",
            outcome="done" if factor else "refused",
            address=staff.address,
        )

        def work(connection: Connection) -> bool:
            is_renewed = False
            if factor:
                if factor is Factor.PASSWORD:
                    self._guesses.forgive(connection, staff.login, staff.address)
                rows.prove_session(connection, staff.session_hash, now, PROVES[factor])
                is_renewed = rows.change_token(connection, staff.session_hash, hash_of(token), hash_of(fresh))
            # Who guesses must not fill the disk with lines: a flood of refusals is counted.
            (audit if factor else refusals).append(connection, fact)
            return is_renewed

        is_renewed = self._store.write_again(work)
        if factor is None:
            raise NotSignedIn("wrong")
        return fresh if is_renewed else None

    def is_proved(self, staff: Staff) -> bool:
        """Tell whether he proved himself recently enough for what asks for a step-up (listening, export)."""
        return staff.proofs.at is not None and self._clock() - staff.proofs.at <= self._rules.proof


def _spelled(login: str) -> str:
    try:
        return read_login(login[:256])
    except InputError:
        return ""  # no account has it; it counts, and takes as long, as any other
