"""A written name: old and printed variants of a character are one (髙 高, 邉 辺, 﨑 崎), look-alikes are not (埼 崎).

Old forms of the 常用漢字 come from joyokanji; the table here adds what names use beside them. Variants that many
families keep apart as surnames of their own (穐 秋, 薗 園, 畠 畑, 碕 崎) stay apart.
"""

import re

from joyokanji import convert

from plugin.core.answers.letters import fold, katakana

_VARIANTS = re.findall(
    r"\S+",
    """
    高髙 辺邉邊 崎﨑嵜㟢 浜濵濱 斉齋齊斎 吉𠮷 島嶋嶌 富冨 淵渕 桑桒 柳栁 橋槗𣘺 館舘 船舩 亀龜 禄祿 巌巖 尭堯 槙槇 遥遙
    瑶瑤 凛凜 桧檜 野埜 昇曻 清淸 青靑 土圡𡈽 沢澤 滝瀧 竜龍 鶴靏靍鸖 鉄鐡銕 恒恆 教敎 達逹 薮藪 鴬鶯 麹麴 頬頰 峰峯
    枡桝 曳曵 昂昻 舎舍 剣劍劔劒剱 鴎鷗 場塲 篭籠 竈竃 壷壺 鶏雞 尚尙 晋晉 瀬瀨 萌萠 芦蘆 祢禰 黒黑 緑綠 郎郞
    郷鄕 徳德 増增 横橫 歩步 荘莊 弥彌 真眞 曽曾 条條 蔵藏 寛寬 薫薰 緒緖 徴徵 戸戶 内內 呉吳 温溫 顔顏 鎌鐮 諌諫
    """,
)
_TABLE = {ord(old): group[0] for group in _VARIANTS for old in group[1:]}
_REPEATED = re.compile("(.)々")
_KANJI = "[\u3400-\u9fff\U00020000-\U0003ffff]"
_BETWEEN_KANJI = re.compile(f"(?<={_KANJI})[ノケ](?={_KANJI})")


def modern(text: str) -> str:
    """Return `text`, already folded, with every variant of a character as the one it stands for."""
    modern_text: str = convert(convert(text, variants=True).translate(_TABLE)).translate(_TABLE)
    return modern_text


def stored_forms(value: str) -> frozenset[str]:
    """Return the one form of a name, or nothing where nothing is written."""
    text = fold(value).casefold().replace("(株)", "株式会社").replace("(有)", "有限会社")
    text = re.sub(r"[ ・･.,=’'\-‐]", "", modern(text)).removesuffix("様")
    text = _REPEATED.sub(r"\1\1", text).replace("ヶ", "ケ").replace("ヵ", "カ")
    text = "".join(_joint(text, place) for place in range(len(text)))
    return frozenset({text}) if any(letter.isalpha() for letter in text) else frozenset()


spoken_forms = stored_forms


def _joint(text: str, place: int) -> str:
    # 一の瀬 and 一ノ瀬 are one; a given name in hiragana and one in katakana are two.
    folded = katakana(text[place])
    around = text[max(0, place - 1) : place] + folded + text[place + 1 : place + 2]
    return folded if folded in "ノ" and _BETWEEN_KANJI.search(around) else text[place]
