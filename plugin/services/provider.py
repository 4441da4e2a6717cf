"""Signing in by the company's identity provider: sent there with a state of one browser, back with a code used once.

A person is who the provider's issuer and subject say, never an address or a name. Refuses unknown persons unless the
site takes them in, and roles that no group of theirs gives.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from plugin.core.audit import Act, AuditFact
from plugin.core.errors import Denied, DenwabanError, InputError, NotSignedIn
from plugin.core.factors import Factor, must_be_full
from plugin.core.ids import UserId, new_id
from plugin.core.ports import Clock, IdentityProvider, Publisher
from plugin.core.provider import Aim, ProviderAsk, ProviderPerson, role_of
from plugin.core.staff import Role, Staff, User, read_login, read_word
from plugin.core.tokens import hash_of
from plugin.services.staff import Sessions, SignedIn
from plugin.services.telling import tell
from plugin.store import audit, identities, refusals
from plugin.store import factors as steps
from plugin.store import staff as rows
from plugin.store.engine import Connection, Store

_LASTS = timedelta(minutes=10)
_SKEW = timedelta(seconds=60)
_KIND = "provider"
_MOST_NEXT = 200  # as it is kept
_NO_PASSWORD = ""  # fits none, and takes as long to find out


@dataclass(frozen=True, slots=True)
class ProviderRules:
    """`roles`: the role that a group gives, empty: roles are given here; `takes_in`: unknown persons get an account."""

    back: str
    roles: Mapping[str, Role]
    takes_in: bool
    lang: str


@dataclass(frozen=True, slots=True)
class SentOff:
    """A browser on its way: to `address`; it must bring `state` back in a cookie too."""

    address: str
    state: str


@dataclass(frozen=True, slots=True)
class CameBack:
    """A browser that came back for its `aim`, to go on to `onward`.

    `opened`: its new session, if it came to enter; `renewed`: its session's new token, if it came to confirm.
    """

    aim: Aim
    onward: str
    opened: SignedIn | None
    renewed: str | None = None


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who brings an answer: the person signed in in that browser, by which token, if anybody is; from where."""

    staff: Staff | None
    token: str = field(repr=False)
    address: str
    browser: str


@dataclass(frozen=True, slots=True)
class _Came:
    """What came of a person: his session, or why there is none; `changed`: whose streams must look at once."""

    outcome: SignedIn | Denied
    changed: UserId | None


class ProviderSignIn:
    """The way in by `provider`."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        provider: Callable[[], IdentityProvider],
        sessions: Sessions,
        bus: Publisher,
        rules: ProviderRules,
    ) -> None:
        self._store = store
        self._clock = clock
        self._provider = provider
        self._sessions = sessions
        self._bus = bus
        self._rules = rules

    def send(self, aim: Aim, onward: str, visitor: Visitor) -> SentOff:
        """Begin a journey to the provider: to enter, or for a signed-in person to link or to confirm.

        Raises OutsideError where the provider is away, Denied("step_up_in_full") to link without it, and LimitReached
        where too many have been sent.
        """
        staff = visitor.staff
        if aim is Aim.LINK and staff is not None:
            must_be_full(staff, self._clock())
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        kept = {"aim": aim.value, "nonce": nonce, "verifier": verifier}
        kept["next"] = onward if len(json.dumps(onward, ensure_ascii=False)) <= _MOST_NEXT else "/"
        owner = staff.session_hash if staff else ""
        step = steps.Step(_KIND, owner, json.dumps(kept, ensure_ascii=False), self._clock() + _LASTS)
        self._sessions.begin_step(state, step, visitor.address)
        address = self._provider().way(ProviderAsk(state, nonce, verifier, self._rules.back, aim is Aim.PROVE))
        return SentOff(address, state)

    def receive(self, state: str, cookie: str, code: str, issuer: str | None, visitor: Visitor) -> CameBack:
        """Take a browser back. Its state is used up whatever comes of it.

        Raises NotSignedIn("provider") where anything does not fit, Denied("unknown_person", "no_role", "many_roles" or
        "closed"), Conflict("linked"), OutsideError, and LimitReached after too many failures of the address.
        """
        staff = visitor.staff
        ask, aim, onward = self._asked(state, cookie, staff)
        if aim is Aim.ENTER:  # each costs the provider a request
            self._sessions.take_address_try(visitor.address)
        try:
            person = self._provider().redeem(ask, code, issuer)
        except NotSignedIn:
            self._note_refused(None, "token", visitor.address)
            raise
        if staff is not None and aim is Aim.LINK:
            self._link(person, staff)
            return CameBack(aim, onward, None)
        if staff is not None and aim is Aim.PROVE:
            return CameBack(aim, onward, None, self._prove(person, staff, visitor.token))
        return CameBack(aim, onward, self._enter(person, visitor.address, visitor.browser))

    def is_linked(self, staff: Staff) -> bool:
        """Tell whether the person's account is linked to the provider."""
        with self._store.read() as connection:
            return identities.is_linked(connection, staff.user_id)

    def _asked(self, state: str, cookie: str, staff: Staff | None) -> tuple[ProviderAsk, Aim, str]:
        hashed, now = hash_of(state), self._clock()
        if not secrets.compare_digest(hashed, hash_of(cookie)):
            raise NotSignedIn("provider")  # begun in another browser

        def work(connection: Connection) -> steps.Step:
            step = steps.step_of(connection, hashed, _KIND, now)
            if step is None or not steps.end_step(connection, hashed):
                raise NotSignedIn("provider")
            return step

        step, owner = self._store.write_again(work), staff.session_hash if staff else ""
        kept = json.loads(step.challenge)
        aim = Aim(kept["aim"])
        if aim is not Aim.ENTER and step.owner != owner:
            raise NotSignedIn("provider")  # another person's session than the one it was begun in
        ask = ProviderAsk(state, kept["nonce"], kept["verifier"], self._rules.back, aim is Aim.PROVE)
        return ask, aim, kept["next"]

    def _enter(self, person: ProviderPerson, address: str, browser: str) -> SignedIn:
        came = self._store.write_again(lambda connection: self._judge(connection, person, address, browser))
        if came.changed:
            tell(self._bus, (came.changed,))
        if isinstance(came.outcome, DenwabanError):
            raise came.outcome
        return came.outcome

    def _judge(self, connection: Connection, person: ProviderPerson, address: str, browser: str) -> _Came:
        """Let a person in in the role of his groups, or write down why not."""
        account = identities.account_of(connection, person)
        rows.lock_with_admins(connection, [account] if account else [])
        user = rows.user_by_id(connection, account or "")
        changed: UserId | None = None
        try:
            role = role_of(person.groups, self._rules.roles) if self._rules.roles else None
            if user is None:
                user = self._taken_in(connection, person, role, address)
            elif not user.active:
                raise Denied("closed")
            elif role is not None and role is not user.role:
                user, changed = self._given_role(connection, user, role, address), user.id
            self._sessions.give_back(connection, address)
            return _Came(
                self._sessions.open(
                    connection, user, Factor.PROVIDER, address, browser, provider_hash=person.session_hash
                ),
                changed,
            )
        except Denied as error:
            if user is not None and error.reason in {"no_role", "many_roles"}:
                rows.end_sessions(connection, user.id, self._clock())  # his groups changed: what is open ends
                changed = user.id
            self._append_refused(connection, user.id if user else None, error.reason, address)
            return _Came(error, changed)

    def _taken_in(self, connection: Connection, person: ProviderPerson, role: Role | None, address: str) -> User:
        if not self._rules.takes_in or role is None:
            raise Denied("unknown_person")
        now = self._clock()
        try:
            login, name = read_login(person.login), read_word(person.name or person.login, 128, "name")
        except InputError as error:
            raise Denied("unknown_person") from error
        if rows.user_by_login(connection, login) is not None:
            raise Denied("unknown_person")  # never by its name: whoever may choose a name there would be anybody here
        user = User(UserId(new_id(now)), login, name, role, "", None, self._rules.lang, active=True, created_at=now)
        rows.add_user(connection, user, _NO_PASSWORD)
        identities.link(connection, person, user.id, now)
        self._append(connection, user.id, f"provider_added:{role}", address)
        return user

    def _given_role(self, connection: Connection, user: User, role: Role, address: str) -> User:
        admins = rows.active_admins(connection)
        if admins == [user.id]:
            raise Denied("last_admin")
        rows.change_user(connection, changed := replace(user, role=role))
        self._append(connection, user.id, f"provider_role:{user.role}>{role}", address)
        return changed

    def _link(self, person: ProviderPerson, staff: Staff) -> None:

        def work(connection: Connection) -> None:
            rows.lock_people(connection, [staff.user_id])
            identities.link(connection, person, staff.user_id, self._clock())
            self._append(connection, staff.user_id, "provider_linked", staff.address)

        self._store.write_again(work)

    def _prove(self, person: ProviderPerson, staff: Staff, token: str) -> str | None:
        with self._store.read() as connection:
            is_he = identities.account_of(connection, person) == staff.user_id
        recent = person.signed_in_at is not None and self._clock() - person.signed_in_at <= _LASTS + _SKEW
        return self._sessions.prove_by(staff, Factor.PROVIDER if is_he and recent else None, token)

    def _append(self, connection: Connection, user_id: str, what: str, address: str) -> None:
        fact = AuditFact(
            Act.USER_CHANGED,
            self._clock(),
            user_id=user_id,
            subject=user_id,
            purpose=what,
            outcome="done",
            address=address,
        )
        audit.append(connection, fact)

    def _note_refused(self, user_id: str | None, why: str, address: str) -> None:
        self._store.write_again(lambda connection: self._append_refused(connection, user_id, why, address))

    def _append_refused(self, connection: Connection, user_id: str | None, why: str, address: str) -> None:
        fact = AuditFact(
            Act.SIGN_IN,
            self._clock(),
            user_id=user_id,
            purpose=f"provider:{why}",
            outcome="refused",
            address=address,
        )
        refusals.append(connection, fact)
