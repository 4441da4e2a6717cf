"""A source that somebody else's package adds: the walk-through of docs/connectors.md, installed as it stands there."""

import hashlib
import hmac
import importlib
import json
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from connectors.calls.registry import kind_of, open_hook
from plugin.core.deliveries import Delivery, SourceKind, SourceSite
from plugin.core.errors import SettingError
from tests.connectors.hook_contracts import HookContract, Sender
from tests.kit.deliveries import Said

DOCS = (Path(__file__).parents[2] / "docs" / "connectors.md").read_text("utf-8")
CHAPTER = DOCS.split("#### A source of your own")[1].split("\n### ")[0]
SECRET = "a secret of Acme's that nobody guesses"


def _block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", CHAPTER, re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package as an installer leaves it: the module, and beside it what it says of itself."""
    project = tomllib.loads(_block("toml"))["project"]
    folder = tmp_path / "site-packages"
    about = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    about.mkdir(parents=True)
    (folder / "acme_phone.py").write_text(_block("python"))
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    groups = [
        f"[{group}]\n" + "".join(f"{name} = {place}\n" for name, place in points.items())
        for group, points in project["entry-points"].items()
    ]
    (about / "entry_points.txt").write_text("\n".join(groups))
    monkeypatch.syspath_prepend(str(folder))
    importlib.invalidate_caches()
    yield
    sys.modules.pop("acme_phone", None)


def _signed(body: bytes, headers: Mapping[str, str]) -> Delivery:
    mark = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return Delivery(body, {**headers, "x-acme-signature": mark})


def _step(after_s: int, step: str) -> Said:
    told = {"call": "A-1", "step": step, "caller": "090-1234-5678", "called": "0120000111", "extension": "101"}
    told["at"] = f"2026-11-23T08:00:{after_s:02}+09:00"
    return Said(after_s, "json", json.dumps(told).encode())


@pytest.mark.usefixtures("installed")
class TestOwnSource(HookContract):
    @pytest.fixture
    def sender(self) -> Sender:
        story = [_step(0, "ringing"), _step(4, "answered"), _step(50, "ended")]
        return Sender({"kind": "acme", "secrets": [SECRET]}, story, _signed, (SECRET,), "call")

    def test_it_is_known_by_its_name_and_by_no_name_of_ours(self) -> None:
        assert kind_of("acme") is SourceKind.HOOK
        with pytest.raises(SettingError, match="unknown_kind"):
            kind_of("acme2")
        with pytest.raises(SettingError) as caught:
            open_hook("acme", SourceSite("x", ("short",)))
        assert "short" not in str(caught.value)


def test_without_the_package_nobody_knows_it() -> None:
    with pytest.raises(SettingError, match="unknown_kind"):
        kind_of("acme")
