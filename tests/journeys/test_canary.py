"""Privacy by proof: secrets that nobody else has go through a whole day of a real site, and stand where they may.

The search is proved too: every disguise of every secret is found, and so is each leak that is made on purpose.
"""

import base64
import gzip
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Response
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert
from werkzeug.serving import make_server

from plugin.core.calls import Direction
from plugin.core.ids import new_id
from plugin.core.timeline import TimelineEntry
from plugin.store.engine import Store
from plugin.store.tables.audit import setting_marks
from plugin.web.app import create_app
from tests.kit.aviary import Aviary
from tests.kit.canary import MAY_STAND, Canary, Kind, Leak, Views, disguises, may_stand
from tests.kit.canary_doors import Visitor
from tests.kit.canary_search import Search
from tests.kit.canary_site import ROOT, CanarySite, canary_site, listening, rare, serving
from tests.kit.canary_story import Day
from tests.kit.mariadb_pages import pages
from tests.kit.processes import wait_for

# Where each kind was seen in a day, or the day did not show it: a search that looks past everything finds nothing too.
SHOWN = {
    "page *": {Kind.NAME, Kind.NUMBER, Kind.SUMMARY, Kind.TYPED, Kind.FORM, Kind.START, Kind.TOTP, Kind.RECOVERY},
    "page /recordings/<recording_id>/audio *": {Kind.SOUND},
    "cookie *": {Kind.SESSION, Kind.GRANT},
    "crm": {Kind.SUMMARY},
    "crm head authorization": {Kind.CRM_TOKEN},
    "carrier": {Kind.CODE, Kind.NUMBER},
    "carrier head authorization": {Kind.CARRIER},
    "table *": {Kind.NAME, Kind.NUMBER, Kind.SUMMARY, Kind.TYPED},
    "file *": {Kind.KEY, Kind.SOUND, Kind.HOOK, Kind.CARRIER, Kind.CRM_KEY},
}


def _go_through(folder: Path, url: str, *, whole: bool) -> Aviary:
    with canary_site(folder, url, web_workers=2 if whole else 1) as site:
        day = Day(site, whole=whole)
        with serving(site):
            day.tell()
            site.look_at_rest()
        site.look_at_rest()
        site.look_at_pages()
    assert "\n".join(f"{leak.kind}, in: {leak.place}" for leak in site.aviary.leaks()) == ""
    for place, kinds in SHOWN.items():
        assert kinds <= site.aviary.kinds_in(place), place
    assert {one.kind for one in site.aviary.canaries} == set(Kind)
    return site.aviary


def test_a_day_leaves_secrets_only_where_they_may_stand(tmp_path: Path) -> None:
    seen = {place.split()[0] for place in _go_through(tmp_path, "", whole=False).places}
    assert {"bus", "log", "error", "head", "process", "figures", "raw"} <= seen


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("mariadb", marks=pytest.mark.needs("mariadbd"))])
def test_a_whole_day_leaves_secrets_only_where_they_may_stand(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    url = "" if kind == "sqlite" else request.getfixturevalue("mariadb").new_database()
    seen = {place.split()[0] for place in _go_through(tmp_path, url, whole=True).places}
    assert {"bus", "log", "error", "head", "process", "command", "figures", "raw"} <= seen


WORDS = ("09012345678", "K4471-0921-77", "鼷鼾鼆鼓", "ひまわり🌻畑で", "pass=word&<x>+/", "whsec_9aZ-_q")


@pytest.mark.parametrize("name", list(disguises("x")))
@pytest.mark.parametrize("word", WORDS)
def test_every_disguise_is_seen_through(word: str, name: str) -> None:
    hidden = disguises(word)[name]
    views, known, other = Views(b"before " + hidden + b" behind"), Canary(Kind.ANSWER, word), "another-word-0"
    assert known.is_in(views)
    assert not Canary(Kind.ANSWER, other).is_in(views)
    assert Search([known, Canary(Kind.ANSWER, other)]).among(views) == {known}


@pytest.mark.parametrize(
    "written", ["+81 90-1234-5678", "090(1234)5678", "０９０－１２３４－５６７８", "tel:+819012345678"]
)
def test_a_number_is_found_however_it_is_written(written: str) -> None:
    for known in ("09012345678", "+819012345678", "090-1234-5678"):
        assert Canary(Kind.NUMBER, known).is_in(Views(f'{{"caller": "{written}"}}'.encode()))


@given(st.binary(max_size=40), st.binary(min_size=24, max_size=24), st.binary(max_size=40))
def test_bytes_are_found_where_they_stand_in_base64_and_hex(before: bytes, sound: bytes, behind: bytes) -> None:
    whole = before + sound + behind
    for written in (whole, base64.b64encode(whole), base64.urlsafe_b64encode(whole), whole.hex().encode()):
        assert Canary(Kind.SOUND, sound).is_in(Views(written))


def test_a_code_is_no_part_of_another_number() -> None:
    code = Canary(Kind.CODE, "415926")
    assert code.is_in(Views(b'{"code": "415926"}'))
    assert code.is_in(Views(b'{"code":415926,"x":1}'))
    assert code.is_in(Views("確認コード：４１５９２６（5分間）".encode()))
    for other in (b"1795388415926000", b"a415926b", b"0.415926", b"2026-11-23T08:00:00.415926Z"):
        assert not code.is_in(Views(other))


def test_two_cells_are_not_one_word() -> None:
    aviary = Aviary()
    aviary.add(Kind.NAME, "鼷鼾鼆鼓")
    for cell in ("鼷鼾", "鼆鼓"):
        aviary.see("table name_blocks.block", cell)
    assert aviary.leaks() == []
    aviary.see("table name_blocks.block", "鼷鼾 鼆鼓")
    assert aviary.leaks() == [Leak(Kind.NAME, "table name_blocks.block")]


def test_what_may_stand_nowhere_may_stand_nowhere() -> None:
    places = (
        "page /",
        "error /",
        "log",
        "bus",
        "crm",
        "carrier",
        "table audit_lines.line",
        "raw denwaban.db",
        "file tmp/",
    )
    for kind in (Kind.ANSWER, Kind.WRONG_ANSWER, Kind.PASSWORD):
        assert MAY_STAND[kind] == ()
        assert not any(may_stand(kind, place) for place in places)
    for kind in Kind:
        for place in (
            "log",
            "bus",
            "figures /metrics",
            "head /",
            "crm address",
            "process arguments",
            "table audit_lines.line",
        ):
            assert not may_stand(kind, place), (kind, place)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[CanarySite]:
    """A site that nobody serves and that has said nothing yet."""
    with canary_site(tmp_path) as built:
        (tmp_path / "serve.log").touch()
        (tmp_path / "data" / "keys").mkdir(mode=0o700, exist_ok=True)
        yield built


def test_a_site_at_rest_has_no_leak(site: CanarySite) -> None:
    site.look_at_rest()
    assert site.aviary.leaks() == []


def test_a_logger_that_prints_the_number_is_found(site: CanarySite) -> None:
    said = "import structlog; from plugin.log import set_up; set_up(); structlog.get_logger().info('ring', caller={!r})"
    with (site.folder / "serve.log").open("wb") as log:
        subprocess.run([sys.executable, "-c", said.format(site.person.mobile)], cwd=ROOT, stderr=log, check=True)
    site.look_at_rest()
    assert site.aviary.leaks() == [Leak(Kind.NUMBER, "log")]


def test_a_temporary_file_with_sound_is_found(site: CanarySite) -> None:
    with tempfile.NamedTemporaryFile(dir=site.folder / "tmp", suffix=".wav") as left:
        left.write(site.sound[1000:5000])
        left.flush()
        site.look_at_rest()
    assert site.aviary.leaks() == [Leak(Kind.SOUND, "file tmp/.wav")]


def test_an_answer_in_a_row_is_found_in_table_and_file(site: CanarySite) -> None:
    with site.house.store.write() as connection:
        connection.execute(insert(setting_marks).values(name="x", mark=site.person.passphrase))
    site.look_at_rest()
    places = {leak.place for leak in site.aviary.leaks()}
    assert {leak.kind for leak in site.aviary.leaks()} == {Kind.ANSWER}
    assert "table setting_marks.mark" in places
    assert any(place.startswith("raw ") for place in places)


@pytest.mark.needs("mariadbd")
def test_an_answer_in_a_row_is_found_in_the_pages_of_mariadb(mariadb_store: Store) -> None:
    aviary = Aviary()
    aviary.add(Kind.ANSWER, word := rare(6))
    with mariadb_store.write() as connection:
        connection.execute(insert(setting_marks).values(name="x", mark=word))
    for name, data in pages(mariadb_store):
        aviary.see_raw(f"raw {name}", data)
    assert {"ib_logfile0", "ibdata1", "ibtmp1", "audit_lines.ibd"} <= {
        place.removeprefix("raw ") for place in aviary.places
    }
    assert {Leak(Kind.ANSWER, "raw setting_marks.ibd"), Leak(Kind.ANSWER, "raw ib_logfile0")} <= set(aviary.leaks())


def test_a_word_on_the_bus_is_found(site: CanarySite) -> None:
    with listening(site):
        site.house.bus.publish((f"caller {site.person.mobile}",))
        wait_for(lambda: "bus" in site.aviary.places)
    assert site.aviary.leaks() == [Leak(Kind.NUMBER, "bus")]


def test_an_application_that_tells_is_found(site: CanarySite) -> None:
    app = create_app(site.house)

    @app.after_request
    def tell(response: Response) -> Response:
        response.headers["X-Caller"] = quote(site.person.mobile)
        response.set_cookie("name", quote(site.person.last))
        if response.status_code == 404:
            response.set_data(gzip.compress(site.person.passphrase.encode()))
        return response

    server = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        site.url = f"http://127.0.0.1:{server.server_port}"
        Visitor(site).ask("GET", "/nowhere")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert site.aviary.leaks() == [
        Leak(Kind.ANSWER, "error nothing of ours to nobody"),
        Leak(Kind.NAME, "cookie other"),
        Leak(Kind.NUMBER, "head nothing of ours"),
    ]


def test_an_entry_for_the_crm_that_holds_an_answer_is_found(site: CanarySite) -> None:
    at = datetime.now(UTC)
    whose = site.org.insert("Contact", LastName="x")
    words = (
        "件名",
        f"お答えは{site.person.contract}です",
        at.date(),
        at,
        9,
        Direction.INBOUND,
        None,
        "solved",
        "鈴木",
        site.url,
    )
    (answer,) = site.house.crm.put([TimelineEntry(new_id(at), 1, whose, *words)])
    assert isinstance(answer, str)
    assert site.aviary.leaks() == [Leak(Kind.ANSWER, "crm")]
