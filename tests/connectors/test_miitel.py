"""MiiTel's webhook: the contract of hooks, the challenge, and whole calls that pop nowhere."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from connectors.calls.miitel import MiitelHook
from plugin.core.calls import Call, CallState, Direction, Outcome
from plugin.core.deliveries import Delivery, SourceSite
from plugin.core.errors import InputError, NotSignedIn, SettingError
from plugin.core.fold import fold
from plugin.core.numbers import WithheldReason
from plugin.core.staff import Role
from plugin.store.tables.calls import pops
from plugin.wiring import House
from tests.connectors.hook_contracts import SOURCE, HookContract, Sender, post
from tests.kit.clock import HandClock
from tests.kit.deliveries import read_story
from tests.kit.rows import rows
from tests.kit.staff import hire

TOKEN = "kD3vQ9xT7bN2mW8rY5pL1sJ6hF4gC0aZ"
NOW = HandClock()()
SITE = SourceSite("pbx1", (TOKEN,), ZoneInfo("Asia/Tokyo"))


def _told(body: bytes, headers: Mapping[str, str]) -> Delivery:
    return Delivery(body, {**headers, "authorization": f"Bearer {TOKEN}"})


class TestMiitel(HookContract):
    @pytest.fixture
    def sender(self) -> Sender:
        settings = {"kind": "miitel", "secrets": [TOKEN]}
        return Sender(settings, read_story("miitel_inbound"), _told, (TOKEN,), "id", disprove=_strangers)

    def test_a_call_that_is_told_afterwards_pops_nowhere_and_is_still_its_operators(
        self, browser: FlaskClient, site: House, sender: Sender
    ) -> None:
        user = hire(site, Role.OPERATOR, "suzuki", "鈴木 太郎", "support", "鈴木 太郎")
        assert post(browser, sender.delivery(sender.story[0])).status_code == 204
        assert site.calls.pops_of(user.id) == ()
        known = {row.agent: row for row in rows(site.store, pops)}
        assert {row.state for row in known.values()} == {"closed"}
        assert known["鈴木 太郎"].user_id == user.id
        assert known["鈴木 太郎"].taken_at is not None

    def test_the_challenge_is_echoed_as_text_to_whoever_knows_the_token(self, browser: FlaskClient) -> None:
        body = b'{"name": "Denwaban", "challenge": "0a1b2c3d"}'
        answer = post(browser, _told(body, {"content-type": "application/json"}))
        assert (answer.status_code, answer.text) == (200, "0a1b2c3d")
        assert answer.content_type == "text/plain; charset=utf-8"
        stranger = Delivery(body, {"content-type": "application/json"})
        assert post(browser, stranger, SOURCE).status_code == 401


def _strangers(true: Delivery) -> list[Delivery]:
    wrong = ("", "Bearer", "Bearer x", TOKEN[:-1], f"Basic {TOKEN}", "é")
    return [Delivery(true.body, {**true.headers, "authorization": one}) for one in wrong]


def _read(told: Any, site: SourceSite = SITE) -> Call:
    return fold(
        MiitelHook(site).read(_told(json.dumps(told).encode(), {"content-type": "application/json"}), NOW).events
    )


def _story(name: str) -> Any:
    return json.loads(read_story(name)[0].body)


def test_a_call_that_waited_was_taken_and_handed_on_is_whole_at_once() -> None:
    call = _read(_story("miitel_inbound"))
    assert (call.state, call.outcome, call.direction) == (CallState.ENDED, Outcome.ANSWERED, Direction.INBOUND)
    assert call.answered_by == ("鈴木 太郎", "高橋 花")
    assert call.our_number == "050-3123-4567"
    assert call.ended_at is not None
    assert (call.ended_at - call.started_at).total_seconds() == 300


def test_a_call_that_is_told_again_with_one_more_part_ends_with_that() -> None:
    first, whole = _story("miitel_inbound"), _story("miitel_inbound")
    del first["call"]["details"][1:]
    headers, hook = {"content-type": "application/json"}, MiitelHook(SITE)
    told = [hook.read(_told(json.dumps(one).encode(), headers), NOW).events for one in (first, whole)]
    assert fold(told[0]).state is CallState.ENDED
    assert fold([*told[1], *told[0]]) == fold([*told[0], *told[1]]) == _read(whole)


@pytest.mark.parametrize("days", [-2, 2])
def test_a_clock_two_days_off_is_a_clock(days: int) -> None:
    start, end = (NOW + timedelta(days=days, seconds=s) for s in (0, 25))
    call = _read(_one(dial_starts_at=start.isoformat(), dial_ends_at=end.isoformat()))
    assert (call.started_at, call.ended_at) == (start, end)


def test_nobody_answered_an_outbound_call_of_a_clock_without_offset() -> None:
    call = _read(_story("miitel_outbound"))
    assert (call.direction, call.customer_number, call.outcome) == (Direction.OUTBOUND, "09012345678", Outcome.MISSED)
    assert (call.placed_by, call.answered_by) == ("鈴木 太郎", ())
    assert call.started_at.hour == 13


def _one(**fields: Any) -> Any:
    told = _story("miitel_outbound")
    told["call"]["details"][0] |= fields
    return told


def test_a_missed_call_of_a_caller_without_number_is_withheld() -> None:
    call = _read(_one(call_type="INCOMING_CALL", from_number=None, to_number=None))
    assert (call.direction, call.withheld, call.outcome) == (Direction.INBOUND, WithheldReason.UNKNOWN, Outcome.MISSED)


def test_a_call_that_still_goes_on_is_not_ended_by_a_word_about_its_menu() -> None:
    assert _read(_one(dial_ends_at=None, dtmf="3", call_type="INCOMING_CALL")).state is not CallState.ENDED


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"id": None}, "id"),
        ({"id": 5}, "id"),
        ({"dial_starts_at": "soon"}, "dial_starts_at"),
        ({"dial_starts_at": None}, "dial_starts_at"),
        ({"dial_ends_at": "2026-12-24T00:00:00Z"}, "dial_ends_at"),
        ({"participants": {}}, "participants"),
        ({"participants": [{"from_to": "FROM", "name": "x" * 65}]}, "name"),
        ({"to_number": ["1"]}, "to_number"),
    ],
)
def test_what_nobody_documented_is_refused_by_name(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as caught:
        _read(_one(**fields))
    assert caught.value.facts["field"] == field


@pytest.mark.parametrize("challenge", ["<script>", "a b", "", 5, "x" * 257, ["a"]])
def test_only_a_challenge_that_is_one_is_echoed(challenge: Any) -> None:
    with pytest.raises(InputError):
        _read({"challenge": challenge})


def test_the_token_may_stand_in_a_header_of_the_sites_own() -> None:
    hook = MiitelHook(SourceSite("pbx1", (TOKEN,), options={"header": "X-Denwaban"}))
    body = b'{"challenge": "ab"}'
    json_type = {"content-type": "application/json"}
    assert hook.read(Delivery(body, {**json_type, "x-denwaban": TOKEN}), NOW).reply.text == "ab"
    with pytest.raises(NotSignedIn):
        hook.read(_told(body, json_type), NOW)
    with pytest.raises(SettingError):
        MiitelHook(SourceSite("pbx1", (TOKEN,), options={"header": "X Denwaban:"}))
