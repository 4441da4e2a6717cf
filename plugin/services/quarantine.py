"""What the CRM refused, for those who mend it: by reason, sent again one by one or all of a reason, or given up.

Shows no word that anybody wrote, and no customer: which call it is, whose summary, and why it was refused.
"""

from dataclasses import dataclass
from datetime import datetime

from plugin.core.access import Deed, may
from plugin.core.audit import Act, AuditFact
from plugin.core.errors import Denied, InputError, NotFound
from plugin.core.ids import MessageId
from plugin.core.outbox import Backlog, Letter, MessageState, NotSent, Pile
from plugin.core.ports import Clock
from plugin.core.staff import Staff
from plugin.store import audit, letters, outbox
from plugin.store.engine import Connection, Store

_MOST_LISTED = 100
_AT_ONCE = 200  # a few ms of the one writer


@dataclass(frozen=True, slots=True)
class Stand:
    """How delivery stands: what waits, what fails and is tried again, what was refused, by reason; the letters."""

    backlog: Backlog
    unassigned_since: datetime | None
    failing: tuple[Pile, ...]
    refused: tuple[Pile, ...]
    letters: tuple[Letter, ...]


class Quarantine:
    """The refused entries of the site."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def stand(self, actor: Staff, problem: str | None = None) -> Stand:
        """Return how delivery stands, with the refused letters of one reason or of all. Raises Denied("role")."""
        self._check(actor)
        with self._store.read() as connection:
            return Stand(
                backlog=outbox.backlog(connection),
                unassigned_since=letters.unassigned_since(connection),
                failing=letters.piles(connection, (MessageState.WAITING, MessageState.LEASED)),
                refused=letters.piles(connection, (MessageState.DEAD,)),
                letters=letters.dead(connection, problem, _MOST_LISTED),
            )

    def replay(self, actor: Staff, message_id: MessageId) -> None:
        """Send a refused entry again. Raises Denied("role"); NotFound where it is none (any more)."""
        self._check(actor)
        now = self._clock()
        with self._store.write() as connection:
            revived = outbox.revive(connection, message_id, now)
            if revived is None:
                raise NotFound("dead_letter")
            audit.append(
                connection, self._fact(Act.DELIVERY_REPLAYED, actor, subject=message_id, call_id=revived.call_id)
            )

    def replay_all(self, actor: Staff, problem: str) -> int:
        """Send all again that were refused for this reason, and return how many. Raises Denied("role").

        In steps that hold nobody up; each is audited with its number.
        """
        self._check(actor)
        count, since = 0, self._clock()  # what is refused once more meanwhile is left alone
        while True:
            done = self._store.write_again(lambda connection: self._replay_some(connection, actor, problem, since))
            count += done
            if done < _AT_ONCE:
                return count

    def _replay_some(self, connection: Connection, actor: Staff, problem: str, since: datetime) -> int:
        now = self._clock()
        ids = letters.dead_ids(connection, problem, since, _AT_ONCE)
        revived = [one for one in (outbox.revive(connection, message_id, now) for message_id in ids) if one]
        if revived:
            fact = self._fact(Act.DELIVERY_REPLAYED, actor, subject=problem, outcome=f"all {len(revived)}")
            audit.append(connection, fact)
        return len(revived)

    def close(self, actor: Staff, message_id: MessageId, why: str) -> None:
        """Give a refused entry up: it is not sent, unless its summary is saved anew.

        Raises Denied("role"), InputError("not_sent") where `why` is no word of NotSent, NotFound.
        """
        self._check(actor)
        if why not in set(NotSent):
            raise InputError("not_sent")
        with self._store.write() as connection:
            closed = outbox.close(connection, message_id, self._clock())
            if closed is None:
                raise NotFound("dead_letter")
            fact = self._fact(Act.DELIVERY_CLOSED, actor, subject=message_id, call_id=closed.call_id, purpose=why)
            audit.append(connection, fact)

    def _check(self, actor: Staff) -> None:
        if not may(actor.role, Deed.REPLAY_DELIVERY):
            raise Denied("role")

    def _fact(
        self,
        act: Act,
        actor: Staff,
        *,
        subject: str,
        call_id: str | None = None,
        purpose: str | None = None,
        outcome: str | None = None,
    ) -> AuditFact:
        return AuditFact(
            act,
            self._clock(),
            user_id=actor.user_id,
            call_id=call_id,
            subject=subject,
            purpose=purpose,
            outcome=outcome,
            address=actor.address,
        )
