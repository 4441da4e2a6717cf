"""A written name: old and printed variants of a character are one (髙 高, 邉 辺, 﨑 崎), look-alikes are not (埼 崎).

Old forms of the 常用漢字 come from joyokanji; the table here adds what names use beside them. Variants that many
families keep apart as surnames of their own (穐 秋, 薗 園, 畠 畑, 碕 崎) stay apart, and so do the two characters
斉 (齊) and 斎 (齋). A name in Latin letters may be told in either order.
"""

import re
import unicodedata

from joyokanji import convert

from plugin.core.answers.heard import without_courtesy
from plugin.core.answers.letters import fold, katakana

_VARIANTS = re.findall(
    r"\S+",
    """
    高髙 辺邉邊 崎﨑嵜㟢 浜濵濱 斉齊 斎齋 吉𠮷 島嶋嶌 富冨 淵渕渊 桑桒 柳栁 橋槗𣘺 館舘 船舩 亀龜 禄祿 巌巖 尭堯 槙槇
    遥遙
    瑶瑤 凛凜 桧檜 野埜 昇曻 清淸 青靑 土圡𡈽 沢澤 滝瀧 竜龍 鶴靏靍鸖 鉄鐡銕 恒恆 教敎 達逹 薮藪 鴬鶯 麹麴 頬頰 峰峯
    枡桝 曳曵 昂昻 舎舍 剣劍劔劒剱 鴎鷗 場塲 篭籠 竈竃 壷壺 鶏雞 尚尙 晋晉 瀬瀨 萌萠 芦蘆 祢禰 黒黑 緑綠 郎郞
    郷鄕鄉 徳德 増增 横橫 歩步 荘莊 弥彌 真眞 曽曾 条條 蔵藏 寛寬 薫薰 緒緖 徴徵 戸戶 内內 呉吳 温溫 顔顏 鎌鐮 諌諫
    亘亙 晃晄 穣穰 彦彥 産產 悦悅 閲閱 鋭銳 税稅 説說 脱脫 兎兔 姫姬 莱萊 蒋蔣 祷禱 焔焰 騨驒 熙煕凞 宝寳 涼凉 聡聰 穎頴
    皐皋 舗舖 濤涛 鈎鉤 迩邇 頚頸 繍繡 蝉蟬 砺礪 蛎蠣 鯵鰺 噛嚙 檪櫟
    """,
)
_LATIN_MARKS = re.compile("(?<=[a-z])[\u0300-\u036f]+")
_COMPANIES = {
    "(株)": "株式会社", "(有)": "有限会社", "(同)": "合同会社", "(合)": "合資会社", "(名)": "合名会社",
    "(医)": "医療法人",
    "(社)": "社団法人", "(財)": "財団法人", "(一社)": "一般社団法人", "(一財)": "一般財団法人", "(学)": "学校法人",
    "(福)": "社会福祉法人", "(宗)": "宗教法人", "(特非)": "特定非営利活動法人",
}  # fmt: skip
_COMPANY = re.compile("|".join(map(re.escape, _COMPANIES)))
_TITLE = re.compile("(?:様|さま|さん|殿|(?<= )氏)$")
_NOT_WRITTEN = re.compile(r"[ ・･.,=’'\-‐]")
_LATIN = re.compile("[a-z]+")
_TABLE = {ord(old): group[0] for group in _VARIANTS for old in group[1:]}
_REPEATED = re.compile("(.)々")
_KANJI = "[\u3400-\u9fff\U00020000-\U0003ffff]"
_BETWEEN_KANJI = re.compile(f"(?<={_KANJI})[ノケガツ](?={_KANJI})")


def modern(text: str) -> str:
    """Return `text`, already folded, with every variant of a character as the one it stands for."""
    modern_text: str = convert(convert(text, variants=True).translate(_TABLE)).translate(_TABLE)
    return modern_text


def stored_forms(value: str) -> frozenset[str]:
    """Return the form of a name, and of its parts where they are two in Latin letters; none for nothing written."""
    plain = _without_marks(without_courtesy(fold(value)).casefold())
    text = _TITLE.sub("", modern(_COMPANY.sub(lambda found: _COMPANIES[found[0]], plain)))
    parts = [_NOT_WRITTEN.sub("", part) for part in re.split("[ ,]+", text)]
    text = _NOT_WRITTEN.sub("", text)
    text = _REPEATED.sub(r"\1\1", text).replace("ヶ", "ケ").replace("ヵ", "カ")
    text = "".join(_joint(text, place) for place in range(len(text)))
    if not any(letter.isalpha() for letter in text):
        return frozenset()
    if len(parts) == 2 and all(_LATIN.fullmatch(part) for part in parts):
        return frozenset({text, f"parts {'|'.join(sorted(parts))}"})
    return frozenset({text})


spoken_forms = stored_forms


def _joint(text: str, place: int) -> str:
    # 一の瀬 and 一ノ瀬 are one, 関が原 and 関ヶ原 too; a given name in hiragana and one in katakana are two.
    folded = "ツ" if text[place] == "ッ" else katakana(text[place])
    around = text[max(0, place - 1) : place] + folded + text[place + 1 : place + 2]
    if text[place] == "ッ" and _BETWEEN_KANJI.search(around):
        return folded  # 三ッ矢 and 三ツ矢
    if folded not in "ノガ" or not _BETWEEN_KANJI.search(around):
        return text[place]
    return "ケ" if folded == "ガ" else folded


def _without_marks(text: str) -> str:
    # José and Jose are one. Only letters of Latin lose their marks: those of kana are other sounds.
    return unicodedata.normalize("NFC", _LATIN_MARKS.sub("", unicodedata.normalize("NFD", text)))
