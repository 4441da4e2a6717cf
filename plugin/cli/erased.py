"""What every start does before anything is served: what was erased in turn stays erased, whatever copy was put back,
and a destruction of keys that was cut off comes to its end.

Costs a look at some file names where nothing was put back.
"""

from contextlib import suppress

import structlog

from plugin.core.errors import SettingError, Unavailable
from plugin.wiring import House

_log = structlog.get_logger()


def erase_again(house: House) -> None:
    """Erase in this database what the tombstones outside of it tell of, and the files and keys of what was cut off.

    Nothing where the site can only be read.
    """
    with suppress(Unavailable):
        done = house.keeping.letting_go.reapply()
        house.keeping.letting_go.settle_left()
        if done.count:
            counts = {"recordings": done.recordings, "texts": done.texts, "cases": done.cases, "remarks": done.remarks}
            _log.warning("erased_again", **counts)
        if done.forged:
            _log.error("tombstones_not_ours", batches=done.forged)
        try:
            house.keyring.go_on()
        except SettingError as error:  # calls are taken all the same
            _log.error("keys_not_destroyed", reason=error.reason)
