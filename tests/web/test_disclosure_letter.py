"""The letter of a disclosure holds what was written of calls: whoever takes it out gave his password lately."""

from datetime import timedelta
from pathlib import Path

from plugin.store import staff as staff_rows
from tests.kit.clock import HandClock
from tests.kit.desk import Office
from tests.kit.disclosures import SENDER, Bureau
from tests.kit.site import Place
from tests.kit.staff import app_of, browser_of


def test_the_letter_asks_for_the_password_anew(tmp_path: Path, clock: HandClock) -> None:
    with Place(tmp_path, clock, **SENDER) as place:
        bureau = Bureau(place, Office(place, clock))
        at, app = f"/disclosures/{bureau.decided()}", app_of(place.house)
        with place.house.store.read() as connection:
            hara = staff_rows.user_by_id(connection, bureau.hara.user_id)
        assert hara is not None
        long_ago = browser_of(app, place.house, hara, proved_ago=timedelta(hours=2))
        for sheet in (f"{at}/letter", f"{at}/letter.txt"):
            assert long_ago.get(sheet).headers["Location"].startswith("/prove?next=/disclosures/")
        unknown = browser_of(app, place.house, hara).post(f"{at}/letter", data={"lang": "xx"})
        assert (unknown.status_code, "送信された内容" in unknown.text) == (422, True)
        assert "隣の■■■様宅" in browser_of(app, place.house, hara).get(f"{at}/letter.txt").text
