"""A synthetic Japan, the same for the same seed: people with numbers, typed as people type them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

_SURNAMES, _GIVEN, _KANA = (
    words.split()
    for words in (
        "佐藤 鈴木 高橋 田中 伊藤 渡辺 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林 斎藤 清水",
        "翔太 美咲 健太 陽子 一郎 花子 大輔 由美 誠 直子 隆 恵 亮 さくら 浩二 智子 正人 真理 拓也 明美",
        "サトウ スズキ タカハシ タナカ イトウ ワタナベ ヤマモト ナカムラ コバヤシ カトウ",
    )
)
_AREAS = ("3", "6", "45", "52", "11", "92", "22", "78", "75", "82")  # their subscribers' digits make up nine


@dataclass(frozen=True, slots=True)
class Someone:
    """One customer: `shared` numbers belong to a household or a company of two to five."""

    place: int
    name: str
    kana: str
    national: str
    group: str | None


def people(count: int, seed: int = 1) -> Iterator[Someone]:
    """Yield `count` customers; about 3.5 % of them share their number with one to four others."""
    chance = random.Random(seed)
    place = 0
    while place < count:
        together = chance.randint(2, 5) if chance.random() < 0.01 else 1
        national = mobile(chance) if chance.random() < 0.7 else fixed(chance)
        surname = chance.randrange(len(_SURNAMES))
        for _ in range(min(together, count - place)):
            name = f"{_SURNAMES[surname]} {chance.choice(_GIVEN)}"
            kana = _KANA[surname % len(_KANA)]
            yield Someone(place, name, kana, national, f"家{national}" if together > 1 else None)
            place += 1


def mobile(chance: random.Random) -> str:
    """Return the national digits of a mobile number."""
    return f"{chance.choice('789')}0{chance.randint(10_000_000, 99_999_999)}"


def fixed(chance: random.Random) -> str:
    """Return the national digits of a fixed line."""
    area = chance.choice(_AREAS)
    return area + str(chance.randint(2, 9)) + "".join(chance.choices("0123456789", k=8 - len(area)))


def typed(national: str, chance: random.Random) -> str:
    """Return the number as somebody typed it: half with hyphens, the rest in eight other ways."""
    head = 2 if len(national) == 10 else len(national) - 8
    area, middle, last = national[:head], national[head:-4], national[-4:]
    shapes = (
        f"0{area}-{middle}-{last}",
        f"0{national}",
        f"+81 {area}-{middle}-{last}",
        f"+81{national}",
        f"0{area}({middle}){last}",
        f"0{area}-{middle}-{last}".translate(_WIDE),
        f"0{area} {middle} {last}",
        f"+81 (0){area}-{middle}-{last}",
        f"0{area}-{middle}-{last} 内線{chance.randint(10, 99)}",
    )
    return chance.choices(shapes, (50, 17, 10, 3, 6, 8, 3, 1.5, 1.5))[0]


_WIDE = str.maketrans("0123456789-", "０１２３４５６７８９－")
