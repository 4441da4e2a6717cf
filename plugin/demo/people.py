"""The demo's customers and their proxies: the list that is imported, the numbers they call from, what they answer."""

import csv
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

from plugin.core.identity import Item
from plugin.core.mandates import Scope
from plugin.core.numbers import External, read_number

MOBILE = "本人携帯"
_NUMBER_COLUMNS = (MOBILE, "自宅", "勤務先", "代表")
_ASKED = ("フリガナ", "生年月日", "郵便番号", "契約番号", "合言葉")


@dataclass(frozen=True, slots=True)
class Proxy:
    """Somebody who may ask for the customer with the member code `of`, so many days from now; he answers as `said`."""

    of: str
    name: str
    scope: Scope
    days: int
    said: dict[Item, str]


def people_file() -> bytes:
    """Return the demo's customers as the CSV file that is imported."""
    return (files("plugin.demo") / "data" / "people.csv").read_bytes()


def rows() -> list[dict[str, str]]:
    """Return the customers as the file's own columns name them."""
    return list(csv.DictReader(people_file().decode("utf-8").splitlines()))


def row_of(code: str) -> dict[str, str]:
    """Return the one customer with this member code."""
    return next(row for row in rows() if row["会員番号"] == code)


def proxies() -> Iterator[Proxy]:
    """Yield who may ask for whom."""
    told = tomllib.loads((files("plugin.demo") / "data" / "mandates.toml").read_text("utf-8"))
    for one in told["mandate"]:
        said = {Item(item): answer for item, answer in one["answers"].items()}
        yield Proxy(one["of"], one["name"], Scope(one["scope"]), one["days"], said)


def numbers_by_code() -> dict[str, str]:
    """Return for each member code of the demo the number that he calls from."""
    return {row["会員番号"]: next(row[column] for column in _NUMBER_COLUMNS if row[column]) for row in rows()}


def answers_of(number: str, region: str) -> list[str]:
    """Return a line for each of the demo's people who may be calling from `number`: the name, and what he answers."""
    wanted = _e164(number, region)
    lines = []
    for row in rows():
        if wanted and wanted in {_e164(row[column], region) for column in _NUMBER_COLUMNS}:
            lines.append(f"{row['氏名']}: " + ", ".join(f"{column} {row[column]}" for column in _ASKED if row[column]))
            lines += [
                f"{one.name}（{row['氏名']} の代理人 / proxy）: " + ", ".join(one.said.values())
                for one in proxies()
                if one.of == row["会員番号"]
            ]
    return lines


def _e164(written: str, region: str) -> str | None:
    read = read_number(written, region)
    return read.e164 if isinstance(read, External) else None
