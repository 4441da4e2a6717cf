"""The proofs of runs, a file each, in a folder outside the database: whole or not there.

Whoever has one and the public key of the checkpoints needs nothing else.
"""

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from plugin.core.errors import NotFound
from plugin.core.ids import is_id
from plugin.core.purge_proof import MOST_LINE_BYTES, Proved, Roll, Seal, read_purge_proof, seal_line, signed_words
from plugin.core.retention import PurgeRun, Stone
from plugin.store.checkpoints import Signer, is_signed_by
from plugin.store.durable import sync_folder


class PurgeProofs:
    """The folder of the proofs, and the key that signs them."""

    def __init__(self, folder: Path, signer: Signer) -> None:
        self._folder = folder
        self._signer = signer

    def write(self, run: PurgeRun, stones: Iterable[Stone], at: datetime) -> str:
        """Write the run's proof, in place of one that was written before; return its root. Raises OSError."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path, roll = self.place_of(run.id), Roll()
        draft = path.with_suffix(".part")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as opened:
            opened.writelines(roll.lines(run, stones))
            key_id, signature = self._signer.sign_words(signed_words(run.id, roll.root(), roll.count, at))
            opened.write(seal_line(Seal(roll.root(), roll.count, at, key_id, signature)) + b"\n")
            opened.flush()
            os.fsync(opened.fileno())
        draft.rename(path)
        sync_folder(self._folder)
        return roll.root()

    def place_of(self, run_id: str) -> Path:
        """Return where the run's proof is or will be. Raises NotFound("purge_run") for what is no run's id."""
        if not is_id(run_id):
            raise NotFound("purge_run")
        return self._folder / f"purge-{run_id}.jsonl"


def check(file: BinaryIO, public_key: str) -> Proved | None:
    """Return what a proof says, None where the holder of `public_key` (hex) did not sign it. Needs nothing of a site.

    Raises InputError("purge_proof") for what is no whole proof, ValueError for what is no key.
    """
    said = read_purge_proof(iter(lambda: file.readline(MOST_LINE_BYTES + 1), b""))
    words = signed_words(said.run_id, said.seal.root, said.seal.lines, said.seal.sealed_at)
    return said if is_signed_by(words, said.seal.signature, bytes.fromhex(public_key)) else None
