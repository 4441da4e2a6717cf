"""`denwaban listen` as a process: keeps what an exchange says, logs without numbers, and ends when it is told to."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

from plugin.cli import cli
from plugin.core.call_account import account
from plugin.core.call_json import read_call
from tests.kit.ami import SECRET, USER, FakeAmi, sessions_of
from tests.kit.captures import differences, raw
from tests.kit.command import Runner
from tests.kit.processes import wait_for

LONGEST_S = 120.0


def _records(database: Path) -> list[str]:
    if not database.exists():
        return []
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return [record for (record,) in connection.execute("SELECT record FROM calls WHERE state = 'ended'")]
    except sqlite3.OperationalError:  # not made yet
        return []
    finally:
        connection.close()


def test_a_call_reaches_the_database_and_the_process_ends_in_order(tmp_path: Path) -> None:
    with FakeAmi(sessions_of(raw("withheld"))) as exchange:
        source = {"kind": "asterisk", "port": exchange.account.port, "username": USER, "password": SECRET}
        environment = os.environ | {
            "DENWABAN_DATA_DIR": str(tmp_path),
            "DENWABAN_SOURCES": json.dumps({"pbx": source}),
        }
        command = [sys.executable, "-m", "plugin", "listen"]
        log = tmp_path / "said"
        with log.open("wb") as stderr, subprocess.Popen(command, env=environment, stderr=stderr) as process:
            wait_for(lambda: "listen.lost" in log.read_text("utf-8") and bool(_records(tmp_path / "denwaban.db")))
            process.send_signal(signal.SIGTERM)
            assert process.wait(LONGEST_S) == 0, log.read_text("utf-8")
    said = log.read_text("utf-8")
    records = _records(tmp_path / "denwaban.db")
    assert differences("withheld", [account(read_call(record)) for record in records]) == []
    events = [json.loads(line)["event"] for line in said.splitlines()]
    assert events[:2] == ["listen.connected", "listen.lost"]
    assert "09099998888" not in said
    assert SECRET not in said


def test_a_site_with_nothing_to_listen_to_is_told_so(tmp_path: Path) -> None:
    done = Runner(env={"DENWABAN_DATA_DIR": str(tmp_path)}).invoke(cli, ["listen"])
    assert done.exit_code == 2
    assert "setting.nothing_to_listen_to" in done.stderr
