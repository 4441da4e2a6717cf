"""An app: its form, its records, and the rules by which it takes or refuses them, a hundred at once or none."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.kintone_site.answers import Refusal, invalid
from tests.kintone_site.fields import BUILT_IN, Field
from tests.kintone_site.query import read_query

MOST_AT_ONCE = 100
BUILT = (Field("レコード番号", "RECORD_NUMBER"), Field("作成日時", "CREATED_TIME"), Field("更新日時", "UPDATED_TIME"))


@dataclass(slots=True)
class Row:
    """One record: its values by field code, built-in ones apart."""

    id: int
    revision: int
    created_at: datetime
    updated_at: datetime
    values: dict[str, Any] = field(default_factory=dict)


class App:
    """One app. `code`: the app code that record numbers begin with, if any. `hidden`: fields that no reader sees."""

    def __init__(self, number: int, fields: Sequence[Field], clock: Callable[[], datetime], code: str = "") -> None:
        self.number = number
        self.code = code
        self.fields = {one.code: one for one in (*BUILT, *fields)}
        self.rows: dict[int, Row] = {}
        self.hidden: set[str] = set()
        self.lock = threading.RLock()
        self._clock = clock
        self._last = 0

    def form(self) -> dict[str, Any]:
        """Return what app/form/fields.json tells."""
        return {"properties": {code: one.told() for code, one in self.fields.items()}, "revision": "3"}

    def find(self, text: str, codes: Sequence[str]) -> list[dict[str, Any]]:
        """Return the records that a query finds; codes that the app does not have are passed over."""
        kinds = {"$id": "__ID__"} | {code: one.kind for code, one in self.fields.items()}
        query = read_query(text, kinds)
        with self.lock:
            found = query.of([self._values(row) for row in self.rows.values()])
            return [self._shown(self.rows[int(one["$id"])], codes) for one in found]

    def count(self, text: str) -> int:
        """Return how many records a query finds, whatever part of them it asks for."""
        kinds = {"$id": "__ID__"} | {code: one.kind for code, one in self.fields.items()}
        query = read_query(text, kinds)
        with self.lock:
            return sum(query.test(self._values(row)) for row in self.rows.values())

    def _values(self, row: Row) -> dict[str, Any]:
        """Return a record's values as queries see them."""
        built = {
            "$id": str(row.id),
            "RECORD_NUMBER": str(row.id),
            "CREATED_TIME": _minute(row.created_at),
            "UPDATED_TIME": _minute(row.updated_at),
        }
        own = {code: built[one.kind] for code, one in self.fields.items() if one.kind in built}
        kept = {
            code: row.values.get(code, one.empty()) for code, one in self.fields.items() if one.kind not in BUILT_IN
        }
        return {"$id": built["$id"]} | own | kept

    def _shown(self, row: Row, codes: Sequence[str]) -> dict[str, Any]:
        values = self._values(row)
        number = f"{self.code}-{row.id}" if self.code else str(row.id)
        shown = {
            code: {"type": one.kind, "value": number if one.kind == "RECORD_NUMBER" else values[code]}
            for code, one in self.fields.items()
            if code in values and code not in self.hidden
        }
        shown |= {
            "$id": {"type": "__ID__", "value": str(row.id)},
            "$revision": {"type": "__REVISION__", "value": str(row.revision)},
        }
        return {code: value for code, value in shown.items() if not codes or code in codes}

    def add(self, records: Any) -> dict[str, Any]:
        """Add records, all or none. Raises Refusal."""
        records = _list(records, "追加")
        with self.lock:
            taken = self._taken([(None, record) for record in records])
            now = self._clock()
            ids = []
            for values in taken:
                self._last += 1
                whole = {code: one.empty() for code, one in self.fields.items() if one.kind not in BUILT_IN} | values
                self.rows[self._last] = Row(self._last, 1, now, now, whole)
                ids.append(str(self._last))
            return {"ids": ids, "revisions": ["1"] * len(ids)}

    def update(self, records: Any) -> dict[str, Any]:
        """Update records by their ids, all or none. Raises Refusal."""
        records = _list(records, "更新")
        with self.lock:
            rows = [self._row(one) for one in records]
            taken = self._taken([(row, one.get("record") or {}) for row, one in zip(rows, records, strict=True)])
            now = self._clock()
            for row, values in zip(rows, taken, strict=True):
                row.values |= values
                row.revision += 1
                row.updated_at = now
            return {"records": [{"id": str(row.id), "revision": str(row.revision)} for row in rows]}

    def _row(self, one: Any) -> Row:
        if not isinstance(one, dict) or "updateKey" in one:
            raise Refusal(501, "", "updateKey is not modelled here")
        row = self.rows.get(int(one["id"])) if str(one.get("id", "")).isdigit() else None
        if row is None:
            raise Refusal(404, "GAIA_RE01", "指定したレコードが見つかりません。")
        revision = str(one.get("revision", "-1"))
        if revision not in ("-1", str(row.revision)):
            raise Refusal(409, "GAIA_CO02", "指定したrevisionは最新ではありません。")
        return row

    def _taken(self, records: Sequence[tuple[Row | None, Any]]) -> list[dict[str, Any]]:
        errors: dict[str, str] = {}
        taken: list[dict[str, Any]] = []
        for place, (row, record) in enumerate(records):
            if not isinstance(record, dict):
                raise Refusal(400, "CB_IJ01", "不正なJSON文字列です。")
            told = dict(record)
            if row is None:  # what is required must be told
                told |= {
                    code: {"value": None} for code, one in self.fields.items() if one.required and code not in record
                }
            values: dict[str, Any] = {}
            for code, cell in told.items():
                problem = self._put(values, code, cell, row, taken)
                if problem:
                    errors[f"records[{place}].{code}.value"] = problem
            taken.append(values)
        if errors:
            raise invalid(errors)
        return taken

    def _put(
        self, values: dict[str, Any], code: str, cell: Any, row: Row | None, before: Sequence[Mapping[str, Any]]
    ) -> str:
        """Take one field into `values`; return what is wrong with it, in kintone's words, or an empty text."""
        one = self.fields.get(code)
        if one is None:
            return ""  # passed over without a word, as documented
        if one.kind in BUILT_IN:
            raise Refusal(403, "GAIA_NO01", "このAPIトークンでは、指定したAPIを実行できません。")
        if not isinstance(cell, dict):
            raise Refusal(400, "CB_IJ01", "不正なJSON文字列です。")
        try:
            values[code] = one.take(cell.get("value"))
        except ValueError as error:
            return str(error)
        if one.unique and values[code]:
            others = [other.values.get(code) for other in self.rows.values() if other is not row]
            if values[code] in others or any(earlier.get(code) == values[code] for earlier in before):
                return "値がほかのレコードと重複しています。"
        return ""

    # What people do on kintone's own pages.

    def insert(self, **values: Any) -> int:
        """Let somebody add a record; return its id."""
        told = self.add([{code: {"value": value} for code, value in values.items()}])
        return int(told["ids"][0])

    def change(self, record_id: int, **values: Any) -> None:
        """Let somebody change a record."""
        self.update([{"id": record_id, "record": {code: {"value": value} for code, value in values.items()}}])

    def delete(self, record_ids: Iterable[int]) -> None:
        """Let somebody delete records; kintone tells nobody."""
        with self.lock:
            for record_id in record_ids:
                del self.rows[record_id]

    def drop(self, code: str) -> None:
        """Let the app's administrator take a field off the form."""
        del self.fields[code]

    def set(self, one: Field) -> None:
        """Let the app's administrator add a field, or change its settings."""
        self.fields[one.code] = one


def _list(records: Any, verb: str) -> list[Any]:
    if not isinstance(records, list):
        raise invalid({"records": "必須です。"})
    if len(records) > MOST_AT_ONCE:
        raise invalid({"records": f"一度に{MOST_AT_ONCE}件までのレコードを{verb}できます。"})
    return records


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:00Z}"
