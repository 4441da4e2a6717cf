"""Signed checkpoints of the audit chain, in a folder outside the database: one line a checkpoint, one file a month.

Whoever can change the database cannot make the chain whole again without the signing key and this folder; so they
belong on another disk, or are copied away. Nothing here is ever changed: lines are only appended.
"""

import base64
import fcntl
import json
import os
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from plugin.core.audit_check import Checkpoint
from plugin.core.errors import NotFound
from plugin.core.times import to_us
from plugin.store.keys import Keys

_KEY = "audit"


class Checkpoints:
    """The folder of checkpoints, and the Ed25519 key that signs them."""

    def __init__(self, folder: Path, keys: Keys) -> None:
        self._folder = folder
        self._keys = keys

    def public_key(self) -> str:
        """Return the newest public key in hex, to be kept where the site's administrators cannot change it."""
        return self._signer()[1].public_key().public_bytes_raw().hex()

    def write(self, seq: int, hashed: str, at: datetime) -> None:
        """Append a signed checkpoint; on the disk when this returns."""
        key_id, signer = self._signer()
        checkpoint = Checkpoint(seq, hashed, to_us(at))
        said = {
            "seq": seq,
            "hash": hashed,
            "at": checkpoint.at_us,
            "key_id": key_id,
            "signature": base64.b64encode(signer.sign(_words(checkpoint))).decode(),
        }
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
        paths = self._paths()
        found = _readable(paths[-1]) if paths else []
        return found[-1][0].seq if found else 0

    def proved(self, public_key: str = "") -> tuple[list[Checkpoint], list[Checkpoint]]:
        """Return the checkpoints that are signed by us, and those that only look so.

        `public_key` (hex) is what an auditor kept; without it the site's own key is asked, by each checkpoint's id.
        A line that no checkpoint can be read from (a crash tore it) counts as absent.
        """
        good: list[Checkpoint] = []
        bad: list[Checkpoint] = []
        for checkpoint, key_id, signature in (line for path in self._paths() for line in _readable(path)):
            signed = self._is_signed(checkpoint, key_id, signature, public_key)
            (good if signed else bad).append(checkpoint)
        return good, bad

    def _is_signed(self, checkpoint: Checkpoint, key_id: str, signature: bytes, public_key: str) -> bool:
        try:
            if public_key:
                known = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
            else:
                secret = self._keys.secret_by_id(_KEY, key_id)
                known = Ed25519PrivateKey.from_private_bytes(secret.value).public_key()
            known.verify(signature, _words(checkpoint))
        except (InvalidSignature, NotFound, ValueError):
            return False
        return True

    def _paths(self) -> list[Path]:
        return sorted(self._folder.glob("*.jsonl"))

    def _signer(self) -> tuple[str, Ed25519PrivateKey]:
        secret = self._keys.secret(_KEY)
        return secret.id, Ed25519PrivateKey.from_private_bytes(secret.value)


def _readable(path: Path) -> list[tuple[Checkpoint, str, bytes]]:
    read = (_read(line) for line in path.read_bytes().split(b"\n") if line.strip())
    return [found for found in read if found is not None]


def _read(line: bytes) -> tuple[Checkpoint, str, bytes] | None:
    try:
        said = json.loads(line)
        seq, hashed, at_us, key_id = (said[name] for name in ("seq", "hash", "at", "key_id"))
        signature = base64.b64decode(said["signature"], validate=True)
    except (ValueError, KeyError, TypeError):
        return None
    if not (type(seq) is int and type(at_us) is int and isinstance(hashed, str) and isinstance(key_id, str)):
        return None
    return Checkpoint(seq, hashed, at_us), key_id, signature


def _words(checkpoint: Checkpoint) -> bytes:
    return f"denwaban audit checkpoint 1\n{checkpoint.seq}\n{checkpoint.hash}\n{checkpoint.at_us}\n".encode()
