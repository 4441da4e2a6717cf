"""Keeps what the CRM tells of its budget of calls, for those who see it in other processes than the one that calls it.

Asks the CRM nothing.
"""

from collections.abc import Callable

from plugin.core.ports import Budgeted, Crm
from plugin.store import budgets
from plugin.store.engine import Store


class CrmBudget:
    """The budget of the site's one CRM, called `name`."""

    def __init__(self, store: Store, crm: Crm, name: str) -> None:
        self._store = store
        self._crm = crm
        self._name = name

    @property
    def is_told(self) -> bool:
        """Whether this CRM tells of one at all."""
        return isinstance(self._crm, Budgeted)

    def note(self, _stop: Callable[[], bool] = lambda: False) -> int:
        """Keep what was told last in this process; return 0, for it is no news."""
        told = self._crm.budget() if isinstance(self._crm, Budgeted) else None
        with self._store.read() as connection:
            known = budgets.of(connection, self._name)
        if told is not None and told != known:
            self._store.write_again(lambda connection: budgets.put(connection, self._name, told))
        return 0
