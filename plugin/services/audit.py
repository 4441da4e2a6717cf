"""The audit as people ask for it: is it whole, does one line stand in it, who listened to my calls; and the signed
checkpoints that keep it so.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from plugin.core.access import Deed, may
from plugin.core.audit import Listening
from plugin.core.audit_check import ChainCheck, Damage, Finding, Restored
from plugin.core.audit_proof import Proof
from plugin.core.errors import Conflict, Denied, NotFound
from plugin.core.merkle import Tree, audit_paths, leaf
from plugin.core.ports import Clock
from plugin.core.staff import Staff
from plugin.store import audit as rows
from plugin.store.checkpoints import Checkpoints, Signed
from plugin.store.engine import Connection

_MOST_LISTENINGS = 50

Tell = Callable[[int, int], None]


class Readable(Protocol):
    """A database that can be read: the site's own, or a copy of one."""

    def read(self) -> AbstractContextManager[Connection]:
        """Give a connection that nothing is written through."""
        ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look at the whole chain found. `checkpoints` are those whose signature holds, `proved_to` the last line
    that one of them speaks of: what was appended after it, the chain alone vouches for. `restored`: copies that were
    put back, by whom and when; no finding, and never to be taken for none.
    """

    lines: int
    hash: str
    checkpoints: int
    proved_to: int
    findings: tuple[Finding, ...]
    restored: tuple[Restored, ...] = ()


def _silent(_done: int, _total: int) -> None:
    return


class Audit:
    """Reads the chain; only the store appends to it."""

    def __init__(self, store: Readable, checkpoints: Checkpoints, clock: Clock) -> None:
        self._store = store
        self._checkpoints = checkpoints
        self._clock = clock

    def verify(self, public_key: str = "", tell: Tell = _silent, witnessed: Sequence[Signed] = ()) -> Verdict:
        """Look at every line, every remark beside one, and every checkpoint.

        `public_key`: the hex that an auditor kept, instead of our own. `tell(done, total)` is called now and then.
        `witnessed`: checkpoints that stand somewhere else, too; read before this is called.
        """
        good, bad = self._checkpoints.proved(public_key)  # before the lines: a newer one would seem cut off
        for signed in witnessed:
            (good if self._checkpoints.is_signed(signed, public_key) else bad).append(signed.checkpoint)
        check = ChainCheck(good)
        with self._store.read() as connection:
            head_seq, head_hash, highest = rows.ends(connection)
        # Some lines at a time, each in a snapshot of its own: nothing is ever changed, and a long one would keep
        # SQLite from carrying its log over.
        after, upto = rows.LOWEST, max(head_seq, highest)
        while after < upto:
            with self._store.read() as connection:
                chunk = rows.lines(connection, after, upto)
            for line, remarks in chunk:
                check.take(line, remarks)
            if not chunk:
                break
            after = chunk[-1][0].seq
            tell(check.seq, upto)
        with self._store.read() as connection:
            check.stray(rows.stray_remarks(connection))
        check.end(head_seq, head_hash)
        forged = [Finding(Damage.FORGED, checkpoint.seq) for checkpoint in bad]
        proved_to = max(
            (each.seq for each in good if not any(one.sets_aside(each) for one in check.restored)), default=0
        )
        findings = (*check.findings, *forged)
        return Verdict(check.seq, check.hash, len(good), proved_to, findings, tuple(check.restored))

    def checkpoint(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Sign where the chain stands now, unless that is done already; return 1 if something was signed.

        Raises Conflict("audit_cut_off") where a checkpoint speaks of a later line, and Conflict("audit_rewritten")
        where the newest saw another line in its place: the worker then says so at once. A first checkpoint reads all
        lines, and is given up once `stop()`.
        """
        with self._store.read() as connection:
            seq, hashed = rows.head(connection)
        signed = self._checkpoints.newest_seq()
        if seq < signed:
            raise Conflict("audit_cut_off", seq=seq, signed=signed)
        if seq == signed:
            return 0
        tree = self._tree(seq, stop)
        if tree is None:
            return 0
        now = self._clock()
        self._checkpoints.write(self._checkpoints.sign(hashed, tree, now), tree, now)
        return 1

    def signed_to(self) -> int:
        """Return the last line that a checkpoint speaks of, 0 where there is none."""
        return self._checkpoints.newest_seq()

    def sign_restored(self, at: datetime) -> None:
        """Sign where a chain stands that was put back, by its own line, at `at`; whatever was signed of it before.

        For plugin/services/restore.py alone: the worker never signs a chain that is shorter than what it signed.
        """
        with self._store.read() as connection:
            seq, hashed = rows.head(connection)
        tree = Tree()
        for _, body in self._bodies(0, seq):
            tree.add(leaf(body.encode("utf-8", "surrogatepass")))
        self._checkpoints.write(self._checkpoints.sign(hashed, tree, at), tree, at)

    def _tree(self, upto: int, stop: Callable[[], bool]) -> Tree | None:
        """Return the tree of the lines up to `upto`, gone on with from the newest checkpoint; None once `stop()`."""
        newest = self._checkpoints.newest()
        tree = Tree() if newest is None else newest[1]
        if newest is not None:
            self._demand_the_same(newest[0])
        for seq, body in self._bodies(tree.size, upto):
            if seq != tree.size + 1:
                raise Conflict("audit_rewritten", seq=seq)
            tree.add(leaf(body.encode("utf-8", "surrogatepass")))
            if not seq % rows.CHUNK_LINES and stop():
                return None
        return tree

    def _demand_the_same(self, signed: Signed) -> None:
        seq = signed.checkpoint.seq
        with self._store.read() as connection:
            found = rows.lines(connection, seq - 1, seq)
        if not found or found[0][0].hash != signed.checkpoint.hash:
            raise Conflict("audit_rewritten", seq=seq)

    def _bodies(self, after: int, upto: int) -> Iterator[tuple[int, str]]:
        while after < upto:
            with self._store.read() as connection:
                chunk = rows.bodies(connection, after, upto)
            yield from chunk
            if not chunk:
                return
            after = chunk[-1][0]

    def prove(self, seq: int, *, opened: bool = False) -> Proof:
        """Return the proof that line `seq` stands in the audit, by the earliest checkpoint that saw it.

        `opened`: put what people typed into it. Raises NotFound("line"), and Conflict("not_signed_yet") where no
        checkpoint has seen it.
        """
        return self.prove_all((seq,), opened=opened)[0]

    def prove_all(self, seqs: Sequence[int], *, opened: bool = False) -> tuple[Proof, ...]:
        """Return the proofs of several lines, by the earliest checkpoint that saw them all; raises as `prove` does.

        The audit is read once, however many they are.
        """
        if not seqs:
            return ()
        with self._store.read() as connection:
            found = {seq: rows.lines(connection, seq - 1, seq) for seq in seqs}
            restored = rows.restored(connection)
        if not all(found.values()):
            raise NotFound("line")
        signed = self._checkpoints.of_line(max(seqs), restored=restored)
        if signed is None:
            raise Conflict("not_signed_yet", seq=max(seqs))
        size = signed.checkpoint.seq
        leaves = (leaf(body.encode("utf-8", "surrogatepass")) for _, body in self._bodies(0, size))
        try:
            paths = audit_paths([seq - 1 for seq in seqs], leaves, size)
        except ValueError:
            raise Conflict("audit_cut_off", seq=max(seqs), signed=size) from None
        proofs = []
        for seq in seqs:
            line, remarks = found[seq][0]
            kept = remarks if opened else ()
            proofs.append(Proof(line.body, paths[seq - 1], signed.checkpoint, signed.signature, kept))
        return tuple(proofs)

    def public_key(self) -> str:
        """Return the public key of the checkpoints in hex."""
        return self._checkpoints.public_key()

    def listenings_to(self, actor: Staff) -> tuple[Listening, ...]:
        """Return who else listened to the actor's own calls, why and for how long; newest first."""
        if not may(actor.role, Deed.SEE_OWN_LISTENERS):
            raise Denied("role")
        with self._store.read() as connection:
            return rows.listenings_to(connection, actor.user_id, _MOST_LISTENINGS)


def is_proved(proof: Proof, public_key: str) -> bool:
    """Tell whether the holder of `public_key` (hex) vouches for the proof's line. Needs no database."""
    signed = Signed(proof.checkpoint, "", proof.signature)
    return proof.holds() and signed.is_by(bytes.fromhex(public_key))
