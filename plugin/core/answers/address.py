"""Addresses: the same town and the same numbers, however written: 一丁目二番三号, 1-2-3, １の２の３.

Prefecture and city may be left out by the caller, from the front; what he does say must be right. The room counts; the
building's name may be left out. 1丁目2番 and 1番地2 are two places, though both may be written 1-2, which fits either.
"""

from collections.abc import Iterator

from plugin.core.answers.address_text import (
    IN_TOKYO,
    Lot,
    Place,
    clean,
    is_prefecture,
    place,
    split,
    street,
    without_mark,
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
    return _joined(_spoken_places(place(before), without_mark(before)), lot, insides)


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
    for town in (read.town, read.hamlet_left_out):
        if town:
            yield from _stored_places_of(read.levels, town)


def _stored_places_of(levels: tuple[str, ...], whole: str) -> Iterator[str]:
    way, town = street(whole, levels)
    for told in (f"{way}~", "way left out~") if way else ("no way~",):
        yield from _endings(levels, town, told)
        head = levels[0] if levels else ""
        if head.endswith(("市", "郡")):
            yield f"beyond {'/'.join(levels)}|{told}{town}"
        elif head in IN_TOKYO:
            yield f"beyond 東京都 {'/'.join(levels)}|{told}{town}"
        if _in_county(levels):  # 神奈川県中郡大磯町高麗 is told as 大磯町高麗 too
            for ending in _endings(levels[:-2], levels[-1] + town, told):
                yield f"county left out {ending}"


def _spoken_places(read: Place, before: str) -> Iterator[str]:
    levels = read.levels
    yield from _ways(levels, read.town)
    if levels and is_prefecture(levels[0]):
        for place_told in _ways(levels[1:], read.town):
            yield f"beyond {place_told}"
            if levels[0] == "東京都":
                yield f"beyond 東京都 {place_told}"
    prefecture = levels[0] if levels and is_prefecture(levels[0]) else ""
    whole = tuple(_ways((prefecture,), before.removeprefix(prefecture)))  # a town's name may hold 市, 区 or 郡
    yield from whole
    if _in_county(levels):
        yield from _ways(levels[:-2], levels[-1] + read.town)
        return
    for place_told in (*_ways(levels, read.town), *whole):
        yield f"county left out {place_told}"


def _ways(levels: tuple[str, ...], told: str) -> Iterator[str]:
    way, town = street(told, levels)
    for each in (way or "way left out", "no way"):
        yield f"{'/'.join(levels)}|{each}~{town}"


def _endings(levels: tuple[str, ...], town: str, told: str) -> Iterator[str]:
    for start in range(len(levels) + bool(town)):
        yield f"{'/'.join(levels[start:])}|{told}{town}"


def _in_county(levels: tuple[str, ...]) -> bool:
    return len(levels) > 1 and levels[-2].endswith("郡")
