"""Customer lists: what is guessed, what is refused by row and reason, and that all or nothing is stored."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.crm.local import LocalCrm
from connectors.crm.local.people_file import read_people
from plugin.core.customers import CrmCustomer, CustomerKind, NumberKind
from plugin.core.errors import InputError
from plugin.core.identity import Item

HEADER = (
    "会員番号,種別,氏名,フリガナ,会社名,世帯,携帯,本人携帯,自宅,勤務先,代表,FAX,"
    "生年月日,郵便番号,住所,契約番号,合言葉,備考"
)
ROWS = (
    "S1,個人,山田 花子,ヤマダ ハナコ,みなと製作所,山田家,090-1111-2222,080-3333-4444,03-1111-2222,06-1111-2222,,,"
    '昭和34年2月20日,231-0017,"横浜市中区\n本町6-50-10",K-1,あさがお,内緒 妻の携帯０９０ー５５５５ー６６６６ 内線12',
    "S2,法人,みなと製作所,ミナトセイサクショ,,,,,,,06-1111-2222,06-1111-2223,,541-0053,大阪市中央区,K-2,,",
)
FILE = "\r\n".join((HEADER, *ROWS, ""))


@pytest.fixture
def crm(tmp_path: Path) -> LocalCrm:
    return LocalCrm(data_dir=tmp_path, options={})


def _people(crm: LocalCrm) -> dict[str, CrmCustomer]:
    return {person.external_id: person for page in crm.changed_since(None) for person in page.customers}


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (FILE.encode(), "UTF-8"),
        (FILE.encode("utf-8-sig"), "UTF-8"),
        (FILE.encode("cp932"), "CP932"),
        (FILE.replace("\r\n", "\n").encode("cp932"), "CP932"),
        (FILE.replace(",", "\t").encode(), "UTF-8"),
    ],
)
def test_a_usual_list_needs_no_mapping(crm: LocalCrm, data: bytes, encoding: str) -> None:
    report = crm.take_file(data, (), dry=False)
    assert (report.encoding, report.new, report.bad, report.ignored) == (encoding, 2, (), ())
    hanako, company = _people(crm)["S1"], _people(crm)["S2"]
    assert (hanako.name, hanako.kana, hanako.code, hanako.household) == (
        "山田 花子",
        "ヤマダ ハナコ",
        "S1",
        "山田家",
    )
    assert (hanako.organisation, company.kind) == ("S2", CustomerKind.ORGANISATION)
    assert {(number.field, number.raw, number.kind, number.personal) for number in hanako.numbers} == {
        ("携帯", "090-1111-2222", NumberKind.MOBILE, False),
        ("本人携帯", "080-3333-4444", NumberKind.MOBILE, True),
        ("自宅", "03-1111-2222", NumberKind.HOME, False),
        ("勤務先", "06-1111-2222", NumberKind.WORK, False),
        ("備考", "090ー5555ー6666 内線12", NumberKind.MENTIONED, False),  # and nothing else of the text
    }
    assert {number.kind for number in company.numbers} == {NumberKind.MAIN, NumberKind.FAX}
    answers = {(answer.item, answer.value) for answer in hanako.answers}
    assert answers >= {
        (Item.BIRTH_DATE, "昭和34年2月20日"),
        (Item.ADDRESS, "横浜市中区\n本町6-50-10"),
        (Item.MEMBER_CODE, "S1"),
        (Item.CONTRACT_NUMBER, "K-1"),
        (Item.PASSPHRASE, "あさがお"),
        (Item.PHONE_MOBILE, "080-3333-4444"),
        (Item.PHONE_HOME, "03-1111-2222"),
    }


def test_english_headers_and_a_site_s_own(crm: LocalCrm) -> None:
    data = b"Record ID,Full Name,Mobile Phone,Who,Date of Birth\n1,Ann Lee,090-1111-2222,Bob,1990-01-02\n"
    report = crm.take_file(data, (("name", "Who"), ("ignore", "Date of Birth")), dry=False)
    person = _people(crm)["1"]
    assert (person.name, [number.field for number in person.numbers]) == ("Bob", ["Mobile Phone"])
    assert report.ignored == ("Full Name", "Date of Birth")
    assert dict(report.columns) == {"Record ID": "external_id", "Mobile Phone": "mobile", "Who": "name"}


def test_the_same_file_again_changes_nothing(crm: LocalCrm) -> None:
    crm.take_file(FILE.encode(), (), dry=False)
    cursor = [page.cursor for page in crm.changed_since(None)][-1]
    for data in (FILE.encode(), FILE.encode("cp932")):
        report = crm.take_file(data, (), dry=False)
        assert (report.new, report.changed, report.same) == (0, 0, 2)
    assert list(crm.changed_since(cursor)) == []


def test_what_has_no_column_stays_as_it_is(crm: LocalCrm) -> None:
    crm.take_file(FILE.encode(), (), dry=False)
    before = _people(crm)["S1"]
    report = crm.take_file("会員番号,氏名,携帯,契約番号\nS1,山田 華子,,K-9\n".encode(), (), dry=False)
    after = _people(crm)["S1"]
    assert (report.changed, after.name, after.kana, after.organisation) == (1, "山田 華子", before.kana, "S2")
    assert {number.field for number in after.numbers} == {"本人携帯", "自宅", "勤務先", "備考"}
    items = {answer.item: answer.value for answer in after.answers}
    assert (items[Item.CONTRACT_NUMBER], items[Item.PASSPHRASE]) == ("K-9", "あさがお")


def test_a_dry_run_says_the_same_and_stores_nothing(crm: LocalCrm) -> None:
    dry = crm.take_file(FILE.encode(), (), dry=True)
    assert _people(crm) == {}
    assert replace(dry, dry=False) == crm.take_file(FILE.encode(), (), dry=False)


def test_bad_rows_are_told_by_number_and_reason_and_nothing_is_stored(crm: LocalCrm) -> None:
    rows = [
        "S1,個人,山田 花子,0",
        ",個人,名無し,0",
        "S3,個人,,0",
        "S4,宇宙人,山田 太郎,0",
        "S1,個人,山田 一郎,0",
        "",
        "S7,個人,山田 二郎,たぶん",
        f"S8,個人,{'長' * 256},0",
        "S9,個人,山\x07田,0",
        "S10,個人,山田,0,余り",
    ]
    report = crm.take_file("\n".join(("会員番号,種別,氏名,退会", *rows)).encode(), (), dry=False)
    assert [(row.number, row.column, row.reason) for row in report.bad] == [
        (3, "会員番号", "no_id"),
        (4, "氏名", "no_name"),
        (5, "種別", "unknown_kind"),
        (6, "会員番号", "doubled_id"),
        (8, "退会", "unreadable"),
        (9, "氏名", "too_long"),
        (10, "氏名", "control_character"),
        (11, "", "too_many_cells"),
    ]
    assert "山田" not in repr(report)
    assert _people(crm) == {}


def test_who_has_left_is_gone_and_may_come_back(crm: LocalCrm) -> None:
    for word, gone in (("", False), ("1", True), ("0", False)):
        crm.take_file(f"会員番号,氏名,退会\nS1,山田,{word}\n".encode(), (), dry=False)
        assert _people(crm)["S1"].gone is gone


def test_a_company_that_is_not_known_for_certain_is_left_out_and_counted(crm: LocalCrm) -> None:
    rows = "A,法人,同名商事,\nB,法人,同名商事,\nP1,個人,山田,同名商事\nP2,個人,鈴木,知らない会社\nP3,個人,林,A\n"
    report = crm.take_file(f"会員番号,種別,氏名,会社名\n{rows}".encode(), (), dry=False)
    people = _people(crm)
    assert report.unlinked == 2
    assert [people[one].organisation for one in ("P1", "P2", "P3")] == [None, None, "A"]


@pytest.mark.parametrize(
    ("data", "mapping", "reason"),
    [
        (b"", (), "empty"),
        (b"\x81", (), "encoding"),
        ("氏名,携帯\n".encode(), (), "no_id_column"),
        ("会員番号,携帯\n".encode(), (), "no_name_column"),
        ("会員番号,氏名,お名前\n".encode(), (), "doubled_target"),
        ("会員番号,氏名\n".encode(), (("colour", "氏名"),), "unknown_target"),
        ("会員番号,氏名\n".encode(), (("kana", "かな"),), "no_such_column"),
        ("会員番号,氏名,x,x\n".encode(), (("kana", "x"),), "doubled_header"),
        ('会員番号,氏名\nS1,"山田'.encode(), (), "quotes"),
        (f"会員番号,氏名,{'携帯' * 40}\n".encode(), (("mobile", "携帯" * 40),), "long_header"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole(
    crm: LocalCrm, data: bytes, mapping: tuple[tuple[str, str], ...], reason: str
) -> None:
    with pytest.raises(InputError) as refused:
        crm.take_file(data, mapping, dry=False)
    assert refused.value.reason == reason
    assert _people(crm) == {}


@given(
    st.binary(max_size=400) | st.text(max_size=400).map(lambda text: ("会員番号,氏名\n" + text).encode(errors="ignore"))
)
def test_any_bytes_are_people_bad_rows_or_an_input_error(data: bytes) -> None:
    try:
        read = read_people(data, ())
    except InputError:
        return
    assert len({person.external_id for person, _ in read.people}) == len(read.people)


@given(
    st.lists(
        st.tuples(
            st.text("abcアイ山\"',;\n\t =+-", min_size=1, max_size=12).filter(lambda text: text.strip() != ""),
            st.text("あ亜ア\"',;\n =+-@", min_size=1, max_size=12).filter(lambda text: text.strip() != ""),
        ),
        max_size=8,
        unique_by=lambda pair: pair[0].strip(),
    )
)
def test_what_a_spreadsheet_writes_is_read_back(pairs: list[tuple[str, str]]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file).writerows([("顧客ID", "氏名"), *pairs])
    read = read_people(file.getvalue().encode(), ())
    assert read.bad == ()
    assert [(person.external_id, person.name) for person, _ in read.people] == [
        (external_id.strip(), " ".join(name.split())) for external_id, name in pairs
    ]
