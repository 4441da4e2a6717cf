"""What the columns of a customer list mean, guessed from their headers; a site names the rest itself.

Guesses only headers that leave no doubt. What is not known is left out of the import, and said.
"""

import unicodedata
from collections.abc import Mapping, Sequence

from connectors.crm.meanings import NUMBERS, Meaning
from plugin.core.errors import InputError

_REPEATABLE = {*NUMBERS, Meaning.IGNORE}
_HEADERS: Mapping[Meaning, str] = {
    Meaning.EXTERNAL_ID: "id 外部id externalid レコードid レコード番号 recordid 顧客id customerid contactid uuid",
    Meaning.CODE: "code 顧客コード 顧客番号 顧客no 会員番号 会員コード 会員id 会員no お客様番号 お客様コード 客番"
    " customercode customernumber customerno membernumber membercode memberid",
    Meaning.NAME: "name 氏名 名前 お名前 顧客名 お客様名 会員名 名称 fullname customername contactname",
    Meaning.KANA: "kana フリガナ ふりがな カナ 氏名カナ 氏名かな 名前カナ 氏名フリガナ 顧客名カナ カナ氏名 よみがな"
    " ヨミガナ 読み 読み仮名 furigana namekana reading",
    Meaning.KIND: "種別 顧客種別 区分 顧客区分 個人法人 法人個人 kind customertype",
    Meaning.HOUSEHOLD: "世帯 世帯番号 世帯id 世帯コード 家族 household householdid",
    Meaning.COMPANY: "会社 会社名 企業名 法人名 勤務先名 勤務先会社 勤務先会社名 company companyname organisation"
    " organization account accountname",
    Meaning.GONE: "退会 退会フラグ 削除 削除フラグ gone deleted",
    Meaning.MOBILE: "携帯 携帯番号 携帯電話 携帯電話番号 モバイル mobile mobilephone cell cellphone",
    Meaning.OWN_MOBILE: "本人携帯 携帯本人 本人携帯番号 ownmobile personalmobile",
    Meaning.HOME: "自宅 自宅電話 自宅番号 自宅電話番号 自宅tel home homephone",
    Meaning.WORK: "勤務先 勤務先電話 勤務先番号 勤務先電話番号 勤務先tel 会社電話 会社電話番号 職場 直通 work workphone"
    " businessphone officephone",
    Meaning.MAIN: "代表 代表電話 代表番号 代表電話番号 main mainphone mainnumber",
    Meaning.FAX: "fax ファックス ファクス fax番号 faxnumber",
    Meaning.NUMBER: "電話 電話番号 tel 電話1 電話2 電話3 電話番号1 電話番号2 電話番号3 tel1 tel2 tel3"
    " 連絡先電話番号 緊急連絡先 phone phonenumber telephone phone1 phone2 otherphone number",
    Meaning.MEMO: "メモ 備考 備考欄 特記事項 連絡事項 memo note notes remarks comment comments",
    Meaning.BIRTH_DATE: "生年月日 誕生日 birthdate birthday dateofbirth dob",
    Meaning.POSTAL_CODE: "郵便番号 〒 postalcode postcode zip zipcode",
    Meaning.ADDRESS: "住所 ご住所 現住所 address",
    Meaning.CONTRACT_NUMBER: "契約番号 契約no 契約コード contractnumber contractno contract",
    Meaning.CARD_LAST4: "カード下4桁 カード番号下4桁 カード下四桁 cardlast4 last4",
    Meaning.RECENT_TRANSACTION: "直近の取引 直近取引 最近の取引 直近注文番号 最終注文番号 recenttransaction lastorder",
    Meaning.PASSPHRASE: "合言葉 合い言葉 暗証 パスフレーズ passphrase secretword",
}


def _plain(header: str) -> str:
    folded = unicodedata.normalize("NFKC", header).casefold()
    return "".join(letter for letter in folded if letter.isalnum() or letter == "〒")


_GUESS = {_plain(header): target for target, headers in _HEADERS.items() for header in headers.split()}


def read_columns(headers: Sequence[str], mapping: Sequence[tuple[str, str]]) -> dict[int, Meaning]:
    """Return what each column holds, by place; columns without meaning are left out.

    `mapping` holds the site's own (target, header) pairs, which win over guesses. Raises InputError: "unknown_target",
    "no_such_column", "doubled_header", "doubled_target", "no_id_column", "no_name_column"; the fact `column` is the
    header or the target in question.
    """
    own: dict[int, Meaning] = {}
    for word, header in mapping:
        if word not in set(Meaning):
            raise InputError("unknown_target", column=word)
        places = [place for place, written in enumerate(headers) if written == header]
        if len(places) != 1:
            raise InputError("doubled_header" if places else "no_such_column", column=header)
        own[places[0]] = Meaning(word)
    chosen = set(own.values()) - _REPEATABLE
    found = dict(own)
    for place, header in enumerate(headers):
        guess = _GUESS.get(_plain(header))
        if place not in own and guess is not None and guess not in chosen:
            found[place] = guess
    for target in set(found.values()) - _REPEATABLE:
        if list(found.values()).count(target) > 1:
            raise InputError("doubled_target", column=target.value)
    if not {Meaning.EXTERNAL_ID, Meaning.CODE} & set(found.values()):
        raise InputError("no_id_column", column=Meaning.EXTERNAL_ID.value)
    if Meaning.NAME not in found.values():
        raise InputError("no_name_column", column=Meaning.NAME.value)
    return {place: target for place, target in sorted(found.items()) if target is not Meaning.IGNORE}
