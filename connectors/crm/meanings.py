"""What a field of a customer can mean, in the words that a site maps its fields with (docs/connectors.md).

The same for every CRM whose fields the site made itself: a column of a list, a field of an app.
"""

from collections.abc import Mapping
from enum import StrEnum

from plugin.core.customers import NumberKind
from plugin.core.identity import Item


class Meaning(StrEnum):
    """What a field can hold. Numbers may stand in several fields, the others in one.

    MEMO: free text; of it, the telephone numbers that it mentions are kept, as a hint.
    """

    EXTERNAL_ID = "external_id"
    CODE = "code"
    NAME = "name"
    KANA = "kana"
    KIND = "kind"
    HOUSEHOLD = "household"
    COMPANY = "company"
    GONE = "gone"
    MOBILE = "mobile"
    OWN_MOBILE = "own_mobile"
    HOME = "home"
    WORK = "work"
    MAIN = "main"
    FAX = "fax"
    NUMBER = "number"
    MEMO = "memo"
    BIRTH_DATE = "birth_date"
    POSTAL_CODE = "postal_code"
    ADDRESS = "address"
    CONTRACT_NUMBER = "contract_number"
    CARD_LAST4 = "card_last4"
    RECENT_TRANSACTION = "recent_transaction"
    PASSPHRASE = "passphrase"  # noqa: S105  a word for a field
    IGNORE = "ignore"


NUMBERS: Mapping[Meaning, NumberKind] = {
    Meaning.MOBILE: NumberKind.MOBILE,
    Meaning.OWN_MOBILE: NumberKind.MOBILE,
    Meaning.HOME: NumberKind.HOME,
    Meaning.WORK: NumberKind.WORK,
    Meaning.MAIN: NumberKind.MAIN,
    Meaning.FAX: NumberKind.FAX,
    Meaning.NUMBER: NumberKind.OTHER,
    Meaning.MEMO: NumberKind.MENTIONED,
}
ANSWERS: Mapping[Meaning, Item] = {
    Meaning.NAME: Item.NAME,
    Meaning.KANA: Item.NAME_KANA,
    Meaning.CODE: Item.MEMBER_CODE,
    Meaning.MOBILE: Item.PHONE_MOBILE,
    Meaning.OWN_MOBILE: Item.PHONE_MOBILE,
    Meaning.HOME: Item.PHONE_HOME,
    Meaning.BIRTH_DATE: Item.BIRTH_DATE,
    Meaning.POSTAL_CODE: Item.POSTAL_CODE,
    Meaning.ADDRESS: Item.ADDRESS,
    Meaning.CONTRACT_NUMBER: Item.CONTRACT_NUMBER,
    Meaning.CARD_LAST4: Item.CARD_LAST4,
    Meaning.RECENT_TRANSACTION: Item.RECENT_TRANSACTION,
    Meaning.PASSPHRASE: Item.PASSPHRASE,
}
