"""What a CRM that means us harm may answer: without end, the same for ever, deeper than a reader goes."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from connectors.crm.kintone import KintoneCrm
from connectors.crm.salesforce.bulk import page
from connectors.crm.salesforce.client import Session
from connectors.crm.salesforce.options import read_options
from connectors.crm.tempo import retry_after_s
from plugin.core.errors import OutsideError
from tests.kintone_site import KintoneSite
from tests.kit.clock import HandClock
from tests.kit.kintone import dress as dress_kintone
from tests.kit.kintone import options_of as kintone_options
from tests.kit.salesforce import options_of
from tests.kit.tempo import HandTempo
from tests.salesforce_org import Org

DEEP = b"[" * 200_000
TOKEN = b'{"access_token": "t", "instance_url": "http://192.0.2.1/", "token_type": "Bearer"}'
VERSIONS = b'[{"version": "64.0"}]'
PERSON = '{"$id": {"value": "7"}, "$revision": {"value": "1"}}'

Answers = dict[str, bytes | Iterator[bytes]]


class Hostile:
    """A server on loopback that answers each path that holds a word of `answers` with what stands there."""

    def __init__(self) -> None:
        self.answers: Answers = {}
        self.headers: dict[str, str] = {}
        self.asked = 0
        hostile = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                hostile.asked += 1
                body = next(body for word, body in hostile.answers.items() if word in self.path)
                self.send_response(200)
                self.send_header("Connection", "close")
                for name, value in hostile.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                with suppress(OSError):  # he hung up, as he should
                    for part in [body] if isinstance(body, bytes) else body:
                        self.wfile.write(part)

            do_POST = do_GET  # noqa: N815

            def log_request(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    server = Hostile()
    yield server
    server.close()


@pytest.fixture
def session(hostile: Hostile, org: Org, tmp_path: Path, time: HandTempo) -> Session:
    hostile.answers = {"/token": TOKEN, "/limits": b'{"left": 1}', "/jobs": b"{}", "/query": b"{}", "/data/": VERSIONS}
    return Session(read_options(options_of(org, tmp_path, url=hostile.url)), time.tempo())


def _refused(call: Callable[[], object]) -> str:
    with pytest.raises(OutsideError) as refused:
        call()
    return refused.value.reason


def test_an_org_that_nests_without_end_is_unreadable(hostile: Hostile, session: Session) -> None:
    hostile.answers["/limits"] = DEEP
    assert _refused(lambda: session.get("limits")) == "unreadable_answer"


@pytest.mark.parametrize("answer", [DEEP[:60_000], b"[]", b"null", b'{"access_token": 5}'])
def test_a_token_that_is_none_signs_nobody_in(hostile: Hostile, session: Session, answer: bytes) -> None:
    hostile.answers["/token"] = answer
    assert _refused(lambda: session.get("limits")) == "clock_skew"  # ours is set by hand: the word for any refusal


def test_an_answer_without_end_holds_no_sign_in(hostile: Hostile, session: Session) -> None:
    hostile.answers["/token"] = iter(lambda: b" " * 65_536, b"")
    assert _refused(lambda: session.get("limits")) == "unreachable"


def test_an_answer_that_drips_holds_no_sign_in(hostile: Hostile, session: Session, time: HandTempo) -> None:
    def drip() -> Iterator[bytes]:
        while True:
            time.passed += 5.0
            yield b" " * 1024

    hostile.answers["/token"] = drip()
    assert _refused(lambda: session.get("limits")) == "unreachable"


def test_a_result_whose_next_page_is_itself_ends(hostile: Hostile, session: Session) -> None:
    hostile.answers["/jobs"] = b"Id\n"
    hostile.headers = {"Sforce-Locator": "MTAw"}

    def read() -> None:
        with page(session, "750", "MTAw", set()):
            pass

    assert _refused(read) == "unreadable_answer"


def test_a_result_that_counts_in_more_digits_than_a_number_has_is_unreadable(
    hostile: Hostile, session: Session
) -> None:
    hostile.answers["/jobs"] = b"Id\n003000000000000AAA\n"
    hostile.headers = {"Sforce-NumberOfRecords": "1" * 5_000}

    def read() -> list[list[str]]:
        with page(session, "750", "", set()) as result:
            return list(result.rows)

    assert _refused(read) == "unreadable_answer"
    hostile.headers = {"Sforce-NumberOfRecords": "1"}
    assert read() == [["003000000000000AAA"]]


def test_a_query_whose_next_page_is_itself_ends(hostile: Hostile, session: Session) -> None:
    hostile.answers["/query"] = b'{"records": [{}], "nextRecordsUrl": "/services/data/v64.0/query/01g-1"}'
    assert _refused(lambda: list(session.query("SELECT Id FROM Contact"))) == "unreadable_answer"
    assert hostile.asked <= 5


@pytest.mark.parametrize(
    "answer", [b"", b"[]", b"5", b"{}", b'{"records": "ab"}', b'{"records": 5}', b'{"records": [5, null]}']
)
def test_what_is_no_list_of_records_is_unreadable(hostile: Hostile, session: Session, answer: bytes) -> None:
    hostile.answers["/query"] = answer
    assert _refused(lambda: list(session.query("SELECT Id FROM Contact"))) == "unreadable_answer"


@pytest.mark.parametrize("answer", [b"", DEEP, b'{"name": "Contact", "fields": [{"length": Infinity}]}'])
def test_what_is_no_answer_describes_nothing(hostile: Hostile, session: Session, answer: bytes) -> None:
    hostile.answers = {"/describe": answer, **hostile.answers}
    assert _refused(lambda: session.describe("Contact")) == "unreadable_answer"


FIELD: dict[str, object] = {"name": "Phone", "label": "電話", "type": "phone", "length": 40, "createable": True}
OPTION: dict[str, object] = {"value": "Open", "active": True, "defaultValue": False}


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": None},
        {"name": {"name": "Phone"}},
        {"name": "Phone FROM User"},
        {"name": "x" * 300},
        {"label": ["電話"]},
        {"label": 5},
        {"type": None},
        {"type": ["phone"]},
        {"length": "40"},
        {"length": 4.5},
        {"length": [40]},
        {"length": True},
        {"createable": "yes"},
        {"unique": 1},
        {"picklistValues": 5},
        {"picklistValues": {"value": "Open"}},
        {"picklistValues": ["Open"]},
        {"picklistValues": [OPTION | {"value": None}]},
        {"picklistValues": [OPTION | {"value": {"x": 1}}]},
        {"picklistValues": [OPTION | {"active": "no"}]},
        {"picklistValues": [OPTION | {"defaultValue": []}]},
    ],
)
def test_wrong_types_deep_in_a_description_are_called_that(
    hostile: Hostile, session: Session, wrong: dict[str, object]
) -> None:
    told = {"name": "Contact", "fields": [FIELD | {"picklistValues": [OPTION]}, FIELD | wrong]}
    hostile.answers = {"/describe": json.dumps(told).encode(), **hostile.answers}
    with pytest.raises(OutsideError) as refused:
        session.describe("Contact")
    assert (refused.value.reason, refused.value.facts["object"]) == ("describe_unreadable", "Contact")


@pytest.mark.parametrize("told", [[], {}, {"name": "Contact"}, {"name": "Account", "fields": []}, {"fields": 5}])
def test_what_is_no_description_is_called_that(hostile: Hostile, session: Session, told: object) -> None:
    hostile.answers = {"/describe": json.dumps(told).encode(), **hostile.answers}
    assert _refused(lambda: session.describe("Contact")) == "describe_unreadable"


def test_a_description_may_leave_out_what_it_does_not_need(hostile: Hostile, session: Session) -> None:
    least = {"name": "Phone", "type": "phone", "label": None, "length": None, "picklistValues": None}
    hostile.answers = {
        "/describe": json.dumps({"name": "Contact", "fields": [least]}).encode(),
        **hostile.answers,
    }
    assert session.describe("Contact").fields["Phone"].label == "Phone"


def test_an_org_without_versions_is_unreadable(hostile: Hostile, session: Session) -> None:
    hostile.answers["/data/"] = b""
    assert _refused(lambda: session.get("limits")) == "unreadable_answer"


def test_the_address_that_a_token_names_is_not_gone_to(hostile: Hostile, session: Session) -> None:
    assert session.get("limits") == {"left": 1}  # 192.0.2.1 leads nowhere


@pytest.mark.parametrize("asked", ["999999", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_who_asks_for_years_gets_an_hour(clock: HandClock, asked: str) -> None:
    assert retry_after_s({"Retry-After": asked}, clock()) == 3600.0
    assert retry_after_s({"Retry-After": "120"}, clock()) == 120.0


@pytest.fixture
def kintone(hostile: Hostile, clock: HandClock, tmp_path: Path) -> Iterator[KintoneCrm]:
    with KintoneSite(clock) as site:
        dress_kintone(site)
        options = kintone_options(site, tmp_path, url=hostile.url)
        form = (
            b'{"properties": {"\xe9\xa1\xa7\xe5\xae\xa2\xe5\x90\x8d": {"type": "SINGLE_LINE_TEXT"},'
            b' "t": {"type": "UPDATED_TIME"}}}'
        )
        hostile.answers = {"fields.json": form, "records.json": b'{"records": []}'}
        yield KintoneCrm(data_dir=tmp_path, options=options, tempo=HandTempo(clock).tempo())


def test_a_kintone_that_nests_without_end_is_unreadable(hostile: Hostile, kintone: KintoneCrm) -> None:
    hostile.answers["records.json"] = DEEP
    assert _refused(lambda: list(kintone.changed_since(None))) == "unreadable_answer"


def test_a_kintone_that_gives_the_same_page_for_ever_is_read_once(hostile: Hostile, kintone: KintoneCrm) -> None:
    hostile.answers["records.json"] = f'{{"records": [{", ".join([PERSON] * 500)}]}}'.encode()
    assert _refused(lambda: list(kintone.changed_since(None))) == "unreadable_answer"
    assert hostile.asked == 4  # the form, how many, and two pages


@pytest.mark.parametrize("longest", [b"Infinity", b'"40x"', b"[40]", b"1e400"])
def test_a_form_with_wrong_types_is_unreadable(hostile: Hostile, kintone: KintoneCrm, longest: bytes) -> None:
    hostile.answers["fields.json"] = b'{"properties": {"a": {"type": "NUMBER", "maxLength": ' + longest + b"}}}"
    assert _refused(lambda: list(kintone.changed_since(None))) == "unreadable_answer"
