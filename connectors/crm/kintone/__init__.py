"""kintone: customers in from one app, one record a call out to another. docs/kintone.md says how they are set up."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from connectors.crm.kintone import customers, timeline
from connectors.crm.kintone.check import check
from connectors.crm.kintone.client import Session
from connectors.crm.kintone.options import read_options
from connectors.crm.tempo import Tempo
from plugin.core.customers import CrmCustomer
from plugin.core.errors import OutsideError
from plugin.core.ports import CrmFinding, CustomerPage
from plugin.core.timeline import TimelineEntry


class KintoneCrm:
    """A `Crm` in two apps of one kintone. Opens no connection before it is asked something."""

    def __init__(self, data_dir: Path, options: Mapping[str, str], tempo: Tempo | None = None) -> None:
        self._data_dir = data_dir
        self._session = Session(read_options(options), tempo or Tempo())

    def changed_since(self, cursor: str | None) -> Iterator[CustomerPage]:
        """Yield pages of everybody that changed after `cursor`, as core/ports.py promises."""
        return customers.changed_since(self._session, cursor)

    def of_ids(self, external_ids: Sequence[str]) -> tuple[CrmCustomer, ...]:
        """Read these customers as they are now, as core/ports.py promises."""
        return customers.of_ids(self._session, external_ids)

    def put(self, entries: Sequence[TimelineEntry]) -> list[str | OutsideError]:
        """Make each entry stand as one record, as core/ports.py promises."""
        return timeline.put(self._session, entries)

    def timeline_of(self, customer_external_id: str, most: int) -> tuple[TimelineEntry, ...]:
        """Return the newest `most` entries of that customer, newest first."""
        return timeline.timeline_of(self._session, customer_external_id, most)

    def check(self) -> tuple[CrmFinding, ...]:
        """Look whether both apps are set up as docs/kintone.md says, as core/ports.py CrmCheck promises."""
        return tuple(check(self._session))
