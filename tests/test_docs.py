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
from plugin.settings import Settings
from plugin.settings_outside import ProviderSettings, SourceSettings
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


@pytest.mark.parametrize("floor", ["core", "store", "services", "web"])
def test_every_room_stands_on_the_map(floor: str) -> None:
    named = set(re.findall(r"\w+", (DOCS / "map.md").read_text("utf-8")))
    rooms = {path.stem for path in (DOCS.parent / "plugin" / floor).glob("*.py")} - {"__init__"}
    assert rooms - named == set()


def test_the_docs_name_no_setting_that_is_gone() -> None:
    known = {
        *Settings.model_fields,
        *SourceSettings.model_fields,
        *ProviderSettings.model_fields,
        "DENWABAN_SETTINGS",
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


# The requirements of levels 1 and 2 of OWASP ASVS 5.0.0: the numbers of each section that belong to them.
ASVS = """
    1.1:1,2 1.2:1,2,3,4,5,6,7,8,9 1.3:1,2,3,4,5,6,7,8,9,10,11 1.4:1,2,3 1.5:1,2 2.1:1,2,3 2.2:1,2,3 2.3:1,2,3,4
    2.4:1 3.2:1,2 3.3:1,2,3,4 3.4:1,2,3,4,5,6 3.5:1,2,3,4,5 3.7:1,2 4.1:1,2,3 4.2:1 4.3:1,2 4.4:1,2,3,4 5.1:1
    5.2:1,2,3 5.3:1,2 5.4:1,2,3 6.1:1,2,3 6.2:1,2,3,4,5,6,7,8,9,10,11,12 6.3:1,2,3,4 6.4:1,2,3,4 6.5:1,2,3,4,5
    6.6:1,2,3 6.8:1,2,3,4 7.1:1,2,3 7.2:1,2,3,4 7.3:1,2 7.4:1,2,3,4,5 7.5:1,2 7.6:1,2 8.1:1,2 8.2:1,2,3 8.3:1
    8.4:1 9.1:1,2,3 9.2:1,2,3,4 10.1:1,2 10.2:1,2 10.3:1,2,3,4 10.4:1,2,3,4,5,6,7,8,9,10,11 10.5:1,2,3,4,5
    10.6:1,2 10.7:1,2,3 11.1:1,2 11.2:1,2,3 11.3:1,2,3 11.4:1,2,3,4 11.5:1 11.6:1 12.1:1,2,3 12.2:1,2 12.3:1,2,3,4
    13.1:1 13.2:1,2,3,4,5 13.3:1,2 13.4:1,2,3,4,5 14.1:1,2 14.2:1,2,3,4 14.3:1,2,3 15.1:1,2,3 15.2:1,2,3
    15.3:1,2,3,4,5,6,7 16.1:1 16.2:1,2,3,4,5 16.3:1,2,3,4 16.4:1,2,3 16.5:1,2,3 17.1:1 17.2:1,2,3,4 17.3:1,2
"""
STANDS = re.compile(r"^\| v5\.0\.0-([0-9.]+) \| [^|]+ \| (met|set-up|n/a|NOT met)[: ][^|]+ \|$", re.MULTILINE)


def _security() -> str:
    return (DOCS / "security.md").read_text("utf-8").split("## OWASP ASVS 5.0, level 2\n")[1].split("\n## ")[0]


def test_every_requirement_of_the_security_standard_stands_once_and_in_order() -> None:
    sections = (one.partition(":") for one in ASVS.split())
    wanted = [f"{section}.{number}" for section, _, numbers in sections for number in numbers.split(",")]
    assert len(wanted) == 253
    assert [number for number, _ in STANDS.findall(_security())] == wanted


def test_every_place_that_the_security_table_names_is_there() -> None:
    named = re.findall(r"`((?:plugin|connectors|tests|docs|migrations)/[^`:]+)(?:::(test_\w+))?`", _security())
    assert len(named) > 100
    gone = []
    for path, test in named:
        place = DOCS.parent / path
        if not place.exists() or (test and f"def {test}(" not in place.read_text("utf-8")):
            gone.append((path, test))
    assert gone == []


def test_every_chapter_that_the_security_table_leads_to_is_there() -> None:
    gone = []
    for page, place in re.findall(r"\]\(([a-z]+\.md)?(?:#([^)]+))?\)", _security()):
        headings = re.findall(r"^#+ (.+)$", (DOCS / (page or "security.md")).read_text("utf-8"), re.MULTILINE)
        if place and place not in {_anchor(heading) for heading in headings}:
            gone.append((page, place))
    assert gone == []


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_every_decision_stands_once_in_their_index_under_its_title() -> None:
    folder = DOCS / "decisions"
    listed = re.findall(
        r"^- \[(\d+)]\((.+?)\) (.+?)(?: \*\(in part: (.+)\)\*)?$", (folder / "README.md").read_text("utf-8"), re.M
    )
    texts = {path.name: path.read_text("utf-8") for path in folder.glob("[0-9]*.md")}
    titles = [(name, *re.findall(r"\A# 0*(\d+)[.:]? (.+)", text)[0]) for name, text in texts.items()]
    assert sorted((name, number, title) for number, name, title, _ in listed) == sorted(titles)
    assert {int(name[:4]) - int(number) for number, name, _, _ in listed} == {0}
    unsaid = [
        (name, one) for _, name, _, by in listed for one in re.findall(r"\d+", by) if f"](0{one}-" not in texts[name]
    ]
    assert unsaid == []
