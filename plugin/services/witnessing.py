"""The audit's newest checkpoint, kept as a record in the customer's own CRM, and read back from there.

Whoever can put back our database and our folder of checkpoints together still cannot take back what stands there. Kept
in no outbox: that would be rolled back with the database. The folder is the queue, and a repeat changes nothing.
"""

import json
from collections.abc import Callable

from plugin.core.errors import SettingError
from plugin.core.ports import Crm, Witness
from plugin.store.checkpoints import Checkpoints, Signed, as_record, read_record

_MOST_TEXT = 4_000


class Witnessing:
    """The way of checkpoints into the CRM. `crm` is built at first use."""

    def __init__(self, checkpoints: Checkpoints, crm: Callable[[], Crm]) -> None:
        self._checkpoints = checkpoints
        self._crm = crm
        self._borne: str | None = None

    def run(self, stop: Callable[[], bool] = lambda: False) -> int:  # noqa: ARG002  a worker's job is asked so
        """Have the newest checkpoint witnessed; return 1 if it was not yet, as far as this process knows.

        Raises SettingError("crm_cannot_witness"), and OutsideError where the CRM fails.
        """
        witness = self._witness()
        newest = self._checkpoints.newest()
        if newest is None:
            return 0
        key = key_of(newest[0])
        if key == self._borne:
            return 0
        witness.bear(key, json.dumps(as_record(newest[0]), sort_keys=True))
        self._borne = key
        return 1

    def read(self) -> list[Signed]:
        """Return what the CRM witnesses; what no checkpoint can be read from is left out.

        Raises SettingError("crm_cannot_witness"), OutsideError.
        """
        found = (_read(text) for text in self._witness().borne())
        return [signed for signed in found if signed is not None]

    def _witness(self) -> Witness:
        crm = self._crm()
        if not isinstance(crm, Witness):
            raise SettingError("crm_cannot_witness", setting="DENWABAN_WITNESS_HOURS")
        return crm


def key_of(signed: Signed) -> str:
    """Return the name under which a checkpoint stands in a CRM: another root is another record, which hides none."""
    return f"denwaban-audit-{signed.checkpoint.seq}-{signed.checkpoint.root[:16]}"


def _read(text: str) -> Signed | None:
    try:
        return read_record(json.loads(text)) if len(text) <= _MOST_TEXT else None
    except (ValueError, RecursionError):
        return None
