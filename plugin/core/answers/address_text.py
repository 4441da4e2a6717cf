"""Takes a written Japanese address apart: prefecture to ward, town, numbers, building. Looks nothing up anywhere.

Libraries that know all towns were refused: they fetch from the network at run time and would send customers' addresses
out. So a town is whatever stands between the last city or ward and the first number, compared letter by letter.
"""

import re
from dataclasses import dataclass

from plugin.core.answers.heard import with_hyphens, with_numerals, without_courtesy, without_label
from plugin.core.answers.letters import DASHES, NUMERAL, fold, katakana, number
from plugin.core.answers.name import modern

_PREFECTURES = re.findall(
    r"\S+",
    """
    北海道 青森県 岩手県 宮城県 秋田県 山形県 福島県 茨城県 栃木県 群馬県 埼玉県 千葉県 東京都 神奈川県 新潟県 富山県
    石川県 福井県 山梨県 長野県 岐阜県 静岡県 愛知県 三重県 滋賀県 京都府 大阪府 兵庫県 奈良県 和歌山県 鳥取県 島根県
    岡山県 広島県 山口県 徳島県 香川県 愛媛県 高知県 福岡県 佐賀県 長崎県 熊本県 大分県 宮崎県 鹿児島県 沖縄県
    """,
)
_PREFECTURE = re.compile("|".join(map(modern, _PREFECTURES)))
_SHORT_NAMES = {name[:-1]: name for name in map(modern, _PREFECTURES) if name != "北海道"}
_SHORT = re.compile("|".join(_SHORT_NAMES))
# A ward without a city before it is one of Tokyo's: other wards belong to a city.
_WARDS = frozenset(
    re.findall(
        r"\S+",
        """
        千代田区 中央区 港区 新宿区 文京区 台東区 墨田区 江東区 品川区 目黒区 大田区 世田谷区 渋谷区 中野区 杉並区
        豊島区 北区 荒川区 板橋区 練馬区 足立区 葛飾区 江戸川区
        """,
    )
)
# Cities with wards, which people tell without 市: 名古屋千種区.
_CITY_TOLD = re.compile(
    rf"^({_PREFECTURE.pattern})?(札幌|仙台|サイタマ|千葉|横浜|川崎|相模原|新潟|静岡|浜松|名古屋|京都|大阪|堺|神戸|岡山|広島|北九州"
    r"|福岡|熊本)(?=[^市区町村郡0-9 ]{1,4}区)"
)
# Tokyo's islands are towns of no county; people tell the island's name before the town's, or instead of it.
_ISLANDS = re.findall(r"\S+", "大島町 利島村 新島村 神津島村 三宅村 御蔵島村 八丈町 青島村 小笠原村")  # 青ケ島
_ISLAND = re.compile("|".join(_ISLANDS))
_ISLAND_TOLD = re.compile("(?:八丈島(?:八丈町)?|三宅島(?:三宅村)?|大島(?=大島町)|新島(?=新島村)|利島(?=利島村))")
_TOWN_OF_ISLAND = {"八": "八丈町", "三": "三宅村"}
IN_TOKYO = _WARDS | frozenset(_ISLANDS)
_CITY_NAMED_COUNTY = "大和郡山市|小郡市|蒲郡市|郡山市|郡上市"
_COUNTY = re.compile(rf"(?!{_CITY_NAMED_COUNTY})([^0-9]{{1,5}}?郡)([^0-9]{{1,6}}?[町村])")
_CITY_NAMED_MARKET = "四日市市|廿日市市|野々市市|野野市市"
_CITY = re.compile(rf"{_CITY_NAMED_COUNTY}|{_CITY_NAMED_MARKET}|[^0-9区]{{1,6}}?市")
_WARD = re.compile(r"[^0-9]{1,4}?区")

_POSTAL = re.compile(r"^(?:〒 ?[0-9]{3}-?[0-9]{4}|[0-9]{3}-[0-9]{4}|[0-9]{7}(?![0-9])) ?")
_COUNTRY = re.compile(f"^日本国?(?={'|'.join(_PREFECTURES)})")
_SMALL = str.maketrans("ァィゥェォャュョッヶヵ", "アイウエオヤユヨツケカ")
_KANJI = "[\u3400-\u9fff]"
_LINK = re.compile(
    rf"(?<=[0-9A-Z〇一二三四五六七八九十百千]) ?[{re.escape(DASHES)}ー~〜・.] ?(?=[0-9A-Z〇一二三四五六七八九十百千])"
)
_JOINT = re.compile(f"(?<={_KANJI})[ケガ](?={_KANJI})")
_JOINT_LEFT_OUT = re.compile(
    f"(?<={_KANJI})(?<![一二三四五六七八九十])ケ(?={_KANJI})"
)  # 市ヶ谷, 市谷; not 三ヶ日, 三日
_BETWEEN = re.compile(f"(?<={_KANJI})之(?={_KANJI})")
_SPACE_IN_WORDS = re.compile("(?<![0-9A-Z]) (?![0-9A-Z])")
_HAMLET_MARK = re.compile("(?<![文十])字")
_TOLD_NUMBERS = re.compile(f"(?<={_KANJI})(?:[ァ-ヶ]+ノ)+[ァ-ヶ]+$")  # 今池イチノニノサン
_DIRECTED = "丁目[東西南北](?=[0-9])"  # 本通7丁目南6番1号, as Sapporo says
_NUMBERED = re.compile(
    rf"(?P<run>{NUMERAL}+)(?=丁目|丁(?:[ 0-9]|{NUMERAL})|番|号|地割|ノ(?:[0-9]|{NUMERAL})|-|室|階|棟|条|線|軒| |$)"
    rf"|(?<=[目番地号-])(?P<next>{NUMERAL}+)(?!{_KANJI})"
)
_GRID = re.compile("([北南])([0-9]{1,2})(?=[東西][0-9])|([東西])([0-9]{1,2})(?=[北南][0-9])")  # 北1西2, as Sapporo says
_TURN = re.compile("(?<=.)(?P<way>[上下])ガ?[ルリ]|(?<=.)(?P<side>[東西南北])入(?P<told>[ルリ]?)")  # 上ル, 東入
_PART_OF_TOWN = f"番町|番丁|地割|条|線|軒|人町|町|区|{_DIRECTED}"
_FIRST_NUMBER = re.compile(rf"(?<![0-9])[0-9]{{1,5}}(?![0-9])(?!(?:{_PART_OF_TOWN}))")
_LINKED = re.compile(
    r"(?P<number>[0-9]{1,5})(?![0-9]) ?(?P<unit>丁目|丁(?=[ 0-9])|番地|番|号)?(?P<link> ?[-ノ、,/] ?(?=[0-9])| ?)"
)
_ROOM_NEXT = re.compile(r"[0-9]+ ?(?:号室|室|F|階|号棟|号館|棟)")
_BASEMENT = re.compile("地下([0-9])階")
_STOREY_BEFORE_ROOM = re.compile("[0-9]{1,2}F ?(?=[0-9]{3,4}(?:号室|号|室)?$)")
_ROOM = re.compile(
    r"(?:#|NO\.?)? ?([A-Z]{0,2}-?[0-9]{1,5}(?:-?[A-Z])?(?:-[0-9]{1,5})?|(?:^|(?<= ))[A-Z])(?:号室|号|室)?$"
)
_BLOCK = re.compile(r"([A-Z]|[0-9]{1,3})号?(?:棟|館)")
_MOST_NUMBERS = 8
_NO_BUILDING = re.compile(r"[0-9]番|丁目|番地|[0-9]号|^[ノ\W]|[町村丁]$|^[0-9]+$")


@dataclass(frozen=True, slots=True)
class Place:
    """What stands before the numbers: prefecture, county, city, ward (those written, outermost first) and town.

    `hamlet_left_out`: the town without the 字 that it is written with; empty where it has none.
    """

    levels: tuple[str, ...]
    town: str
    hamlet_left_out: str = ""


@dataclass(frozen=True, slots=True)
class Lot:
    """The numbers, outermost first, the room's at the end; how they may be read, and the building's name.

    `blocks`: whether the first is a 丁目; None where the text does not tell. `ground`: how many of the numbers belong
    to the ground rather than to a room; every count that the text allows.
    """

    numbers: tuple[str, ...]
    blocks: bool | None
    ground: frozenset[int]
    building: str


def clean(text: str) -> str:
    """Return `text` with one writing for each thing that addresses write in several ways; 字 stays where it stood."""
    plain = with_hyphens(without_label(without_courtesy(fold(text)), "住所"))
    folded = katakana(modern(plain).upper()).translate(_SMALL)
    folded = _POSTAL.sub("", _LINK.sub("-", folded))
    folded = re.sub("大字", "", folded).replace("小字", "字").replace("通リ", "通")
    folded = re.sub("(?<=[^0-9A-Z])[、,](?=[^0-9A-Z])", "", folded)
    folded = _SPACE_IN_WORDS.sub("", _JOINT.sub("ケ", _BETWEEN.sub("ノ", folded)))
    folded = _CITY_TOLD.sub(r"\1\2市", _COUNTRY.sub("", folded))
    folded = _ISLAND_TOLD.sub(lambda found: _TOWN_OF_ISLAND.get(found[0][0], ""), folded)
    folded = _TOLD_NUMBERS.sub(lambda found: with_numerals(found[0]), _JOINT_LEFT_OUT.sub("", folded))
    folded = _NUMBERED.sub(lambda found: number(found[0]) or found[0], folded)
    folded = re.sub("第(?=[0-9]+地割)", "", folded)
    return _GRID.sub(lambda found: f"{found[0]}条", folded)


def split(text: str) -> tuple[str, Lot] | None:
    """Return what stands before the numbers in a cleaned `text`, and the numbers; None where there are none."""
    for found in _FIRST_NUMBER.finditer(text):
        before = text[: found.start()].strip(" -、,")
        if re.search("[^0-9 ]", before):
            lot = _lot(text[found.start() :])
            return None if lot is None else (before.replace(" ", ""), lot)
    return None


def place(before: str) -> Place:
    """Return prefecture to ward, and the town, of what stands before the numbers."""
    levels, rest = _levels(before)
    marks = [found.start() for found in _HAMLET_MARK.finditer(rest)]
    return Place(tuple(levels), without_mark(rest), without_mark(rest[: marks[-1]]) if marks else "")


def without_mark(text: str) -> str:
    """Return a cleaned text without the word 字, which may be left out."""
    return _HAMLET_MARK.sub("", text)


def _levels(before: str) -> tuple[list[str], str]:
    levels: list[str] = []
    rest = before
    if found := _PREFECTURE.match(rest):
        levels.append(found[0])
        rest = rest[found.end() :]
    elif (found := _SHORT.match(rest)) and _goes_on(found[0], rest[found.end() :]):
        levels.append(_SHORT_NAMES[found[0]])
        rest = rest[found.end() :]
    if found := _COUNTY.match(rest):
        return [*levels, found[1], found[2]], rest[found.end() :]
    for level in (_CITY, _WARD, _ISLAND):
        found = level.match(rest)
        if found and found.end() < len(rest) and (level is not _ISLAND or levels in ([], ["東京都"])):
            levels.append(found[0])
            rest = rest[found.end() :]
    return levels, rest


def _goes_on(short: str, rest: str) -> bool:
    # 東京新宿区, 大阪堺市: a prefecture told without its 都 or 府. 福島市 and 兵庫区 are none.
    if rest[:1] in "都道府県市区郡町村":
        return False
    ward = _WARD.match(rest)
    return bool(_CITY.match(rest) or _COUNTY.match(rest) or (short == "東京" and ward and ward[0] in _WARDS))


def street(town: str, levels: tuple[str, ...]) -> tuple[str, str]:
    """Return the way to a town as Kyoto tells it (寺町御池上ル), and the town; the way empty where none is told."""
    last = None
    for found in _TURN.finditer(town):
        if found["way"] or found["told"] or "京都市" in levels or "通" in town[: found.start()]:
            last = found
    if last is None or last.end() == len(town):
        return "", town
    way = _TURN.sub(lambda found: f"{found['way'] or found['side'] + '入'}ル", town[: last.end()])
    return way.replace("通", ""), town[last.end() :]


def is_prefecture(level: str) -> bool:
    """Tell whether a level is one of the 47."""
    return _PREFECTURE.fullmatch(level) is not None


def _lot(text: str) -> Lot | None:
    ground, units, rest = _ground(text)
    room, building = _inside(rest)
    if building is None or not 0 < len(ground) <= _MOST_NUMBERS:
        return None
    named = any(unit != "" for unit in units)
    certain = max((place + 1 for place, unit in enumerate(units) if unit), default=1)
    told = bool(room or building or units[-1])
    fewest = len(ground) if told else len(ground) - 1 if len(ground) < 4 else 2  # 4-10-3-405 may be 3号棟405号室
    counts = {max(certain, count) for count in range(fewest, len(ground) + 1)}
    return Lot((*ground, *room), _blocks(units) if named else None, frozenset(counts), building)


def _ground(text: str) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    spaced = re.fullmatch("[0-9]+(?: [0-9]+)+", text) is not None
    numbers: list[str] = []
    units: list[str] = []
    rest = text
    while found := _LINKED.match(rest):
        unit = found["unit"] or ""
        if numbers and (_ROOM_NEXT.match(rest) or (unit == "号" and len(numbers) > 2)):
            break
        numbers.append(str(int(found["number"])))
        units.append(unit)
        rest = rest[found.end() :]
        if unit == "号" or not (unit or found["link"].strip() or spaced):
            break
    return tuple(numbers), tuple(units), rest


def _blocks(units: tuple[str, ...]) -> bool | None:
    if units[0]:
        return units[0].startswith("丁")
    behind = units[1:]
    if any(unit.startswith("番") for unit in behind):
        return True
    return len(units) > 2 if "号" in behind else None


def _inside(rest: str) -> tuple[tuple[str, ...], str | None]:
    """Return the room's numbers and the building's name; the name is None where numbers of the ground hide in it."""
    text = _BASEMENT.sub(r"B\1F", rest.strip(" -、,()ノ")).replace("階", "F")
    text = _STOREY_BEFORE_ROOM.sub(" ", text)
    found = _ROOM.search(text)
    floor = re.search(r"(B?[0-9]{1,2}F)(?:号室|室)?$", text) if found is None else None
    ending = found or floor
    tokens: list[str] = []
    if ending is not None:
        tokens = re.findall("[A-Z]+|[0-9]+", ending[1])
        text = text[: ending.start()]
    blocks = [block[1] for block in _BLOCK.finditer(text)]
    name = re.sub(r"[ ・･.,、()'’&_-]", "", _BLOCK.sub("", text))
    name = re.sub(f"第({NUMERAL}+)", lambda numeral: f"第{number(numeral[1]) or numeral[1]}", name)
    if name and _NO_BUILDING.search(name):
        return (), None
    room = tuple(str(int(token)) if token.isdecimal() else token for token in (*blocks, *tokens))
    return room, name
