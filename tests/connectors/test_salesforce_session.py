"""Calls to an org: signed in once, replayed once, patient within bounds, silent about what they carry."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from connectors.crm.salesforce.client import Session
from connectors.crm.salesforce.options import read_options
from plugin.core.errors import OutsideError
from tests.kit.clock import HandClock
from tests.kit.faults import ALWAYS
from tests.kit.salesforce import dress, options_of
from tests.kit.tempo import HandTempo
from tests.salesforce_org import Org
from tests.salesforce_org.faults import Act, Fault, busy, dead_session

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def session(org: Org, tmp_path: Path, time: HandTempo) -> Session:
    return Session(read_options(options_of(org, tmp_path)), time.tempo())


def refused(call: Callable[[], object]) -> OutsideError:
    with pytest.raises(OutsideError) as raised:
        call()
    return raised.value


def test_one_token_serves_all_threads(org: Org, session: Session) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: session.get("limits"), range(40)))
    assert org.limits.counts["token"] == 1
    assert org.limits.counts["limits"] == 40
    assert session.budget.told is not None
    assert session.budget.told.most == 100_000


def test_a_client_s_secret_signs_in_too(org: Org, tmp_path: Path, time: HandTempo) -> None:
    given = options_of(org, tmp_path)
    secret = tmp_path / "client.secret"
    secret.write_text(org.app.consumer_secret + "\n")
    secret.chmod(0o600)
    del given["key_file"], given["username"]
    session = Session(read_options(given | {"client_secret_file": str(secret)}), time.tempo())
    assert session.get("limits")["DailyApiRequests"]["Max"] == 100_000


@pytest.mark.parametrize("shape", ["list", "dict", "empty", "html"])
def test_an_ended_session_is_renewed_and_the_call_made_again_once(org: Org, session: Session, shape: str) -> None:
    session.get("limits")
    org.faults.add(dead_session(on="limits", shape=shape))
    session.get("limits")
    assert (org.limits.counts["token"], org.limits.counts["limits"]) == (2, 3)


def test_a_session_that_stays_dead_makes_no_storm(org: Org, session: Session, time: HandTempo) -> None:
    org.faults.add(dead_session(on="limits", times=ALWAYS))
    with ThreadPoolExecutor(16) as threads:
        errors = list(threads.map(lambda _: refused(lambda: session.get("limits")), range(200)))
    assert org.limits.counts["token"] == 2
    assert org.limits.counts["limits"] <= 2 * 16  # what was under way; the library's own loop made 1,974 from one call
    parked = refused(lambda: session.get("limits"))
    assert parked.facts["retry_after_s"] > 290
    assert {error.permanent for error in errors} == {False}
    time.passed += 301
    org.faults.clear()
    session.get("limits")
    assert org.limits.counts["token"] == 3


@pytest.fixture
def org_of_today() -> Iterator[Org]:
    """An org by the machine's clock, which is that of its Date headers."""
    with Org(tls=False) as org:
        yield org


@pytest.mark.parametrize("by_jwt", [True, False])
def test_dead_credentials_are_tried_twice_in_five_minutes_over_all_threads(
    org_of_today: Org, tmp_path: Path, clock: HandClock, by_jwt: bool
) -> None:
    org, time = org_of_today, HandTempo(clock)
    clock.at = org.now()
    given = options_of(org, tmp_path)
    if not by_jwt:
        del given["username"]
        given["client_secret_file"] = given.pop("key_file")  # some secret that is not the right one
    session = Session(read_options(given), time.tempo())
    org.sign_in.is_dead = True
    with ThreadPoolExecutor(16) as threads:
        errors = list(threads.map(lambda _: refused(lambda: session.get("limits")), range(200)))
    assert org.limits.counts["token"] == 2
    assert {error.reason for error in errors} == {"invalid_grant" if by_jwt else "invalid_client"}
    assert all(error.permanent and error.facts["retry_after_s"] > 0 for error in errors)
    time.passed += 301
    refused(lambda: session.get("limits"))
    assert org.limits.counts["token"] == 3


def test_an_org_that_cannot_be_reached_to_sign_in_is_asked_again_soon(
    org: Org, session: Session, time: HandTempo
) -> None:
    org.faults.add(busy(503, on="token", times=5))
    error = refused(lambda: session.within(5).get("limits"))
    assert (error.reason, error.permanent) == ("unreachable", False)
    org.faults.clear()
    time.passed += 15
    assert session.get("limits")


@pytest.mark.parametrize("minutes", [-20, 20])
def test_a_clock_that_is_wrong_is_named(org_of_today: Org, tmp_path: Path, clock: HandClock, minutes: int) -> None:
    clock.at = org_of_today.now() + timedelta(minutes=minutes)
    session = Session(read_options(options_of(org_of_today, tmp_path)), HandTempo(clock).tempo())
    error = refused(lambda: session.get("limits"))
    assert error.reason == "clock_skew"
    assert abs(error.facts["skew_s"] - 60 * minutes) < 60


@pytest.mark.parametrize("status", [406, 420, 429, 500, 502, 503])
def test_what_eases_by_itself_is_tried_again_after_a_pause(
    org: Org, session: Session, time: HandTempo, status: int
) -> None:
    org.faults.add(busy(status, on="limits", times=2))
    assert session.get("limits")
    assert len(time.pauses) == 2
    assert time.pauses[0] < time.pauses[1]


def test_retry_after_is_obeyed(org: Org, session: Session, time: HandTempo) -> None:
    org.faults.add(busy(429, on="limits", retry_after_s=7))
    assert session.get("limits")
    assert time.pauses == [7.0]
    org.faults.add(busy(503, on="limits", retry_after_s=600))
    error = refused(lambda: session.get("limits"))
    assert (error.facts["retry_after_s"], time.pauses) == (600, [7.0])


def test_whoever_waits_for_an_answer_is_not_kept_waiting(org: Org, session: Session, time: HandTempo) -> None:
    session.get("limits")
    org.faults.add(Fault(Act.CUT, "limits", times=ALWAYS))
    waiting = session.within(8, background=False)
    for _ in range(20):
        assert refused(lambda: waiting.get("limits")).reason == "unreachable"
    assert org.limits.counts["limits"] == 2
    assert time.pauses == []
    refused(lambda: session.get("limits"))  # background work goes on trying
    assert org.limits.counts["limits"] == 5
    org.faults.clear()
    time.passed += 30
    assert session.within(8, background=False).get("limits")


@pytest.mark.parametrize("act", [Act.MAINTENANCE, Act.CUT])
def test_an_answer_that_cannot_be_read_is_asked_for_again(org: Org, session: Session, act: Act) -> None:
    org.faults.add(Fault(act, "limits", status=200))
    assert session.get("limits")
    assert org.limits.counts["limits"] == 2


def test_a_write_whose_outcome_is_unknown_is_not_repeated(org: Org, session: Session) -> None:
    body = {"allOrNone": False, "records": [{"attributes": {"type": "Contact"}, "LastName": "山田"}]}
    org.faults.add(Fault(Act.CUT, "collections_create"))
    assert not refused(lambda: session.post("composite/sobjects", body)).permanent
    assert len(list(org.living("Contact"))) == 1
    assert session.post("composite/sobjects", body)[0]["success"]


def test_the_allowance_is_read_from_failures_too(org: Org, session: Session) -> None:
    session.get("limits")
    org.limits.used = 70_000
    refused(lambda: session.get("sobjects/Nothing/describe"))
    assert session.budget.told is not None
    assert (session.budget.told.used, session.budget.told.most) == (70_001, 100_000)


def test_background_work_leaves_a_share_to_the_others(org: Org, session: Session, time: HandTempo) -> None:
    org.limits.used = 80_000
    session.get("limits")
    assert refused(lambda: session.get("limits")).reason == "api_budget"
    assert session.within(5, background=False).get("limits")
    org.limits.used = 100
    time.passed += 900
    assert session.get("limits")
    assert session.get("limits")


def test_an_org_without_calls_left_is_left_alone(org: Org, session: Session, time: HandTempo) -> None:
    session.get("limits")
    org.limits.used = org.limits.daily
    assert refused(lambda: session.get("limits")).facts["retry_after_s"] == 900
    asked = org.limits.counts["limits"]
    for _ in range(50):
        assert refused(lambda: session.within(5, background=False).get("limits")).reason == "request_limit_exceeded"
    assert org.limits.counts["limits"] == asked
    time.passed += 901
    org.limits.used = 0
    assert session.get("limits")


def test_a_version_that_the_org_does_not_have_is_named(org: Org, tmp_path: Path, time: HandTempo) -> None:
    session = Session(read_options(options_of(org, tmp_path, api_version="99.0")), time.tempo())
    error = refused(lambda: session.get("limits"))
    assert (error.reason, error.permanent, error.facts["asked"]) == ("api_version_unknown", True, "99.0")


def test_a_query_is_followed_over_its_pages(org: Org, session: Session) -> None:
    for number in range(2_003):
        org.insert("Contact", LastName=f"山田{number}")
    pages = list(session.query("SELECT Id FROM Contact ORDER BY Id"))
    assert [len(page) for page in pages] == [2_000, 3]
    assert len({record["Id"] for page in pages for record in page}) == 2_003


def test_describe_is_asked_once_an_hour(org: Org, session: Session, time: HandTempo) -> None:
    shapes = [session.describe("Task") for _ in range(3)]
    assert shapes[0].fields["Subject"].length == 255
    assert not shapes[0].fields["TaskSubtype"].updateable
    assert org.limits.counts["describe"] == 1
    time.passed += 3601
    session.describe("Task")
    assert org.limits.counts["describe"] == 2


def test_a_stream_that_breaks_is_an_outside_error(org: Org, session: Session) -> None:
    with session.stream("limits", {}, accept="application/json") as download:
        assert download.headers["Sforce-Limit-Info"]
        assert b"DailyApiRequests" in download.body.read()
    org.faults.add(Fault(Act.CUT, "limits"))

    def read() -> None:
        with session.stream("limits", {}, accept="application/json") as download:
            download.body.read()

    assert refused(read).reason == "unreachable"


def test_no_error_shows_what_was_sent(org: Org, session: Session) -> None:
    org.faults.add(Fault(Act.REFUSE, "query", status=400, code="MALFORMED_QUERY", message="山田 080-3345-1290"))
    error = refused(lambda: list(session.query("SELECT Id FROM Contact WHERE Phone = '080-3345-1290'")))
    for text in (str(error), repr(error), str(error.__cause__), str(error.__context__)):
        assert "3345" not in text
        assert "山田" not in text


class _Elsewhere(BaseHTTPRequestHandler):
    """Signs anybody in, and sends every call to another address."""

    to = ""

    def do_POST(self) -> None:
        self._answer(200, b'{"access_token": "token"}')

    def do_GET(self) -> None:
        self._answer(307, b"")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Location", f"{self.to}{self.path}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


def test_a_token_goes_nowhere_but_to_the_org(org: Org, tmp_path: Path, time: HandTempo) -> None:
    _Elsewhere.to = org.url
    with ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere) as elsewhere:
        serving = threading.Thread(target=elsewhere.serve_forever, kwargs={"poll_interval": 0.05})
        serving.start()
        given = options_of(org, tmp_path) | {"url": f"http://127.0.0.1:{elsewhere.server_port}"}
        session = Session(read_options(given), time.tempo())
        assert refused(lambda: session.get("limits")).reason == "http_307"
        elsewhere.shutdown()
        serving.join()
    assert sum(org.limits.counts.values()) == 0


@pytest.mark.parametrize("is_trusted", [True, False])
def test_an_org_must_prove_who_it_is(tmp_path: Path, is_trusted: bool) -> None:
    with Org() as org:
        dress(org)
        given = {f"DENWABAN_CRM_OPTIONS__{name.upper()}": one for name, one in options_of(org, tmp_path).items()}
        given |= {"DENWABAN_DATA_DIR": str(tmp_path / "data"), "DENWABAN_CRM": "salesforce"}
        bundle = {"REQUESTS_CA_BUNDLE": org.authority} if is_trusted else {}
        done = subprocess.run(
            [sys.executable, "-m", "plugin", "doctor"],
            cwd=ROOT,
            env=os.environ | given | bundle,
            capture_output=True,
            text=True,
            check=False,
        )
        said = [line for line in done.stdout.splitlines() if " CRM: " in line]
        assert ("API calls left" in said[0]) is is_trusted, said
        assert ("unreachable" in said[0]) is not is_trusted
        assert (org.limits.counts["token"] == 1) is is_trusted


_START = """
import sys
from plugin.settings import load
from plugin.web.app import create_app
from plugin.wiring import House
house = House(load(data_dir=sys.argv[1], crm="salesforce", crm_options=eval(sys.argv[2])))
create_app(house)
house.call_pages
print(sorted({"simple_salesforce", "zeep", "jwt"} & set(sys.modules)))
"""


def test_a_web_process_does_without_the_library(org: Org, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _START, str(tmp_path / "data"), repr(options_of(org, tmp_path / "keys"))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"
    assert sum(org.limits.counts.values()) == 0
