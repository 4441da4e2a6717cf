"""What administrators see of the phone systems: how each is heard of, when last, how many calls, what is wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from plugin.core.access import Deed, may
from plugin.core.deliveries import SourceKind
from plugin.core.errors import Denied
from plugin.core.ports import Clock
from plugin.core.staff import Staff
from plugin.services.health import Light
from plugin.store import health as rows
from plugin.store.engine import Store

_DAY = timedelta(days=1)
_QUIET: Mapping[SourceKind | None, str] = {SourceKind.FOLDER: "folder", SourceKind.ADDRESS: "opens"}  # that is no news


@dataclass(frozen=True, slots=True)
class SourceSight:
    """One source. `word` says how it is (fine, silent, wrong); `setting` names what is wrong, without its value.

    `calls`, `answered` and `open` count those that began within 24 hours; `heard_at`: when it last told of any call.
    """

    name: str
    kind: str
    told_by: SourceKind | None
    light: Light
    word: str
    setting: str
    heard_at: datetime | None
    calls: int
    answered: int
    open: int


class SourceBoard:
    """`sources` are the kinds of the phone systems by name; `look` returns how one is heard of and what is wrong."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        sources: Mapping[str, str],
        look: Callable[[str], tuple[SourceKind | None, str]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._sources = dict(sources)
        self._look = look

    def sights(self, actor: Staff) -> tuple[SourceSight, ...]:
        """Return every source by name, those that are not in the settings any more left out. Raises Denied("role")."""
        if not may(actor.role, Deed.SEE_ADMIN):
            raise Denied("role")
        with self._store.read() as connection:
            last = rows.last_calls(connection)
            counts = rows.calls_since(connection, self._clock() - _DAY)
        return tuple(self._sight(name, kind, last.get(name), counts.get(name)) for name, kind in self._sources.items())

    def _sight(self, name: str, kind: str, heard_at: datetime | None, counts: rows.SourceCounts | None) -> SourceSight:
        told_by, setting = self._look(name)
        calls, answered, is_open, told_at = counts or (0, 0, 0, None)
        heard_at = max((at for at in (heard_at, told_at) if at is not None), default=None)
        if setting:
            light, word = Light.RED, "wrong"
        elif told_by in _QUIET:
            light, word = Light.GREEN, _QUIET[told_by]
        elif heard_at is not None:
            light, word = Light.GREEN, "fine"
        else:
            light, word = Light.AMBER, "silent"
        return SourceSight(name, kind, told_by, light, word, setting, heard_at, calls, answered, is_open)
