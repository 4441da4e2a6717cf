"""The docs are complete: every setting with its default, error code, command with its options, and route."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from plugin.cli import COMMANDS, cli
from plugin.core.errors import DenwabanError
from plugin.settings import ProviderSettings, Settings, SourceSettings
from plugin.web.errors import status_of
from plugin.wiring import House
from tests.kit.staff import app_of

DOCS = Path(__file__).parent.parent / "docs"


def rows(page: str, part: slice = slice(None)) -> dict[str, list[str]]:
    """Return the tables' rows by their first cell, without its backticks; `part` chooses among the page's chapters."""
    chapters = (DOCS / page).read_text("utf-8").split("\n## ")
    lines = "\n".join(chapters[part]).splitlines()
    cells = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines if line.startswith("| `")]
    return {first.split("`")[1]: rest for first, *rest in cells}


def default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if field.is_required() or value in (None, "", [], {}):
        return "–"
    return ", ".join(f"`{one}`" for one in value) if isinstance(value, list) else f"`{value}`"


@pytest.mark.parametrize(
    ("kind", "part"), [(Settings, slice(0, -2)), (ProviderSettings, slice(-3, -2)), (SourceSettings, slice(-2, -1))]
)
def test_every_setting_stands_in_the_docs_with_its_default(kind: type[BaseModel], part: slice) -> None:
    said = rows("settings.md", part)
    assert {name: default(field) for name, field in kind.model_fields.items()} == {
        name: said[name][0] for name in kind.model_fields if name in said
    }


def test_the_docs_name_no_setting_that_is_gone() -> None:
    known = {
        *Settings.model_fields,
        *SourceSettings.model_fields,
        *ProviderSettings.model_fields,
        "DENWABAN_SETTINGS",
        "DENWABAN_REQUIRE",
    }
    assert set(rows("settings.md")) - known == set()


def _kinds(kind: type[DenwabanError] = DenwabanError) -> Iterator[type[DenwabanError]]:
    for below in kind.__subclasses__():
        if below.__module__ == "plugin.core.errors":
            yield below
        yield from _kinds(below)


def test_every_error_code_stands_in_the_docs_with_its_status() -> None:
    said = rows("errors.md")
    codes = {kind.code: str(int(status_of(kind()))) for kind in _kinds()}
    assert codes == {code: said[code][0] for code in codes if code in said}


def _commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield name, command
        return
    context = click.Context(command)
    for word in command.list_commands(context):
        below = command.get_command(context, word)
        assert below
        yield from _commands(below, f"{name} {word}")


def test_every_command_stands_in_the_docs_with_its_options() -> None:
    page = (DOCS / "commands.md").read_text("utf-8")
    lines = [line for line in page.splitlines() if line.startswith("| `denwaban")]
    missing = []
    for name, command in _commands(cli, "denwaban"):
        row = next((line for line in lines if re.match(rf"\| `{re.escape(name)}[ `]", line)), "")
        options = [option for given in command.params if not getattr(given, "hidden", False) for option in given.opts]
        missing += [name] if not row else [f"{name} {word}" for word in options if word[:2] == "--" and word not in row]
    assert missing == []
    assert len(lines) >= len(COMMANDS)


def test_every_route_stands_in_the_docs_with_who_may(house: House) -> None:
    page = (DOCS / "routes.md").read_text("utf-8")
    said = set(re.findall(r"^\| (GET|POST|PUT|DELETE|PATCH) \| `([^`]+)` \| \S", page, re.MULTILINE))
    real = {
        (method, rule.rule)
        for rule in app_of(house).url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert real - said == set()
    assert said - real == set()
