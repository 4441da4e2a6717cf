"""The words of the letters: what each decision is called, which article it stands on, and where one may complain.

Sources, as in force on 2026-11-01: 個人情報の保護に関する法律 (APPI) art. 27(1)(i), 33(2) and (3), 36, 37, 39;
刑事訴訟法 art. 197(2), 218; 民事訴訟法 art. 223. No legal advice: who signs the letter reads it first.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from plugin.core.cases import CaseKind
from plugin.core.disclosure import Audio, Decision, Ground, TextPart

_D, _P, _C = CaseKind.DISCLOSURE, CaseKind.POLICE, CaseKind.COURT


@dataclass(frozen=True, slots=True)
class Words:
    """What a letter is made of in one language. `{…}` is filled in by core/disclosure_letter.py."""

    heads: Mapping[tuple[CaseKind, Decision], str]
    opening: Mapping[tuple[CaseKind, Decision], str]
    decisions: Mapping[Decision, str]
    decisions_office: Mapping[Decision, str]
    grounds: Mapping[Ground, str]
    grounds_office: Mapping[Ground, str]
    complain: Mapping[CaseKind, str]
    audio: Mapping[Audio, str]
    parts: Mapping[TextPart, str]
    length: Callable[[int], str]
    label_asked: str
    label_asked_office: str
    label_decision: str
    label_decision_office: str
    label_given: str
    label_partial: str
    label_partial_office: str
    label_refused: str
    label_refused_office: str
    label_complain: str
    label_complain_office: str
    label_reason: str
    label_ask: str
    below: str
    end: str
    to_person: str
    to_office: str
    window: str
    asked: str
    asked_operator: str
    given: str
    text: str
    text_blanked: str
    comma: str
    annex: str
    annex_call: str
    annex_blanked: str
    notice_head: str
    notice: str


def _ja_length(ms: int) -> str:
    minutes, seconds = divmod(round(ms / 1000), 60)
    return f"{minutes}分{seconds}秒" if minutes else f"{seconds}秒"


def _en_length(ms: int) -> str:
    minutes, seconds = divmod(round(ms / 1000), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


_JA_ASKED = "{on}に受け付けました保有個人データの開示のご請求につきまして、"
_JA_LAW = "個人情報の保護に関する法律（以下「法」といいます。）"
_JA_POLICE = "{on}に受領いたしました捜査関係事項照会につきまして、"
_JA_COURT = "{on}に受領いたしました令状または命令につきまして、"

JA = Words(
    heads={
        (_D, Decision.FULL): "保有個人データ開示決定通知書",
        (_D, Decision.PARTIAL): "保有個人データ一部開示決定通知書",
        (_D, Decision.REFUSE): "保有個人データ不開示決定通知書",
        (_D, Decision.NO_DATA): "保有個人データ不存在通知書",
        **{(_P, each): "捜査関係事項照会に対する回答書" for each in Decision},
        **{(_C, each): "令状・命令に対する回答書" for each in Decision},
    },
    opening={
        (_D, Decision.FULL): f"{_JA_ASKED}下記のとおり開示することを決定いたしましたので、{_JA_LAW}"
        "第33条第2項に基づき通知いたします。",
        (_D, Decision.PARTIAL): f"{_JA_ASKED}下記のとおりその一部を開示することを決定いたしましたので、{_JA_LAW}"
        "第33条第2項および第3項に基づき、法第36条に定める理由を付して通知いたします。",
        (_D, Decision.REFUSE): f"{_JA_ASKED}下記のとおり開示しないことを決定いたしましたので、{_JA_LAW}"
        "第33条第3項に基づき、法第36条に定める理由を付して通知いたします。",
        (_D, Decision.NO_DATA): f"{_JA_ASKED}お申し出の内容をもとに調査いたしましたが、該当する保有個人データは"
        f"存在しませんでしたので、{_JA_LAW}第33条第3項に基づき通知いたします。",
        **{
            (_P, each): f"{_JA_POLICE}刑事訴訟法第197条第2項に基づく照会として、下記のとおり回答いたします。"
            for each in Decision
        },
        **{(_C, each): f"{_JA_COURT}下記のとおり回答いたします。" for each in Decision},
    },
    decisions={
        Decision.FULL: "ご請求のあった内容の全部を開示します。",
        Decision.PARTIAL: "ご請求のあった内容の一部を開示します。",
        Decision.REFUSE: "開示いたしません。",
        Decision.NO_DATA: "該当するデータは存在しません。",
    },
    decisions_office={
        Decision.FULL: "対象の資料の全部を提供します。",
        Decision.PARTIAL: "対象の資料の一部を提供します。",
        Decision.REFUSE: "提供いたしかねます。",
        Decision.NO_DATA: "該当する資料は存在しません。",
    },
    grounds={
        Ground.RIGHTS: "法第33条第2項第1号（本人または第三者の生命、身体、財産その他の"
        "権利利益を害するおそれがある場合）に該当するため",
        Ground.HINDRANCE: "法第33条第2項第2号（業務の適正な実施に著しい支障を及ぼすおそれがある場合）に該当するため",
        Ground.UNLAWFUL: "法第33条第2項第3号（他の法令に違反することとなる場合）に該当するため",
        Ground.UNPROVED: "法第37条に基づき定める手続において、ご請求された方がご本人または正当な代理人であることを"
        "確認できないため",
    },
    grounds_office={
        Ground.RIGHTS: "ご本人または第三者の権利利益を不当に害するおそれがあるため",
        Ground.UNLAWFUL: "他の法令により提供できないため",
        Ground.UNPROVED: "照会の発出元を確認できないため",
        Ground.UNNEEDED: "照会の必要性、または照会の範囲が明らかでないため",
        Ground.SCOPE: "令状または命令に記載された範囲に含まれないため",
    },
    complain={
        _D: "この決定についてご不明な点、ご不服の点がございましたら、下記の窓口までお申し出ください。"
        "なお、個人情報保護委員会の相談窓口をご利用いただくこともできます。また、ご請求が当社に到達した日から2週間を経過した後、"
        "または当社がご請求を拒んだときは、法第39条に従い、裁判所に訴えを提起することができます。",
        _P: "提供いたします資料には個人情報が含まれております。照会の目的の範囲内でお取り扱いくださいますよう"
        "お願いいたします。"
        "ご不明な点は下記までご照会ください。",
        _C: "提出いたします資料には個人情報が含まれております。適切にお取り扱いくださいますようお願いいたします。"
        "ご不明な点は下記までご照会ください。",
    },
    audio={Audio.WHOLE: "通話の録音（{length}）", Audio.REDACTED: "通話の録音（{length}。一部の音声を消去しています）"},
    parts={
        TextPart.REQUEST: "ご用件",
        TextPart.RESPONSE: "対応内容",
        TextPart.PROMISE: "お約束した事項",
        TextPart.NEXT_STEP: "次回の予定",
    },
    length=_ja_length,
    label_asked="ご請求の対象",
    label_asked_office="照会・命令の対象",
    label_decision="決定の内容",
    label_decision_office="回答",
    label_given="お渡しする内容",
    label_partial="開示しない部分とその理由",
    label_refused="開示しない理由",
    label_partial_office="提供しない部分とその理由",
    label_refused_office="提供しない理由",
    label_complain="お問い合わせ・ご不服の申し出",
    label_complain_office="お取り扱いとお問い合わせ",
    label_reason="期限を延長する理由",
    label_ask="お問い合わせ先",
    below="記",
    end="以上",
    to_person="{to} 様",
    to_office="{to} 御中",
    window="{day} {start}から{stop}頃",
    asked="{when}のお電話の録音および応対記録",
    asked_operator="（お話しになった担当者：{name}）",
    given="{when}のお電話：{what}",
    text="応対記録（{parts}）",
    text_blanked="応対記録（{parts}。一部を伏せています）",
    comma="、",
    annex="別紙　応対記録",
    annex_call="{when}のお電話",
    annex_blanked="■■■は、開示しないことを決定した部分です。",
    notice_head="保有個人データの開示に関する期限延長のお知らせ",
    notice="{on}に受け付けました保有個人データの開示のご請求につきまして、{before}までに回答することとしておりましたが、"
    "下記の理由により、{until}まで期限を延長いたします。お待たせいたしますことをお詫び申し上げます。",
)

_EN_ASKED = "We refer to your request for disclosure of personal data, received on {on}."
_EN_LAW = "the Act on the Protection of Personal Information (“the Act”)"

EN = Words(
    heads={
        (_D, Decision.FULL): "Notice of disclosure of retained personal data",
        (_D, Decision.PARTIAL): "Notice of partial disclosure of retained personal data",
        (_D, Decision.REFUSE): "Notice that retained personal data will not be disclosed",
        (_D, Decision.NO_DATA): "Notice that no retained personal data exists",
        **{(_P, each): "Reply to an inquiry in an investigation" for each in Decision},
        **{(_C, each): "Reply to a warrant or order" for each in Decision},
    },
    opening={
        (_D, Decision.FULL): f"{_EN_ASKED} We have decided to disclose it as set out below, and notify you under "
        f"article 33, paragraph 2 of {_EN_LAW}.",
        (_D, Decision.PARTIAL): f"{_EN_ASKED} We have decided to disclose a part of it, and notify you under article "
        f"33, paragraphs 2 and 3 of {_EN_LAW}, with the reasons as article 36 provides.",
        (_D, Decision.REFUSE): f"{_EN_ASKED} We have decided not to disclose it, and notify you under article 33, "
        f"paragraph 3 of {_EN_LAW}, with the reasons as article 36 provides.",
        (_D, Decision.NO_DATA): f"{_EN_ASKED} We have searched by what you told us and hold no such personal data. We "
        f"notify you of this under article 33, paragraph 3 of {_EN_LAW}.",
        **{
            (
                _P,
                each,
            ): "We refer to your inquiry, received on {on}, and reply as below, taking it as one under article "
            "197, paragraph 2 of the Code of Criminal Procedure."
            for each in Decision
        },
        **{(_C, each): "We refer to the warrant or order received on {on}, and reply as below." for each in Decision},
    },
    decisions={
        Decision.FULL: "All that was asked for is disclosed.",
        Decision.PARTIAL: "A part of what was asked for is disclosed.",
        Decision.REFUSE: "It is not disclosed.",
        Decision.NO_DATA: "No such data exists.",
    },
    decisions_office={
        Decision.FULL: "All that was asked for is provided.",
        Decision.PARTIAL: "A part of what was asked for is provided.",
        Decision.REFUSE: "We are not able to provide it.",
        Decision.NO_DATA: "We hold nothing of the kind.",
    },
    grounds={
        Ground.RIGHTS: "Article 33, paragraph 2, item 1 of the Act: disclosure could harm the life, body, property or "
        "other rights or interests of the person or of a third party.",
        Ground.HINDRANCE: "Article 33, paragraph 2, item 2 of the Act: disclosure could seriously impede the proper "
        "conduct of our business.",
        Ground.UNLAWFUL: "Article 33, paragraph 2, item 3 of the Act: disclosure would violate another law.",
        Ground.UNPROVED: "Under the procedure that we have set by article 37 of the Act, we could not establish that "
        "the request comes from the person concerned or a rightful representative.",
    },
    grounds_office={
        Ground.RIGHTS: "To provide it could unduly harm the rights or interests of the person or of a third party.",
        Ground.UNLAWFUL: "Another law does not allow us to provide it.",
        Ground.UNPROVED: "We could not establish who sent the inquiry.",
        Ground.UNNEEDED: "The inquiry does not make clear what it is needed for, or how much of it is.",
        Ground.SCOPE: "It lies outside of what the warrant or order names.",
    },
    complain={
        _D: "If anything about this decision is unclear, or you do not agree with it, please write to the desk below. "
        "You may also turn to the Personal Information Protection Commission. Once two weeks have passed since your "
        "request reached us, or we have refused it, you may bring an action as article 39 of the Act provides.",
        _P: "What we provide contains personal data. Please use it for the purpose of the inquiry alone. Questions may "
        "be put to the desk below.",
        _C: "What we submit contains personal data. Please handle it with care. Questions may be put to the desk "
        "below.",
    },
    audio={
        Audio.WHOLE: "recording of the call ({length})",
        Audio.REDACTED: "recording of the call ({length}; parts of the sound are silenced)",
    },
    parts={
        TextPart.REQUEST: "what you asked",
        TextPart.RESPONSE: "what we did",
        TextPart.PROMISE: "what we promised",
        TextPart.NEXT_STEP: "what follows",
    },
    length=_en_length,
    label_asked="What was asked for",
    label_asked_office="What was asked for",
    label_decision="Decision",
    label_decision_office="Reply",
    label_given="What is given",
    label_partial="What is not given, and why",
    label_refused="Why it is not given",
    label_partial_office="What is not given, and why",
    label_refused_office="Why it is not given",
    label_complain="Questions and complaints",
    label_complain_office="Handling and questions",
    label_reason="Why it takes longer",
    label_ask="Questions",
    below="Particulars",
    end="(end)",
    to_person="{to}",
    to_office="{to}",
    window="{day}, about {start} to {stop}",
    asked="The recording and the written record of a call on {when}",
    asked_operator="(you talked to: {name})",
    given="Call of {when}: {what}",
    text="written record ({parts})",
    text_blanked="written record ({parts}; parts are blanked)",
    comma=", ",
    annex="Annex: written record",
    annex_call="Call of {when}",
    annex_blanked="■■■ stands for what we decided not to disclose.",
    notice_head="Notice that our answer takes longer",
    notice="We refer to your request for disclosure of personal data, received on {on}. We had set ourselves {before} "
    "for an answer. For the reason below it will take us until {until}. We apologise for the delay.",
)
