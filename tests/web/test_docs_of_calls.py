"""The examples of docs/calls.md do what they say, and its tables name what there is."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import make_server

from plugin.core.calls import EventType, Outcome
from plugin.settings import load
from plugin.store.tables.calls import calls
from plugin.web.app import create_app
from plugin.wiring import House, now
from tests.kit.newest import lay
from tests.kit.rows import rows

DOCS = (Path(__file__).parents[2] / "docs" / "calls.md").read_text("utf-8")
SECRET = "plain words that nobody guesses"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[House]:
    site = House(load(data_dir=tmp_path / "data", sources={"pbx1": {"kind": "webhook", "secrets": [SECRET]}}), now)
    lay(site.store)
    yield site
    site.close()


@pytest.fixture
def address(site: House) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(site))
    serving = Thread(target=server.serve_forever)
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    serving.join()
    server.server_close()


def _example(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", DOCS, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_python_example_sends_an_event(site: House, address: str) -> None:
    room: dict[str, Any] = {}
    exec(_example("python"), room)  # the documentation is what is tested
    assert room["send"](f"{address}/hooks/pbx1", SECRET) == 204
    assert [row.e164 for row in rows(site.store, calls)] == ["+819012345678"]


@pytest.mark.needs("curl")
@pytest.mark.needs("openssl")
def test_the_shell_example_sends_an_event(site: House, address: str, tmp_path: Path) -> None:
    room: dict[str, Any] = {}
    exec(_example("python"), room)
    (tmp_path / "event.json").write_text(json.dumps(room["event"]))
    script = _example("sh").replace("http://127.0.0.1:8787", address)
    told = subprocess.run(
        ["sh", "-c", script],
        cwd=tmp_path,
        env={"SECRET": SECRET, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert "204" in told.stdout.splitlines()[0]
    assert len(rows(site.store, calls)) == 1


def test_every_event_type_and_outcome_is_described() -> None:
    for kind in EventType:
        assert f"`{kind}`" in DOCS or f"`.{kind.split('.')[1]}`" in DOCS
    for outcome in Outcome:
        assert outcome in DOCS
