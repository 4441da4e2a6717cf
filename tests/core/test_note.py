"""The note as its page has it: drafts come back as typed, and the badge says where the CRM's entry is."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin.core.ids import CallId, MessageId
from plugin.core.note import Fields, Note, Sent, note_of, read_draft, write_draft
from plugin.core.outbox import Message, MessageState, Sending
from plugin.core.timeline import Draft, Summary

AT = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
SAVED = Summary(
    CallId("c"), "delivery", "solved", "用件", "対応", "約束", "次回", date(2026, 11, 24), "u", "田中", AT, 2
)


@given(st.builds(Fields, *([st.text()] * 7)))
def test_a_draft_comes_back_as_it_was_typed(typed: Fields) -> None:
    assert read_draft(write_draft(typed)) == typed


@given(st.text() | st.sampled_from(["[]", "null", '{"topic": 3}', '{"request": null, "x": "y"}']))
def test_any_other_text_is_an_empty_or_partial_form_and_never_an_error(body: str) -> None:
    assert isinstance(read_draft(body), Fields)


def test_a_draft_stands_over_what_was_saved() -> None:
    note = note_of(SAVED, Draft(write_draft(Fields(request="新しい用件")), AT), None)
    assert (note.fields.request, note.version, note.draft_at) == ("新しい用件", 2, AT)


def test_without_a_draft_the_form_holds_what_was_saved() -> None:
    note = note_of(SAVED, None, None)
    assert note.fields == Fields("delivery", "solved", "用件", "対応", "約束", "2026-11-24", "次回")
    assert note_of(None, None, None) == Note()


@pytest.mark.parametrize(
    ("state", "sent"),
    [
        (MessageState.UNASSIGNED, Sent.UNASSIGNED),
        (MessageState.WAITING, Sent.SENDING),
        (MessageState.LEASED, Sent.SENDING),
        (MessageState.DONE, Sent.SENT),
        (MessageState.SUPERSEDED, Sent.SENT),
        (MessageState.DEAD, Sent.REFUSED),
    ],
)
def test_the_badge_says_where_the_entry_is(state: MessageState, sent: Sent) -> None:
    message = Message(MessageId("m"), CallId("c"), state, 1, AT, "gone", AT, None)
    note = note_of(SAVED, None, Sending(message, None, None, None))
    assert (note.sent, note.sent_error) == (sent, "gone" if sent is Sent.REFUSED else "")


def test_an_entry_that_arrived_long_ago_is_sent() -> None:
    assert note_of(SAVED, None, Sending(None, "r", 1, AT)).sent is Sent.SENT
