"""The site's secret keys: what hangs on each, newer ones in place of old ones, and the end of a month's recordings.

Never shows a key. Destroys one only when its month is over, nothing of it is on hold, and a second person approved
exactly that and it stands in the database; what was begun is gone on with after a kill at any instant, by whoever comes
next or at the next start, and leads to the same end.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from plugin.core.approvals import ApprovalKind
from plugin.core.audit import Act, AuditFact
from plugin.core.errors import Conflict, InputError, NotFound
from plugin.core.ports import Clock
from plugin.core.retention import SHREDDED_RULE
from plugin.services.answers import KEY_NAME
from plugin.services.approvals import Approvals, Content
from plugin.services.letting_go import LettingGo
from plugin.store import audit
from plugin.store import recording_keys as rows
from plugin.store.engine import Connection, Store
from plugin.store.keys import Keys
from plugin.store.vault import Lock, Vault, key_name

_GRACE = timedelta(days=1)
_STEP = 200
_PREFIX = key_name("")
_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
_COMMAND_LINE = "command line"


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A key: its name (what it is for) and id, whether its file is there, and how much hangs on it.

    `used_by`: recordings, or customers with answers; None where nobody counts. `is_over`: its month has ended.
    """

    name: str
    key_id: str
    is_there: bool
    used_by: int | None
    is_over: bool


@dataclass(frozen=True, slots=True)
class Rotated:
    """What became of a month's recordings: `moved` to the key `key_id`; `left`: those whose old key is missing."""

    month: str
    key_id: str
    moved: int
    left: int


class Keyring:
    """Everything that is done with keys as such.

    `still_kept(connection, month)` counts what hangs on a month's keys and whose own time is not over. `pause()` is
    called between two small transactions, of `step` rows each: pops wait for no longer.
    """

    def __init__(
        self,
        store: Store,
        keys: Keys,
        vault: Vault,
        letting_go: LettingGo,
        clock: Clock,
        approvals: Approvals,
        still_kept: Callable[[Connection, str], int],
        pause: Callable[[], None],
        step: int = _STEP,
    ) -> None:
        self._store = store
        self._keys = keys
        self._vault = vault
        self._letting_go = letting_go
        self._clock = clock
        self._approvals = approvals
        self._still_kept = still_kept
        self._pause = pause
        self._step = step

    def all(self) -> list[KeyUse]:
        """Return every key that is there or that something hangs on, by name."""
        with self._store.read() as connection:
            recordings = rows.of_recordings(connection)
            answers = rows.of_answers(connection)
        there = {(name, secret.id) for name, secret in self._keys.all()}
        used = {_split(key_id): count for key_id, count in recordings.items()}
        used |= {(KEY_NAME, key_id): count for key_id, count in answers.items()}
        return [
            KeyUse(name, key_id, (name, key_id) in there, self._count(name, key_id, used), self._is_over(name))
            for name, key_id in sorted(there | used.keys())
        ]

    def _count(self, name: str, key_id: str, used: dict[tuple[str, str], int]) -> int | None:
        return used.get((name, key_id), 0) if name == KEY_NAME or name.startswith(_PREFIX) else None

    def _is_over(self, name: str) -> bool:
        return name.startswith(_PREFIX) and name.removeprefix(_PREFIX) < self._month()

    def missing(self) -> int:
        """Return how many recordings cannot be opened because their key is not there."""
        with self._store.read() as connection:
            named = rows.named(connection)
            away = [key_id for key_id in named if not self._keys.has(*_split(key_id))]
            return sum(rows.count(connection, key_id) for key_id in away)

    def rotate_answers(self) -> str:
        """Make a newer key for customers' answers and return its id; answers move to it as the CRM is read."""
        made = self._keys.rotate(KEY_NAME)
        with self._store.write() as connection:
            audit.append(connection, self._fact(Act.KEY_ROTATED, KEY_NAME, made.id))
        return made.id

    def rotate_recordings(self, tell: Callable[[Rotated], None]) -> None:
        """Give each month that recordings hang on a newer key, and wrap their keysets anew, in small steps.

        Old and new key open while it goes on. A month in which it was cut off is gone on with, without a third key.
        """
        with self._store.read() as connection:
            months = sorted({Lock(b"", key_id).month for key_id in rows.named(connection)})
        for month in months:
            newest = self._keys.newest(key_name(month))
            if newest is not None:
                if self._all_under(month, newest.id):
                    newest = self._keys.rotate(key_name(month))
                tell(self._move_to(month, newest.id))

    def _all_under(self, month: str, key_id: str) -> bool:
        with self._store.read() as connection:
            return not rows.not_under(connection, month, f"{month}.{key_id}", "", 1)

    def _move_to(self, month: str, key_id: str) -> Rotated:
        moved = left = 0
        after = ""
        while True:
            with self._store.read() as connection:
                found = rows.not_under(connection, month, f"{month}.{key_id}", after, self._step)
            if not found:
                break
            after = found[-1].id
            anew = [(one, self._anew(one)) for one in found]
            with self._store.write() as connection:
                done = sum(rows.rewrap(connection, one, lock) for one, lock in anew if lock is not None)
                audit.append(connection, self._fact(Act.KEY_ROTATED, key_name(month), f"{key_id}:{done}"))
            moved, left = moved + done, left + sum(lock is None for _, lock in anew)
            self._pause()
        return Rotated(month, key_id, moved, left)

    def _anew(self, locked: rows.Locked) -> Lock | None:
        try:
            return self._vault.rewrapped(locked.id, locked.lock)
        except Conflict:
            return None

    def due(self, month: str) -> Content:
        """Return what shredding the month's keys means, as it is to be approved: `month`, and how many `recordings`.

        Raises InputError("month"), Conflict("month_runs") while the month is not over, Conflict("on_hold") where one of
        its recordings is held, Conflict("still_kept") where a purpose keeps one, NotFound("key") where neither a key
        nor a recording of the month is left.
        """
        if not _MONTH.fullmatch(month):
            raise InputError("month")
        if month >= self._month():
            raise Conflict("month_runs")
        with self._store.read() as connection:
            hang = self._may_go(connection, month)
        if not hang and self._keys.newest(key_name(month)) is None:
            raise NotFound("key")
        return {"month": month, "recordings": hang}

    def is_begun(self, month: str) -> bool:
        """Tell whether a shredding of the month was begun and cut off."""
        with self._store.read() as connection:
            begun = rows.shredding(connection, month)
        return begun is not None and begun.ended_at is None

    def shred(self, month: str, approval_id: str) -> int:
        """Destroy the keys of the month, and let go of what hung on them; return how many recordings that were.

        Uses up the approval, unless it was begun before and cut off. Raises as `due` does, and Denied("not_approved")
        where exactly this was not approved.
        """
        if not self.is_begun(month):
            what = self.due(month)
            self._store.write_again(lambda connection: self._begin(connection, month, what, approval_id))
        return self._finish(month)

    def go_on(self) -> int:
        """Bring to their end the shreddings that were begun and cut off; return how many recordings went.

        Raises SettingError("key_file") where a key cannot be overwritten.
        """
        with self._store.read() as connection:
            begun = rows.begun(connection)
        return sum(self._finish(month) for month in begun)

    def _finish(self, month: str) -> int:
        """Destroy the keys, now that nothing takes back what was begun; as often as it takes."""
        self._keys.destroy(key_name(month))
        done = self._let_go_of(month)
        with self._store.write() as connection:
            rows.end_shredding(connection, month, self._clock())
            audit.append(connection, self._fact(Act.KEY_SHREDDED, month, f"done:{done}"))
        return done

    def _begin(self, connection: Connection, month: str, what: Content, approval_id: str) -> None:
        """Note that the keys go, while nobody can place a hold or give a purpose, and only if nobody has done so.

        Touches no key: it may be run again, and find then what another came to keep in between.
        """
        rows.lock_month(connection, month)
        if self._may_go(connection, month) != what["recordings"]:
            raise Conflict("changed")
        self._approvals.use(connection, approval_id, ApprovalKind.KEY_SHRED, month, what, None)
        rows.begin_shredding(connection, month, approval_id, int(what["recordings"] or 0), self._clock())
        audit.append(connection, self._fact(Act.KEY_SHREDDED, month, "begun"))

    def _may_go(self, connection: Connection, month: str) -> int:
        if rows.count_held(connection, month):
            raise Conflict("on_hold")
        if kept := self._still_kept(connection, month):
            raise Conflict("still_kept", recordings=kept)
        return rows.count_month(connection, month)

    def _let_go_of(self, month: str) -> int:
        done, after = 0, ""
        while True:
            with self._store.read() as connection:
                found = rows.of_month(connection, month, after, self._step)
            if not found:
                return done
            after = found[-1].id
            done += len(
                self._letting_go.recordings(dict.fromkeys([one.id for one in found], SHREDDED_RULE), None, is_lost=True)
            )
            self._pause()

    def _month(self) -> str:
        # A day late: no import that began before the month's end still uses its key.
        return f"{self._clock() - _GRACE:%Y-%m}"

    def _fact(self, act: Act, subject: str, outcome: str) -> AuditFact:
        return AuditFact(act, self._clock(), subject=subject, outcome=outcome, address=_COMMAND_LINE)


def _split(key_id: str) -> tuple[str, str]:
    lock = Lock(b"", key_id)
    return key_name(lock.month), key_id.partition(".")[2]
