"""Whom a number names: our way, and the rules of others re-expressed as SQL on the same people in the same run.

Each rule is asked the same 600 calls. Exact: just the right customer, or for a shared number just its whole set; wrong
names are counted for callers who are withheld, empty, short or unknown. Rules that read every row are asked a tenth.
"""

import random
import re
import sqlite3
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import phonenumbers

from plugin.core.customers import CrmCustomer, NumberKind, WrittenNumber
from plugin.core.numbers import read_number
from plugin.settings import load
from plugin.store import number_holders
from plugin.store.customer_pages import read_page, store_read
from plugin.store.schema import upgrade
from plugin.wiring import House
from tests.bench import Row
from tests.bench.japan import Someone, fixed, mobile, people, typed
from tests.kit.clock import HandClock

Rule = Callable[[str], frozenset[int]]

_CALLS = 600
_PAGE = 20_000
_MOST = 20
_NOBODY = (
    *("anonymous", "Anonymous", "非通知", "P", "Coin line/payphone", "C", "表示圏外", "Unavailable", "unknown", ""),
    *("201", "1001", "117", "0", "110", "*97"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One call: the caller's number as the network shows it, whom it names, and what sort of question it is."""

    raw: str
    expected: frozenset[int]
    sort: str


def rows(sizes: Sequence[int]) -> list[Row]:
    """Measure with so many customers each."""
    found: list[Row] = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="bench") as folder:
            found += _measure(Path(folder), size)
    return found


def _measure(folder: Path, size: int) -> list[Row]:
    chance = random.Random(7)
    crowd = [(one, typed(one.national, chance)) for one in people(size)]
    asked = _questions([one for one, _ in crowd], chance)
    others = _others(folder / "others.db", crowd)
    house = House(load(data_dir=folder), HandClock())
    upgrade(house.store)
    filled_s = _fill(house, crowd)
    found = [_asked("Denwaban", size, _ours(house), asked) | {"filled_in_s": round(filled_s)}]
    for name, (rule, scans) in others.items():
        found.append(_asked(name, size, rule, asked[::10] if scans else asked))
    house.close()
    return found


def _questions(crowd: Sequence[Someone], chance: random.Random) -> list[Asked]:
    """Return 600 calls: 45 % known in national form, 25 % in E.164, 12 % shared, 10 % of strangers, 8 % no number."""
    groups: dict[str, set[int]] = {}
    for one in crowd:
        groups.setdefault(one.national, set()).add(one.place)
    alone = [one for one in crowd if len(groups[one.national]) == 1]
    shared = [one for one in crowd if len(groups[one.national]) > 1]
    asked: list[Asked] = []

    def ask(some: Iterable[Someone], sort: str, head: str) -> None:
        asked.extend(Asked(head + one.national, frozenset(groups[one.national]), sort) for one in some)

    ask(chance.choices(alone, k=_CALLS * 45 // 100), "national", "0")
    ask(chance.choices(alone, k=_CALLS * 25 // 100), "E.164", "+81")
    ask(chance.choices(shared, k=_CALLS * 6 // 100), "shared", "0")
    ask(chance.choices(shared, k=_CALLS * 6 // 100), "shared", "+81")
    strangers = (mobile(chance) if at % 3 else fixed(chance) for at in range(_CALLS))
    unknown = [national for national in strangers if national not in groups][: _CALLS * 10 // 100]
    asked += [Asked(f"0{national}", frozenset(), "unknown") for national in unknown]
    asked += [Asked(_NOBODY[at % len(_NOBODY)], frozenset(), "nobody") for at in range(_CALLS * 8 // 100)]
    chance.shuffle(asked)
    return asked


def _asked(name: str, size: int, rule: Rule, asked: Sequence[Asked]) -> Row:
    right: dict[str, list[bool]] = {}
    named = {"unknown": 0, "nobody": 0}
    start = time.thread_time_ns()
    answers = [rule(one.raw) for one in asked]
    took_s = (time.thread_time_ns() - start) / 1e9
    for one, answer in zip(asked, answers, strict=True):
        right.setdefault(one.sort, []).append(answer == one.expected)
        if one.sort in named and answer:
            named[one.sort] += 1
    share = {sort: round(100 * sum(said) / len(said), 1) for sort, said in right.items()}
    return {
        "rule": name,
        "customers": size,
        "national_%": share.get("national", 0.0),
        "e164_%": share.get("E.164", 0.0),
        "shared_%": share.get("shared", 0.0),
        "wrong_for_nobody": named["nobody"],
        "of_nobody": len(right.get("nobody", ())),
        "wrong_for_unknown": named["unknown"],
        "of_unknown": len(right.get("unknown", ())),
        "per_s": round(len(asked) / took_s, 1),
    }


def _fill(house: House, crowd: Sequence[tuple[Someone, str]]) -> float:
    """Bring the people in as a sync does, their numbers read as they were typed."""
    start = time.monotonic()
    with house.store.many_writes():
        for first in range(0, len(crowd), _PAGE):
            page = [_customer(one, raw) for one, raw in crowd[first : first + _PAGE]]
            read = read_page(page, "JP")
            with house.store.write() as connection:
                stored = store_read(connection, "local", read, house.clock())
                number_holders.hold(connection, stored.waiting)
    return time.monotonic() - start


def _customer(one: Someone, raw: str) -> CrmCustomer:
    number = WrittenNumber("電話", raw, NumberKind.MOBILE)
    return CrmCustomer(f"S{one.place:08}", name=one.name, kana=one.kana, household=one.group, numbers=(number,))


def _ours(house: House) -> Rule:
    def ask(raw: str) -> frozenset[int]:
        match = house.customers.match(read_number(raw, "JP"))
        return frozenset(int(each.customer.external_id[1:]) for each in match.candidates)

    return ask


# --- the rules of others, in SQL on their kind of columns; what they do before asking is done in Python, as they do.


def _others(path: Path, crowd: Sequence[tuple[Someone, str]]) -> dict[str, tuple[Rule, bool]]:
    """Return each rule, and whether it reads every row."""
    base = sqlite3.connect(path, isolation_level=None)
    base.execute("PRAGMA journal_mode=OFF")
    base.execute("PRAGMA synchronous=OFF")
    base.execute(
        "CREATE TABLE people (place INTEGER PRIMARY KEY, raw TEXT, bare TEXT, digits TEXT, front TEXT, back TEXT,"
        " last10 TEXT, de TEXT, jp TEXT, e164 TEXT)"
    )
    base.execute("BEGIN")
    base.executemany(
        f"INSERT INTO people VALUES ({','.join('?' * 10)})", (_columns(one.place, raw) for one, raw in crowd)
    )
    for column in ("raw", "front", "back", "last10", "de", "jp", "e164"):
        base.execute(f"CREATE INDEX by_{column} ON people ({column})")
    base.execute("COMMIT")
    base.execute("PRAGMA case_sensitive_like=ON")  # else no LIKE uses an index

    def of(sql: str, *given: str | None, most: int = _MOST) -> frozenset[int]:
        return frozenset(row[0] for row in base.execute(f"{sql} ORDER BY place LIMIT {most}", given))

    scan = "SELECT place FROM people WHERE "

    def oca(raw: str) -> frozenset[int]:
        return of(f"{scan} bare LIKE ?", f"%{re.sub(r'[^0-9a-z]', '', raw)[-8:]}", most=1)

    def vtiger(raw: str) -> frozenset[int]:
        said = re.sub(r"[-()\s+]", "", raw)
        return of(f"{scan} front LIKE ? OR back LIKE ?", f"{said}%", f"{said[::-1]}%", most=1)

    return {
        "Zammad (49)": (lambda raw: of(f"{scan} de = ?", _zammad(raw, "49")), False),
        "Zammad (81)": (lambda raw: of(f"{scan} jp = ?", _zammad(raw, "81")), False),
        "OCA": (oca, True),
        "wazo-dird": (lambda raw: of(f"{scan} raw = ?", raw) if raw else frozenset(), False),
        "ERPNext": (lambda raw: of(f"{scan} raw LIKE ?", f"%{raw.lstrip('+0')}", most=1) if raw else frozenset(), True),
        "Frappe CRM (IN)": (_frappe(base, "IN"), True),
        "Frappe CRM (JP)": (_frappe(base, "JP"), True),
        "YAAI": (lambda raw: of(f"{scan} digits LIKE ?", f"%{_ascii(raw)[-8:]}") if _long(raw) else frozenset(), True),
        "vtiger, F-RevoCRM": (vtiger, False),
        "MikoPBX": (lambda raw: of(f"{scan} last10 = ?", _ascii(raw)[-10:]) if _long(raw) else frozenset(), False),
        "NFKC + phonenumbers (JP)": (lambda raw: of(f"{scan} e164 = ?", _e164(raw, "JP") or "-"), False),
    }


def _columns(place: int, raw: str) -> tuple[int, str, str, str, str, str, str, str | None, str | None, str | None]:
    stripped = re.sub(r"[-() ]", "", raw)
    digits = _ascii(raw)
    front = re.sub(r"[-()\s+]", "", raw)
    texts = (raw.replace(" ", ""), digits, front, front[::-1], digits[-10:])
    return (place, raw, *texts, _zammad(stripped, "49"), _zammad(stripped, "81"), _e164(raw, "JP"))


def _ascii(raw: str) -> str:
    return re.sub(r"[^0-9]", "", raw)


def _long(raw: str) -> bool:
    return len(_ascii(raw)) >= 6


def _zammad(raw: str, country: str) -> str | None:
    """Digits by a pattern, national ones under the default country, as Cti::CallerId does."""
    found = re.match(r"[0-9+()\-\s/]+", raw.replace("(0)", "") if raw.startswith("+") else raw)
    digits = re.sub(r"[^0-9]", "", found[0]) if found else ""
    if raw.startswith("+81") and digits.startswith("810"):
        digits = "81" + digits[3:]
    if digits.startswith("00"):
        return digits[2:]
    return (country + digits[1:] if digits.startswith("0") else digits) or None


def _frappe(base: sqlite3.Connection, region: str) -> Rule:
    """The text contains the number without its country; then E.164 under the default region decides, the first wins."""

    def ask(raw: str) -> frozenset[int]:
        wanted = _e164(raw, region, fold=False)
        if wanted is None:
            return frozenset()
        national = str(phonenumbers.parse(wanted).national_number)
        sql = "SELECT place, raw FROM people WHERE front LIKE ? ORDER BY place"
        for place, written in base.execute(sql, (f"%{national}%",)):
            if _e164(written, region, fold=False) == wanted:
                return frozenset({place})
        return frozenset()

    return ask


def _e164(raw: str, region: str, *, fold: bool = True) -> str | None:
    try:
        number = phonenumbers.parse(unicodedata.normalize("NFKC", raw) if fold else raw, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
