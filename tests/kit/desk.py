"""An office without a door: two operators, a supervisor, a household, and phones that ring; for tests of services."""

from dataclasses import replace
from typing import Any

from plugin.core.customers import CrmCustomer, CustomerKind, NumberKind, WrittenAnswer, WrittenNumber
from plugin.core.identity import CallerRole, Item
from plugin.core.ids import CallId, CustomerId
from plugin.core.staff import Role, Staff, User
from plugin.core.timeline import SummaryForm
from tests.kit.clock import HandClock
from tests.kit.site import Phone, Place

HANAKO = CrmCustomer(
    "1",
    name="佐藤 花子",
    kana="さとう はなこ",
    code="C-1024",
    household="H1",
    numbers=(
        WrittenNumber("MobilePhone", "090-1234-5678", NumberKind.MOBILE, personal=True),
        WrittenNumber("HomePhone", "03(1234)5678", NumberKind.HOME),
    ),
    answers=(
        WrittenAnswer("name_kana", "サトウ ハナコ"),
        WrittenAnswer("birth_date", "1980-04-01"),
        WrittenAnswer("postal_code", "150-0001"),
        WrittenAnswer("contract_number", "K-4471-0921"),
        WrittenAnswer("passphrase", "ひまわり"),
    ),
)
TARO = CrmCustomer(
    "2",
    name="佐藤 太郎",
    kana="さとう たろう",
    code="C-1025",
    household="H1",
    numbers=(WrittenNumber("HomePhone", "03-1234-5678", NumberKind.HOME),),
)
YAMADA = CrmCustomer(
    "3",
    kind=CustomerKind.ORGANISATION,
    name="山田商事株式会社",
    kana="やまだしょうじ",
    code="B-77",
    numbers=(WrittenNumber("Phone", "06-7777-8888", NumberKind.MAIN),),
)
JIRO = CrmCustomer(
    "4",
    name="山田 次郎",
    kana="やまだ じろう",
    code="C-2048",
    organisation="3",
    numbers=(WrittenNumber("Phone", "06-7777-8888 内線12", NumberKind.WORK),),
)
RIGHT = {Item.NAME_KANA: "さとうはなこ", Item.BIRTH_DATE: "昭和55年4月1日", Item.CONTRACT_NUMBER: "K4471-0921"}


class Office:
    """People at their desks in a place: `tanaka` sits at 101, `suzuki` at 102, `mori` supervises; and a household."""

    def __init__(self, place: Place, clock: HandClock | None = None) -> None:
        self.place = place
        self.house = place.house
        self.clock = clock or HandClock()
        self.tanaka = seat(place.staff("tanaka", "田中 美咲", "101"))
        self.suzuki = seat(place.staff("suzuki", "鈴木 一郎", "102"))
        self.mori = seat(place.staff("mori", "森 恵", role=Role.SUPERVISOR))
        self.hanako, self.taro, self.yamada, self.jiro = place.customers(HANAKO, TARO, YAMADA, JIRO)

    def phone(self, number: str | None, extension: str = "101", **more: Any) -> Phone:
        """Return a call that has not rung yet."""
        return Phone(self.place, number, extension, **more)

    def past_call(self, number: str, customer_id: CustomerId | None, form: SummaryForm | None = None) -> CallId:
        """Let tanaka take a call of three minutes, give it to the customer, write its note and close it."""
        phone = self.phone(number).ring().answer()
        if customer_id is not None:
            self.house.desk.choose(self.tanaka, phone.call_id, customer_id)
        self.clock.move(minutes=3)
        phone.end()
        if form is not None:
            self.house.timeline.save(self.tanaka, phone.call_id, form)
        self.house.desk.close(self.tanaka, phone.call_id)
        self.clock.move(hours=1)
        return phone.call_id

    def past_call_now(self, number: str, customer_id: CustomerId, request: str, promise: str = "") -> CallId:
        """Let tanaka take such a call where the clock is the real one: it ends in the moment in which it began."""
        return self.past_call(number, customer_id, SummaryForm("delivery", "solved", request, promise=promise))

    def speak(self, staff: Staff, lang: str) -> None:
        """Set the language of this person's pages."""
        self.house.accounts.set_lang(staff, lang)

    def at_browser(self, staff: Staff) -> Staff:
        """Return the person in the session that his browser opened last."""
        opened = max(self.house.sessions.own(staff), key=lambda session: session.created_at)
        return replace(staff, session_hash=opened.hash)

    def verify(self, staff: Staff, call_id: CallId, customer_id: CustomerId) -> None:
        """Let the caller prove to `staff` that he is the customer, with hanako's answers."""
        begun = self.house.identity.begin(staff, call_id, customer_id, CallerRole.SELF)
        assert self.house.identity.judge(staff, begun.id, RIGHT).passed


def seat(user: User) -> Staff:
    """Return the user as he is once signed in."""
    name, role = user.name, user.role
    return Staff(user.id, user.login, name, role, user.team, user.extension, user.lang, f"session-{user.login}", "::1")
