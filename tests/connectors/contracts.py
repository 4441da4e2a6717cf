"""What every connector of a kind must do, whoever made it: subclass, give the fixtures, and inherit the tests.

A CRM's tests are `class TestMyCrm(CrmContract)` with a fixture `site` that returns a `CrmSite`: the connector and a
hand on the other side (a real account, a simulator, a file) that makes people there and breaks things.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import permutations

import pytest

from plugin.core.calls import Direction, Outcome
from plugin.core.customers import CrmCustomer, CustomerKind, NumberKind, WrittenAnswer, WrittenNumber
from plugin.core.errors import OutsideError
from plugin.core.ports import Census, Crm
from plugin.core.timeline import TimelineEntry

HANAKO = CrmCustomer(
    external_id="003A",
    name="山田 花子",
    kana="ヤマダ ハナコ",
    code="S10045",
    household="山田家",
    organisation="001A",
    numbers=(
        WrittenNumber("携帯", "080-3345-1290", NumberKind.MOBILE, personal=True),
        WrittenNumber("自宅", "045-671-2121", NumberKind.HOME),
    ),
    answers=(WrittenAnswer("birthday", "昭和34年2月20日"), WrittenAnswer("passphrase", "あさがお")),
)
TARO = CrmCustomer(external_id="003a", name="山田 太郎")  # not the same id: ids are compared to the letter
COMPANY = CrmCustomer(external_id="001A", kind=CustomerKind.ORGANISATION, name="株式会社みなと製作所")
ENTRY = TimelineEntry(
    external_id="denwaban-01JD0000000000000000000001",
    version=1,
    customer_external_id="003A",
    subject="電話応対 / 配送",
    text="【用件】\n'; DROP TABLE entries; -- <script>alert(1)</script> =1+1 😀",
    on=date(2026, 11, 23),
    started_at=datetime(2026, 11, 22, 23, 0, 0, 123456, tzinfo=UTC),
    duration_s=187,
    direction=Direction.INBOUND,
    outcome=Outcome.ANSWERED,
    disposition="解決済み",
    author="佐藤",
    link="https://denwaban.example/recordings/01JD0000000000000000000002",
)


@dataclass(frozen=True, slots=True)
class CrmSite:
    """A connector and a hand on the other side. `change` makes, alters or (gone=True) takes away people there.

    `again` builds a second connector to the same place, as another process would have. `shut` makes the other side
    unreachable. `page` is the most people that one page holds. `as_there` says how one of the contract's people, once
    he was made there, comes over: a CRM gives ids and names of fields of its own. `nobody` is an id that nobody has.
    `pass_time` lets so much time go by that a CRM which tells of deletions by a census alone is due to hold one.
    """

    crm: Crm
    change: Callable[[list[CrmCustomer]], None]
    again: Callable[[], Crm]
    shut: Callable[[], None]
    page: int
    as_there: Callable[[CrmCustomer], CrmCustomer] = lambda person: person
    nobody: str = "nobody"
    pass_time: Callable[[], object] = lambda: None

    def id_of(self, person: CrmCustomer) -> str:
        """Return the id under which the CRM knows him."""
        return self.as_there(person).external_id

    def entry(self, of: CrmCustomer = HANAKO) -> TimelineEntry:
        """Return an entry for his timeline."""
        return replace(ENTRY, customer_external_id=self.id_of(of))


class Replica:
    """Whoever a CRM has told of, taken over as the house does it: changes, and whoever a census does not name."""

    def __init__(self) -> None:
        self.people: dict[str, CrmCustomer] = {}
        self.cursor: str | None = None

    def read(self, crm: Crm) -> None:
        """Read whatever is new."""
        for page in crm.changed_since(self.cursor):
            self.people |= {person.external_id: person for person in page.customers}
            if page.census is not None:
                self._count(crm, page.census)
            self.cursor = page.cursor

    def _count(self, crm: Crm, census: Census) -> None:
        told = dict(census.stamps)
        ours = {one for one, person in self.people.items() if census.after < one <= census.up_to and not person.gone}
        assert all(census.after < one <= census.up_to for one in told)
        asked = ours - told.keys() | {one for one in told if self.people.get(one, TARO).stamp != told[one]}
        found = {person.external_id: person for person in crm.of_ids(sorted(asked))}
        lost = {one: replace(self.people[one], gone=True) for one in ours - told.keys() - found.keys()}
        self.people |= found | lost

    def living(self) -> set[str]:
        """Return the ids of who is not gone."""
        return {one for one, person in self.people.items() if not person.gone}


def _all(crm: Crm, cursor: str | None = None) -> tuple[list[CrmCustomer], str | None]:
    found: list[CrmCustomer] = []
    for page in crm.changed_since(cursor):
        found += page.customers
        cursor = page.cursor
    return found, cursor


def _people(count: int) -> list[CrmCustomer]:
    return [CrmCustomer(external_id=f"p{number:05}", name=f"顧客{number}") for number in range(count)]


class CrmContract:
    """The promises of plugin/core/ports.py Crm."""

    def test_an_empty_crm_has_no_customers(self, site: CrmSite) -> None:
        assert _all(site.crm)[0] == []

    def test_people_come_over_as_they_are_written(self, site: CrmSite) -> None:
        site.change([COMPANY, HANAKO, TARO])
        found, _ = _all(site.crm)
        there = [site.as_there(person) for person in (COMPANY, HANAKO, TARO)]
        assert {person.external_id: person for person in found} == {person.external_id: person for person in there}

    def test_what_changed_after_the_cursor_comes_and_else_only_what_came_before(self, site: CrmSite) -> None:
        site.change([HANAKO, TARO])
        before, cursor = _all(site.crm)
        assert [person for person in _all(site.crm, cursor)[0] if person not in before] == []
        renamed = replace(TARO, name="山田 次郎")
        site.change([renamed])
        news = [person for person in _all(site.again(), cursor)[0] if person not in before]
        assert news == [site.as_there(renamed)]

    def test_a_customer_who_is_gone_is_told_of(self, site: CrmSite) -> None:
        site.change([HANAKO, TARO])
        replica = Replica()
        replica.read(site.crm)
        assert replica.living() == {site.id_of(HANAKO), site.id_of(TARO)}
        site.change([replace(TARO, gone=True)])
        site.pass_time()
        replica.read(site.crm)
        assert replica.people[site.id_of(TARO)].gone
        assert replica.living() == {site.id_of(HANAKO)}

    def test_time_alone_takes_nobody_away(self, site: CrmSite) -> None:
        site.change([COMPANY, HANAKO, TARO, *_people(12)])
        replica = Replica()
        replica.read(site.crm)
        before = dict(replica.people)
        site.pass_time()
        replica.read(site.again())
        assert replica.people == before

    def test_people_are_read_by_their_ids_as_they_are_now(self, site: CrmSite) -> None:
        site.change([COMPANY, HANAKO, TARO])
        renamed = replace(HANAKO, name="山田 華子")
        site.change([renamed, replace(TARO, gone=True)])
        asked = [site.id_of(HANAKO), site.nobody, site.id_of(TARO), site.id_of(COMPANY)]
        found = {person.external_id: person for person in site.crm.of_ids(asked)}
        assert found == {site.id_of(person): site.as_there(person) for person in (COMPANY, renamed)}
        assert site.crm.of_ids([]) == ()

    def test_resuming_at_any_cursor_loses_nothing(self, site: CrmSite) -> None:
        everybody = _people(2 * site.page + 3)
        site.change(everybody)
        all_of_them = {site.id_of(person) for person in everybody}
        seen: set[str] = set()
        pages = 0
        for page in site.crm.changed_since(None):
            assert len(page.customers) <= site.page
            seen |= {person.external_id for person in page.customers}
            pages += bool(page.customers)
            rest, _ = _all(site.again(), page.cursor)
            assert seen | {person.external_id for person in rest} == all_of_them
        assert pages >= 3

    def test_a_change_while_pages_are_read_is_not_lost(self, site: CrmSite) -> None:
        site.change(_people(site.page + 1))
        pages = site.crm.changed_since(None)
        cursor = next(pages).cursor
        site.change([CrmCustomer(external_id="p00000", name="改名")])
        names = [person.name for person in _all(site.again(), cursor)[0]]
        assert "改名" in names

    def test_an_entry_stands_as_it_was_put(self, site: CrmSite) -> None:
        site.change([HANAKO])
        entry = site.entry()
        (remote_id,) = site.crm.put([entry])
        assert isinstance(remote_id, str)
        assert 0 < len(remote_id) <= 128
        assert site.crm.timeline_of(site.id_of(HANAKO), 10) == (entry,)

    def test_a_repeat_changes_nothing(self, site: CrmSite) -> None:
        site.change([HANAKO])
        entry = site.entry()
        first = site.crm.put([entry])
        assert site.again().put([entry]) == first
        assert site.crm.put([replace(entry, text="other")]) == first
        assert site.crm.timeline_of(site.id_of(HANAKO), 10) == (entry,)

    def test_versions_in_any_order_leave_the_highest(self, site: CrmSite) -> None:
        site.change([HANAKO])
        entry = site.entry()
        for number, order in enumerate(permutations((1, 2, 3))):
            of = f"denwaban-{number}"
            ids = {
                str(site.crm.put([replace(entry, external_id=of, version=version, text=f"v{version}")])[0])
                for version in order
            }
            assert len(ids) == 1
        assert {entry.text for entry in site.crm.timeline_of(site.id_of(HANAKO), 50)} == {"v3"}
        assert len(site.crm.timeline_of(site.id_of(HANAKO), 50)) == 6

    def test_another_customer_moves_the_entry(self, site: CrmSite) -> None:
        site.change([HANAKO, TARO])
        entry = site.entry()
        first = site.crm.put([entry])
        moved = replace(entry, version=2, customer_external_id=site.id_of(TARO))
        assert site.crm.put([moved]) == first
        assert site.crm.timeline_of(site.id_of(HANAKO), 10) == ()
        assert site.crm.timeline_of(site.id_of(TARO), 10) == (moved,)
        site.crm.put([entry])
        assert site.crm.timeline_of(site.id_of(HANAKO), 10) == ()

    def test_an_entry_can_be_taken_back_and_put_again(self, site: CrmSite) -> None:
        site.change([HANAKO])
        entry = site.entry()
        site.crm.put([entry])
        (answer,) = site.crm.put([replace(entry, version=2, customer_external_id=None)])
        assert isinstance(answer, str)
        assert site.crm.timeline_of(site.id_of(HANAKO), 10) == ()
        back = replace(entry, version=3)
        site.crm.put([back])
        assert site.crm.timeline_of(site.id_of(HANAKO), 10) == (back,)

    def test_one_refused_entry_keeps_none_of_the_others_back(self, site: CrmSite) -> None:
        site.change([HANAKO])
        entry = site.entry()
        batch = [
            entry,
            replace(entry, external_id="denwaban-2", customer_external_id=site.nobody),
            replace(entry, external_id="denwaban-3"),
        ]
        first, refused, third = site.crm.put(batch)
        assert isinstance(first, str)
        assert isinstance(third, str)
        assert first != third
        assert isinstance(refused, OutsideError)
        assert refused.permanent
        assert site.nobody not in str(refused)
        assert len(site.crm.timeline_of(site.id_of(HANAKO), 10)) == 2
        assert site.crm.put([]) == []

    def test_a_customer_who_is_gone_gets_no_entry(self, site: CrmSite) -> None:
        site.change([replace(HANAKO, gone=True)])
        entry = site.entry()
        (refused,) = site.crm.put([entry])
        assert isinstance(refused, OutsideError)
        assert refused.permanent

    def test_a_timeline_is_newest_first_and_no_longer_than_asked(self, site: CrmSite) -> None:
        site.change([HANAKO])
        entry = site.entry()
        days = [
            replace(entry, external_id=f"denwaban-{day}", started_at=datetime(2026, 11, day, tzinfo=UTC))
            for day in (3, 1, 2)
        ]
        site.crm.put(days)
        assert [entry.started_at.day for entry in site.crm.timeline_of(site.id_of(HANAKO), 2)] == [3, 2]
        assert site.crm.timeline_of(site.nobody, 2) == ()

    def test_the_same_entry_from_many_sides_at_once_stands_once(self, site: CrmSite) -> None:
        site.change([HANAKO])
        entry = site.entry()
        crms = [site.again() for _ in range(4)]
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda number: crms[number % 4].put([entry])[0], range(40)))
        assert len(set(map(str, answers))) == 1
        assert all(isinstance(answer, str) for answer in answers)
        assert site.crm.timeline_of(site.id_of(HANAKO), 10) == (entry,)

    def test_a_place_that_is_down_is_an_outside_error_that_passes(self, site: CrmSite) -> None:
        site.change([HANAKO])
        entry = site.entry()
        site.shut()
        crm = site.again()
        with pytest.raises(OutsideError) as put:
            crm.put([entry])
        with pytest.raises(OutsideError) as read:
            list(crm.changed_since(None))
        with pytest.raises(OutsideError):
            crm.of_ids([site.nobody])
        assert not put.value.permanent
        assert not read.value.permanent
