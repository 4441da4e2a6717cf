"""What the company's identity provider says has ended there, ends here: OpenID Connect Back-Channel Logout 1.0.

Refuses a saying that the provider did not sign for us just now, and one that was taken before.
"""

from collections.abc import Callable

from plugin.core.audit import Act, AuditFact
from plugin.core.errors import NotSignedIn
from plugin.core.ids import UserId
from plugin.core.ports import Clock, IdentityProvider, Publisher
from plugin.core.provider import ProviderEnd
from plugin.services.staff import Sessions
from plugin.services.telling import tell
from plugin.store import audit, identities, refusals
from plugin.store import factors as steps
from plugin.store import staff as rows
from plugin.store.engine import Connection, Store

_KIND = "provider_end"


class ProviderEnds:
    """The ends of sessions at `provider`."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        provider: Callable[[], IdentityProvider],
        sessions: Sessions,
        bus: Publisher,
    ) -> None:
        self._store = store
        self._clock = clock
        self._provider = provider
        self._sessions = sessions
        self._bus = bus

    def take(self, token: str, address: str) -> None:
        """End the sessions that hang on what has ended there: those begun from that session, or all of the person.

        Where nothing of it is here, all is well. Raises NotSignedIn("provider") for a saying that does not count,
        OutsideError where the provider's keys cannot be had, LimitReached after too many such from an address.
        """
        self._sessions.take_address_try(address)  # each may cost the provider a request
        try:
            end = self._provider().end(token)
            for person in self._store.write_again(lambda connection: self._ended(connection, end, address)):
                tell(self._bus, (person,))
        except NotSignedIn:
            fact = AuditFact(Act.SIGN_OUT, self._clock(), purpose="provider", outcome="refused", address=address)
            self._store.write_again(lambda connection: refusals.append(connection, fact))
            raise

    def _ended(self, connection: Connection, end: ProviderEnd, address: str) -> set[UserId]:
        now = self._clock()
        whose = rows.user_by_id(connection, identities.account_by_hash(connection, end.hash or "") or "")
        there = rows.sessions_at_provider(connection, end.session_hash) if end.session_hash else []
        if end.hash:  # both are named: one person's session is not another's
            there = [(person, session) for person, session in there if whose and person == whose.id]
        concerned = {person for person, _ in there}
        if whose and not end.session_hash:
            concerned.add(whose.id)
        rows.lock_people(connection, concerned)
        if steps.step_of(connection, end.own_hash, _KIND, now):
            raise NotSignedIn("provider")
        steps.begin_step(connection, end.own_hash, steps.Step(_KIND, "provider", "", end.until), now)
        self._sessions.give_back(connection, address)
        for person in sorted(concerned):
            named = [session for owner, session in there if owner == person] or [""]
            count = sum(rows.end_sessions(connection, person, now, only=session) for session in named)
            fact = AuditFact(
                Act.SIGN_OUT,
                now,
                user_id=person,
                subject=person,
                purpose="provider",
                outcome=f"done:{count}",
                address=address,
            )
            audit.append(connection, fact)
        return concerned
