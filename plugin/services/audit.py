"""The audit as people ask for it: is it whole, who listened to my calls; and the signed checkpoints that keep it so."""

from collections.abc import Callable
from dataclasses import dataclass

from plugin.core.access import Deed, may
from plugin.core.audit import Listening
from plugin.core.audit_check import ChainCheck, Damage, Finding
from plugin.core.errors import Conflict, Denied
from plugin.core.ports import Clock
from plugin.core.staff import Staff
from plugin.store import audit as rows
from plugin.store.checkpoints import Checkpoints
from plugin.store.engine import Store

_MOST_LISTENINGS = 50


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look at the whole chain found. `checkpoints` are those whose signature holds, `proved_to` the last line
    that one of them speaks of: what was appended after it, the chain alone vouches for.
    """

    lines: int
    hash: str
    checkpoints: int
    proved_to: int
    findings: tuple[Finding, ...]


class Audit:
    """Reads the chain; only the store appends to it."""

    def __init__(self, store: Store, checkpoints: Checkpoints, clock: Clock) -> None:
        self._store = store
        self._checkpoints = checkpoints
        self._clock = clock

    def verify(self, public_key: str = "") -> Verdict:
        """Look at every line and every checkpoint. `public_key`: the hex that an auditor kept, instead of our own."""
        good, bad = self._checkpoints.proved(public_key)  # before the lines: a newer one would seem cut off
        check = ChainCheck(good)
        with self._store.read() as connection:
            for line in rows.lines(connection):
                check.take(line)
            check.end(*rows.head(connection))
        forged = [Finding(Damage.FORGED, checkpoint.seq) for checkpoint in bad]
        proved_to = max((checkpoint.seq for checkpoint in good), default=0)
        return Verdict(check.seq, check.hash, len(good), proved_to, (*check.findings, *forged))

    def checkpoint(self, stop: Callable[[], bool] = lambda: False) -> int:  # noqa: ARG002  a worker's job is asked so
        """Sign where the chain stands now, unless that is done already; return 1 if something was signed.

        Raises Conflict("audit_cut_off") where a checkpoint speaks of a later line: the worker then says so at once.
        """
        with self._store.read() as connection:
            seq, hashed = rows.head(connection)
        signed = self._checkpoints.newest_seq()
        if seq < signed:
            raise Conflict("audit_cut_off", seq=seq, signed=signed)
        if seq == signed:
            return 0
        self._checkpoints.write(seq, hashed, self._clock())
        return 1

    def public_key(self) -> str:
        """Return the public key of the checkpoints in hex."""
        return self._checkpoints.public_key()

    def listenings_to(self, actor: Staff) -> tuple[Listening, ...]:
        """Return who else listened to the actor's own calls, why and for how long; newest first."""
        if not may(actor.role, Deed.SEE_OWN_LISTENERS):
            raise Denied("role")
        with self._store.read() as connection:
            return rows.listenings_to(connection, actor.user_id, _MOST_LISTENINGS)
