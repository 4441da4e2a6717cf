"""Pages of the CRM in the replica: numbers read, names findable, what is gone is gone, what stayed keeps its age."""

import random
from datetime import timedelta

from sqlalchemy import select

from plugin.core.customers import CrmCustomer, CustomerKind, NumberKind, WrittenNumber
from plugin.core.ids import CustomerId
from plugin.core.times import from_us, to_us
from plugin.store import customers
from plugin.store.customer_pages import StoredPage
from plugin.store.engine import Store
from plugin.store.tables.customers import customer_numbers, name_blocks
from plugin.store.tables.customers import customers as rows
from tests.kit.clock import HandClock
from tests.kit.replica import store_page
from tests.kit.traces import left_of

HOME = WrittenNumber("自宅", "045-671-2121", NumberKind.HOME)
MOBILE = WrittenNumber("携帯", "０９０－２２３４－５５６７", NumberKind.MOBILE, personal=True)
ICHIRO = CrmCustomer(
    "S1", name="山田 一郎", kana="ヤマダ イチロウ", code="K-1", household="山田家", numbers=(MOBILE, HOME)
)


def _store(store: Store, clock: HandClock, *page: CrmCustomer, crm: str = "local") -> StoredPage:
    with store.write() as connection:
        return store_page(connection, crm, page, "JP", clock())


def _id(page: StoredPage) -> CustomerId:
    return page.stored[0][0]


def test_a_customer_is_found_by_his_number_and_by_words(store: Store, clock: HandClock) -> None:
    customer_id = _id(_store(store, clock, ICHIRO))
    with store.read() as connection:
        (holder,) = customers.holders(connection, "+819022345567", 10)
        assert holder.customer == customers.of_id(connection, customer_id)
        assert (holder.field, holder.kind, holder.extension, holder.personal) == ("携帯", NumberKind.MOBILE, None, True)
        assert (holder.customer.name, holder.customer.household) == ("山田 一郎", "山田家")
        for words in (["山田"], ["ヤマダ"], ["一"], ["郎"], ["イチロウ", "山田"], ["K1"], ["田一"]):
            found = customers.with_words(connection, [word.casefold() for word in words], 10)
            assert [one.id for one in found] == [customer_id], words
        assert customers.with_words(connection, ["田山"], 10) == []
        assert [one.id for one in customers.with_code(connection, "K-1", 10)] == [customer_id]


def test_the_same_page_again_changes_nothing(store: Store, clock: HandClock) -> None:
    first = _store(store, clock, ICHIRO)
    with store.read() as connection:
        before = [connection.execute(select(table)).all() for table in (rows, customer_numbers, name_blocks)]
    clock.move(days=1)
    again = _store(store, clock, ICHIRO)
    assert (again.stored, again.e164s, again.renamed) == (first.stored, frozenset(), frozenset())
    with store.read() as connection:
        assert [connection.execute(select(table)).all() for table in (rows, customer_numbers, name_blocks)] == before


def test_a_number_keeps_its_age_until_it_is_another(store: Store, clock: HandClock) -> None:
    customer_id = _id(_store(store, clock, ICHIRO))
    later = clock.move(days=3)
    retyped = WrittenNumber("携帯2", "+81 90-2234-5567", NumberKind.MOBILE, personal=True)
    other = WrittenNumber("自宅", "045-671-2122", NumberKind.HOME)
    _store(store, clock, CrmCustomer("S1", numbers=(retyped, other)))
    with store.read() as connection:
        ages = {number.e164: number.changed_at for number in customers.numbers_of(connection, customer_id)}
    assert ages == {"+819022345567": from_us(0), "+81456712122": later}  # the first one came with him


def test_a_number_that_becomes_his_alone_is_new(store: Store, clock: HandClock) -> None:
    shared = WrittenNumber("携帯", "090-2234-5567", NumberKind.MOBILE)
    customer_id = _id(_store(store, clock, CrmCustomer("S1", numbers=(shared,))))
    later = clock.move(days=3)
    _store(store, clock, CrmCustomer("S1", numbers=(MOBILE,)))
    with store.read() as connection:
        assert [number.changed_at for number in customers.numbers_of(connection, customer_id)] == [later]


def test_a_new_name_is_found_and_the_old_one_is_not(store: Store, clock: HandClock) -> None:
    _store(store, clock, ICHIRO)
    customer_id = _id(_store(store, clock, CrmCustomer("S1", name="佐藤 一郎")))
    with store.read() as connection:
        assert [one.id for one in customers.with_words(connection, ["佐藤"], 10)] == [customer_id]
        assert customers.with_words(connection, ["山田"], 10) == []


def test_who_is_gone_leaves_nothing_personal_and_comes_back_as_the_same(store: Store, clock: HandClock) -> None:
    customer_id = _id(_store(store, clock, ICHIRO))
    went = clock.move(days=1)
    _store(store, clock, CrmCustomer("S1", name="山田 一郎", numbers=(MOBILE,), gone=True))
    clock.move(days=1)
    _store(store, clock, CrmCustomer("S1", gone=True))
    with store.read() as connection:
        gone = customers.of_id(connection, customer_id)
        assert gone is not None
        assert (gone.gone_at, gone.name, gone.kana, gone.code, gone.household) == (went, "", "", "", None)
        assert connection.execute(select(customer_numbers)).all() == []
        assert connection.execute(select(name_blocks)).all() == []
        assert customers.holders(connection, "+819022345567", 10) == []
    assert left_of(store, "山田 一郎", "9022345567", MOBILE.raw) == []
    assert _id(_store(store, clock, ICHIRO)) == customer_id
    with store.read() as connection:
        (holder,) = customers.holders(connection, "+819022345567", 10)
        assert holder.customer.gone_at is None
        assert len(customers.with_words(connection, ["山田"], 10)) == 1


def test_several_and_unreadable_numbers_of_one_field(store: Store, clock: HandClock) -> None:
    numbers = (
        WrittenNumber("電話", "03-1234-5678 / 090-1234-5678"),
        WrittenNumber("電話", "06-6208-8181 内線12"),
        WrittenNumber("備考", "夕方以降 03-1234-5679"),
        WrittenNumber("空", "　"),
        WrittenNumber("社内", "内線201"),
    )
    customer_id = _id(_store(store, clock, CrmCustomer("S1", numbers=numbers)))
    with store.read() as connection:
        held = [
            (number.field, number.raw, number.e164, number.valid, number.extension)
            for number in customers.numbers_of(connection, customer_id)
        ]
    assert sorted(held, key=str) == sorted(
        [
            ("電話", "03-1234-5678", "+81312345678", True, None),
            ("電話", "090-1234-5678", "+819012345678", True, None),
            ("電話", "06-6208-8181 内線12", "+81662088181", True, "12"),
            ("備考", "夕方以降 03-1234-5679", None, False, None),
            ("備考", "03-1234-5679", "+81312345679", True, None),  # mentioned
            ("社内", "内線201", None, False, "201"),
        ],
        key=str,
    )


def test_his_company_stands_beside_him_in_whatever_order_they_come(store: Store, clock: HandClock) -> None:
    person = CrmCustomer("S2", name="渡邉 誠", organisation="O1", numbers=(WrittenNumber("会社", "06-6208-8181"),))
    company = CrmCustomer("O1", CustomerKind.ORGANISATION, name="みなと製作所")
    _store(store, clock, person)
    company_id = _id(_store(store, clock, company))
    _store(store, clock, CrmCustomer("O1", CustomerKind.ORGANISATION, name="別の会社"), crm="other")
    with store.read() as connection:
        (holder,) = customers.holders(connection, "+81662088181", 10)
    assert (holder.customer.organisation_id, holder.customer.organisation_name) == (company_id, "みなと製作所")


def test_hostile_rows_harm_no_other(store: Store, clock: HandClock) -> None:
    page = _store(
        store,
        clock,
        CrmCustomer(""),
        CrmCustomer("a "),
        CrmCustomer("x" * 129),
        CrmCustomer("\ud800"),
        CrmCustomer(
            "S9",
            name="名\ud800" + "長" * 400,
            kana="\x00",
            code="c" * 90,
            household="家 " * 200,
            organisation="o" * 200,
            numbers=(WrittenNumber("欄" * 99, "0" * 999), WrittenNumber("", "03-1234-5678\ud800")),
        ),
        CrmCustomer("S1", name="一"),
        ICHIRO,
        CrmCustomer("abc"),
        CrmCustomer("ABC"),
    )
    assert page.refused == 4
    assert [one.external_id for _, one in page.stored] == ["S9", "S1", "abc", "ABC"]
    with store.read() as connection:
        assert connection.scalar(select(rows.c.name).where(rows.c.external_id == "S1")) == "山田 一郎"
        assert connection.scalar(select(rows.c.updated_at).where(rows.c.external_id == "S9")) == to_us(clock())


def test_a_long_page(store: Store, clock: HandClock) -> None:
    people = [
        CrmCustomer(f"S{n}", name=f"人{n:04}", numbers=(WrittenNumber("電話", f"03-1234-{n:04}"),))
        for n in range(1_200)
    ]
    _store(store, clock, *people)
    clock.at += timedelta(days=1)
    _store(store, clock, *people)
    with store.read() as connection:
        assert len(connection.execute(select(customer_numbers)).all()) == 1_200
        assert [one.external_id for one in customers.with_words(connection, ["0777"], 10)] == ["S777"]
        assert len(customers.with_words(connection, ["人"], 2_000)) == 1_200
        assert len(customers.with_words(connection, ["人0"], 2_000)) == 1_000


def test_who_is_known_is_known_in_whatever_order_people_are_told_of(store: Store, clock: HandClock) -> None:
    chance = random.Random(7)
    ids = [*"0aA~éはハ\U00020bb7", "a0", "a~", "あ", "ア", "\uffee", "S1", "S10", "S2"]
    chance.shuffle(ids)
    first = {own: customer_id for one in ids for customer_id, own in _told(_store(store, clock, CrmCustomer(one)))}
    chance.shuffle(ids)
    again = {own: customer_id for customer_id, own in _told(_store(store, clock, *map(CrmCustomer, ids)))}
    assert again == first
    assert len(first) == len(ids)


def _told(page: StoredPage) -> list[tuple[CustomerId, str]]:
    return [(customer_id, one.external_id) for customer_id, one in page.stored]
