"""`denwaban demo` as one types it: a walk that ends well, secrets that stay inside, an end that leaves nothing."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.kit.processes import below, is_alive, wait_for
from tests.kit.stage import ROOT

_DEMO = [sys.executable, "-m", "plugin", "demo"]
_STEPS = (
    "the pop names the candidate",
    "no byte of audio before the caller is verified",
    "verified: what was written is told",
    "the history alone opens no audio",
    "verified further: the recording plays",
    "one entry stands on the CRM's timeline, with the gated link",
)


@contextmanager
def _running(*options: str, output: Path) -> "Iterator[subprocess.Popen[bytes]]":
    with output.open("wb") as said:
        demo = subprocess.Popen(
            [*_DEMO, *options], cwd=ROOT, stdout=said, stderr=subprocess.STDOUT, env=_plain(), process_group=0
        )
    try:
        yield demo
    finally:
        family = below(demo.pid) if demo.poll() is None else set()
        demo.kill()
        demo.wait()
        wait_for(lambda: not any(map(is_alive, family)))


def _once(*options: str) -> "subprocess.CompletedProcess[str]":
    command = [*_DEMO, "--once", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False, env=_plain())


def _plain() -> dict[str, str]:
    return {name: said for name, said in os.environ.items() if not name.startswith("DENWABAN_")} | {"COLUMNS": "120"}


def test_one_call_walks_through_everything_and_no_secret_reaches_the_log(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    done = _once("--port", "0", "--data-dir", str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✗" not in done.stdout
    for step in _STEPS:
        assert f"✓ {step}" in done.stdout

    note = folder / "demo.json"
    assert note.stat().st_mode & 0o777 == 0o600
    accounts = json.loads(note.read_text("utf-8"))["accounts"]
    assert len(accounts) == 5
    said = (folder / "serve.log").read_text("utf-8")
    assert "web.request" in said
    secret = re.search(r'secrets = \["(.+)"\]', (folder / "settings.toml").read_text("utf-8"))
    assert secret is not None
    recorded = [path.name for path in (folder / "recorder").iterdir()]
    assert recorded
    for hidden in (*(one["password"] for one in accounts), *recorded, secret.group(1), "髙橋", "0901234", "集荷"):
        assert hidden not in said


def test_ctrl_c_ends_everything_and_leaves_nobody_behind(tmp_path: Path) -> None:
    folder, output = tmp_path / "demo", tmp_path / "said"
    options = ("--port", "0", "--data-dir", str(folder), "--no-browser")
    with _running(*options, output=output) as demo:
        wait_for(lambda: demo.poll() is not None or "☎" in output.read_text("utf-8"), 240)
        assert demo.poll() is None, output.read_text("utf-8")
        address = json.loads((folder / "demo.json").read_text("utf-8"))["address"]
        assert requests.get(f"{address}/healthz", timeout=30).status_code == 200
        family = below(demo.pid)
        assert len(family) >= 4  # serve, web server and its workers, worker
        os.killpg(demo.pid, signal.SIGINT)  # as a terminal does: the whole foreground group
        assert demo.wait(60) == 0
        wait_for(lambda: not any(map(is_alive, family)), 10)
    assert "Traceback" not in output.read_text("utf-8")


def test_an_end_while_it_is_still_building_is_an_end_too(tmp_path: Path) -> None:
    output = tmp_path / "said"
    with _running("--port", "0", "--no-browser", "--data-dir", str(tmp_path / "demo"), output=output) as demo:
        wait_for((tmp_path / "demo" / "denwaban.db").exists, 120)
        os.killpg(demo.pid, signal.SIGINT)
        assert demo.wait(30) == 0
    assert not (tmp_path / "demo").exists()
    said = output.read_text("utf-8")
    assert "Traceback" not in said
    assert "://127.0.0.1" not in said


def test_a_port_that_is_taken_is_said_in_words(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        done = _once("--port", str(other.getsockname()[1]), "--data-dir", str(tmp_path / "demo"))
    assert done.returncode != 0
    assert "port" in done.stderr
    assert "--port 0" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "demo").exists()


def test_somebody_elses_folder_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "photos"
    mine.mkdir()
    (mine / "cat.jpg").write_bytes(b"meow")
    done = _once("--port", "0", "--data-dir", str(mine))
    assert done.returncode != 0
    assert "--data-dir" in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in mine.iterdir()] == ["cat.jpg"]
