"""The built-in CRM: people from a CSV file and a timeline, in a file of its own, for sites that have no other.

It is outside: the house talks to it through core/ports.py Crm like to any other, and never joins its tables.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from connectors.crm.local import customers, timeline
from connectors.crm.local.client import LocalFile
from connectors.crm.local.take_file import take_file
from plugin.core.customers import CrmCustomer, ImportReport
from plugin.core.errors import OutsideError, SettingError
from plugin.core.ports import CustomerPage
from plugin.core.timeline import TimelineEntry


class LocalCrm:
    """A `Crm` in `data_dir`/local-crm.db. It has no options."""

    def __init__(self, data_dir: Path, options: Mapping[str, str]) -> None:
        for name in options:
            raise SettingError("unknown", setting=f"DENWABAN_CRM_OPTIONS__{name.upper()}")
        self._file = LocalFile(data_dir / "local-crm.db")

    def changed_since(self, cursor: str | None) -> Iterator[CustomerPage]:
        """Yield pages of everybody that changed after `cursor`, as core/ports.py promises."""
        return customers.changed_since(self._file, cursor)

    def of_ids(self, external_ids: Sequence[str]) -> tuple[CrmCustomer, ...]:
        """Read these customers as they are now, as core/ports.py promises."""
        with self._file.read() as connection:
            found = [customers.find(connection, external_id) for external_id in external_ids]
        return tuple(person for person in found if person is not None and not person.gone)

    def put(self, entries: Sequence[TimelineEntry]) -> list[str | OutsideError]:
        """Make each entry stand exactly once, as core/ports.py promises."""
        return timeline.put(self._file, entries)

    def timeline_of(self, customer_external_id: str, most: int) -> tuple[TimelineEntry, ...]:
        """Return the newest `most` entries of that customer, newest first."""
        return timeline.timeline_of(self._file, customer_external_id, most)

    def take_file(self, data: bytes, mapping: Sequence[tuple[str, str]], *, dry: bool) -> ImportReport:
        """Store the people of a CSV file, as core/ports.py PeopleImport promises."""
        return take_file(self._file, data, mapping, dry=dry)

    def change(self, people: Sequence[CrmCustomer]) -> None:
        """Write each person as he is given: new, changed or gone."""
        with self._file.write() as connection:
            customers.store(connection, people)
