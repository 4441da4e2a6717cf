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

from tests.kit.processes import below, is_alive, own_port, wait_for
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
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False, env=_plain())


def _at(port: int, folder: Path) -> tuple[str, ...]:
    return ("--port", str(port), "--data-dir", str(folder))


def _plain() -> dict[str, str]:
    return {name: said for name, said in os.environ.items() if not name.startswith("DENWABAN_")} | {"COLUMNS": "120"}


def test_one_call_walks_through_everything_and_no_secret_reaches_the_log(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with own_port() as port:
        done = _once(*_at(port, folder))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✗" not in done.stdout
    for step in _STEPS:
        assert f"✓ {step}" in done.stdout

    note = folder / "demo.json"
    assert note.stat().st_mode & 0o777 == 0o600
    accounts = json.loads(note.read_text("utf-8"))["accounts"]
    assert {one["role"] for one in accounts} == {"operator", "service", "supervisor", "privacy", "admin"}
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
    with own_port() as port, _running(*_at(port, folder), "--no-browser", output=output) as demo:
        wait_for(lambda: demo.poll() is not None or "☎" in output.read_text("utf-8"), 300)
        assert demo.poll() is None, output.read_text("utf-8")
        address = json.loads((folder / "demo.json").read_text("utf-8"))["address"]
        assert requests.get(f"{address}/healthz", timeout=120).status_code == 200
        wait_for(lambda: len(below(demo.pid)) >= 5)  # serve, web server and its two workers, worker
        family = below(demo.pid)
        os.killpg(demo.pid, signal.SIGINT)  # as a terminal does: the whole foreground group
        assert demo.wait(120) == 0
        wait_for(lambda: not any(map(is_alive, family)))
    said = output.read_text("utf-8")
    assert "☎ 090-1234-5678 → 101" in said
    assert re.search("髙橋 美咲: .*昭和58年4月12日.*K-4471-0921", said)  # what verifies her
    assert "Traceback" not in said


def test_an_end_while_it_is_still_building_is_an_end_too(tmp_path: Path) -> None:
    for turn in range(5):
        folder, output = tmp_path / f"demo{turn}", tmp_path / f"said{turn}"
        with _running("--port", "0", "--no-browser", "--data-dir", str(folder), output=output) as demo:
            wait_for((folder / "denwaban.db").exists)
            os.killpg(demo.pid, signal.SIGINT)
            assert demo.wait(120) == 0
        said = output.read_text("utf-8")
        assert "Traceback" not in said
        if "://localhost" not in said:  # else it had been built before we looked: once more
            break
    assert "://localhost" not in said
    assert not folder.exists()


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
