"""The doctor's look at a kintone: what is missing, how to mend it, and that nothing is changed."""

from pathlib import Path

import pytest

from plugin.cli import cli
from plugin.cli.crm_words import WORDS
from plugin.core.ports import CrmFinding, Weight
from plugin.web.texts import table
from tests.kintone_site import KintoneSite
from tests.kintone_site.faults import Act, Fault
from tests.kintone_site.fields import Field
from tests.kit.clock import HandClock
from tests.kit.command import Runner
from tests.kit.faults import ALWAYS
from tests.kit.kintone import ACTIVITIES, CUSTOMERS, crm_of, options_of, secret
from tests.kit.tempo import HandTempo


@pytest.fixture(autouse=True)
def _somebody(site: KintoneSite) -> None:
    site.apps[CUSTOMERS].insert(顧客名="山田 花子")


def _found(site: KintoneSite, folder: Path, **more: str) -> set[tuple[Weight, str, str]]:
    found: tuple[CrmFinding, ...] = crm_of(site, folder, HandTempo(HandClock()).tempo(), **more).check()
    for one in found:
        assert one.word in WORDS or f"crm.reason.{one.word}" in table()
    return {(one.weight, one.word, one.what) for one in found}


FINE = {(Weight.FINE, "app_seen", "app 11"), (Weight.FINE, "app_seen", "app 12")}


def test_a_kintone_in_order_has_nothing_to_mend(site: KintoneSite, tmp_path: Path) -> None:
    site.apps[ACTIVITIES].set(Field("通話結果"))
    assert _found(site, tmp_path) == FINE
    assert not site.apps[ACTIVITIES].rows
    assert set(site.counts) == {"form", "records_get"}


def test_what_both_apps_lack_is_named(site: KintoneSite, tmp_path: Path) -> None:
    people, calls = site.apps[CUSTOMERS], site.apps[ACTIVITIES]
    people.hidden.add("世帯")
    people.set(Field("携帯電話", "NUMBER"))
    for code in ("版", "記入者"):
        calls.drop(code)
    calls.set(Field("通話ID", unique=False, most_letters=20))
    calls.set(Field("日付", "DATETIME"))
    calls.set(Field("発着信", "DROP_DOWN", options=("着信", "発信")))
    calls.set(Field("担当部署", required=True))
    assert _found(site, tmp_path, fields="携帯電話=mobile, 契約=contract_number") == FINE | {
        (Weight.LOOK, "field_hidden", "世帯"),
        (Weight.LOOK, "number_field", "携帯電話"),
        (Weight.LOOK, "code_missing", "契約"),
        (Weight.MEND, "code_missing", "版"),
        (Weight.LOOK, "code_lacking", "記入者"),
        (Weight.MEND, "duplicates_allowed", "通話ID"),
        (Weight.MEND, "field_short", "通話ID"),
        (Weight.LOOK, "wrong_type", "日付 (DATETIME)"),
        (Weight.LOOK, "list_lacks", "発着信: 内線"),
        (Weight.MEND, "field_required", "担当部署"),
    }


def test_an_app_without_numbers_names_or_records_is_told(site: KintoneSite, tmp_path: Path) -> None:
    people = site.apps[CUSTOMERS]
    for code in ("携帯電話", "自宅電話"):
        people.drop(code)
    people.delete(list(people.rows))
    found = _found(site, tmp_path, fields="")
    assert {(Weight.MEND, "no_number_field", "app 11"), (Weight.LOOK, "no_records", "app 11")} <= found
    people.drop("顧客名")
    assert (Weight.MEND, "fields_missing", "顧客名") in _found(site, tmp_path, fields="")


def test_who_is_not_let_in_is_told_for_each_app(site: KintoneSite, tmp_path: Path) -> None:
    token = secret(tmp_path / "add-only", site.token(ACTIVITIES, "add"))
    found = _found(site, tmp_path, activities_token_file=token)
    assert found == {(Weight.FINE, "app_seen", "app 11"), (Weight.MEND, "gaia_no01", "app 12")}
    assert (Weight.MEND, "gaia_ia02", "app 99") in _found(site, tmp_path, customers_app="99")
    site.faults.add(Fault(Act.PAGE, times=ALWAYS))
    assert _found(site, tmp_path) == {(Weight.MEND, "unreachable", f"app {app}") for app in (11, 12)}


def test_the_doctor_says_it_in_words(site: KintoneSite, tmp_path: Path) -> None:
    site.apps[ACTIVITIES].drop("版")
    given = options_of(site, tmp_path / "keys")
    names = {f"DENWABAN_CRM_OPTIONS__{name.upper()}": value for name, value in given.items()}
    env = {"DENWABAN_DATA_DIR": str(tmp_path / "data"), "DENWABAN_CRM": "kintone", **names}
    said = [line for line in Runner().invoke(cli, ["doctor"], env=env).output.splitlines() if " CRM: " in line]
    assert said[0] == "ok    CRM: app_seen: app 11: signed in, its form and records can be read"
    assert (
        "mend  CRM: code_missing: no field has the code 版: see docs/kintone.md, or name its code in the options"
        in said
    )
