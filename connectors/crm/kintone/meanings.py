"""What the fields of the customers app mean: our defaults, and what a site says otherwise.

The words are those of the built-in CRM's customer lists (docs/connectors.md). Written as `携帯=own_mobile,
都道府県+市区町村+番地=address`: fields joined by + are read one behind the other; a column of a table is `表.列`.
"""

import re
from dataclasses import dataclass

from connectors.crm.meanings import NUMBERS, Meaning

CODE = re.compile(r"[^\s.=+,;\"\\()<>!&|$'`]{1,128}")
_CODES = re.compile(rf"{CODE.pattern}(?:\.{CODE.pattern})?")

_SAYABLE = tuple(each for each in Meaning if each is not Meaning.EXTERNAL_ID)  # a record's number is its id


@dataclass(frozen=True, slots=True)
class Mapped:
    """Fields that mean one thing together. `own`: the site itself says so, so its absence is worth telling."""

    codes: tuple[str, ...]
    meaning: Meaning
    own: bool = False


DEFAULTS = (
    Mapped(("顧客名",), Meaning.NAME),
    Mapped(("フリガナ",), Meaning.KANA),
    Mapped(("顧客コード",), Meaning.CODE),
    Mapped(("顧客区分",), Meaning.KIND),
    Mapped(("世帯",), Meaning.HOUSEHOLD),
    Mapped(("会社",), Meaning.COMPANY),
    Mapped(("退会",), Meaning.GONE),
    Mapped(("携帯電話",), Meaning.MOBILE),
    Mapped(("自宅電話",), Meaning.HOME),
    Mapped(("勤務先電話",), Meaning.WORK),
    Mapped(("代表電話",), Meaning.MAIN),
    Mapped(("電話番号",), Meaning.NUMBER),
    Mapped(("TEL",), Meaning.NUMBER),
    Mapped(("FAX",), Meaning.FAX),
)


def read_meanings(text: str) -> tuple[Mapped, ...]:
    """Return the defaults as `text` bends them: a field or a meaning that it names is no longer ours to guess.

    Raises ValueError, whose text says what is wrong and holds nothing of `text`.
    """
    own = tuple(_read(part.strip()) for part in re.split(r"[,;\n]", text) if part.strip())
    single = [one.meaning for one in own if one.meaning not in NUMBERS and one.meaning is not Meaning.IGNORE]
    if len(single) != len(set(single)):
        raise ValueError("two entries mean the same: join their fields by +")
    codes = {code for one in own for code in one.codes}
    left = (one for one in DEFAULTS if not codes & set(one.codes) and one.meaning not in single)
    return (*left, *(one for one in own if one.meaning is not Meaning.IGNORE))


def _read(part: str) -> Mapped:
    names, equals, word = (piece.strip() for piece in part.partition("="))
    codes = tuple(name.strip() for name in names.split("+"))
    if not equals or not all(_CODES.fullmatch(code) for code in codes):
        raise ValueError("write field code=meaning")
    if word not in _SAYABLE:
        raise ValueError(f"what a field means is one of {', '.join(_SAYABLE)}")
    return Mapped(codes, Meaning(word), own=True)
