"""Fields of an app as its form describes them, and what each type takes."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.kintone_site.answers import Refusal

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_DAY = re.compile(r"\d{4}(-\d{1,2}(-\d{1,2})?)?")
_LINK = re.compile(r"(https?|ftp)://\S+")
TEXTS = {"SINGLE_LINE_TEXT", "MULTI_LINE_TEXT", "LINK"}
LISTS = {"DROP_DOWN", "RADIO_BUTTON"}
TICKS = {"CHECK_BOX", "MULTI_SELECT"}
BUILT_IN = {"RECORD_NUMBER", "CREATED_TIME", "UPDATED_TIME", "CREATOR", "MODIFIER", "CALC", "STATUS"}


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `most_letters` 0: no limit. `columns` of a table. `copied_to`: what a lookup fills in."""

    code: str
    kind: str = "SINGLE_LINE_TEXT"
    required: bool = False
    unique: bool = False
    most_letters: int = 0
    options: tuple[str, ...] = ()
    columns: tuple["Field", ...] = field(default=())
    copied_to: tuple[str, ...] = ()

    def told(self) -> dict[str, Any]:
        """Return it as app/form/fields.json does: numbers are texts, an unset limit is an empty one."""
        told: dict[str, Any] = {"type": self.kind, "code": self.code, "label": self.code, "noLabel": False}
        if self.kind not in BUILT_IN:
            told["required"] = self.required
        if self.kind in {"SINGLE_LINE_TEXT", "NUMBER", "LINK"}:
            told["unique"] = self.unique
        if self.kind in {"SINGLE_LINE_TEXT", "LINK"}:
            told |= {"minLength": "", "maxLength": str(self.most_letters or ""), "expression": ""}
        if self.kind in LISTS | TICKS:
            told["options"] = {name: {"label": name, "index": str(n)} for n, name in enumerate(self.options)}
        if self.kind == "SUBTABLE":
            told["fields"] = {column.code: column.told() for column in self.columns}
        if self.copied_to:
            told["lookup"] = {"fieldMappings": [{"field": code, "relatedField": code} for code in self.copied_to]}
        return told

    def empty(self) -> Any:
        """Return what an untouched field holds."""
        if self.kind in TICKS or self.kind == "SUBTABLE":
            return []
        return None if self.kind in {"DATE", "DATETIME", "TIME"} | LISTS else ""

    def take(self, value: Any) -> Any:
        """Return `value` as it is kept. Raises ValueError with kintone's words, Refusal where its form is wrong."""
        if self.kind == "SUBTABLE":
            return self._rows(value)
        if self.kind in TICKS:
            return self._ticks(value)
        if value is not None and not isinstance(value, str):
            raise Refusal(400, "CB_IJ01", "不正なJSON文字列です。")
        if not value:
            if self.required:
                raise ValueError("必須です。")
            return self.empty()
        if self.most_letters and len(value) > self.most_letters:
            raise ValueError(f"{self.most_letters + 1}文字より短くなければなりません。")
        return self._read(value)

    def _read(self, value: str) -> str:
        if self.kind == "NUMBER":
            if not _NUMBER.fullmatch(value):
                raise ValueError("数字でなければなりません。")
            return re.sub(r"^([+-]?)0+(?=\d)", r"\1", value).lstrip("+")
        if self.kind in LISTS and value not in self.options:
            raise ValueError(f'"{value}"は選択肢にありません。')
        if self.kind == "LINK" and not _LINK.fullmatch(value) and not re.fullmatch(r"[0-9+() -]+", value):
            raise ValueError("URLの形式が正しくありません。")
        if self.kind == "DATE" and not _DAY.fullmatch(value):
            raise ValueError("日付が正しくありません。")
        if self.kind == "DATETIME":
            try:
                at = datetime.fromisoformat(value)
            except ValueError:
                raise ValueError("日時が正しくありません。") from None
            return f"{at:%Y-%m-%dT%H:%M:00Z}"  # seconds are dropped
        return value

    def _ticks(self, value: Any) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise Refusal(400, "CB_IJ01", "不正なJSON文字列です。")
        for one in value:
            if one not in self.options:
                raise ValueError(f'"{one}"は選択肢にありません。')
        if self.required and not value:
            raise ValueError("必須です。")
        return value

    def _rows(self, value: Any) -> list[dict[str, Any]]:
        if not isinstance(value, list):
            raise Refusal(400, "CB_IJ01", "不正なJSON文字列です。")
        rows = []
        for number, row in enumerate(value, start=1):
            cells = {
                column.code: {
                    "type": column.kind,
                    "value": column.take((row["value"].get(column.code) or {}).get("value")),
                }
                for column in self.columns
            }
            rows.append({"id": str(number), "value": cells})
        return rows
