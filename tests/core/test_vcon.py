"""A call as a vCon: what the draft asks of each part, and nothing that a caller answered."""

import base64
import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from plugin.core.calls import Direction, EndedBy, EventType, Outcome, TransferFact, TransferKind
from plugin.core.fold import fold
from plugin.core.ids import CallId, RecordingId, made_at, new_id
from plugin.core.numbers import WithheldReason
from plugin.core.vcon import Sound, Speaking, uuid_of, vcon
from tests.kit.events import START, Tape, answered_call

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
CALL = CallId(new_id(NOW))
SHA = hashlib.sha512(b"sound").hexdigest()


def sound(channels: int = 1) -> Sound:
    url = "https://denwaban.example/recordings/R"
    return Sound(RecordingId("R"), START, 61_250, "audio/wav", channels, SHA, url)


def test_an_answered_call_has_its_people_and_its_sound_by_address_and_sum() -> None:
    who = Speaking("+819012345678", "佐藤 花子", "level-2", {"101": "田中"})
    told = vcon(CALL, fold(answered_call().events), who, [sound()], "denwaban.example", NOW)
    assert told["vcon"] == "0.4.0"
    assert told["created_at"] == "2026-11-23T01:00:00.000Z"
    customer, agent = told["parties"]
    assert customer == {"role": "customer", "tel": "tel:+819012345678", "name": "佐藤 花子", "validation": "level-2"}
    assert agent == {"role": "agent", "name": "田中"}
    (dialog,) = told["dialog"]
    assert (dialog["type"], dialog["parties"], dialog["duration"]) == ("recording", [0, 1], 61.25)
    assert dialog["mediatype"] == "audio/x-wav"
    assert "body" not in dialog
    algorithm, _, digest = dialog["content_hash"].partition("-")
    assert algorithm == "sha512"
    assert base64.urlsafe_b64decode(digest + "==") == hashlib.sha512(b"sound").digest()


def test_who_withheld_his_number_has_none_and_nobody_is_anonymous() -> None:
    tape = Tape().then(EventType.OFFERED, direction=Direction.INBOUND, withheld=WithheldReason.REFUSED)
    told = vcon(CALL, fold(tape.events), Speaking("+819012345678", "", "none", {}), [], "h", NOW)
    assert told["parties"] == [{"role": "customer", "name": "anonymous"}]


def test_what_was_never_answered_is_incomplete_with_its_reason() -> None:
    wanted = {Outcome.ABANDONED: "hung-up", Outcome.BUSY: "busy", Outcome.MISSED: "no-answer", Outcome.FAILED: "failed"}
    for outcome, disposition in wanted.items():
        tape = Tape().then(EventType.OFFERED, direction=Direction.INBOUND, customer_number="09012345678")
        tape.then(EventType.ENDED, outcome=outcome, ended_by=EndedBy.CUSTOMER)
        (dialog,) = vcon(CALL, fold(tape.events), Speaking("+819012345678", "", "none", {}), [], "h", NOW)["dialog"]
        assert (dialog["type"], dialog["disposition"]) == ("incomplete", disposition)
        assert not {"url", "body", "content_hash"} & dialog.keys()


def test_a_transfer_names_who_handed_over_to_whom_and_has_no_content() -> None:
    done = TransferFact(TransferKind.BLIND, "101", "102", done=True)
    asked = TransferFact(TransferKind.ATTENDED, "102", "103")
    call = replace(fold(answered_call().events), transfers=(done, asked))
    who = Speaking("+819012345678", "", "none", {"101": "田中", "102": "鈴木"})
    told = vcon(CALL, call, who, [sound(2)], "h", NOW)
    recording, transfer = told["dialog"]
    assert len(recording["parties"]) == 2  # one list for each channel
    assert (transfer["type"], transfer["transferor"], transfer["transfer_target"]) == ("transfer", 1, 2)
    assert (transfer["transferee"], transfer["original"]) == (0, [0])
    assert not {"parties", "url", "mediatype"} & transfer.keys()


def test_a_calls_uuid_is_its_own_of_this_site_and_the_same_every_time() -> None:
    one = uuid_of(CALL, "denwaban.example")
    assert (one.version, one.variant) == (8, "specified in RFC 4122")
    assert one == uuid_of(CALL, "denwaban.example")
    assert one != uuid_of(CALL, "other.example")
    assert one != uuid_of(CallId(new_id(NOW)), "denwaban.example")
    assert one.int >> 80 == int((made_at(CALL) - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1))
