"""What is known of a notice, phone system by phone system, and whose word counts about being recorded."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from plugin.core.calls import AgentRef, Call, CallEvent, Direction, EventType
from plugin.core.consent import Heard, Notice, NoticeWay, Wish, heard_of, is_declined, is_untold, notice_of
from plugin.core.fold import fold
from tests.kit.clock import HandClock

NOW = HandClock()()
AT = NOW + timedelta(seconds=3)
NO, YES = Wish(True, NOW), Wish(False, NOW)
WAYS: tuple[NoticeWay | None, ...] = (None, *NoticeWay)


def _call(direction: Direction, *, answered: bool = True, played: bool = False) -> Call:
    rang = CallEvent(
        "1", "pbx1", EventType.RINGING, NOW, ("n",), direction=direction, agent=AgentRef("101"), leg_id="1"
    )
    events = [rang]
    if answered:
        events.append(
            replace(rang, id="2", type=EventType.ANSWERED, occurred_at=NOW + timedelta(seconds=5), sequence=2)
        )
    if played:
        events.append(replace(rang, id="3", type=EventType.NOTICE_PLAYED, occurred_at=AT, agent=None, leg_id=None))
    return fold(events)


def test_what_is_known_of_a_notice() -> None:
    found = {
        (direction, way): heard_of(_call(direction), way).notice
        for direction, way in product((Direction.INBOUND, Direction.OUTBOUND), WAYS)
    }
    inbound, outbound = Direction.INBOUND, Direction.OUTBOUND
    assert found == {
        (inbound, None): Notice.UNKNOWN,
        (inbound, NoticeWay.EVENTS): Notice.NOT_PLAYED,
        (inbound, NoticeWay.ALWAYS): Notice.PLAYED,
        (inbound, NoticeWay.WEB): Notice.WEB_ONLY,
        (outbound, None): Notice.UNKNOWN,
        (outbound, NoticeWay.EVENTS): Notice.NOT_PLAYED,
        (outbound, NoticeWay.ALWAYS): Notice.NOT_PLAYED,
        (outbound, NoticeWay.WEB): Notice.WEB_ONLY,
    }


@pytest.mark.parametrize("way", WAYS)
def test_a_notice_that_was_heard_counts_and_before_anybody_talks_none_is_missing(way: NoticeWay | None) -> None:
    assert heard_of(_call(Direction.INBOUND, played=True), way) == Heard(Notice.PLAYED, AT)
    assert heard_of(_call(Direction.INBOUND, answered=False), way) == Heard(Notice.UNKNOWN)
    assert heard_of(_call(Direction.INTERNAL), way) == Heard(Notice.UNKNOWN)


def test_what_the_operator_said_stands_beside_what_was_played() -> None:
    told = {notice: notice_of(Heard(notice), AT) for notice in Notice}
    assert told == dict.fromkeys(Notice, Notice.TOLD) | {Notice.PLAYED: Notice.PLAYED}
    assert all(notice_of(Heard(notice), None) is notice for notice in Notice)


def test_only_a_call_without_notice_waits_for_a_manager_until_he_accepts() -> None:
    assert {notice for notice in Notice if is_untold(notice, None)} == {Notice.NOT_PLAYED}
    assert not any(is_untold(notice, AT) for notice in Notice)


def test_what_is_said_in_a_call_counts_before_what_was_said_earlier() -> None:
    assert is_declined(NO, None)
    assert is_declined(NO, YES)
    assert not is_declined(YES, NO)
    assert is_declined(None, NO)
    assert not is_declined(None, YES)
    assert not is_declined(None, None)
