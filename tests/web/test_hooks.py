"""The hook through the real application: whatever comes, it is kept whole or refused by a documented answer."""

import os
import random
import signal
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from plugin.core.call_json import read_call, write_event
from plugin.core.fold import fold
from plugin.settings import load
from plugin.store.tables.calls import call_events, calls, pops
from plugin.store.tables.recordings import recordings
from plugin.web.app import create_app
from plugin.wiring import House
from tests.kit.clock import HandClock
from tests.kit.events import answered_call
from tests.kit.hooks import SECRET, signed
from tests.kit.newest import lay
from tests.kit.post_events import Senders, events_of, house_in
from tests.kit.rows import rows

EVENTS = answered_call().events
LIMIT = 4096


@pytest.fixture
def site(tmp_path: Path) -> Iterator[House]:
    sources = {
        "pbx1": {"kind": "webhook", "secrets": [SECRET]},
        "ami": {"kind": "asterisk"},
    }
    made = House(load(data_dir=tmp_path, sources=sources, hook_max_bytes=LIMIT), HandClock())
    lay(made.store)
    yield made
    made.close()


@pytest.fixture
def sender(site: House) -> FlaskClient:
    return create_app(site).test_client()


def _post(sender: FlaskClient, body: bytes, path: str = "/hooks/pbx1", **more: str) -> tuple[int, str]:
    answer = sender.post(path, data=body, headers={**signed(body, HandClock()()), **more})
    if answer.status_code >= 400:
        assert answer.content_type == "application/problem+json"
        told = answer.get_json()
        assert told["status"] == answer.status_code
        return answer.status_code, told["code"]
    return answer.status_code, answer.get_data(as_text=True)


def test_events_are_kept_before_the_answer_and_a_repeat_changes_nothing(sender: FlaskClient, site: House) -> None:
    for event in EVENTS * 2:
        assert _post(sender, write_event(event).encode()) == (204, "")
    (row,) = rows(site.store, calls)
    assert read_call(row.record) == fold(EVENTS)


def test_refusals_are_documented_and_keep_nothing(sender: FlaskClient, site: House) -> None:
    whole = write_event(EVENTS[0]).encode()
    assert _post(sender, b"{") == (400, "input")
    assert _post(sender, b"[%s,{}]" % whole) == (400, "input")
    assert _post(sender, whole, **{"webhook-signature": "v1,AAAA"}) == (401, "not_signed_in")
    assert _post(sender, whole, "/hooks/nowhere") == (404, "not_found")
    assert _post(sender, whole, "/hooks/ami") == (404, "not_found")
    assert _post(sender, b" " * (LIMIT + 1)) == (413, "too_large")
    assert sender.get("/hooks/pbx1").status_code == 405
    assert rows(site.store, calls) == rows(site.store, call_events) == []


def test_what_is_wrong_in_an_event_is_named(sender: FlaskClient) -> None:
    body = write_event(EVENTS[0]).replace("call.offered", "call.sung").encode()
    answer = sender.post("/hooks/pbx1", data=body, headers=signed(body, HandClock()()))
    told = answer.get_json()
    assert (told["reason"], told["field"]) == ("unknown_word", "type")


def test_a_body_without_length_is_bounded_too(sender: FlaskClient) -> None:
    body = b" " * (LIMIT * 3)
    for length in ("", "x"):
        answer = sender.post(
            "/hooks/pbx1",
            input_stream=BytesIO(body),
            headers=signed(body, HandClock()()),
            environ_overrides={"CONTENT_LENGTH": length, "wsgi.input_terminated": True},
        )
        assert answer.status_code == 413


def test_a_database_that_does_not_answer_is_said_and_worth_a_repeat(sender: FlaskClient, site: House) -> None:
    with site.store.write() as connection:
        connection.execute(text("ALTER TABLE call_keys RENAME TO gone"))
    body = write_event(EVENTS[0]).encode()
    answer = sender.post("/hooks/pbx1", data=body, headers=signed(body, HandClock()()))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    with site.store.write() as connection:
        connection.execute(text("ALTER TABLE gone RENAME TO call_keys"))
    assert _post(sender, body) == (204, "")


_names = st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature", "Content-Type", "Content-Encoding"])
_values = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=LIMIT * 2) | st.sampled_from([write_event(event).encode() for event in EVENTS]),
    headers=st.dictionaries(_names, _values, max_size=5),
    source=st.sampled_from(["pbx1", "ami", "nowhere", "%00", "é", "..", "a" * 300]),
    proved=st.booleans(),
)
@example(b"\xff" * 10, {"Content-Type": "multipart/form-data"}, "pbx1", True)
def test_any_bytes_and_headers_have_a_documented_answer(
    sender: FlaskClient, body: bytes, headers: dict[str, str], source: str, proved: bool
) -> None:
    proof = signed(body, HandClock()()) if proved else {}
    answer = sender.post(f"/hooks/{source}", data=body, headers={**proof, **headers})
    assert answer.status_code in {204, 400, 401, 404, 413}
    if answer.status_code != 204:
        assert answer.content_type == "application/problem+json"


def _assert_whole(site: House, count: int) -> None:
    kept = rows(site.store, calls)
    assert len(kept) == count
    whole = {call.source_call_ids: call for call in (fold(answered_call(f"n-{n}").events) for n in range(count))}
    for row in kept:
        call = read_call(row.record)
        assert call == whole[call.source_call_ids]
    assert len(rows(site.store, call_events)) == len(events_of(count))
    assert len(rows(site.store, pops)) == len(rows(site.store, recordings)) == count


@pytest.mark.parametrize("count", [3, pytest.param(30, marks=pytest.mark.soak)])
def test_processes_that_deliver_the_same_events_at_once_make_each_call_once(tmp_path: Path, count: int) -> None:
    site = house_in(tmp_path)
    lay(site.store)
    with Senders(tmp_path) as senders:
        for seed in (1, 2):
            senders.start(count, seed)
        accepted, ended = senders.rest()
    assert sorted(accepted) == sorted(2 * [event.id for event in events_of(count)])
    assert ended == [0, 0]
    _assert_whole(site, count)
    site.close()


@pytest.mark.parametrize("count", [3, pytest.param(30, marks=pytest.mark.soak)])
def test_nothing_accepted_is_lost_when_a_process_is_killed_and_nothing_is_doubled(tmp_path: Path, count: int) -> None:
    site = house_in(tmp_path)
    lay(site.store)
    chance = random.Random(7)
    every = {event.id for event in events_of(count)}
    with Senders(tmp_path) as senders:
        for seed in range(3):
            pid = senders.start(count, seed)
            accepted = senders.accepted(chance.randint(1, len(every) - 1))
            os.kill(pid, signal.SIGKILL)
            more, ended = senders.rest()
            assert set(ended) <= {-signal.SIGKILL, 0}  # or it was done a moment before
            assert {*accepted, *more} <= {row.event_id for row in rows(site.store, call_events)}
        senders.start(count, 99)
        accepted, ended = senders.rest()
    assert (set(accepted), ended) == (every, [0])
    _assert_whole(site, count)
    site.close()
