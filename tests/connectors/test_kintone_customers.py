"""Customers of a kintone: every type of field, thousands of one minute, late and wrong dates, deletions, rights."""

from datetime import timedelta
from pathlib import Path

import pytest

from connectors.crm.kintone import KintoneCrm
from plugin.core.customers import CustomerKind, NumberKind, WrittenAnswer, WrittenNumber
from plugin.core.errors import OutsideError
from plugin.core.runs import Finding
from tests.connectors.contracts import Replica
from tests.kintone_site import KintoneSite
from tests.kintone_site.apps import App
from tests.kintone_site.faults import Act, Fault
from tests.kintone_site.fields import Field
from tests.kit.clock import HandClock
from tests.kit.kintone import CUSTOMERS, crm_of
from tests.kit.tempo import HandTempo


@pytest.fixture
def people(site: KintoneSite) -> App:
    return site.apps[CUSTOMERS]


@pytest.fixture
def crm(site: KintoneSite, tmp_path: Path, time: HandTempo) -> KintoneCrm:
    return crm_of(site, tmp_path, time.tempo())


def _findings(crm: KintoneCrm) -> set[Finding]:
    return {finding for page in crm.changed_since(None) for finding in page.findings}


def test_every_type_of_field_is_read(site: KintoneSite, people: App, tmp_path: Path, time: HandTempo) -> None:
    people.set(Field("電話", "SUBTABLE", columns=(Field("番号"), Field("メモ"))))
    for code in ("姓", "名", "都道府県", "番地"):
        people.set(Field(code))
    people.set(Field("区分", "RADIO_BUTTON", options=("法人", "個人")))
    people.set(Field("退会日", "DATE"))
    company = people.insert(顧客名="みなと製作所", 区分="法人")
    rows = [{"value": {"番号": {"value": text}}} for text in ("090-1111-2222", "", "03-1111-2222")]
    person = people.insert(
        顧客名="-",
        姓="山田",
        名="花子",
        電話=rows,
        都道府県="神奈川県",
        番地="中区1-2",
        会社=str(company),
        携帯電話="080-1",
    )
    gone = people.insert(顧客名="-", 姓="佐藤", 退会日="2026-01-31")
    fields = "姓+名=name, 区分=kind, 電話.番号=number, 都道府県+番地=address, 退会日=gone"
    replica = Replica()
    replica.read(crm_of(site, tmp_path, time.tempo(), fields=fields))
    found = replica.people[str(person)]
    assert (found.name, found.organisation, found.kind) == ("山田 花子", str(company), CustomerKind.PERSON)
    assert set(found.numbers) == {
        WrittenNumber("携帯電話", "080-1", NumberKind.MOBILE),
        WrittenNumber("電話.番号", "090-1111-2222"),
        WrittenNumber("電話.番号 3", "03-1111-2222"),
    }
    assert set(found.answers) == {
        WrittenAnswer("name", "山田 花子"),
        WrittenAnswer("phone_mobile", "080-1"),
        WrittenAnswer("address", "神奈川県中区1-2"),
    }
    assert replica.people[str(company)].kind is CustomerKind.ORGANISATION
    assert replica.people[str(gone)].gone


def test_a_company_is_named_by_its_record_number_with_and_without_the_app_s_code(
    site: KintoneSite, people: App, crm: KintoneCrm
) -> None:
    people.set(Field("会社"))
    written = {"CUST-7": "7", "7": "7", "": None, "みなと製作所": None, "CUST-": None}
    ids = {people.insert(顧客名="山田", 会社=word): company for word, company in written.items()}
    found = crm.of_ids([str(one) for one in ids])
    assert {int(one.external_id): one.organisation for one in found} == ids


def test_thousands_of_one_minute_come_over_and_nothing_comes_twice(
    site: KintoneSite, people: App, crm: KintoneCrm, clock: HandClock
) -> None:
    people.insert(顧客名="山田")
    replica = Replica()
    replica.read(crm)
    clock.move(hours=1)
    for number in range(1_200):  # one import, one 更新日時
        people.insert(顧客名=f"顧客{number}")
    replica.read(crm)
    assert len(replica.living()) == 1_201
    site.counts.clear()
    told = [page for page in crm.changed_since(replica.cursor) if page.customers]
    assert told == []
    assert site.counts == {"form": 1, "records_get": 3}
    clock.move(hours=1)
    site.counts.clear()
    list(crm.changed_since([page.cursor for page in crm.changed_since(replica.cursor)][-1]))
    assert site.counts["records_get"] <= 4


def test_a_change_that_shows_late_is_not_lost(people: App, crm: KintoneCrm, clock: HandClock) -> None:
    late, replica = people.insert(顧客名="山田"), Replica()
    replica.read(crm)
    clock.move(minutes=30)
    replica.read(crm)
    people.change(late, 顧客名="山田 花子")
    people.rows[late].updated_at -= timedelta(minutes=8)  # its transaction began before our reading, and ended after
    replica.read(crm)
    assert replica.people[str(late)].name == "山田 花子"


def test_dates_that_an_import_wrote_do_not_blind_us(people: App, crm: KintoneCrm, clock: HandClock) -> None:
    replica = Replica()
    people.insert(顧客名="山田")
    replica.read(crm)
    future, past = people.insert(顧客名="未来"), people.insert(顧客名="過去")
    people.rows[future].updated_at += timedelta(days=40_000)
    people.rows[past].updated_at -= timedelta(days=40_000)
    replica.read(crm)
    assert str(future) in replica.living()
    clock.move(hours=1)
    later = people.insert(顧客名="あと")
    replica.read(crm)
    assert str(later) in replica.living()
    clock.move(hours=25)
    replica.read(crm)
    assert replica.living() == {str(one) for one in people.rows}


def test_the_census_finds_who_was_deleted_hidden_or_changed_unseen(
    people: App, crm: KintoneCrm, clock: HandClock, site: KintoneSite
) -> None:
    ids = [people.insert(顧客名=f"顧客{number}") for number in range(1_100)]
    replica = Replica()
    replica.read(crm)
    people.delete(ids[3:900:7])
    clock.move(hours=23)
    replica.read(crm)
    assert len(replica.living()) == 1_100
    people.rows[ids[0]].values["顧客名"] = "改名"
    people.rows[ids[0]].revision += 1  # 更新日時 as before
    clock.move(hours=2)
    replica.read(crm)
    assert replica.living() == {str(one) for one in people.rows}
    assert replica.people[str(ids[0])].name == "改名"
    site.counts.clear()
    replica.read(crm)
    assert site.counts["records_get"] == 1  # no second census


def test_who_has_left_by_a_mark_is_gone_at_once_and_in_the_census(
    people: App, crm: KintoneCrm, clock: HandClock, site: KintoneSite
) -> None:
    ids = [people.insert(顧客名=f"顧客{number}") for number in range(5)]
    replica = Replica()
    replica.read(crm)
    people.change(ids[0], 退会=["退会済み"])
    replica.read(crm)
    assert replica.people[str(ids[0])].gone
    people.rows[ids[1]].values["退会"] = ["退会済み"]  # in a way that no reading shows
    clock.move(hours=25)
    site.counts.clear()
    replica.read(crm)
    assert replica.living() == {str(one) for one in ids[2:]}
    assert site.counts["records_get"] == 3  # what changed, the census, and the one who is missing in it


def test_a_census_that_is_cut_off_is_held_again(
    people: App, crm: KintoneCrm, clock: HandClock, site: KintoneSite
) -> None:
    ids = [people.insert(顧客名=f"顧客{number}") for number in range(1_100)]
    replica = Replica()
    replica.read(crm)
    people.delete(ids[:5])
    clock.move(hours=25)
    site.faults.add(Fault(Act.REFUSE, "records_get", times=3, skip=3, status=503))
    with pytest.raises(OutsideError):
        replica.read(crm)
    assert len(replica.living()) == 1_100
    replica.read(crm)
    assert len(replica.living()) == 1_095


def test_a_load_says_how_many_are_still_to_come(people: App, crm: KintoneCrm, site: KintoneSite) -> None:
    for number in range(1_200):
        people.insert(顧客名=f"顧客{number}")
    pages = list(crm.changed_since(None))
    assert [page.coming for page in pages if page.coming is not None] == [1_200]
    first = next(page for page in pages if page.customers)
    rest = [page.coming for page in crm.changed_since(first.cursor)]
    assert [one for one in rest if one is not None] == [700]
    site.faults.add(Fault(Act.REFUSE, "records_get", status=400))
    uncounted = list(crm.changed_since(None))
    assert {page.coming for page in uncounted} == {None}
    assert sum(len(page.customers) for page in uncounted) == 1_200


def test_a_load_that_is_cut_off_goes_on_where_it_was(people: App, crm: KintoneCrm, site: KintoneSite) -> None:
    for number in range(1_700):
        people.insert(顧客名=f"顧客{number}")
    replica = Replica()
    site.faults.add(Fault(Act.REFUSE, "records_get", times=3, skip=3, status=503))
    with pytest.raises(OutsideError):
        replica.read(crm)
    assert len(replica.people) == 1_000
    site.counts.clear()
    replica.read(crm)
    assert len(replica.people) == 1_700
    assert site.counts["records_get"] <= 1 + 2 + 4  # how many, what was left, and the pass over what changed meanwhile


def test_another_mapping_loads_everybody_anew(
    site: KintoneSite, people: App, crm: KintoneCrm, tmp_path: Path, time: HandTempo
) -> None:
    people.set(Field("屋号"))
    one = people.insert(顧客名="山田", 屋号="やまだ屋")
    replica = Replica()
    replica.read(crm)
    replica.read(crm_of(site, tmp_path, time.tempo(), fields="屋号=name"))
    assert replica.people[str(one)].name == "やまだ屋"


@pytest.mark.parametrize("cursor", ["", "nonsense", "{}", '{"v":1}', "[1]", '{"v":1,"mark":"x","seen":3}'])
def test_a_cursor_of_something_else_begins_at_the_beginning(people: App, crm: KintoneCrm, cursor: str) -> None:
    people.insert(顧客名="山田")
    assert next(len(page.customers) for page in crm.changed_since(cursor)) == 1


def test_what_is_wrong_with_the_form_is_told_and_the_sync_goes_on(
    site: KintoneSite, people: App, tmp_path: Path, time: HandTempo
) -> None:
    people.set(Field("番号", "NUMBER"))
    people.insert(顧客名="山田", 番号="09011112222", 自宅電話="045-1")
    people.hidden.add("自宅電話")
    crm = crm_of(site, tmp_path, time.tempo(), fields="番号=mobile, 合言葉=passphrase, 契約番号=contract_number")
    assert _findings(crm) == {
        Finding("number_field", "番号"),
        Finding("field_missing", "契約番号"),
        Finding("field_hidden", "自宅電話"),
    }
    replica = Replica()
    replica.read(crm)
    assert [number.raw for number in replica.people["1"].numbers] == ["9011112222"]  # as kintone keeps it
    people.drop("顧客名")
    with pytest.raises(OutsideError) as refused:
        list(crm.changed_since(replica.cursor))
    assert (refused.value.reason, refused.value.facts["fields"]) == ("fields_missing", "顧客名")


def test_ids_that_no_record_can_have_are_not_asked_for(site: KintoneSite, crm: KintoneCrm) -> None:
    assert crm.of_ids(["", "0", "abc", '1") or $id > 0', "٣", "9" * 30]) == ()
    assert not site.counts
