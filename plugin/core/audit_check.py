"""Is the audit chain whole? Looks at each line once, in order, and says what is the matter with it.

Knows lines, remarks and checkpoints as values; where they are kept, and how a checkpoint's signature is proved, is not
here.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple

from plugin.core.audit import FIRST_PREV, Act, commitment, kind_of
from plugin.core.errors import InputError
from plugin.core.merkle import Tree

_KEY = re.compile(r"(?P<seq>[1-9][0-9]{0,17})\.(?P<name>[a-z_]{1,16})")


class Damage(StrEnum):
    """What is the matter."""

    EDITED = "edited"  # the body is not what its hash says
    UNCHAINED = "unchained"  # the line does not follow on the one before: rewritten, inserted, or others taken out
    DELETED = "deleted"  # numbers are missing before this line
    MISFILED = "misfiled"  # a look-up column does not say what the body says
    HEAD = "head"  # the head row does not name the last line
    REWRITTEN = "rewritten"  # a signed checkpoint saw another line in this place
    CUT_OFF = "cut_off"  # a signed checkpoint saw lines that are no more: the tail was cut, or a copy put back unsaid
    FORGED = "forged"  # a checkpoint that we did not sign
    REMARK = "remark"  # a text beside the line is not the one the line was written with
    REMARK_GONE = "remark_gone"  # a text beside the line is gone, and no line says that it was erased


@dataclass(frozen=True, slots=True)
class Finding:
    """Something is the matter with the line numbered `seq` (of a checkpoint: the line it speaks of)."""

    damage: Damage
    seq: int


class Filed(NamedTuple):
    """A line as it is stored: `body` and what stands beside it. A tuple, because there are millions."""

    seq: int
    prev: str
    hash: str
    body: str
    act: str
    user_id: str | None
    customer_id: str | None
    call_id: str | None
    kind: str | None
    at_us: int


class Kept(NamedTuple):
    """A remark as it is stored beside the line numbered `seq`."""

    seq: int
    name: str
    salt: bytes
    text: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What somebody signed: that at `at_us` line `seq` had this hash, and lines 1 to it this root (core/merkle.py)."""

    seq: int
    hash: str
    root: str
    at_us: int


@dataclass(frozen=True, slots=True)
class Restored:
    """Line `seq` says that somebody put back a copy of the chain at `at_us`; it stands where the copy ended.

    `lost_to`: the last line that a checkpoint from before had signed and that the copy did not have; 0 where none did.
    """

    seq: int
    at_us: int
    user_id: str | None
    lost_to: int = 0

    def sets_aside(self, checkpoint: Checkpoint) -> bool:
        """Tell whether the checkpoint speaks of a line that went with what the copy took the place of."""
        return checkpoint.seq >= self.seq and checkpoint.at_us < self.at_us

    def is_vouched_by(self, checkpoint: Checkpoint) -> bool:
        """Tell whether the checkpoint was signed over it: whoever changes the database alone cannot have that."""
        return checkpoint.seq >= self.seq and checkpoint.at_us >= self.at_us


def signed_words(checkpoint: Checkpoint) -> bytes:
    """Return the bytes that a checkpoint's signature is over."""
    said = (checkpoint.seq, checkpoint.hash, checkpoint.root, checkpoint.at_us)
    return "\n".join(("denwaban audit checkpoint 2", *map(str, said), "")).encode()


class ChainCheck:
    """Takes every line in order of `seq`, and the remarks beside it; `findings` and `restored` grow.

    A copy that was put back takes lines away that were signed. It is no damage where its own line says so and was
    signed over since: then the checkpoints of those lines are set aside, and who did it and when is told for ever.
    """

    def __init__(self, checkpoints: Iterable[Checkpoint]) -> None:
        self.findings: list[Finding] = []
        self.seq, self.hash = 0, FIRST_PREV
        self._tree = Tree()
        self._gone: dict[str, int] = {}  # remarks that their lines speak of and that are not there
        self.restored: list[Restored] = []
        self._expected: dict[int, list[Checkpoint]] = {}
        for checkpoint in checkpoints:
            self._expected.setdefault(checkpoint.seq, []).append(checkpoint)

    def take(self, line: Filed, remarks: Sequence[Kept] = ()) -> None:
        """Look at the next line."""
        seq, body = line.seq, line.body.encode("utf-8", "surrogatepass")
        if seq != self.seq + 1:
            self._find(Damage.DELETED, seq)
        elif line.prev != self.hash:
            self._find(Damage.UNCHAINED, seq)
        said = _said(line.body)
        if hashlib.sha256(body).hexdigest() != line.hash:
            self._find(Damage.EDITED, seq)
        elif said is None or not _is_filed_as_it_says(line, said):
            self._find(Damage.MISFILED, seq)
        if said is not None:
            if "sealed" in said or remarks:
                self._compare(line.seq, said.get("sealed", {}), remarks)
            if said.get("act") == Act.REMARK_ERASED:
                self._gone.pop(str(said.get("subject")), None)
            elif said.get("act") == Act.RESTORED:
                self._set_aside(Restored(seq, line.at_us, line.user_id))
        self._tree.add(hashlib.sha256(b"\x00" + body).digest())
        if seq in self._expected and not self._is_as_signed(seq, line.hash):
            self._find(Damage.REWRITTEN, seq)
        self.seq, self.hash = seq, line.hash

    def end(self, head_seq: int, head_hash: str) -> None:
        """No line comes any more; the head row says this."""
        signed = [checkpoint for each in self._expected.values() for checkpoint in each]
        for one in self.restored:
            if one.lost_to and not any(map(one.is_vouched_by, signed)):
                self._find(Damage.CUT_OFF, one.seq)
        beyond = max(self._expected, default=0)
        if beyond > self.seq:
            self._find(Damage.CUT_OFF, self.seq + 1)
        if (head_seq, head_hash) != (self.seq, self.hash):
            self._find(Damage.HEAD, head_seq)
        for seq in sorted(set(self._gone.values())):
            self._find(Damage.REMARK_GONE, seq)

    def stray(self, remarks: Iterable[Kept]) -> None:
        """Say that these remarks stand beside no line."""
        for seq in sorted({remark.seq for remark in remarks}):
            self._find(Damage.REMARK, seq)

    def _is_as_signed(self, seq: int, hashed: str) -> bool:
        # Damage further up changes every root after it: it is told once, where it is.
        signed = self._expected[seq]
        is_same = {each.hash for each in signed} == {hashed}
        return is_same and (bool(self.findings) or {each.root for each in signed} == {self._tree.root().hex()})

    def _set_aside(self, restored: Restored) -> None:
        lost_to = 0
        for seq, signed in list(self._expected.items()):
            stays = [checkpoint for checkpoint in signed if not restored.sets_aside(checkpoint)]
            if len(stays) < len(signed):
                lost_to = max(lost_to, seq)
                self._expected[seq] = stays
            if not stays:
                del self._expected[seq]
        self.restored.append(replace(restored, lost_to=lost_to))

    def _compare(self, seq: int, sealed: object, remarks: Sequence[Kept]) -> None:
        if not isinstance(sealed, Mapping):
            sealed = {}
        there = {remark.name: commitment(remark.name, remark.salt, remark.text) for remark in remarks}
        if any(not hmac.compare_digest(made, str(sealed.get(name))) for name, made in there.items()):
            self._find(Damage.REMARK, seq)
        self._gone |= {remark_key(seq, name): seq for name in sealed if name not in there}

    def _find(self, damage: Damage, seq: int) -> None:
        self.findings.append(Finding(damage, seq))


def remark_key(seq: int, name: str) -> str:
    """Return how the line of an erasure names what was erased: number of the line, dot, name of the remark."""
    return f"{seq}.{name}"


def read_remark_key(text: str) -> tuple[int, str]:
    """Return number of the line and name of the remark that `remark_key` wrote. Raises InputError("remark")."""
    found = _KEY.fullmatch(text)
    if found is None:
        raise InputError("remark")
    return int(found["seq"]), found["name"]


def _said(body: str) -> dict[str, Any] | None:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _is_filed_as_it_says(line: Filed, said: Mapping[str, Any]) -> bool:
    try:
        spoken = (
            said["seq"],
            said["prev"],
            said["act"],
            said["user_id"],
            said["customer_id"],
            said["call_id"],
            said["kind"] if "kind" in said else kind_of(said["act"], said["outcome"]),
            said["at"],
        )
    except (KeyError, TypeError, AttributeError):
        return False
    filed = (line.seq, line.prev, line.act, line.user_id, line.customer_id, line.call_id, line.kind, line.at_us)
    return bool(spoken == filed)
