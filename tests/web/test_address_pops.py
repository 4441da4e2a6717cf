"""Pops that an address opens: one person sees them, they prove nothing, become the real call, and leave no number."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from connectors.calls.address import read_template
from plugin import log
from plugin.core.deliveries import AddressTold, SourceSite
from plugin.core.errors import Conflict, DenwabanError, InputError, LimitReached, SettingError
from plugin.core.history import StoredCall
from plugin.core.identity import CallerRole
from plugin.core.numbers import WithheldReason
from plugin.core.staff import Role
from plugin.core.timeline import SummaryForm
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.calls import call_events, call_keys, calls, pops
from tests.kit.clock import HandClock
from tests.kit.desk import Office
from tests.kit.rows import rows
from tests.kit.site import SOURCE, Place
from tests.kit.staff import app_of, browser_of

HANAKOS = "090-1234-5678"
TYPED = {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@pytest.fixture
def office(tmp_path: Path, clock: HandClock) -> Iterator[Office]:
    template = "tel={number}&did={line}&skill={queue}&t={ignored}"
    sources = {SOURCE: {"kind": "webhook"}, "phones": {"kind": "pop", "options": {"template": template}}}
    with Place(tmp_path, clock, sources=sources) as place:
        yield Office(place, clock)


@pytest.fixture
def app(office: Office) -> Flask:
    return app_of(office.house)


@pytest.fixture
def tanaka(app: Flask, office: Office) -> FlaskClient:
    return browser_of(app, office.house, office.house.accounts.find("tanaka"))


def _open(office: Office, number: str = HANAKOS) -> bool:
    return office.house.address_pops.open(office.tanaka, AddressTold(number))


def _screen(office: Office) -> list[StoredCall]:
    return [opened.call for opened in office.house.calls.pops_of(office.tanaka.user_id)]


def test_a_telephone_that_opens_the_address_shows_the_caller_and_says_how(office: Office, tanaka: FlaskClient) -> None:
    answer = tanaka.get(f"/pop?tel={HANAKOS}&did=0120000111&skill=support&t=99", headers=TYPED)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    page = tanaka.get("/").text
    assert "電話機がアドレスを開いた表示です" in page
    assert "佐藤" in page
    (call,) = _screen(office)
    assert (call.e164, call.call.queue, call.call.our_number) == ("+819012345678", "support", "0120000111")
    assert office.house.calls.pops_of(office.suzuki.user_id) == ()


def test_the_number_stays_in_no_log_and_in_no_address(
    office: Office, app: Flask, tanaka: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    log.set_up()
    told = [tanaka.get(f"/pop?tel={one}").headers["Location"] for one in (HANAKOS, "nobody", "", "1234")]
    told.append(app.test_client().get(f"/pop?tel={HANAKOS}").headers["Location"])
    office.place.staff("kanri", "管理 者", role=Role.ADMIN)
    admin = browser_of(app, office.house, office.house.accounts.find("kanri"))
    told.append(admin.get(f"/pop?tel={HANAKOS}").headers["Location"])
    assert told == ["/", "/pop/number", "/", "/pop/number", "/sign-in", "/"]
    out, err = capsys.readouterr()
    assert "1234-5678" not in out + err
    assert "1234-5678" not in repr(rows(office.house.store, audit_lines))


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Dest": "image", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Dest": "iframe"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
    ],
)
def test_a_lure_a_picture_and_a_prefetch_show_nothing(
    office: Office, tanaka: FlaskClient, headers: dict[str, str]
) -> None:
    assert tanaka.get(f"/pop?tel={HANAKOS}", headers=headers).headers["Location"] == "/pop/elsewhere"
    assert tanaka.head(f"/pop?tel={HANAKOS}").headers["Location"] == "/pop/elsewhere"
    assert rows(office.house.store, calls) == []
    page = tanaka.get("/pop/elsewhere")
    assert page.status_code == 422
    assert "ほかのページから開かれました" in page.text
    assert tanaka.get("/pop/anything").status_code == 404


def test_a_claim_proves_nothing(office: Office, tanaka: FlaskClient) -> None:
    house = office.house
    assert _open(office)
    (call,) = _screen(office)
    assert call.call.claimed
    acts = (
        lambda: house.desk.choose(office.tanaka, call.id, office.hanako),
        lambda: house.identity.begin(office.tanaka, call.id, office.hanako, CallerRole.SELF),
        lambda: house.timeline.save(office.tanaka, call.id, SummaryForm("delivery", "solved", "x")),
        lambda: house.identity.begin(office.mori, call.id, office.hanako, CallerRole.SELF),
        lambda: house.alerts.cry(office.tanaka, call.id),  # an alert would keep what anybody can type as a call
    )
    for act in acts:
        with pytest.raises(DenwabanError):
            act()
    page = tanaka.get("/").text
    assert f"/desk/calls/{call.id}/close" in page
    assert "/alert" not in page.split('data-part="actions-')[1].split("</div>")[0]
    assert not re.search(r"data-key|/choose", tanaka.get("/").text.split("candidates")[1].split("</section>")[0])


def test_the_real_call_takes_the_claim_in_whichever_comes_first(office: Office) -> None:
    phone = office.phone(HANAKOS)
    assert _open(office)
    (claim,) = _screen(office)
    phone.ring()
    (call,) = _screen(office)
    assert not call.call.claimed
    assert call.id == phone.call_id
    assert office.house.calls.call(claim.id).id == call.id
    assert not _open(office)  # the telephone opens it once more
    phone.answer().end()
    (stored,) = [row for row in rows(office.house.store, calls) if row.merged_into is None]
    found = office.house.calls.call(stored.id).call
    assert (found.source, found.answered_by, len(found.offers)) == (SOURCE, ("101",), 1)
    assert len(rows(office.house.store, pops)) == 1


def test_a_call_that_rings_already_is_not_shown_twice(office: Office) -> None:
    office.phone(HANAKOS).ring()
    assert not _open(office)
    assert len(rows(office.house.store, calls)) == 1


def test_a_telephone_that_opens_the_address_several_times_at_once_shows_one_call(office: Office) -> None:
    ready, shown = threading.Barrier(6), list[bool]()

    def open_it() -> None:
        ready.wait()
        shown.append(_open(office))
        office.house.store.close()

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(shown) == [False] * 5 + [True]
    assert len(_screen(office)) == len(rows(office.house.store, calls)) == 1
    assert [row.act for row in rows(office.house.store, audit_lines)].count("call.address_opened") == 1


@pytest.mark.parametrize(("number", "extension"), [("090-9999-9999", "101"), (HANAKOS, "102")])
def test_another_number_or_another_telephone_is_another_call(office: Office, number: str, extension: str) -> None:
    assert _open(office)
    office.phone(number, extension).ring()
    assert [row.claimed for row in rows(office.house.store, calls)] == [1, 0]
    assert len([row for row in rows(office.house.store, calls) if row.merged_into]) == 0


def test_a_withheld_caller_meets_a_withheld_caller(office: Office) -> None:
    assert _open(office, "anonymous")
    office.phone(None, withheld=WithheldReason.REFUSED).ring()
    (call,) = _screen(office)
    assert not call.call.claimed


def test_a_claim_that_nothing_confirms_is_gone_without_a_trace_but_the_audits(office: Office, clock: HandClock) -> None:
    assert _open(office)
    clock.move(minutes=9)
    assert office.house.calls.close_overdue() == 0
    clock.move(minutes=2)
    assert office.house.calls.close_overdue() == 1
    for table in (calls, call_events, call_keys, pops):
        assert rows(office.house.store, table) == []
    acts = [row.act for row in rows(office.house.store, audit_lines)]
    assert acts.count("call.address_opened") == 1


def test_a_claim_that_comes_too_late_or_too_early_stays_alone(office: Office, clock: HandClock) -> None:
    assert _open(office)
    clock.move(minutes=4)
    office.phone(HANAKOS).ring()
    assert len(_screen(office)) == 2


def test_nobody_turns_the_address_into_a_directory(office: Office, clock: HandClock) -> None:
    for place in range(30):
        assert _open(office, f"080-1234-{place:04}")
    with pytest.raises(LimitReached, match="pops"):
        _open(office)
    clock.move(minutes=6)
    assert _open(office)


def test_who_has_no_extension_is_told_so(office: Office) -> None:
    with pytest.raises(Conflict, match="no_extension"):
        office.house.address_pops.open(office.mori, AddressTold(HANAKOS))


def test_the_names_in_the_address_are_the_sites_own() -> None:
    template = read_template(SourceSite("x", options={"template": "?TEL={number}&LINE={line}&x={ignored}"}))
    assert template.read("TEL=%2B81901234&LINE=0120&other=1") == AddressTold("+81901234", "0120", None)
    assert template.read("TEL=819012345678") == AddressTold("+819012345678")
    assert template.read("TEL=&LINE=%83%00") == AddressTold("")
    assert (
        template.read("TEL=%94%F1%92%CA%92m")
        == template.read("TEL=%E9%9D%9E%E9%80%9A%E7%9F%A5")
        == AddressTold("非通知")
    )
    for query in ("", "tel=1", "TEL=1&TEL=2", "TEL={TEL}", "TEL=%00", "TEL=" + "9" * 65, "&".join(["a=b"] * 60)):
        with pytest.raises(InputError, match="number"):
            template.read(query)


@pytest.mark.parametrize(
    "written", ["", "tel={number}&tel={line}", "tel={phone}", "{number}", "did={line}", "a={number}&b={number}"]
)
def test_a_template_that_cannot_be_read_is_a_wrong_setting(written: str) -> None:
    given = {"template": written} if written else {"from_pages": "perhaps"}
    with pytest.raises(SettingError, match="invalid"):
        read_template(SourceSite("x", options=given))
