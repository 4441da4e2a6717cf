"""Which settings changed between two starts, by their names; their values are neither kept nor shown.

Beside each name stands a keyed hash: without the key, which is outside the database, no value can be tried against it.
"""

import hashlib
import hmac
from collections.abc import Mapping

from plugin.core.audit import Act, AuditFact
from plugin.core.ports import Clock
from plugin.store import audit, setting_marks
from plugin.store.engine import Connection, Store
from plugin.store.keys import Keys

_KEY = "settings"


class SettingsWatch:
    """Compares the settings of a start with those of the last."""

    def __init__(self, store: Store, clock: Clock, keys: Keys) -> None:
        self._store = store
        self._clock = clock
        self._keys = keys

    def note(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """Audit which of the settings (name: value as text) are new, gone or other than at the last start.

        Returns their names. The first start of a site has nothing to compare with, and only remembers.
        """
        key = self._keys.secret(_KEY).value
        marks = {name: _mark(key, name, value) for name, value in values.items()}

        def work(connection: Connection) -> tuple[str, ...]:
            audit.lock(connection)
            known = setting_marks.every(connection)
            names = {name for name in marks.keys() | known.keys() if marks.get(name) != known.get(name)}
            changed = tuple(sorted(names))
            if changed:
                setting_marks.replace(connection, marks)
            if changed and known:
                fact = AuditFact(Act.SETTINGS_CHANGED, self._clock(), outcome=",".join(changed), address="command line")
                audit.append(connection, fact)
            return changed if known else ()

        return self._store.write_again(work)


def _mark(key: bytes, name: str, value: str) -> str:
    return hmac.new(key, f"{name}\x00{value}".encode(), hashlib.sha256).hexdigest()
