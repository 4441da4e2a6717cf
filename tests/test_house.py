"""The house rules: small rooms, and names that say what a room is for."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
MOST_LINES_A_FILE = 400
MOST_LINES_A_FUNCTION = 50
AT_THE_DOOR = {"plugin", "connectors", "migrations", "tests", "docs", "setup.py", "tox.ini", "README.md"}
NAMELESS = {"utils", "util", "helpers", "helper", "manager", "managers", "base", "common", "misc"}


def _rooms() -> Iterator[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    yield from (ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).exists())


def test_nothing_stands_at_the_door_that_does_not_live_here() -> None:
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    there = {Path(line).parts[0] for line in listed if (ROOT / line).exists()}
    assert {name for name in there if not name.startswith(".")} == AT_THE_DOOR


def test_no_file_is_longer_than_a_room_should_be() -> None:
    long = {room.name: n for room in _rooms() if (n := len(room.read_text("utf-8").splitlines())) > MOST_LINES_A_FILE}
    assert long == {}


def test_no_function_is_longer_than_a_page() -> None:
    long = [
        f"{room.relative_to(ROOT)}:{node.lineno} {node.name}"
        for room in _rooms()
        for node in ast.walk(ast.parse(room.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > MOST_LINES_A_FUNCTION
    ]
    assert long == []


def test_no_room_has_a_name_that_says_nothing() -> None:
    assert [room for room in _rooms() if set(room.relative_to(ROOT).with_suffix("").parts) & NAMELESS] == []


def test_every_room_says_what_it_is_for() -> None:
    silent = [
        str(room.relative_to(ROOT))
        for room in _rooms()
        if "versions" not in room.parts and not ast.get_docstring(ast.parse(room.read_text("utf-8")))
    ]
    assert silent == []


def test_the_steps_of_the_schema_are_numbered_without_a_gap_each_after_the_one_before() -> None:
    steps = sorted((ROOT / "migrations" / "versions").glob("[0-9]*.py"))
    numbers = [step.name.split("_")[0] for step in steps]
    assert numbers == [f"{place:04d}" for place in range(1, len(steps) + 1)]
    told = [re.search(r'^down_revision = (?:"(\d+)"|None)$', step.read_text("utf-8"), re.MULTILINE) for step in steps]
    assert [each and each[1] for each in told] == [None, *numbers[:-1]]
