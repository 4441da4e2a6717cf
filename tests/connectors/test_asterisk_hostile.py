"""Whatever bytes come from the exchange: messages or InputError, never anything else; whatever messages: events."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.calls.asterisk.capture import DEFAULT_TRUNKS, read_capture
from connectors.calls.asterisk.tracker import Tracker
from connectors.calls.asterisk.wire import MOST_LINE_BYTES, MOST_LINES, Message, Reader, write_action
from plugin.core.call_account import account, fold_all
from plugin.core.call_json import read_event, write_event
from plugin.core.errors import InputError, TooLarge
from plugin.core.times import from_us
from tests.kit.captures import EXPECTED, blocks

NAMES = sorted(EXPECTED)
EVENTS = (
    "Newchannel/Newexten/Newstate/VarSet/DialBegin/DialEnd/AgentCalled/QueueCallerJoin/QueueCallerLeave/BridgeEnter/"
    "BridgeLeave/Hold/Unhold/HangupRequest/Hangup/BlindTransfer/AttendedTransfer/ChanSpyStart/ChanSpyStop/UserEvent/"
    "Rename/MixMonitorStop/CoreShowChannel/CoreShowChannelsComplete/QueueEntry/FullyBooted/Shutdown"
)
PREFIXES = "/Dest/Transferer/Transferee/OrigTransferer/SecondTransferer/TransferTarget/Spyer/Spyee"
KEYS = "BridgeUniqueid/DialStatus/Queue/Extension/UserEvent/Agent/Newname/Variable/Value"
TIMES = ("1795388303.000001", "1795388304.5", "", "x", "-1", "9" * 40, "1e5")
VARIABLES = ("CALLERID(num-pres)=prohib", "x", "FROM_DID=0120")
CHANNELS = {
    "u1": "PJSIP/trunk-00000001",
    "u2": "PJSIP/101-00000002",
    "u3": "PJSIP/102-00000003",
    "u4": "Local/103@x-00000004;1",
    "u5": "Local/103@x-00000004;2",
    "u6": "PJSIP/trunk-00000006",
    "u7": "Snoop/u2-00000007",
}


def _printable(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


WORDS = st.sampled_from(["Up", "b1", "b2", "BUSY", "CANCEL", "support", "101", "0", "DenwabanAlert"])
VALUES = st.one_of(WORDS, st.text(max_size=80).map(_printable))


@st.composite
def messages(draw: st.DrawFn) -> Message:
    pairs = [("Event", draw(st.sampled_from(EVENTS.split("/")))), ("Timestamp", draw(st.sampled_from(TIMES)))]
    for prefix in draw(st.sets(st.sampled_from(PREFIXES.split("/")), min_size=1)):
        uid = draw(st.sampled_from(sorted(CHANNELS)))
        pairs += [(f"{prefix}Uniqueid", uid), (f"{prefix}Channel", CHANNELS[uid])]
        pairs += [(f"{prefix}Linkedid", draw(st.sampled_from(["u1", "u2", "u6", ""])))]
        pairs += [(f"{prefix}ChannelStateDesc", draw(st.sampled_from(["Up", "Ring", "Down", "Ringing", ""])))]
        pairs += [(f"{prefix}ChanVariable", draw(st.sampled_from(VARIABLES)))]
    pairs += [(key, draw(VALUES)) for key in KEYS.split("/") if draw(st.booleans())]
    return Message(pairs)


@given(data=st.lists(st.binary(max_size=400), max_size=20))
def test_any_bytes_give_messages_or_an_input_error(data: list[bytes]) -> None:
    tracker, reader = Tracker("pbx", DEFAULT_TRUNKS, lambda: from_us(0)), Reader()
    with contextlib.suppress(InputError):
        for piece in data:
            for message in reader.feed(piece):
                tracker.take(message)
    tracker.finish()


@given(said=st.lists(messages(), max_size=60))
def test_any_messages_give_events_that_can_be_kept(said: list[Message]) -> None:
    tracker = Tracker("pbx", DEFAULT_TRUNKS, lambda: from_us(1_795_388_300_000_000))
    events = [event for message in said for event in tracker.take(message)] + tracker.finish()
    for event in events:
        assert read_event(json.loads(write_event(event)), "pbx") == event
    for call in fold_all(events):
        account(call)


@given(name=st.sampled_from(NAMES), cuts=st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=30)), max_size=5))
def test_a_damaged_capture_is_read_or_refused(name: str, cuts: list[tuple[float, bytes]]) -> None:
    data = b"".join(blocks(name))
    for place, rubbish in cuts:
        at = int(place * len(data))
        data = data[:at] + rubbish + data[at + len(rubbish) :]
    with contextlib.suppress(InputError):
        fold_all(read_capture([data], "pbx"))


@given(name=st.sampled_from(NAMES), lost=st.sets(st.integers(0, 400), max_size=40))
def test_a_stream_with_holes_is_still_read(name: str, lost: set[int]) -> None:
    kept = [block for number, block in enumerate(blocks(name)) if number not in lost]
    for call in fold_all(read_capture(kept, "pbx")):
        account(call)


def test_the_leaked_number_never_leaves_however_the_stream_is_torn() -> None:
    whole = blocks("withheld")
    for cut in range(0, len(whole), 7):  # we come in the middle of the call, or leave in the middle of it
        for part in (whole[cut:], whole[:cut]):
            for event in read_capture([b"Event: None\r\n\r\n", *part], "pbx"):
                assert "09099998888" not in write_event(event)


def test_a_line_without_end_and_a_message_without_end_are_refused() -> None:
    with pytest.raises(TooLarge):
        Reader().feed(b"x" * (MOST_LINE_BYTES + 1))
    with pytest.raises(TooLarge):
        Reader().feed(b"x" * (MOST_LINE_BYTES + 1) + b"\r\n")
    with pytest.raises(TooLarge):
        Reader().feed(b"A: b\r\n" * (MOST_LINES + 1))


def test_keys_that_repeat_are_all_kept_and_control_characters_are_none() -> None:
    (message,) = Reader().feed(
        b"Event: X\r\nChanVariable: a=1\r\nChanVariable: b=2\r\nName: a\x00b\x1b[31m\xff\r\n\r\n"
    )
    assert message.all("ChanVariable") == ["a=1", "b=2"]
    assert message.get("ChanVariable") == "a=1"
    assert message.get("Name") == "a b [31m\ufffd"
    assert "a=1" not in repr(message)


def test_an_action_cannot_be_broken_out_of() -> None:
    with pytest.raises(InputError):
        write_action("Login", Username="a\r\nAction: Command")


def test_what_is_no_capture_is_refused() -> None:
    with pytest.raises(InputError):
        read_capture([b"RIFF....WAVEfmt "], "pbx")
