"""Entries on kintone: once each through lost answers, locks, bad records and rivals; no error shows a record."""

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.crm.kintone import KintoneCrm
from plugin.core.errors import OutsideError
from plugin.core.timeline import TimelineEntry
from tests.connectors.contracts import ENTRY
from tests.kintone_site import KintoneSite
from tests.kintone_site.apps import App
from tests.kintone_site.faults import Act, Fault, locked, too_many
from tests.kintone_site.fields import Field
from tests.kit.clock import HandClock
from tests.kit.faults import ALWAYS
from tests.kit.kintone import ACTIVITIES, CUSTOMERS, crm_of, dress, secret
from tests.kit.tempo import HandTempo


@pytest.fixture
def crm(site: KintoneSite, tmp_path: Path, time: HandTempo) -> KintoneCrm:
    return crm_of(site, tmp_path, time.tempo())


@pytest.fixture
def calls(site: KintoneSite) -> App:
    return site.apps[ACTIVITIES]


@pytest.fixture
def hanako(site: KintoneSite) -> str:
    return str(site.apps[CUSTOMERS].insert(顧客名="山田 花子"))


def _entries(count: int, customer: str) -> list[TimelineEntry]:
    return [
        replace(ENTRY, external_id=f"denwaban-{number:04}", customer_external_id=customer) for number in range(count)
    ]


def _named(app: App) -> list[str]:
    return sorted(row.values["通話ID"] for row in app.rows.values())


def _refusal(answer: str | OutsideError) -> OutsideError:
    assert isinstance(answer, OutsideError)
    return answer


def test_two_hundred_take_two_adds(site: KintoneSite, crm: KintoneCrm, calls: App, hanako: str) -> None:
    entries = _entries(200, hanako)
    answers = crm.put(entries)
    assert answers == [str(number) for number in range(1, 201)]
    assert _named(calls) == [entry.external_id for entry in entries]
    assert site.counts == {"form": 2, "records_get": 1, "records_add": 2}
    assert all("?" not in target for target in site.targets)  # what is asked stands in no address


def test_the_record_says_what_people_look_for(crm: KintoneCrm, calls: App, hanako: str) -> None:
    crm.put([replace(ENTRY, customer_external_id=hanako)])
    (row,) = calls.rows.values()
    assert {code: row.values[code] for code in ("顧客ID", "日付", "開始日時", "通話秒数", "発着信", "通話結果")} == {
        "顧客ID": hanako,
        "日付": "2026-11-23",
        "開始日時": "2026-11-22T23:00:00Z",
        "通話秒数": "187",
        "発着信": "着信",
        "通話結果": "応答",
    }
    assert row.values["リンク"] == ENTRY.link


@pytest.mark.parametrize("act", [Act.LOSE, Act.CUT])
def test_an_answer_that_is_lost_makes_no_second_record(
    site: KintoneSite, tmp_path: Path, time: HandTempo, calls: App, hanako: str, act: Act
) -> None:
    crm = crm_of(site, tmp_path, time.tempo(), read_timeout_s="0.3")
    crm.timeline_of(hanako, 1)
    site.faults.add(Fault(act, "records_add"))
    answers = crm.put(_entries(3, hanako))  # tried again at once: refused as doubled, looked up, taken as ours
    assert answers == ["1", "2", "3"]
    assert len(calls.rows) == 3
    site.faults.add(Fault(act, "records_update", times=3))
    later = [replace(entry, version=2, text="neu") for entry in _entries(3, hanako)]
    with pytest.raises(OutsideError) as lost:
        crm.put(later)
    assert not lost.value.permanent
    assert crm.put(later) == answers
    assert [row.revision for row in calls.rows.values()] == [2, 2, 2]


def test_one_bad_record_keeps_none_of_a_hundred_back(
    site: KintoneSite, crm: KintoneCrm, calls: App, hanako: str
) -> None:
    calls.set(Field("対応結果", "DROP_DOWN", options=("解決済み", "保留")))
    crm.timeline_of(hanako, 1)
    calls.set(Field("対応結果", "DROP_DOWN", options=("解決済み",)))  # kintone changed, and we know the older form
    entries = _entries(100, hanako)
    for place in (17, 63):
        entries[place] = replace(entries[place], disposition="保留")
    answers = crm.put(entries)
    for place in (17, 63):
        refused = _refusal(answers[place])
        assert str(refused) == "outside.cb_va01 fields=対応結果 permanent=True"
    assert sum(isinstance(answer, str) for answer in answers) == 98
    assert len(calls.rows) == 98
    assert site.counts["records_add"] == 2


def test_where_kintone_does_not_say_who_it_is_the_request_is_halved(
    site: KintoneSite, crm: KintoneCrm, calls: App, hanako: str
) -> None:
    entries = _entries(8, hanako)
    site.faults.add(Fault(Act.REFUSE, "records_add", times=4, status=400, code="GAIA_ZZ42", message="山田 花子"))
    answers = crm.put(entries)
    refused = _refusal(answers[0])
    assert (refused.reason, refused.permanent, refused.facts["told"]) == ("http_400", True, "gaia_zz42")
    assert "山田" not in str(refused)
    assert all(isinstance(answer, str) for answer in answers[1:])
    assert len(calls.rows) == 7


def test_what_is_known_when_the_time_is_up_is_told(
    site: KintoneSite, crm: KintoneCrm, calls: App, hanako: str, time: HandTempo
) -> None:
    entries = _entries(150, hanako)
    crm.timeline_of(hanako, 1)

    def slow() -> None:
        time.passed += 26

    site.before("records_add", lambda: site.before("records_add", slow))  # the second hundred's answer comes late
    answers = crm.put(entries)
    assert all(isinstance(answer, str) for answer in answers[:100])
    assert {str(answer) for answer in answers[100:]} == {"outside.timeout"}
    assert all(isinstance(answer, str) for answer in crm.put(entries))
    assert _named(calls) == [entry.external_id for entry in entries]


def test_doubled_ones_among_new_ones_are_taken_as_ours(crm: KintoneCrm, calls: App, hanako: str) -> None:
    entries = _entries(10, hanako)
    first = crm.put(entries[3:6])
    answers = crm.put(entries)
    assert answers[3:6] == first
    assert len(set(map(str, answers))) == 10
    assert _named(calls) == [entry.external_id for entry in entries]


def test_a_rival_s_newer_version_is_not_overwritten(
    site: KintoneSite, crm: KintoneCrm, calls: App, hanako: str, tmp_path: Path, time: HandTempo
) -> None:
    (entry,) = _entries(1, hanako)
    (first,) = crm.put([entry])
    rival = crm_of(site, tmp_path / "rival", time.tempo())
    rival.timeline_of(hanako, 1)

    def between() -> None:  # the rival has looked, and has not written yet
        crm.put([replace(entry, version=3, text="v3")])

    site.before("records_update", between)
    assert rival.put([replace(entry, version=2, text="v2")]) == [first]
    assert site.counts["records_update"] == 2
    assert [one.text for one in crm.timeline_of(hanako, 9)] == ["v3"]


def test_a_lock_passes(site: KintoneSite, crm: KintoneCrm, calls: App, hanako: str, time: HandTempo) -> None:
    site.faults.add(locked(on="records_add", times=4))
    assert all(isinstance(answer, str) for answer in crm.put(_entries(3, hanako)))
    assert len(calls.rows) == 3
    assert time.pauses
    site.faults.add(locked(on="records_add", times=ALWAYS))
    entry = replace(ENTRY, external_id="denwaban-x", customer_external_id=hanako)
    assert str(_refusal(crm.put([entry])[0])) == "outside.gaia_da02"


def test_too_many_requests_at_once_rest_and_say_for_how_long(
    site: KintoneSite, crm: KintoneCrm, calls: App, hanako: str, time: HandTempo
) -> None:
    site.faults.add(too_many(times=2))
    assert all(isinstance(answer, str) for answer in crm.put(_entries(2, hanako)))
    assert len(time.pauses) == 2
    site.faults.add(too_many(times=ALWAYS))
    with pytest.raises(OutsideError) as busy:
        crm.put(_entries(3, hanako))
    assert (busy.value.reason, busy.value.permanent, busy.value.facts["retry_after_s"]) == ("gaia_to04", False, 30)


@pytest.mark.parametrize("status", [503, 520, 502])
def test_maintenance_is_an_outage_that_passes(site: KintoneSite, crm: KintoneCrm, hanako: str, status: int) -> None:
    site.faults.add(Fault(Act.PAGE, times=ALWAYS, status=status))
    with pytest.raises(OutsideError) as down:
        crm.put(_entries(1, hanako))
    assert str(down.value) == f"outside.unreachable status={status}"
    site.faults.clear()
    site.faults.add(Fault(Act.PAGE, status=200))  # a page where an answer should be passes, too
    assert crm.put(_entries(1, hanako)) == ["1"]


def test_a_refused_token_is_not_tried_over_and_over(
    site: KintoneSite, crm: KintoneCrm, hanako: str, time: HandTempo
) -> None:
    site.tokens.clear()
    for _ in range(20):
        with pytest.raises(OutsideError) as refused:
            crm.put(_entries(1, hanako))
        assert (refused.value.reason, refused.value.permanent) == ("gaia_ia02", True)
        assert refused.value.facts["retry_after_s"] <= 300
    assert sum(site.counts.values()) == 1
    time.passed += 301
    with pytest.raises(OutsideError):
        crm.put(_entries(1, hanako))
    assert sum(site.counts.values()) == 2


def test_a_token_that_may_not_add_is_told(site: KintoneSite, tmp_path: Path, time: HandTempo, hanako: str) -> None:
    token = secret(tmp_path / "weak", site.token(ACTIVITIES, "view"))
    crm = crm_of(site, tmp_path, time.tempo(), activities_token_file=token)
    with pytest.raises(OutsideError) as refused:
        crm.put(_entries(2, hanako))
    assert (refused.value.reason, refused.value.permanent) == ("gaia_no01", True)


def test_a_password_a_guest_space_and_basic_authentication_open_it_too(
    clock: HandClock, tmp_path: Path, time: HandTempo
) -> None:
    with KintoneSite(clock, guest_space=7, basic=("gate", "open")) as site:
        dress(site)
        site.users["denwaban"] = "合言葉:1"
        customer = str(site.apps[CUSTOMERS].insert(顧客名="山田 花子"))
        more = {
            "login": "denwaban",
            "password_file": secret(tmp_path / "p", "合言葉:1"),
            "basic_login": "gate",
            "basic_password_file": secret(tmp_path / "b", "open"),
            "guest_space": "7",
        }
        crm = crm_of(site, tmp_path, time.tempo(), **more)
        assert crm.put(_entries(1, customer)) == ["1"]
        shut_out = crm_of(site, tmp_path, time.tempo(), **more | {"basic_login": "", "basic_password_file": ""})
        with pytest.raises(OutsideError, match="sign_in_refused"):
            shut_out.timeline_of(customer, 1)


def test_what_the_app_lacks_is_told_and_what_it_can_do_without_is_left_out(
    site: KintoneSite, crm: KintoneCrm, calls: App, hanako: str, time: HandTempo
) -> None:
    for code in ("記入者", "通話結果"):
        calls.drop(code)
    calls.set(Field("発着信", "DROP_DOWN", options=("着信",)))
    (answer,) = crm.put([replace(ENTRY, customer_external_id=hanako)])
    assert isinstance(answer, str)
    (found,) = crm.timeline_of(hanako, 1)
    assert found == replace(ENTRY, customer_external_id=hanako, author="", outcome=None)
    calls.drop("版")
    time.passed += 3_601
    with pytest.raises(OutsideError) as refused:
        crm.put(_entries(1, hanako))
    assert (refused.value.reason, refused.value.facts["fields"], refused.value.permanent) == (
        "fields_missing",
        "版",
        True,
    )
    assert refused.value.facts["retry_after_s"] >= 60


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        (Field("通話ID", unique=False), "duplicates_allowed"),
        (Field("通話ID", unique=True, most_letters=20), "field_short"),
        (Field("通話開始", most_letters=10), "field_short"),
        (Field("内容", "RICH_TEXT"), "fields_missing"),
        (Field("顧客ID", "NUMBER", copied_to=("件名",)), "fields_missing"),
    ],
)
def test_an_app_that_could_not_keep_the_promise_is_not_written_to(
    site: KintoneSite, crm: KintoneCrm, calls: App, hanako: str, field: Field, reason: str
) -> None:
    calls.set(field)
    with pytest.raises(OutsideError) as refused:
        crm.put(_entries(1, hanako))
    assert (refused.value.reason, refused.value.permanent) == (reason, True)
    assert not calls.rows


def test_long_texts_are_cut_to_what_the_form_takes(crm: KintoneCrm, calls: App, hanako: str) -> None:
    for code, most in (("件名", 40), ("記入者", 5), ("対応結果", 3)):
        calls.set(Field(code, most_letters=most))
    long = "長い話\n" * 100
    (answer,) = crm.put([replace(ENTRY, customer_external_id=hanako, subject=long, author=long, disposition=long)])
    assert isinstance(answer, str)
    (row,) = calls.rows.values()
    assert (len(row.values["件名"]), row.values["件名"][-1], "\n" in row.values["件名"]) == (40, "…", False)


def test_a_record_that_people_deleted_is_made_anew_by_the_next_version(
    crm: KintoneCrm, calls: App, hanako: str
) -> None:
    entry = replace(ENTRY, customer_external_id=hanako)
    (first,) = crm.put([entry])
    calls.delete([int(str(first))])
    (second,) = crm.put([replace(entry, version=2)])
    assert first != second
    assert len(calls.rows) == 1


def test_what_people_made_unreadable_is_left_out_of_the_timeline(crm: KintoneCrm, calls: App, hanako: str) -> None:
    crm.put(_entries(2, hanako))
    calls.change(1, 通話開始="きのう")
    assert [entry.external_id for entry in crm.timeline_of(hanako, 9)] == ["denwaban-0001"]
    assert crm.timeline_of('1" or 通話ID != "', 9) == ()
