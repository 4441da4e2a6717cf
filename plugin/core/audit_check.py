"""Is the audit chain whole? Looks at each line once, in order, and says what is the matter with it.

Knows lines and checkpoints as values; where they are kept, and how a checkpoint's signature is proved, is not here.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from plugin.core.audit import FIRST_PREV


class Damage(StrEnum):
    """What is the matter."""

    EDITED = "edited"  # the body is not what its hash says
    UNCHAINED = "unchained"  # the line does not follow on the one before: rewritten, inserted, or others taken out
    DELETED = "deleted"  # numbers are missing before this line
    MISFILED = "misfiled"  # a look-up column does not say what the body says
    HEAD = "head"  # the head row does not name the last line
    REWRITTEN = "rewritten"  # a signed checkpoint saw another line in this place
    CUT_OFF = "cut_off"  # a signed checkpoint saw lines that are no more: the tail was cut, or a copy put back
    FORGED = "forged"  # a checkpoint that we did not sign


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
    at_us: int


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What somebody signed: that line `seq` had this hash at `at_us`."""

    seq: int
    hash: str
    at_us: int


class ChainCheck:
    """Takes every line in order of `seq`; `findings` grow. `saw`: the hashes at the places that checkpoints name."""

    def __init__(self, checkpoints: Iterable[Checkpoint]) -> None:
        self.findings: list[Finding] = []
        self.seq, self.hash = 0, FIRST_PREV
        self._expected: dict[int, set[str]] = {}
        for checkpoint in checkpoints:
            self._expected.setdefault(checkpoint.seq, set()).add(checkpoint.hash)

    def take(self, line: Filed) -> None:
        """Look at the next line."""
        if line.seq != self.seq + 1:
            self._find(Damage.DELETED, line.seq)
        elif line.prev != self.hash:
            self._find(Damage.UNCHAINED, line.seq)
        if hashlib.sha256(line.body.encode()).hexdigest() != line.hash:
            self._find(Damage.EDITED, line.seq)
        elif not _is_filed_as_it_says(line):
            self._find(Damage.MISFILED, line.seq)
        if line.seq in self._expected and self._expected[line.seq] != {line.hash}:
            self._find(Damage.REWRITTEN, line.seq)
        self.seq, self.hash = line.seq, line.hash

    def end(self, head_seq: int, head_hash: str) -> None:
        """No line comes any more; the head row says this."""
        beyond = max(self._expected, default=0)
        if beyond > self.seq:
            self._find(Damage.CUT_OFF, self.seq + 1)
        if (head_seq, head_hash) != (self.seq, self.hash):
            self._find(Damage.HEAD, head_seq)

    def _find(self, damage: Damage, seq: int) -> None:
        self.findings.append(Finding(damage, seq))


def _is_filed_as_it_says(line: Filed) -> bool:
    try:
        said = json.loads(line.body)
        spoken = (
            said["seq"],
            said["prev"],
            said["act"],
            said["user_id"],
            said["customer_id"],
            said["at"],
        )
    except (ValueError, KeyError, TypeError):
        return False
    return bool(spoken == (line.seq, line.prev, line.act, line.user_id, line.customer_id, line.at_us))
