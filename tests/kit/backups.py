"""A site that is backed up, lost and put back by its own commands."""

import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from click.testing import Result
from sqlalchemy import func, insert, select

from plugin.cli import cli
from plugin.core.ids import new_id
from plugin.core.staff import Role
from plugin.core.times import to_us
from plugin.settings import load
from plugin.store.tables.approvals import approvals
from plugin.store.tables.calls import calls
from plugin.store.tables.delivery import jobs
from plugin.store.tables.staff import sessions
from plugin.wiring import House
from tests.kit.clock import HandClock
from tests.kit.command import Runner
from tests.kit.newest import lay
from tests.kit.staff import hire
from tests.kit.vaults import Archive


class Site:
    """A site in a folder, with recordings, an administrator who is signed in, and keys that lie apart."""

    def __init__(self, folder: Path, clock: HandClock) -> None:
        self.folder, self.data, self.clock = folder, folder / "data", clock
        self.target, self.keys = folder / "elsewhere" / "backups", folder / "safe" / "keys"
        self.open()
        self.admin = hire(self.house, Role.ADMIN, "kanri")
        self.archive = Archive(self.house.store, self.data, clock)
        self.sounds = {one: self.archive.sound(one) for one in self.archive.record(3)}
        self.sign_in()
        assert self.house.audits.whole.checkpoint() == 1

    def open(self) -> None:
        self.house = House(load(data_dir=self.data), self.clock)
        if not (self.data / "denwaban.db").exists():
            lay(self.house.store)

    def sign_in(self) -> None:
        now = self.clock()
        with self.house.store.write() as connection:
            until = to_us(now + timedelta(days=400))
            times = {"created_at": to_us(now), "seen_at": to_us(now), "expires_at": until}
            said = {"user_id": self.admin.id, "address": "192.0.2.1", "browser": "b", "key_hash": "k"}
            connection.execute(insert(sessions).values(token_hash="t", **times, **said))
            for name in ("deliver", "sync", "tidy"):
                plain = {"every_us": 1, "slotted": 0, "ran": 0, "failed": 0, "busy_us": 0}
                connection.execute(insert(jobs).values(name=name, **plain))
            asked = {"kind": "role", "subject": "s", "content": "{}", "content_hash": "h", "asked_as": "admin"}
            until_then = {"asked_by": self.admin.id, "asked_at": to_us(now), "reason": "r", "expires_at": until}
            connection.execute(insert(approvals).values(id=new_id(now), state="approved", **asked, **until_then))

    def run(self, *words: str) -> Result:
        env = {"DENWABAN_DATA_DIR": str(self.data), "DENWABAN_KEYS_SECRET": ""}
        return Runner().invoke(cli, list(words), env=env)

    def back_up(self) -> str:
        done = self.run("backup", str(self.target), "--keys", str(self.keys))
        assert done.exit_code == 0, done.output
        self.clock.move(seconds=1)
        return str(done.stdout.partition(":")[0])

    def lose(self) -> None:
        self.house.close()
        shutil.rmtree(self.data)

    def restore(self, *more: str, keys: bool = True) -> Result:
        given = ["--keys", str(self.keys)] if keys else []
        return self.run("restore", str(self.target), "--as", "kanri", *given, *more)

    def again(self) -> Archive:
        self.open()
        return Archive(self.house.store, self.data, self.clock)

    def calls_in(self, database: Path) -> int:
        """Return how many calls a copy has."""
        with closing(sqlite3.connect(database)) as copy:
            return int(copy.execute("SELECT COUNT(*) FROM calls").fetchone()[0])

    def calls(self) -> int:
        with self.house.store.read() as connection:
            return int(connection.scalar(select(func.count()).select_from(calls)) or 0)
