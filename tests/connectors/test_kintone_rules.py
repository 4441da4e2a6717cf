"""What is the kintone connector's own: its options, its reading of fields, its table of refusals."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.crm.kintone import refusals
from connectors.crm.kintone.activities import cut
from connectors.crm.kintone.meanings import read_meanings
from connectors.crm.kintone.options import read_options
from connectors.crm.kintone.refusals import Kind
from connectors.crm.meanings import Meaning
from connectors.crm.registry import open_crm
from plugin.core.errors import OutsideError, SettingError
from plugin.web.texts import table
from tests.kit.kintone import secret

SECRET = "aSecretThatNobodySees"


def _given(folder: Path, **more: str) -> dict[str, str]:
    given = {
        "url": "https://example.cybozu.com",
        "customers_app": "11",
        "activities_app": "12",
        "customers_token_file": secret(folder / "a", SECRET),
        "activities_token_file": secret(folder / "b", SECRET),
    }
    return {name: value for name, value in (given | more).items() if value}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("example", "https://example.cybozu.com"),
        ("example.cybozu.com", "https://example.cybozu.com"),
        ("https://example.kintone.com/k/", "https://example.kintone.com"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ],
)
def test_an_address_is_read_in_each_of_its_forms(tmp_path: Path, written: str, read: str) -> None:
    assert read_options(_given(tmp_path, url=written)).url == read


@pytest.mark.parametrize(
    ("change", "setting", "reason"),
    [
        ({"url": ""}, "URL", "missing"),
        ({"url": "http://example.cybozu.com"}, "URL", "invalid"),
        ({"url": "https://sato:pw@example.cybozu.com"}, "URL", "invalid"),
        ({"url": "https://example.cybozu.com/k/11/"}, "URL", "invalid"),
        ({"customers_app": "eleven"}, "CUSTOMERS_APP", "invalid"),
        ({"customers_app": ""}, "CUSTOMERS_APP", "missing"),
        ({"activities_app": "11"}, "ACTIVITIES_APP", "invalid"),
        ({"activities_token_file": ""}, "ACTIVITIES_TOKEN_FILE", "missing"),
        ({"customers_token_file": "/nowhere/token"}, "CUSTOMERS_TOKEN_FILE", "invalid"),
        ({"login": "sato"}, "LOGIN", "invalid"),
        ({"basic_login": "sato"}, "BASIC_PASSWORD_FILE", "missing"),
        ({"guest_space": "x"}, "GUEST_SPACE", "invalid"),
        ({"fields": "顧客名"}, "FIELDS", "invalid"),
        ({"fields": "顧客名=shoe_size"}, "FIELDS", "invalid"),
        ({"fields": "姓=name, 名=name"}, "FIELDS", "invalid"),
        ({"fields": '顧客名" or "x=name'}, "FIELDS", "invalid"),
        ({"kind": "robot"}, "KIND", "invalid"),
        ({"call_field": "通話 ID"}, "CALL_FIELD", "invalid"),
        ({"call_field": "版"}, "CALL_FIELD", "invalid"),
        ({"read_timeout_s": "0"}, "READ_TIMEOUT_S", "invalid"),
        ({"tokken": "x"}, "TOKKEN", "unknown"),
    ],
)
def test_what_is_wrong_is_named_and_no_value_shown(
    tmp_path: Path, change: dict[str, str], setting: str, reason: str
) -> None:
    with pytest.raises(SettingError) as refused:
        read_options(_given(tmp_path, **change))
    assert (refused.value.facts["setting"], refused.value.reason) == (f"DENWABAN_CRM_OPTIONS__{setting}", reason)
    assert SECRET not in str(refused.value)
    assert SECRET not in repr(read_options(_given(tmp_path)))


def test_a_secret_that_others_may_read_is_refused(tmp_path: Path) -> None:
    given = _given(tmp_path)
    (tmp_path / "a").chmod(0o644)
    with pytest.raises(SettingError) as refused:
        open_crm("kintone", tmp_path, given)
    assert (refused.value.reason, refused.value.facts["problem"]) == ("open_to_others", "chmod 600 it")
    (tmp_path / "a").chmod(0o600)
    (tmp_path / "a").write_text("two words")
    with pytest.raises(SettingError, match="no API token"):
        open_crm("kintone", tmp_path, given)


def test_neither_token_nor_login_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="missing"):
        read_options(_given(tmp_path, customers_token_file="", activities_token_file=""))


def test_no_field_is_said_to_be_the_id_of_a_record() -> None:
    with pytest.raises(ValueError, match="one of code, name, kana"):
        read_meanings("顧客ID=external_id")


def test_what_the_site_says_takes_the_place_of_a_default() -> None:
    said = read_meanings("担当者名=name; 電話番号=ignore\n都道府県+番地=address, 連絡先.電話=mobile")
    by_code = {code: one.meaning for one in said for code in one.codes}
    assert "顧客名" not in by_code
    assert "電話番号" not in by_code
    assert by_code["担当者名"] is Meaning.NAME
    assert by_code["連絡先.電話"] is Meaning.MOBILE
    assert by_code["携帯電話"] is Meaning.MOBILE
    assert ("都道府県", "番地") in [one.codes for one in said]


VALUE = "090-1234-5678 山田花子"


@given(
    st.integers(300, 599),
    st.one_of(
        st.none(),
        st.text(),
        st.lists(st.text()),
        st.dictionaries(st.sampled_from(["code", "message", "errors", "id"]), st.text()),
        st.builds(lambda key: {"code": VALUE, "errors": {key: {"messages": [VALUE]}}, "message": VALUE}, st.text()),
    ),
)
def test_no_answer_of_kintone_gets_into_an_error(status: int, body: object) -> None:
    error = refusals.of_reply(status, body, None)
    allowed = {f"http_{status}", "sign_in_refused", "gaia_co02", "unreachable"} | {
        code.lower() for code in refusals._TABLE
    }
    assert error.reason in allowed
    assert VALUE not in str(error)
    told = refusals.places_of(body, frozenset({"件名"}))
    assert {code for codes in told.values() for code in codes} <= {"件名"}


def test_the_refused_records_are_named_by_place_with_codes_that_the_app_has() -> None:
    errors = ("records[0].件名.value", "records[2][内容].value", f"records[7].{VALUE}.value", "app", "records[x].a")
    body = {"code": "CB_VA01", "errors": {key: {"messages": [VALUE]} for key in errors}}
    assert refusals.places_of(body, frozenset({"件名", "内容"})) == {0: ("件名",), 2: ("内容",), 7: ()}


@pytest.mark.parametrize(
    ("status", "code", "kind", "permanent"),
    [
        (429, "GAIA_TO04", Kind.SOON, False),
        (400, "GAIA_DA02", Kind.SOON, False),
        (503, "", Kind.SOON, False),
        (520, "GAIA_IA02", Kind.SIGN_IN, True),  # the code goes before the status
        (520, "CB_XX99", Kind.SOON, False),
        (401, "", Kind.SIGN_IN, True),
        (409, "", Kind.AGAIN, False),
        (404, "GAIA_RE01", Kind.AGAIN, False),
        (404, "GAIA_AP01", Kind.STOP, True),
        (403, "", Kind.STOP, True),
        (302, "", Kind.STOP, True),
        (400, "CB_VA01", Kind.ROW, True),
        (400, "GAIA_ZZ42", Kind.ROW, True),
    ],
)
def test_a_refusal_is_judged_by_its_code_first(status: int, code: str, kind: Kind, permanent: bool) -> None:
    error = refusals.of_reply(status, {"code": code}, None)
    assert (refusals.kind_of(error), error.permanent) == (kind, permanent)


def test_a_wait_that_is_asked_for_is_handed_on() -> None:
    assert refusals.of_reply(503, None, 12.0).facts["retry_after_s"] == 12.0
    assert refusals.of_reply(429, None, None).facts["retry_after_s"] == 30


def test_every_code_of_the_table_has_words_for_people() -> None:
    assert [code for code in refusals._TABLE if f"crm.reason.{code.lower()}" not in table()] == []


@given(st.text(max_size=60), st.integers(1, 50))
def test_a_cut_text_fits_and_no_letter_is_halved(text: str, most: int) -> None:
    short = cut(text, most)
    assert len(short.encode("utf-16-le", "surrogatepass")) // 2 <= most
    assert short == text or text.startswith(short.removesuffix("…"))
    assert cut(text, 0) == text


def test_an_error_travels_between_processes() -> None:
    error = refusals.of_reply(400, json.loads('{"code": "GAIA_ZZ42"}'), None)
    assert isinstance(error, OutsideError)
    assert str(error) == "outside.http_400 permanent=True told=gaia_zz42"
