"""Addresses: the same town and the same numbers, however written: 一丁目二番三号, 1-2-3, １の２の３.

Prefecture and city may be left out by the caller, from the front; what he does say must be right. The room counts; the
building's name may be left out. 1丁目2番 and 1番地2 are two places, though both may be written 1-2, which fits either.
"""

import re
from collections.abc import Iterator

from plugin.core.answers.address_text import Lot, Place, clean, is_prefecture, place, split

# A ward without a city before it is one of Tokyo's: other wards belong to a city.
_TOKYO = frozenset(
    re.findall(
        r"\S+",
        """
        千代田区 中央区 港区 新宿区 文京区 台東区 墨田区 江東区 品川区 目黒区 大田区 世田谷区 渋谷区 中野区 杉並区
        豊島区 北区 荒川区 板橋区 練馬区 足立区 葛飾区 江戸川区
        """,
    )
)


def stored_forms(value: str) -> frozenset[str]:
    """Return the forms of an address that the CRM holds; none where it has no town or no number."""
    read = split(clean(value))
    if read is None:
        return frozenset()
    before, lot = read
    insides = (lot.building, "left out") if lot.building else ("none",)
    return _joined(_stored_places(place(before)), lot, insides)


def spoken_forms(text: str) -> frozenset[str]:
    """Return the forms of an address that a caller said; none where it has no town or no number."""
    read = split(clean(text))
    if read is None:
        return frozenset()
    before, lot = read
    insides = (lot.building, "none") if lot.building else ("left out", "none")
    return _joined(_spoken_places(place(before), before), lot, insides)


def _joined(places: Iterator[str], lot: Lot, insides: tuple[str, ...]) -> frozenset[str]:
    kinds = ("block", "lot") if lot.blocks is None else (("block",) if lot.blocks else ("lot",))
    numbers = "-".join(lot.numbers)
    return frozenset(
        f"{where}|{numbers}|{kind} {ground}|{inside}"
        for where in places
        for kind in kinds
        for ground in lot.ground
        for inside in insides
    )


def _stored_places(read: Place) -> Iterator[str]:
    levels, town = read.levels, read.town
    yield from _endings(levels, town)
    head = levels[0] if levels else ""
    if head.endswith(("市", "郡")):
        yield f"beyond {'/'.join(levels)}|{town}"
    elif head in _TOKYO:
        yield f"beyond 東京都 {'/'.join(levels)}|{town}"
    if _in_county(levels):  # 神奈川県中郡大磯町高麗 is told as 大磯町高麗 too
        for ending in _endings(levels[:-2], levels[-1] + town):
            yield f"county left out {ending}"


def _spoken_places(read: Place, before: str) -> Iterator[str]:
    levels, town = read.levels, read.town
    yield f"{'/'.join(levels)}|{town}"
    if levels and is_prefecture(levels[0]):
        yield f"beyond {'/'.join(levels[1:])}|{town}"
        if levels[0] == "東京都":
            yield f"beyond 東京都 {'/'.join(levels[1:])}|{town}"
    prefecture = levels[0] if levels and is_prefecture(levels[0]) else ""
    whole = f"{prefecture}|{before.removeprefix(prefecture)}"  # a town's name may hold 市, 区 or 郡
    yield whole
    if _in_county(levels):
        yield f"{'/'.join(levels[:-2])}|{levels[-1]}{town}"
        return
    yield f"county left out {'/'.join(levels)}|{town}"
    yield f"county left out {whole}"


def _endings(levels: tuple[str, ...], town: str) -> Iterator[str]:
    for start in range(len(levels) + bool(town)):
        yield f"{'/'.join(levels[start:])}|{town}"


def _in_county(levels: tuple[str, ...]) -> bool:
    return len(levels) > 1 and levels[-2].endswith("郡")
