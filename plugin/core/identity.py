"""What proves a caller: the items that may be asked, what kind of proof each is, and the level that a set reaches.

Refuses to look at values: it knows names of items only. A telephone number that matched proves nothing and is no item;
saying one's number is a public item like any other (docs/privacy.md).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from plugin.core.ids import CallId, CustomerId, UserId, VerificationId


class Factor(StrEnum):
    """Who else knows it. Only PERSON tells the customer from the people who live with him."""

    PUBLIC = "public"
    HOUSEHOLD = "household"
    PERSON = "person"
    DOCUMENT = "document"
    AUTHORITY = "authority"


class AnswerType(StrEnum):
    """How an answer is compared; each has a room in plugin/core/answers."""

    DATE = "date"
    KANA = "kana"
    NAME = "name"
    POSTAL = "postal"
    ADDRESS = "address"
    PHONE = "phone"
    CODE = "code"
    SECRET = "secret"  # noqa: S105  the name of a type, not a secret


class Item(StrEnum):
    """What may be asked. The order is the order on the panel."""

    NAME_KANA = "name_kana"
    NAME = "name"
    BIRTH_DATE = "birth_date"
    POSTAL_CODE = "postal_code"
    ADDRESS = "address"
    PHONE_HOME = "phone_home"
    PHONE_MOBILE = "phone_mobile"
    MEMBER_CODE = "member_code"
    CONTRACT_NUMBER = "contract_number"
    CARD_LAST4 = "card_last4"
    RECENT_TRANSACTION = "recent_transaction"
    PASSPHRASE = "passphrase"  # noqa: S105  likewise

    @property
    def factor(self) -> Factor:
        """What kind of proof it is (docs/privacy.md). A member code stands on every letter to the house."""
        return _ITEMS[self][0]

    @property
    def answer_type(self) -> AnswerType:
        """How answers to it are compared."""
        return _ITEMS[self][1]


_ITEMS: dict[Item, tuple[Factor, AnswerType]] = {
    Item.NAME_KANA: (Factor.PUBLIC, AnswerType.KANA),
    Item.NAME: (Factor.PUBLIC, AnswerType.NAME),
    Item.BIRTH_DATE: (Factor.HOUSEHOLD, AnswerType.DATE),
    Item.POSTAL_CODE: (Factor.HOUSEHOLD, AnswerType.POSTAL),
    Item.ADDRESS: (Factor.PUBLIC, AnswerType.ADDRESS),
    Item.PHONE_HOME: (Factor.PUBLIC, AnswerType.PHONE),
    Item.PHONE_MOBILE: (Factor.PUBLIC, AnswerType.PHONE),
    Item.MEMBER_CODE: (Factor.HOUSEHOLD, AnswerType.CODE),
    Item.CONTRACT_NUMBER: (Factor.PERSON, AnswerType.CODE),
    Item.CARD_LAST4: (Factor.PERSON, AnswerType.CODE),
    Item.RECENT_TRANSACTION: (Factor.PERSON, AnswerType.CODE),
    Item.PASSPHRASE: (Factor.PERSON, AnswerType.SECRET),
}


class Level(IntEnum):
    """NONE: a candidate. HISTORY: what was written may be told. LISTEN: he may ask to hear a recording."""

    NONE = 0
    HISTORY = 1
    LISTEN = 2


ITEMS_NEEDED = 3
CLASSES_NEEDED = 2
MINUTES_PER_ITEM = 2
FAILURE_WINDOW = timedelta(hours=24)
LONGEST = timedelta(hours=2)  # while a call stays open, a verification is good for no longer than this


def level_of(proved: Collection[Item]) -> Level:
    """Return the level that the proved items reach together.

    HISTORY: three items of two classes, one of them PERSON. LISTEN: one PERSON item more than that needs. A name and
    its reading are one item, because who knows the one knows the other.
    """
    items = {Item.NAME_KANA if item is Item.NAME else item for item in proved}
    persons = sum(item.factor is Factor.PERSON for item in items)
    classes = {item.factor for item in items}
    if persons < 1 or len(items) < ITEMS_NEEDED or len(classes) < CLASSES_NEEDED:
        return Level.NONE
    return Level.LISTEN if persons > 1 and len(items) > ITEMS_NEEDED else Level.HISTORY


class CallerRole(StrEnum):
    """Who the caller says he is to the customer. Only the customer himself can reach a level."""

    SELF = "self"
    FAMILY = "family"
    PROXY = "proxy"


class VerificationState(StrEnum):
    """Where a verification is. ENDED: another person, or another session, took its place."""

    OPEN = "open"
    PASSED = "passed"
    FAILED = "failed"
    EXPIRED = "expired"
    ENDED = "ended"


RUNNING = frozenset({VerificationState.OPEN, VerificationState.PASSED})


@dataclass(frozen=True, slots=True)
class Verification:
    """One person's proof in one call before one operator. `proved` holds names of items, never values."""

    id: VerificationId
    call_id: CallId
    customer_id: CustomerId
    user_id: UserId
    session_hash: str
    caller_role: CallerRole
    state: VerificationState
    level: Level
    proved: frozenset[Item]
    tries_used: int
    tries_allowed: int
    started_at: datetime
    decided_at: datetime | None
    expires_at: datetime

    @property
    def of_whom(self) -> tuple[str, str, str, CallerRole]:
        """Before whom, in which session, as whom, and in which role the caller speaks."""
        return self.user_id, self.session_hash, self.customer_id, self.caller_role

    def is_running(self, now: datetime) -> bool:
        """Tell whether it is under way, or has passed, and its time is not up."""
        return self.state in RUNNING and now < self.expires_at

    @property
    def tries_left(self) -> int:
        """How many sets may still be judged."""
        return max(0, self.tries_allowed - self.tries_used)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an operator learns: whether the whole set passed, and how many tries are left."""

    passed: bool
    level: Level
    tries_left: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What is proved right now: the basis of whatever it opens, and the instant at which it ends by itself."""

    verification_id: VerificationId
    level: Level
    until: datetime
