"""Salesforce: customers in from the org, one Task a call out to it. docs/salesforce.md says how an org is set up."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from connectors.crm.salesforce import customers, timeline, witness
from connectors.crm.salesforce.check import check
from connectors.crm.salesforce.client import Session
from connectors.crm.salesforce.options import read_options
from connectors.crm.salesforce.targets import Targets
from connectors.crm.tempo import Tempo
from plugin.core.customers import CrmCustomer
from plugin.core.errors import OutsideError
from plugin.core.ports import Budget, CrmFinding, CustomerPage
from plugin.core.timeline import TimelineEntry


class SalesforceCrm:
    """A `Crm` in one Salesforce org. Opens no connection before it is asked something."""

    def __init__(self, data_dir: Path, options: Mapping[str, str], tempo: Tempo | None = None) -> None:
        del data_dir  # all that is kept of an org lies in the house's own database
        self._session = Session(read_options(options), tempo or Tempo())
        self._targets = Targets()

    def changed_since(self, cursor: str | None) -> Iterator[CustomerPage]:
        """Yield pages of everybody that changed after `cursor`, as core/ports.py promises."""
        return customers.changed_since(self._session, cursor)

    def of_ids(self, external_ids: Sequence[str]) -> tuple[CrmCustomer, ...]:
        """Read these customers as they are now, as core/ports.py promises."""
        return customers.of_ids(self._session, external_ids)

    def put(self, entries: Sequence[TimelineEntry]) -> list[str | OutsideError]:
        """Make each entry stand as one Task, as core/ports.py promises."""
        return timeline.put(self._session, self._targets, entries)

    def timeline_of(self, customer_external_id: str, most: int) -> tuple[TimelineEntry, ...]:
        """Return the newest `most` entries of that customer, newest first."""
        return timeline.timeline_of(self._session, self._targets, customer_external_id, most)

    def bear(self, key: str, text: str) -> str:
        """Keep a checkpoint of the audit as a record of its own, as core/ports.py Witness promises."""
        return witness.bear(self._session, key, text)

    def borne(self) -> Iterator[str]:
        """Yield the checkpoints that stand there, as core/ports.py Witness promises."""
        return witness.borne(self._session)

    def budget(self) -> Budget | None:
        """Return what the org last said of its daily calls, as core/ports.py Budgeted promises."""
        return self._session.budget.told

    def papers(self) -> CrmFinding | None:
        """Return how the certificate of our key stands, as core/ports.py CrmPapers promises."""
        return self._session.papers()

    def check(self) -> tuple[CrmFinding, ...]:
        """Look whether the org is set up as docs/salesforce.md says, as core/ports.py CrmCheck promises."""
        return tuple(check(self._session))
