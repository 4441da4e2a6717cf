"""Sign-in and sessions: who may come in, and for how long.

Refuses to say why a sign-in failed: an unknown login, a wrong password and a closed account look and last the same.
"""

import hashlib
import ipaddress
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn

from plugin.core.audit import Act, AuditFact
from plugin.core.errors import InputError, LimitReached, NotFound, NotSignedIn, Unavailable
from plugin.core.ports import Clock
from plugin.core.staff import Session, Staff, User, read_login
from plugin.services.passwords import Passwords
from plugin.store import audit
from plugin.store import staff as rows
from plugin.store.engine import Store

_WINDOW = timedelta(minutes=15)
_TRIES_A_LOGIN = 8
_TRIES_AN_ADDRESS = 100  # failures only: a call centre signs in from one address at nine o'clock
_TOUCH_EVERY = timedelta(minutes=1)
_KEEP_SESSIONS = timedelta(days=90)  # for the question who was signed in when


@dataclass(frozen=True, slots=True)
class SessionRules:
    """How long a session lasts at most, how long unused, and how long a given password counts for a step-up."""

    lasts: timedelta
    idle: timedelta
    proof: timedelta


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session. `token` goes into the browser's cookie and is kept nowhere else."""

    token: str
    session: Session
    lang: str

    def __repr__(self) -> str:
        return f"SignedIn(user_id={self.session.user_id!r})"


class Sessions:
    """The way in, and the sessions of those who are in."""

    def __init__(self, store: Store, clock: Clock, passwords: Passwords, rules: SessionRules) -> None:
        self._store = store
        self._clock = clock
        self._passwords = passwords
        self._rules = rules

    def sign_in(self, login: str, password: str, address: str, browser: str) -> SignedIn:
        """Open a session for the person who knows the password.

        Raises NotSignedIn("wrong") whatever was wrong, and LimitReached after too many tries of the login or address.
        """
        name = _spelled(login)
        self._take_try(name, address)
        with self._store.read() as connection:
            user = rows.user_by_login(connection, name)
            stored = rows.password_hash(connection, user.id) if user else None
        known = self._passwords.fits(stored if user and user.active else None, password)
        if user is None or not known:
            self._refuse(user, address)
        return self._open(user, name, password, stored or "", address, browser)

    def _take_try(self, name: str, address: str) -> None:
        now = self._clock()
        for subject, most in ((_of_address(address), _TRIES_AN_ADDRESS), (_of_login(name), _TRIES_A_LOGIN)):
            with self._store.write() as connection:
                wait_us = rows.take_try(connection, subject, most, _WINDOW // timedelta(microseconds=1), now)
            if wait_us is not None:
                raise LimitReached("sign_in", retry_after_s=wait_us // 1_000_000 + 1)

    def _refuse(self, user: User | None, address: str) -> NoReturn:
        fact = AuditFact(
            Act.SIGN_IN, self._clock(), user_id=user.id if user else None, outcome="refused", address=address
        )
        with self._store.write() as connection:
            audit.append(connection, fact)
        raise NotSignedIn("wrong")

    def _open(self, user: User, name: str, password: str, stored: str, address: str, browser: str) -> SignedIn:
        now = self._clock()
        token = secrets.token_urlsafe(32)
        session = Session(
            hash=hash_of(token),
            user_id=user.id,
            created_at=now,
            seen_at=now,
            expires_at=now + self._rules.lasts,
            proved_at=now,
            address=address,
            browser=browser[:255],
        )
        renewed = self._passwords.renewed(stored, password)
        with self._store.write() as connection:
            still = rows.user_by_id(connection, user.id)
            if still is None or not still.active or rows.password_hash(connection, user.id) != stored:
                raise NotSignedIn("wrong")  # closed or changed while the password was being checked
            if renewed:
                rows.set_password(connection, user.id, renewed)
            rows.open_session(connection, session)
            rows.forget_tries(connection, _of_login(name))
            rows.give_back_try(connection, _of_address(address))
            rows.sweep(connection, now - timedelta(days=1), now - _KEEP_SESSIONS)
            audit.append(connection, AuditFact(Act.SIGN_IN, now, user_id=user.id, outcome="done", address=address))
        return SignedIn(token, session, user.lang)

    def whose(self, token: str, address: str, *, embedded: bool = False) -> Staff:
        """Return the person whose live session `token` is, as he is at this moment, and note that it was used.

        A session inside another site's page is one only where `embedded` ones are asked for, and no other is there.
        Raises NotSignedIn("ended") for any other text.
        """
        live = self._live(hash_of(token), address)
        if bool(live.staff.embed_origin) is not embedded:
            raise NotSignedIn("ended")
        now = self._clock()
        if now - live.seen_at > _TOUCH_EVERY:
            with (
                suppress(Unavailable),
                self._store.write() as connection,
            ):  # while it is closed he may read all the same
                rows.touch_session(connection, live.staff.session_hash, now)
        return live.staff

    def still(self, staff: Staff) -> Staff:
        """Return the same person as he is now, without counting as use: for streams that stay open.

        Raises NotSignedIn("ended") as soon as the session has ended.
        """
        return self._live(staff.session_hash, staff.address).staff

    def _live(self, token_hash: str, address: str) -> rows.LiveSession:
        now = self._clock()
        with self._store.read() as connection:
            live = rows.live_session(connection, token_hash, address, now, now - self._rules.idle)
        if live is None:
            raise NotSignedIn("ended")
        return live

    def sign_out(self, staff: Staff) -> None:
        """End this session."""
        self.end(staff, staff.session_hash)

    def end(self, staff: Staff, session_hash: str) -> None:
        """End one of the person's own sessions. Raises NotFound where it is not his or has ended already."""
        now = self._clock()
        with self._store.write() as connection:
            if not rows.end_sessions(connection, staff.user_id, now, only=session_hash):
                raise NotFound("session")
            audit.append(
                connection,
                AuditFact(Act.SIGN_OUT, now, user_id=staff.user_id, subject=session_hash, address=staff.address),
            )

    def own(self, staff: Staff) -> list[Session]:
        """Return the person's live sessions, newest use first."""
        now = self._clock()
        with self._store.read() as connection:
            return rows.sessions_of(connection, staff.user_id, now, now - self._rules.idle)

    def prove(self, staff: Staff, password: str) -> None:
        """Take the password again, so that `is_proved` holds for a while; limited and audited like a sign-in.

        Raises NotSignedIn("wrong") or LimitReached.
        """
        self._take_try(staff.login, staff.address)
        with self._store.read() as connection:
            stored = rows.password_hash(connection, staff.user_id)
        fits = self._passwords.fits(stored, password)
        now = self._clock()
        fact = AuditFact(
            Act.SIGN_IN,
            now,
            user_id=staff.user_id,
            purpose="step_up",
            outcome="done" if fits else "refused",
            address=staff.address,
        )
        with self._store.write() as connection:
            if fits:
                rows.prove_session(connection, staff.session_hash, now)
                rows.forget_tries(connection, _of_login(staff.login))
                rows.give_back_try(connection, _of_address(staff.address))
            audit.append(connection, fact)
        if not fits:
            raise NotSignedIn("wrong")

    def is_proved(self, staff: Staff) -> bool:
        """Tell whether the password was given recently enough for what asks for a step-up (listening, export)."""
        return staff.proved_at is not None and self._clock() - staff.proved_at <= self._rules.proof


def hash_of(token: str) -> str:
    """Return the form in which a session's token is kept: its sha-256 in hex. The token is 256 random bits."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _spelled(login: str) -> str:
    try:
        return read_login(login[:256])
    except InputError:
        return ""  # no account has it; it counts, and takes as long, as any other


def _of_login(name: str) -> str:
    return "login:" + hashlib.sha256(name.encode()).hexdigest()


def _of_address(address: str) -> str:
    # One subscriber holds a whole /64 of IPv6: he is counted as one.
    try:
        read = ipaddress.ip_address(address)
    except ValueError:
        return "address:unknown"
    if read.version == 6:
        return f"address:{ipaddress.ip_network((read, 64), strict=False)}"
    return f"address:{read}"
