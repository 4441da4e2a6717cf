"""A reading written in Latin letters, as katakana: Hepburn, 訓令式, and what one types for kana.

A long vowel has to be there in some way (ou, oo, ō, ô, oh): Ono is オノ and never オオノ, Yuko never ユウコ.
"""

import re
import unicodedata

_ROWS = """
    a ア i イ u ウ e エ o オ ka カ ki キ ku ク ke ケ ko コ ga ガ gi ギ gu グ ge ゲ go ゴ
    sa サ shi シ si シ su ス se セ so ソ za ザ ji ジ zi ジ zu ズ ze ゼ zo ゾ
    ta タ chi チ ti チ tsu ツ tu ツ te テ to ト da ダ di ヂ du ヅ dzu ヅ de デ do ド
    na ナ ni ニ nu ヌ ne ネ no ノ ha ハ hi ヒ fu フ hu フ he ヘ ho ホ ba バ bi ビ bu ブ be ベ bo ボ
    pa パ pi ピ pu プ pe ペ po ポ ma マ mi ミ mu ム me メ mo モ ya ヤ yu ユ yo ヨ
    ra ラ ri リ ru ル re レ ro ロ wa ワ wo ヲ n' ン
    sha シャ shu シュ sho ショ sya シャ syu シュ syo ショ ja ジャ ju ジュ jo ジョ jya ジャ jyu ジュ jyo ジョ
    zya ジャ zyu ジュ zyo ジョ cha チャ chu チュ cho チョ tya チャ tyu チュ tyo チョ dya ヂャ dyu ヂュ dyo ヂョ
"""
_SYLLABLES = dict(zip(_ROWS.split()[::2], _ROWS.split()[1::2], strict=True))
_SYLLABLES |= {
    f"{letter}y{vowel}": f"{_SYLLABLES[f'{letter}i']}{small}"
    for letter in "kgnhbpmr"
    for vowel, small in zip("auo", "ャュョ", strict=True)
}
_TOKEN = re.compile(
    "|".join(sorted(_SYLLABLES, key=len, reverse=True))
    + "|(?P<doubled>([ksthcpgzjdbfr])(?=\\2)|t(?=ch))"  # kk, tt, tch
    + "|(?P<n>n(?![aiueoy'])|m(?=[bpm]))"  # Honda, Namba
    + "|(?P<long>-)"
)
_LONG_H = re.compile("(?<=o)h(?![aiueoy])")  # Ohta, Satoh
_MARKED = re.compile("([aiueo])[\u0302\u0304]")
_BREAK = re.compile("(?<=n)[-’‘`](?=[aiueoy])")  # Jun-ichi is Jun'ichi


def katakana_of(word: str) -> str:
    """Return one word (no spaces) in katakana; nothing where it is not plainly a Japanese reading."""
    text = unicodedata.normalize("NFD", word.casefold())
    if "-" in _BREAK.sub("'", text):
        return ""
    text = _LONG_H.sub("-", _MARKED.sub(r"\1-", _BREAK.sub("'", text)))
    kana, place = "", 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            return ""
        if found["doubled"]:
            kana += "ッ"
        elif found["n"]:
            kana += "ン"
        else:
            kana += "ー" if found["long"] else _SYLLABLES[found[0]]
        place = found.end()
    return kana
