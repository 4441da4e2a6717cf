"""The stand-in of ARI beside the real one: how it tells of a channel, and what it answered."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.ari_site.exchange import Channel, told
from tests.ari_site.site import SECRET, USER, AriSite

CALL = "pbx1-1.1"


@pytest.fixture
def site() -> Iterator[AriSite]:
    with AriSite() as made:
        made.exchange.talk()
        yield made


def test_the_stand_in_tells_of_a_channel_as_the_real_one_does() -> None:
    real = Path(__file__).parent / "captures" / "answered.ari.jsonl"
    said = [json.loads(line) for line in real.read_text("utf-8").splitlines() if line.startswith("{")]
    (first, *_) = [event["channel"] for event in said if event["type"] == "ChannelCreated"]
    ours = told(Channel("1", "PJSIP/101-1"))
    assert ours.keys() == first.keys()
    assert ours["caller"].keys() == first["caller"].keys()
    assert {type(value) for value in ours.values()} == {type(value) for value in first.values()}


TAKEN, TAPE = "Channel with given unique ID already exists", {"name": "r", "format": "wav", "ifExists": "fail"}
AGENT, ROOM_OF_OTHERS = f"channels/{CALL}a", f"bridges/b-{CALL}"
# by a real Asterisk 22.10.1 with one talk up and no application registered, in this order
ANSWERED: tuple[tuple[str, dict[str, str], int, str | None], ...] = (
    ("POST channels", {"endpoint": "PJSIP/999", "channelId": "c1"}, 500, "Allocation failed"),
    (
        "POST channels",
        {"endpoint": "PJSIP/109", "channelId": f"{CALL}a"},
        409,
        "Channel with given unique ID already exists",
    ),
    (f"POST {AGENT}/snoop/s1", {"spy": "sideways"}, 400, "Invalid direction specified for spy"),
    (f"POST {AGENT}/snoop/s2", {"spy": "none"}, 400, "Direction must be specified for at least spy or whisper"),
    (f"POST {AGENT}/snoop/s3", {"app": ""}, 400, "Application name is required"),
    ("POST channels/nope/snoop/s4", {}, 404, None),
    (f"POST {AGENT}/snoop/s5", {"app": "gone"}, 200, None),
    (
        f"POST {AGENT}/record",
        {"name": "r", "format": "wav", "ifExists": "fail"},
        409,
        "Channel not in Stasis application",
    ),
    ("DELETE channels/nope", {}, 404, "Channel not found"),
    ("DELETE bridges/nope", {}, 404, "Bridge not found"),
    ("POST bridges/b8", {"type": "wrong"}, 500, "Unable to create bridge"),
    ("POST bridges/b7", {"type": "mixing"}, 200, None),
    ("POST bridges/b7", {"type": "mixing"}, 409, "Bridge with id 'b7' already exists"),
    ("POST bridges/b7/addChannel", {"channel": "nope"}, 400, "Channel not found"),
    ("POST bridges/b7/addChannel", {"channel": f"{CALL}a"}, 422, "Channel not in Stasis application"),
    ("POST bridges/nope/addChannel", {"channel": f"{CALL}a"}, 404, "Bridge not found"),
    (f"POST {ROOM_OF_OTHERS}/addChannel", {"channel": f"{CALL}a"}, 409, "Bridge not in Stasis application"),
    ("GET channels/nope/variable", {"variable": "X"}, 404, None),
    ("POST recordings/live/none/mute", {}, 404, "Recording not found"),
    ("POST events/user/X", {"application": "gone", "source": "channel:nope"}, 404, "Application not found"),
    ("DELETE bridges/b7", {}, 204, None),
)


def test_the_stand_in_answers_as_the_real_one_did(site: AriSite) -> None:
    more = {
        "channels": {"app": "gone", "appArgs": "a", "callerId": "D", "timeout": "20"},
        "snoop": {"spy": "both", "whisper": "none", "app": "gone", "appArgs": "a"},
    }
    wrong = []
    for what, given, status, message in ANSWERED:
        method, _, path = what.partition(" ")
        kind = "snoop" if "/snoop/" in path else path
        asked = {**more.get(kind, {}), **given}
        answer = requests.request(method, f"{site.url}/{path}", params=asked, auth=(USER, SECRET), timeout=30)
        said = answer.json() if answer.content else {}
        if answer.status_code != status or (message and message not in (said.get("message"), said.get("error"))):
            wrong.append((what, given, answer.status_code, said))
    assert wrong == []
    assert site.exchange.wait(lambda: set(site.exchange.channels) == {CALL, f"{CALL}a"})  # into no application: it ends
    answer = requests.get(f"{site.url}/channels", auth=(USER, "x"), timeout=30)
    assert (answer.status_code, answer.json()) == (401, {"message": "Authentication required"})
