"""The proof that one line stands in the audit: the line, the way from it to a root, and the checkpoint that signs it.

Whoever has the file and the public key needs nothing else. A file has one form only, to the byte: whatever else it
could say would not be covered by the signature. Reads and compares; how a signature is proved is not here.
"""

import json
from dataclasses import dataclass
from typing import Any

from plugin.core.audit import commitment
from plugin.core.audit_check import Checkpoint, Kept
from plugin.core.errors import InputError
from plugin.core.merkle import HASH_BYTES, leaf, root_by_path

_FORMAT = "denwaban audit proof 1"
MOST_PROOF_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Proof:
    """A line's canonical text, the hashes from its leaf to the root, and the signed checkpoint of that root.

    `remarks`: texts beside the line that its commitments open, where whoever made the proof put them in.
    """

    body: str
    path: tuple[bytes, ...]
    checkpoint: Checkpoint
    signature: bytes
    remarks: tuple[Kept, ...] = ()

    @property
    def seq(self) -> int:
        """The line's number."""
        return int(_said(self.body)["seq"])

    def holds(self) -> bool:
        """Tell whether the line is in the tree that the checkpoint names, and each remark the one it commits to."""
        said = _said(self.body)
        root = root_by_path(leaf(self.body.encode()), int(said["seq"]) - 1, self.checkpoint.seq, self.path)
        sealed = said.get("sealed", {})
        opened = all(sealed.get(one.name) == commitment(one.name, one.salt, one.text) for one in self.remarks)
        return root is not None and root.hex() == self.checkpoint.root and opened


def write_proof(proof: Proof) -> bytes:
    """Return the file of the proof: JSON, keys sorted, two spaces, one line end at the end."""
    checkpoint = proof.checkpoint
    said = {
        "format": _FORMAT,
        "line": proof.body,
        "path": [step.hex() for step in proof.path],
        "checkpoint": {
            "seq": checkpoint.seq,
            "hash": checkpoint.hash,
            "root": checkpoint.root,
            "at": checkpoint.at_us,
            "signature": proof.signature.hex(),
        },
        "remarks": {one.name: {"salt": one.salt.hex(), "text": one.text} for one in proof.remarks},
    }
    return (json.dumps(said, sort_keys=True, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass")


def read_proof(data: bytes) -> Proof:
    """Return the proof that the file holds. Raises InputError("proof") for what `write_proof` does not write."""
    if len(data) > MOST_PROOF_BYTES:
        raise InputError("proof")
    try:
        proof = _proof(json.loads(data.decode()))
        written = write_proof(proof)
        seq = proof.seq
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError("proof") from error
    if written != data or seq < 1:
        raise InputError("proof")
    return proof


def _proof(said: Any) -> Proof:
    if said["format"] != _FORMAT:
        raise InputError("proof")
    told, seq = said["checkpoint"], _said(said["line"])["seq"]
    remarks = [
        Kept(seq, str(name), bytes.fromhex(one["salt"]), str(one["text"])) for name, one in said["remarks"].items()
    ]
    return Proof(
        body=str(said["line"]),
        path=tuple(_hash(step) for step in said["path"]),
        checkpoint=Checkpoint(
            _whole(told["seq"]), _hash(told["hash"]).hex(), _hash(told["root"]).hex(), _whole(told["at"])
        ),
        signature=bytes.fromhex(told["signature"]),
        remarks=tuple(remarks),
    )


def _said(body: str) -> dict[str, Any]:
    said = json.loads(body)
    if not isinstance(said, dict):
        raise TypeError
    _whole(said["seq"])
    return said


def _whole(value: object) -> int:
    if type(value) is not int:
        raise TypeError
    return value


def _hash(text: str) -> bytes:
    read = bytes.fromhex(text)
    if len(read) != HASH_BYTES:
        raise ValueError
    return read
