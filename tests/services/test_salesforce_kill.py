"""A sync that is killed for real, again and again, in its first load: no second job, one page read again."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from plugin.settings import load
from plugin.store.schema import upgrade
from plugin.wiring import House
from tests.kit.processes import wait_for
from tests.kit.salesforce import options_of
from tests.salesforce_org import Org
from tests.salesforce_org.crowd import fill

ROOT = Path(__file__).parent.parent.parent
SYNC = "from plugin.settings import load; from plugin.wiring import House; House(load()).sync.run()"
CONTACTS, PAGE, KILLS = 4_000, 500, 3


def _stored(database: Path) -> int:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        count: int = connection.execute("SELECT COUNT(*) FROM customers").fetchone()[0]
        return count


def test_a_first_load_survives_being_killed(tmp_path: Path) -> None:
    chance = random.Random(11)
    with Org(tls=False) as org:
        org.jobs.page_rows = PAGE
        fill(org, CONTACTS)
        options = options_of(org, tmp_path / "key")
        environment = {f"DENWABAN_CRM_OPTIONS__{name.upper()}": value for name, value in options.items()}
        environment |= {"DENWABAN_CRM": "salesforce", "DENWABAN_DATA_DIR": str(tmp_path / "data")}
        with closing(House(load(data_dir=tmp_path / "data"))) as house:
            upgrade(house.store)
        database = tmp_path / "data" / "denwaban.db"
        for kill in range(KILLS):
            enough = kill * CONTACTS // KILLS + chance.randrange(CONTACTS // KILLS)
            process = subprocess.Popen([sys.executable, "-c", SYNC], cwd=ROOT, env={**os.environ, **environment})
            try:
                wait_for(lambda: _stored(database) > enough, 120)  # noqa: B023  asked at once
            finally:
                process.send_signal(signal.SIGKILL)
                process.wait(60)
        read_before_the_last = org.limits.counts["bulk_results"]
        subprocess.run(
            [sys.executable, "-c", SYNC], cwd=ROOT, env={**os.environ, **environment}, check=True, timeout=240
        )
        assert _stored(database) == CONTACTS
        assert org.jobs.made == 3
        pages = 1 + CONTACTS // PAGE + 1  # accounts, contacts, leads
        assert read_before_the_last > CONTACTS // PAGE // 2
        assert org.limits.counts["bulk_results"] <= pages + KILLS
