"""Who may listen at this moment, for who watches over it; and the end of it. Opens no sound and shows none."""

from plugin.core.access import Deed, may
from plugin.core.audit import Act, AuditFact
from plugin.core.errors import Denied, NotFound
from plugin.core.heard import LiveGrant
from plugin.core.ports import Clock
from plugin.core.staff import Staff
from plugin.store import audit, live_grants
from plugin.store.engine import Store

_MOST = 200


class Listening:
    """The live grants of a site, of recordings and of copies."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def live(self, actor: Staff) -> tuple[LiveGrant, ...]:
        """Return the live grants, the newest first. Raises Denied("role")."""
        _must_watch(actor)
        with self._store.read() as connection:
            return live_grants.newest(connection, self._clock(), _MOST)

    def end(self, actor: Staff, grant_hash: str) -> None:
        """End a grant: its sound stops within two seconds. Raises Denied("role"), and NotFound where none is live."""
        _must_watch(actor)
        now = self._clock()
        with self._store.write() as connection:
            ended = live_grants.end(connection, grant_hash, now)
            if ended is None:
                raise NotFound("grant")
            fact = AuditFact(
                Act.LISTEN_REVOKED,
                now,
                user_id=actor.user_id,
                customer_id=ended.customer_id,
                call_id=ended.call_id,
                subject=ended.sound_id,
                purpose=ended.purpose,
                outcome=f"of:{ended.user_id}",
                address=actor.address,
            )
            audit.append(connection, fact)


def _must_watch(actor: Staff) -> None:
    if not may(actor.role, Deed.END_LISTENING):
        raise Denied("role")
