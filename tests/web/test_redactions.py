"""Over HTTP: the file of a copy goes out with the password given lately and never before it is confirmed."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from plugin.core.redaction import Form
from tests.kit.clock import HandClock
from tests.kit.desk import Office
from tests.kit.disclosures import Bureau
from tests.kit.redactions import CuttingRoom
from tests.kit.site import Place
from tests.kit.staff import app_of, browser_of

pytestmark = pytest.mark.needs("ffmpeg")


def test_the_file_of_a_confirmed_copy_and_of_no_other(tmp_path: Path, clock: HandClock) -> None:
    with Place(tmp_path, clock) as place:
        room = CuttingRoom(place, Office(place, clock))
        copy, app = room.cut(room.case(room.past)), app_of(place.house)
        hara = place.house.accounts.find("hara")
        path = f"/redactions/{copy}"
        browser = browser_of(app, place.house, hara)
        early = browser.post(f"{path}/file", data={"form": "flac"})
        assert (early.status_code, early.data[:4] == b"fLaC") == (409, False)
        room.confirmed(copy, room.hara, room.kubo)
        for form, kind in ((Form.FLAC, "audio/flac"), (Form.WAV, "audio/wav")):
            answer = browser.post(f"{path}/file", data={"form": form})
            assert (answer.status_code, answer.mimetype) == (200, kind)
            assert answer.data == room.file(copy, form)
            assert int(answer.headers["Content-Length"]) == len(answer.data)
            assert answer.headers["Cache-Control"] == "no-store"
            named = rf'attachment; filename="L-\d{{4}}-\d{{4}}-\w{{6}}\.{form}"'
            assert re.fullmatch(named, answer.headers["Content-Disposition"])
        assert browser.post(f"{path}/file", data={"form": "mp3"}).status_code == 400
        assert browser.get(f"{path}/file").status_code == 405
        assert browser.get(f"/clips/{copy}").status_code == 404
        stale = browser_of(app, place.house, hara, proved_ago=timedelta(hours=2))
        asked = stale.post(f"{path}/file", data={"form": "flac"})
        assert (asked.status_code, asked.headers["Location"].startswith("/prove")) == (303, True)


def test_from_a_cases_call_one_goes_to_the_editor_says_why_comes_there_and_back(
    tmp_path: Path, clock: HandClock
) -> None:
    with Place(tmp_path, clock) as place:
        bureau = Bureau(place, Office(place, clock))
        recording, case_id = bureau.record(), bureau.found()
        browser = browser_of(app_of(place.house), place.house, place.house.accounts.find("hara"))
        of_call = f"/disclosures/{case_id}/calls/{bureau.past}"
        (way,) = re.findall(r'href="(/recordings/[^"]+/redaction[^"]*)"', browser.get(of_call).text)
        assert way == f"/recordings/{recording}/redaction?case={case_id}"
        asked = browser.get(way).headers["Location"]
        page = browser.get(asked).text
        assert (f'href="{of_call}"' in page, f'name="cut" value="{case_id}"' in page) == (True, True)
        granted = browser.post(f"/recordings/{recording}", data={"purpose": "disclosure", "cut": case_id})
        assert granted.headers["Location"] == way
        editor = browser.get(way).text
        assert f'href="{of_call}"' in editor
        number = bureau.file(case_id).case.number
        assert f'<option value="{case_id}" selected>{number}</option>' in editor
        made = browser.post(
            f"/recordings/{recording}/redaction", data={"range": "0-500:person", "hush": "silence", "case": case_id}
        ).headers["Location"]
        assert f'href="{of_call}"' in browser.get(made).text
        copy = made.partition("?")[0]
        assert f'href="{copy}"' in browser.get(of_call).text
