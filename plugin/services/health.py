"""How the site is: what works, what needs a look, what needs a hand, each with the word that leads to the next step.

Reads, and changes nothing. Knows no secret and no person.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from plugin.core.errors import SettingError
from plugin.core.move import Closed
from plugin.core.ports import Clock, Crm, CrmPapers, Weight
from plugin.core.runs import RunOutcome
from plugin.services.case_work import DueCases
from plugin.store import backups, jobs, outbox, runs
from plugin.store import health as rows
from plugin.store.engine import Store
from plugin.store.schema import current_step
from plugin.store.tombstone_files import Harmed

_SLOW = timedelta(minutes=5)
_QUIET = timedelta(minutes=15)  # a worker gives a sign of life every five
_REMEMBERED = timedelta(days=1)  # a job that failed once and has had nothing to do since
_OLDEST_BACKUP = timedelta(days=7)
_OLDEST_LOOK = timedelta(days=31)
_LITTLE_BYTES = 2 * 1024**3
_NO_BYTES = 200 * 1024**2


class Light(StrEnum):
    """Green: nothing to do. Amber: have a look. Red: people are kept from their work, or data waits."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


LIGHTS: Mapping[Weight, Light] = {Weight.FINE: Light.GREEN, Weight.LOOK: Light.AMBER, Weight.MEND: Light.RED}


@dataclass(frozen=True, slots=True)
class Vital:
    """One thing looked at. `word` says what was found; `what` names the thing, `n` counts, `at` dates it."""

    subject: str
    light: Light
    word: str
    what: str = ""
    n: int = 0
    at: datetime | None = None


class Health:
    """Looks at a site.

    `sources` are the names of its phone systems, `data_dir` the folder that must not fill up; `crm()` gives the CRM, or
    raises SettingError where it cannot be built; `shut()` counts the recordings whose key is missing; `harmed()` names
    the files of tombstones that are not what the database knows of them; `due()` counts cases whose last day is near or
    over, `ending()` reports of harassment that soon go unjudged.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        data_dir: Path,
        sources: tuple[str, ...],
        crm: Callable[[], Crm],
        shut: Callable[[], int],
        harmed: Callable[[], Sequence[Harmed]],
        due: Callable[[], DueCases],
        ending: Callable[[], int],
    ) -> None:
        self._due = due
        self._ending = ending
        self._harmed = harmed
        self._store = store
        self._clock = clock
        self._data_dir = data_dir
        self._sources = sources
        self._crm = crm
        self._shut = shut

    def why_not_ready(self) -> str | None:
        """Return the word for why requests cannot be served now, or None: while the site is moved, reading goes on."""
        return rows.why_not_ready(self._store)

    def look(self) -> list[Vital]:
        """Return every vital, those of the ground first; where the database is out, those alone."""
        ground = [self._database(), self._disk()]
        if ground[0].light is Light.RED:
            return ground
        kept = [*self._recordings(), *self._tombstones(), *self._backups(), *self._cases()]
        return [*ground, *self._calls(), *kept, *self._papers(), *self._outbox(), *self._jobs()]

    def _database(self) -> Vital:
        word = self.why_not_ready()
        if word:
            return Vital("database", Light.RED, word)
        if self._store.closed():
            return Vital("database", Light.AMBER, Closed.MOVING)
        return Vital("database", Light.GREEN, "fine", what=current_step(self._store) or "")

    def _disk(self) -> Vital:
        free_bytes = shutil.disk_usage(self._data_dir).free
        light, word = (
            (Light.RED, "full")
            if free_bytes < _NO_BYTES
            else (Light.AMBER, "low")
            if free_bytes < _LITTLE_BYTES
            else (Light.GREEN, "fine")
        )
        return Vital("disk", light, word, n=free_bytes // 1024**3)

    def _calls(self) -> list[Vital]:
        with self._store.read() as connection:
            last = rows.last_calls(connection)
        if not self._sources:
            return [Vital("calls", Light.AMBER, "no_source")]
        return [
            Vital("calls", Light.GREEN, "heard", what=name, at=last[name])
            if name in last
            else Vital("calls", Light.AMBER, "silent", what=name)
            for name in self._sources
        ]

    def _recordings(self) -> list[Vital]:
        shut = self._shut()
        return [Vital("recordings", Light.RED, "key_missing", n=shut)] if shut else []

    def _tombstones(self) -> list[Vital]:
        """Look whether what was erased still stands outside: without it an older copy brings it back."""
        found = [Vital("tombstones", Light.RED, one.harm, what=one.file) for one in self._harmed()]
        return found or [Vital("tombstones", Light.GREEN, "fine")]

    def _cases(self) -> list[Vital]:
        """Look whether somebody waits for an answer. Amber: nobody at the server mends that."""
        due = self._due()
        counts = {"overdue": due.overdue, "soon": due.soon, "unjudged": self._ending()}
        return [Vital("cases", Light.AMBER, word, n=n) for word, n in counts.items() if n]

    def _backups(self) -> list[Vital]:
        with self._store.read() as connection:
            tried, made, looked = backups.newest(connection)
        now, found = self._clock(), list[Vital]()
        if tried is not None and not tried.is_there:
            found.append(Vital("backup", Light.RED, "failed", what=tried.outcome, at=tried.at))
        if made is None:
            return [*found, Vital("backup", Light.AMBER, "never")]
        is_old = now - made.at > _OLDEST_BACKUP
        age = Light.AMBER if is_old else Light.GREEN
        found.append(Vital("backup", age, "old" if is_old else "made", n=(now - made.at).days, at=made.at))
        if looked is None or looked.looked_at is None:
            return [*found, Vital("backup", Light.AMBER, "unverified")]
        if looked.look != "whole":
            return [*found, Vital("backup", Light.RED, "damaged", what=looked.name, at=looked.looked_at)]
        is_due = now - looked.looked_at > _OLDEST_LOOK
        light, word = (Light.AMBER, "verify_again") if is_due else (Light.GREEN, "verified")
        days = (now - looked.looked_at).days
        return [*found, Vital("backup", light, word, what=looked.name, n=days, at=looked.looked_at)]

    def _papers(self) -> list[Vital]:
        """Look at what we sign in to the CRM with: it ends on a day that nobody thinks of."""
        try:
            crm = self._crm()
        except SettingError:
            return [Vital("crm", Light.RED, "wrong_setting")]
        papers = crm.papers() if isinstance(crm, CrmPapers) else None
        if papers is None:
            return []
        word = "fine" if papers.weight is Weight.FINE else papers.word
        return [Vital("crm", LIGHTS[papers.weight], word, n=papers.n)]

    def _outbox(self) -> list[Vital]:
        with self._store.read() as connection:
            backlog = outbox.backlog(connection)
        late = backlog.oldest_at is not None and self._clock() - backlog.oldest_at > _SLOW
        waiting = Vital(
            "outbox",
            Light.AMBER if late else Light.GREEN,
            "late" if late else "fine",
            n=backlog.waiting,
            at=backlog.oldest_at,
        )
        found = [waiting]
        if backlog.dead:
            found.append(Vital("outbox", Light.RED, "dead", n=backlog.dead))
        if backlog.unassigned:
            found.append(Vital("outbox", Light.AMBER, "unassigned", n=backlog.unassigned))
        return found

    def _jobs(self) -> list[Vital]:
        with self._store.read() as connection:
            last = runs.newest_of_each(connection)
            resting = [job for job in jobs.every(connection) if job.paused_at is not None]
        now = self._clock()
        paused = [Vital("worker", Light.AMBER, "paused", what=job.plan.name, at=job.paused_at) for job in resting]
        if not last or all(now - run.started_at > _QUIET for run in last):
            newest = max((run.started_at for run in last), default=None)
            return [Vital("worker", Light.RED, "stopped" if newest else "never", at=newest), *paused]
        rests = {job.plan.name for job in resting}
        return paused + [
            Vital("worker", Light.AMBER, "failed", what=run.job, at=run.started_at)
            if run.outcome is RunOutcome.FAILED and now - run.started_at < _REMEMBERED
            else Vital("worker", Light.GREEN, "ran", what=run.job, at=run.started_at, n=run.done)
            for run in last
            if run.job not in rests
        ]
