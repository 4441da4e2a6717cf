"""Signed checkpoints of the audit chain, in a folder outside the database: one line a checkpoint, one file a month.

Whoever can change the database cannot make the chain whole again without the signing key and this folder; so they
belong on another disk, or are copied away. Nothing here is ever changed: lines are only appended.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from plugin.core.audit_check import Checkpoint, Restored, signed_words
from plugin.core.errors import NotFound
from plugin.core.merkle import Tree
from plugin.core.times import from_us, to_us
from plugin.store.keys import Keys

_KEY = "audit"
_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint with its signature (Ed25519 over `signed_words`), and the key's id."""

    checkpoint: Checkpoint
    key_id: str
    signature: bytes

    def is_by(self, public_key: bytes) -> bool:
        """Tell whether the holder of the key signed it."""
        return is_signed_by(signed_words(self.checkpoint), self.signature, public_key)


def is_signed_by(words: bytes, signature: bytes, public_key: bytes) -> bool:
    """Tell whether the holder of the Ed25519 key signed these words."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, words)
    except (InvalidSignature, ValueError):
        return False
    return True


class Signer:
    """The Ed25519 key of the site: signs checkpoints, and whatever else has to be believed without the database.

    What is signed begins with words that say what it is, so that no signature counts for anything else.
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def sign_words(self, words: bytes) -> tuple[str, bytes]:
        """Return the newest key's id, and its signature over the words."""
        secret = self._keys.secret(_KEY)
        return secret.id, Ed25519PrivateKey.from_private_bytes(secret.value).sign(words)

    def public_key(self) -> str:
        """Return the newest public key in hex, to be kept where the site's administrators cannot change it."""
        return self._public(self._keys.secret(_KEY).value).hex()

    def is_ours(self, words: bytes, key_id: str, signature: bytes) -> bool:
        """Tell whether the site signed the words, with the key of this id."""
        try:
            secret = self._keys.secret_by_id(_KEY, key_id)
        except NotFound:
            return False
        return is_signed_by(words, signature, self._public(secret.value))

    def _public(self, value: bytes) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(value).public_key().public_bytes_raw()


class Checkpoints:
    """The folder of checkpoints, and the Ed25519 key that signs them."""

    def __init__(self, folder: Path, keys: Keys) -> None:
        self._folder = folder
        self._signer = Signer(keys)

    def public_key(self) -> str:
        """Return the newest public key in hex, to be kept where the site's administrators cannot change it."""
        return self._signer.public_key()

    def sign(self, hashed: str, tree: Tree, at: datetime) -> Signed:
        """Return a checkpoint of as many lines as the tree has leaves, the last of which has this hash."""
        checkpoint = Checkpoint(tree.size, hashed, tree.root().hex(), to_us(at))
        return Signed(checkpoint, *self._signer.sign_words(signed_words(checkpoint)))

    def write(self, signed: Signed, tree: Tree, at: datetime) -> None:
        """Append a checkpoint, with what the next one goes on from; on the disk when this returns."""
        said = as_record(signed) | {"peaks": [peak.hex() for peak in tree.peaks]}
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{at:%Y-%m}.jsonl"
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(file, "wb") as opened:
            fcntl.flock(opened, fcntl.LOCK_EX)
            opened.write(b"\n" + json.dumps(said, sort_keys=True).encode())  # first the end of what a crash left torn
            opened.flush()
            os.fsync(opened.fileno())

    def newest_seq(self) -> int:
        """Return the line that the newest checkpoint names; 0 where there is none. Proves no signature."""
        found = self.newest_mark()
        return found[0] if found else 0

    def newest_mark(self) -> tuple[int, datetime] | None:
        """Return line and instant of the newest checkpoint, None where there is none. Proves no signature."""
        paths = self._paths()
        found = next(_records(paths[-1], newest_first=True), None) if paths else None
        return (found[0].checkpoint.seq, from_us(found[0].checkpoint.at_us)) if found else None

    def last_signed_us(self) -> int:
        """Return the latest instant at which we signed a checkpoint, 0 where there is none."""
        return max((signed.checkpoint.at_us for signed in self._all() if self.is_signed(signed)), default=0)

    def newest(self) -> tuple[Signed, Tree] | None:
        """Return the newest checkpoint that we signed, and the tree of its lines; None where there is none."""
        for path in reversed(self._paths()):
            for signed, peaks in _records(path, newest_first=True):
                tree = _tree(signed, peaks)
                if tree is not None and self.is_signed(signed):
                    return signed, tree
        return None

    def of_line(self, seq: int, public_key: str = "", restored: Sequence[Restored] = ()) -> Signed | None:
        """Return the earliest proved checkpoint that speaks of line `seq` or a later one; None where there is none.

        Never one of lines that went when a copy was put back (`restored`).
        """
        later = [signed for signed in self._all() if signed.checkpoint.seq >= seq]
        later = [signed for signed in later if not any(one.sets_aside(signed.checkpoint) for one in restored)]
        later.sort(key=lambda signed: (signed.checkpoint.seq, signed.checkpoint.at_us))
        return next((signed for signed in later if self.is_signed(signed, public_key)), None)

    def proved(self, public_key: str = "") -> tuple[list[Checkpoint], list[Checkpoint]]:
        """Return the checkpoints that are signed by us, and those that only look so.

        `public_key` (hex) is what an auditor kept; without it the site's own key is asked, by each checkpoint's id.
        A line that no checkpoint can be read from (a crash tore it) counts as absent.
        """
        good: list[Checkpoint] = []
        bad: list[Checkpoint] = []
        for signed in self._all():
            (good if self.is_signed(signed, public_key) else bad).append(signed.checkpoint)
        return good, bad

    def is_signed(self, signed: Signed, public_key: str = "") -> bool:
        """Tell whether the site signed it, or whoever `public_key` (hex) belongs to."""
        if not public_key:
            return self._signer.is_ours(signed_words(signed.checkpoint), signed.key_id, signed.signature)
        try:
            return signed.is_by(bytes.fromhex(public_key))
        except ValueError:
            return False

    def _all(self) -> Iterator[Signed]:
        return (signed for path in self._paths() for signed, _ in _records(path))

    def _paths(self) -> list[Path]:
        return sorted(self._folder.glob("*.jsonl"))


def as_record(signed: Signed) -> dict[str, object]:
    """Return the checkpoint as it is written down, here and wherever else it is witnessed."""
    checkpoint = signed.checkpoint
    return {
        "seq": checkpoint.seq,
        "hash": checkpoint.hash,
        "root": checkpoint.root,
        "at": checkpoint.at_us,
        "key_id": signed.key_id,
        "signature": signed.signature.hex(),
    }


def read_record(said: object) -> Signed | None:
    """Return the checkpoint that `as_record` wrote, None where this is none."""
    if not isinstance(said, dict):
        return None
    numbers = [said.get(name) for name in ("seq", "at")]
    texts = [said.get(name) for name in ("hash", "root", "key_id", "signature")]
    if any(type(each) is not int for each in numbers) or not all(isinstance(each, str) for each in texts):
        return None
    hashed, root, key_id, signature = map(str, texts)
    hexes = ((hashed, 64), (root, 64), (signature, 128))
    if said["seq"] < 1 or any(len(each) != letters or not _HEX.issuperset(each) for each, letters in hexes):
        return None
    return Signed(Checkpoint(said["seq"], hashed, root, said["at"]), key_id, bytes.fromhex(signature))


def _records(path: Path, *, newest_first: bool = False) -> Iterator[tuple[Signed, object]]:
    lines = path.read_bytes().split(b"\n")
    for line in reversed(lines) if newest_first else lines:
        try:
            said = json.loads(line) if line.strip() else None
        except (ValueError, RecursionError):
            continue
        signed = read_record(said)
        if signed is not None:
            yield signed, said.get("peaks") if isinstance(said, dict) else None


def _tree(signed: Signed, peaks: object) -> Tree | None:
    """Return the tree that the peaks are of, if it is the one that was signed."""
    if not isinstance(peaks, list):
        return None
    try:
        tree = Tree(signed.checkpoint.seq, [bytes.fromhex(peak) for peak in peaks])
    except (ValueError, TypeError):
        return None
    return tree if tree.root().hex() == signed.checkpoint.root else None
