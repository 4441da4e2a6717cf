"""The words that stand around or instead of a telephone number, as people and networks write them. Reads no number.

All words are in the form that plugin/core/numbers.py folds a text into: NFKC, lower case.
"""

import re

# What the four reasons of the Japanese networks are called: in English by the network, in Japanese on displays, in
# kana on old telephones, by the single letters P, C, S and O on devices; and what phone systems write.
_WITHHELD: dict[str, str] = {
    "refused": "anonymous p private privatenumber privatecaller withheld restricted blocked hidden nocallerid "
    "calleridblocked calleridwithheld 非通知 非通知設定 番号非通知 発信者番号非通知 匿名 ヒツウチ バンゴウヒツウチ",
    "payphone": "c coinline coinline/payphone payphone コインライン 公衆電話 公衆 コウシュウ コウシュウデンワ",
    "service_conflict": "s interactionwithotherservice interactionwithotherservices serviceconflict サービス競合",
    "unavailable": "o unavailable outofarea 表示圏外 圏外 通知不可 通知不可能 番号通知不可 ヒョウジケンガイ ツウチフカ "
    "ツウチフカノウ",
    "unknown": "unknown unknownnumber unknowncaller 番号不明 発信者不明 不明",
}
WITHHELD = {word: reason for reason, words in _WITHHELD.items() for word in words.split()}

# What a line is, or whom one reaches on it. A word that says the number no longer holds (旧) is not among them.
_LABELS = """
    tel telephone phone ph fax facsimile mobile mobilephone mob cell cellphone cellular home work office main direct
    電話 電話番号 お電話 お電話番号 でんわ tel番号 番号 ☎ ☏ ✆ 📞 📱 📠
    携帯 携帯電話 携帯番号 携帯電話番号 ケータイ ケイタイ けいたい スマホ スマートフォン phs
    自宅 ご自宅 自宅電話 自宅番号 家 宅電 家電 実家 固定 固定電話 加入電話 ip電話 ip ひかり電話 光電話
    会社 会社電話 勤務先 職場 事務所 本社 オフィス 代表 代表電話 代表番号 代 直通 直通電話 直
    ファックス ファクス ファクシミリ fax番号
    フリーダイヤル フリーコール フリーアクセス フリーボイス 通話料無料 通話無料 無料 ナビダイヤル ナビアクセス ナビ
    連絡先 ご連絡先 連絡先電話番号 連絡先番号 緊急 緊急連絡先 日中 日中連絡先 昼間 昼 夜間 夜
    呼出 呼び出し 呼 転送 転送先 大代表 大代
    平日 平日昼間 平日夜間 休日 土日 終日 午前 午後 sms sms可 smsok ショートメール可 line 留守電 留守電可
    社用 会社用 社用携帯 個人 個人用 個人携帯 個人携帯電話 私用 仕事 仕事用 業務 業務用
    本人 ご本人 妻 夫 奥様 ご主人 父 母 息子 娘 長男 長女 祖父 祖母 兄 弟 姉 妹 家族 ご家族
    本人様 ご本人様 母親 父親 お母さん お母様 お父さん お父様 奥さん 旦那 旦那様 旦那さん ご主人様 息子さん 息子様
    娘さん お嬢様 お兄さん お姉さん お孫さん 孫 保護者 保護者様
"""
# Single letters name a line only before a colon, full stop or bracket: T: F. (M)
_LETTER = r"[tfmhwpdco](?=\s*[:.)\]])"

OPEN = r"(\[<{【〔「『〈《"
CLOSE = r")\]>}】〕」』〉》"


def _either_hyphen(word: str) -> str:
    # フリーダイヤル is also typed with a hyphen for its long vowel.
    return re.escape(word).replace("ー", "[ー-]")


_WORD = "|".join(_either_hyphen(word) for word in sorted(_LABELS.split(), key=len, reverse=True))
_COUNTED = rf"(?:\s*[1-9](?=\s*[:{CLOSE}]|\s+[0+]))?"  # 携帯1: … and 携帯2 090…
HEAD_LABEL = re.compile(
    rf"[\s{OPEN}※*・]*(?:{_LETTER}|(?:{_WORD}){_COUNTED})\s*[{CLOSE}]*\s*[:=.、,/|ー-]*\s*(?=[^\s]|$)"
)
TAIL_LABEL = re.compile(rf"[\s:.、,/|;※{OPEN}ー-]*(?:{_WORD})[\s{CLOSE}]*$")

_EXTENSION_WORD = r"内線番号|内線no|内線|内|ないせん|ナイセン|extension|extn|ext|xtn|x|×"
EXTENSION = re.compile(
    rf"(?P<number>.*?)[\s,、.;:/{OPEN}ー-]*(?P<word>{_EXTENSION_WORD}|#)[{CLOSE}]?[\s.:=#ー-]*"
    rf"(?P<extension>[0-9][0-9\sー-]*)番?[\s{CLOSE}]*"
)
