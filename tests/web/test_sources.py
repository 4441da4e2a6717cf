"""The page of phone systems: what is heard of each, no secret and no number, and files that a person settles."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from plugin.core.staff import Role
from plugin.store.tables.recorders import recorder_files
from plugin.store.tables.recordings import recordings
from tests.kit.clock import HandClock
from tests.kit.rows import rows
from tests.kit.site import SOURCE, Phone, Place
from tests.kit.staff import app_of, browser_of

TOKEN = "a-token-that-nobody-guesses-0123456789"


@pytest.fixture
def place(tmp_path: Path, clock: HandClock) -> Iterator[Place]:
    folder = tmp_path / "recorder"
    folder.mkdir()
    pattern = {"pattern": "{start:%Y%m%d-%H%M%S}_{extension}.wav"}
    sources = {
        SOURCE: {"kind": "webhook", "secrets": [TOKEN]},
        "cloud": {"kind": "zammad", "secrets": [TOKEN]},
        "wrong": {"kind": "twilio", "secrets": [TOKEN]},
        "odd": {"kind": "tin-can"},
        "rec": {"kind": "recorder", "recordings_dir": str(folder), "options": pattern},
        "phones": {"kind": "pop"},
    }
    with Place(tmp_path, clock, sources=sources) as made:
        made.staff("tanaka", "田中 美咲", "101")
        yield made


@pytest.fixture
def admin(place: Place) -> FlaskClient:
    user = place.staff("kanri", "管理 者", role=Role.ADMIN)
    return browser_of(app_of(place.house), place.house, user)


def test_every_phone_system_stands_there_with_what_was_heard_of_it(place: Place, admin: FlaskClient) -> None:
    Phone(place, "090-1234-5678").ring().answer()
    page = admin.get("/admin/sources").text
    for words in ("通話を受け取っています", "通話の通知がまだありません", "先方から通知を受け取ります"):
        assert words in page
    assert "DENWABAN_SOURCES__WRONG__OPTIONS__ACCOUNT_SID" in page
    assert page.count("設定に誤りがあります") == 2
    assert "録音ファイルを定期的に確認しています" in page
    assert TOKEN not in page
    assert not any(number in page for number in ("12345678", "1234-5678", "田中"))


def test_a_file_that_waits_is_given_to_the_call_that_a_person_chose(
    place: Place, admin: FlaskClient, clock: HandClock, tmp_path: Path
) -> None:
    calls = []
    for _ in range(2):
        phone = Phone(place, "090-1234-5678").ring().answer()
        clock.move(seconds=20)
        calls.append(phone.end().call_id)
    for name in ("20261123-080020_101.wav", "20261123-080000_109.wav"):
        (tmp_path / "recorder" / name).write_bytes(b"RIFF")
        os.utime(tmp_path / "recorder" / name, (clock.at.timestamp(),) * 2)
    clock.move(hours=2)
    place.house.phones.recorders(place.house.store, place.house.calls).match()
    page = admin.get("/admin/sources").text
    assert "通話が決まらない録音" in page
    assert all(call_id in page for call_id in calls)
    assert "20261123-080020" not in page + admin.get("/admin/sources?done=given").text
    keys = {row.extension: row.file_key for row in rows(place.house.store, recorder_files)}
    form = {"call_id": calls[1]}
    answer = admin.post(f"/admin/sources/files/rec/{keys['101']}", data=form)
    assert answer.headers["Location"] == "/admin/sources?done=given"
    assert [row.call_id for row in rows(place.house.store, recordings)] == [calls[1]]
    assert admin.post(f"/admin/sources/files/rec/{keys['101']}", data=form).status_code == 404
    assert admin.post(f"/admin/sources/files/rec/{keys['109']}", data={"call_id": ""}).status_code == 303
    assert "通話が決まらない録音" not in admin.get("/admin/sources").text
    assert admin.post("/admin/sources/files/rec/short", data=form).status_code == 404
    assert admin.post(f"/admin/sources/files/rec/{keys['109']}", data={}).status_code == 400
