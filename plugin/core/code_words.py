"""What a customer reads or hears with his code: from whom, how long it is good, who will ask, and what to do else.

Short enough for two parts of a Japanese text message (67 letters each).
"""

from plugin.core.codes import LASTS
from plugin.core.ports import MessageWay

_MINUTES = int(LASTS.total_seconds()) // 60
_SMS = {
    "ja": "{who}本人確認コード：{code}（{minutes}分間有効）\nいまお電話中の担当者がお尋ねします。"
    "お電話に心当たりがない場合は、どなたにもお伝えにならないでください。",
    "en": "{who}Your code: {code} (valid {minutes} minutes). The person you are on the phone with will ask you for it. "
    "If you are not on the phone with us, tell it to nobody.",
}
_VOICE = {
    "ja": "{who}本人確認コードをお知らせします。コードは、{code}、です。もう一度申し上げます。{code}、です。"
    "先ほどからお電話中の担当者がお尋ねします。お電話に心当たりがない場合は、どなたにもお伝えにならないでください。",
    "en": "{who}This is your identity code. The code is {code}. Once more: {code}. The person you are on the phone "
    "with will ask you for it. If you are not on the phone with us, tell it to nobody.",
}
_WHO = {
    MessageWay.SMS: {"ja": "【{company}】", "en": "{company}: "},
    MessageWay.VOICE: {"ja": "{company}です。", "en": "This is {company}. "},
}


def words_of(way: MessageWay, lang: str, code: str, company: str) -> str:
    """Return the message in `lang` (ja, else English); `company`: what customers call the site, "" for nothing."""
    chosen = "ja" if lang == "ja" else "en"
    who = _WHO[way][chosen].format(company=company) if company else ""
    pause = "、" if chosen == "ja" else ", "
    said = pause.join(code) if way is MessageWay.VOICE else code
    text = (_VOICE if way is MessageWay.VOICE else _SMS)[chosen]
    return text.format(who=who, code=said, minutes=_MINUTES)
