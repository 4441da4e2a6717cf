"""What proves a caller: the items that may be asked, what kind of proof each is, and the level that a set reaches.

Refuses to look at values: it knows names of items only. A telephone number that matched proves nothing and is no item;
saying one's number is a public item like any other (docs/privacy.md).
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from plugin.core.errors import InputError
from plugin.core.ids import CallId, CustomerId, MandateId, UserId, VerificationId


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


class Proof(StrEnum):
    """What proves a caller beside answers: that he holds, in this call, what is registered as his.

    Whoever establishes one (a service of its own) gives it to `Identity.accept`, within the transaction in which he
    noted it; what it is worth is decided here, in `Policy.level_of`, and nowhere else.

    ONE_TIME_CODE: he told the code that was sent to a mobile marked personal; the two CALL_BACKs: he answered when we
    rang his mobile marked personal, or the registered fixed line. A number that `Policy.is_settled` refuses, and one
    that `number_plan.LineKind` calls OTHER, establishes nothing.
    """

    ONE_TIME_CODE = "one_time_code"
    CALL_BACK_PERSONAL_MOBILE = "call_back_personal_mobile"
    CALL_BACK_HOME = "call_back_home"

    @property
    def factor(self) -> Factor:
        """What kind of proof it is: who lives there answers a fixed line."""
        return Factor.HOUSEHOLD if self is Proof.CALL_BACK_HOME else Factor.PERSON


EVERY_PROOF = frozenset(Proof)
OF_THE_MOBILE = frozenset({Proof.ONE_TIME_CODE, Proof.CALL_BACK_PERSONAL_MOBILE})
FAILURE_WINDOW = timedelta(hours=24)
LONGEST = timedelta(hours=2)  # while a call stays open, a verification is good for no longer than this


@dataclass(frozen=True, slots=True)
class Policy:
    """What the site asks for, checked when it is made: no Policy exists by which a family could pass.

    Level HISTORY takes `items` of `classes`, `persons` of them known to the person alone; or `call_back_items` of the
    household and a call-back to a mobile marked personal (0: not this way). Level LISTEN takes `further` things more
    that are the person's alone; of proofs, only `further_proofs` are such. `asked`: the items that are asked at all.
    `settled`: what changed more recently does not count. `minutes_per_item`: how long a set may take.
    Raises InputError("policy", rule=the field's name).
    """

    items: int = 3
    classes: int = 2
    persons: int = 1
    call_back_items: int = 2
    further: int = 1
    further_proofs: frozenset[Proof] = OF_THE_MOBILE
    asked: frozenset[Item] = frozenset(Item)
    settled: timedelta = timedelta(days=7)
    minutes_per_item: int = 2

    def __post_init__(self) -> None:
        wrong = {
            "items": not 3 <= self.items <= 6,
            "classes": not 2 <= self.classes <= 3,
            "persons": not 1 <= self.persons <= self.items,  # else what a family knows would do
            "call_back_items": self.call_back_items != 0 and not 2 <= self.call_back_items <= 4,
            "further": not 1 <= self.further <= 3,  # else what opens the history would open recordings
            "further_proofs": not self.further_proofs <= OF_THE_MOBILE,  # whoever lives there answers the fixed line
            "asked": self.level_of(self.asked, EVERY_PROOF) < Level.HISTORY,  # nobody could ever pass
            "settled": not timedelta() <= self.settled <= timedelta(days=365),
            "minutes_per_item": not 1 <= self.minutes_per_item <= 10,
        }
        for rule, is_wrong in wrong.items():
            if is_wrong:
                raise InputError("policy", rule=rule)

    def level_of(self, proved: Collection[Item], proofs: Collection[Proof] = ()) -> Level:
        """Return the level that what was proved reaches together; more never lowers it.

        A name and its reading are one thing, because who knows the one knows the other; so are a code sent to the
        mobile and a call to it, because who holds it has both.
        """
        items = {Item.NAME_KANA if item is Item.NAME else item for item in proved}
        mobile = OF_THE_MOBILE & set(proofs)
        factors = [item.factor for item in items] + [Factor.PERSON] * bool(mobile)
        factors += [Factor.HOUSEHOLD] * (Proof.CALL_BACK_HOME in proofs)
        own = sum(item.factor is Factor.PERSON for item in items)
        spare = min(len(factors) - self.items, own + bool(mobile) - self.persons)
        by_items = spare >= 0 and len(set(factors)) >= self.classes
        by_call_back = (
            0 < self.call_back_items <= factors.count(Factor.HOUSEHOLD) and Proof.CALL_BACK_PERSONAL_MOBILE in mobile
        )
        if by_items and min(spare, own + bool(mobile & self.further_proofs)) >= self.further:
            return Level.LISTEN
        if by_call_back and own >= self.further:
            return Level.LISTEN
        return Level.HISTORY if by_items or by_call_back else Level.NONE

    def is_settled(self, changed_at: datetime, now: datetime) -> bool:
        """Tell whether an answer or a number has been the same for long enough to count."""
        return changed_at <= now - self.settled

    def lasts(self, items: int) -> timedelta:
        """Return how long the caller has for a set, where `items` can be asked."""
        return timedelta(minutes=self.minutes_per_item * max(self.items, items))


class CallerRole(StrEnum):
    """Who the caller says he is to the customer.

    FAMILY never reaches a level. A PROXY does under a registered mandate, COMPANY (a contact of the organisation that
    the customer is) with something of the company besides: each by his own answers, as a person of his own.
    """

    SELF = "self"
    FAMILY = "family"
    PROXY = "proxy"
    COMPANY = "company"


ANSWERING = frozenset({CallerRole.SELF, CallerRole.PROXY, CallerRole.COMPANY})


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
    """One person's proof in one call before one operator. `proved` and `proofs` are names, never values.

    `contact_id`: who of the organisation's people speaks; `mandate_id`: under which mandate a proxy passed.
    """

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
    proofs: frozenset[Proof] = frozenset()
    contact_id: CustomerId | None = None
    mandate_id: MandateId | None = None

    @property
    def of_whom(self) -> tuple[str, str, str, CallerRole, str | None]:
        """Before whom, in which session, as whom, and in which role the caller speaks."""
        return self.user_id, self.session_hash, self.customer_id, self.caller_role, self.contact_id

    @property
    def counted(self) -> tuple[CustomerId, ...]:
        """Whose failures a wrong set is: the customer's, and the person's who answers for his organisation."""
        return (self.customer_id,) if self.contact_id is None else (self.customer_id, self.contact_id)

    def under(self, mandate_id: MandateId) -> "Verification":
        """Return the same, passed under this mandate."""
        return replace(self, mandate_id=mandate_id)

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
class LockOut:
    """A customer whom nobody may verify for a time: too many sets were wrong.

    `failures` count, the last at `since`; `calls` and `operators`: in how many calls, before how many of the staff,
    in the last day.
    """

    customer_id: CustomerId
    customer_name: str
    failures: int
    since: datetime
    calls: int
    operators: int

    @property
    def until(self) -> datetime:
        """When it ends by itself."""
        return self.since + FAILURE_WINDOW


@dataclass(frozen=True, slots=True)
class Standing:
    """What is proved right now: the basis of whatever it opens, and the instant at which it ends by itself.

    `role`: who the caller is to the customer; `is_overridden`: two people believed him, nothing is proved.
    """

    verification_id: VerificationId
    level: Level
    until: datetime
    role: CallerRole
    is_overridden: bool
