"""What may be kept of a caller who withheld his number: everything but what tells the number.

Decides not whether he did; plugin/core/fold.py does, from all events of his call.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from plugin.core.calls import CallEvent, RecordingFact
from plugin.core.recordings import HASHED, recording_key, uri_without_number

_MAYBE_NUMBER = re.compile(r"\+?(?:\d[-‐−ー.() ]*){8,}\d")


def hide_names(fact: RecordingFact, native_ids: Iterable[str]) -> RecordingFact:
    """Return the recording without its native names: they hold the number of a caller who withheld it."""
    uri = None if fact.uri is None else uri_without_number(fact.uri, native_ids)
    return replace(fact, id=HASHED + recording_key(fact.id), uri=uri)


def without_number(event: CallEvent, native_ids: Iterable[str]) -> CallEvent:
    """Return an event of a caller who withheld his number as it may be kept; `native_ids` are those of the call.

    What may be a number in its free text goes too. Ids stay as they are: they join events, so a phone system must not
    make them of numbers (docs/calls.md).
    """
    recording = None if event.recording is None else hide_names(event.recording, native_ids)
    agent = None if event.agent is None else replace(event.agent, name=_without_digits(event.agent.name))
    ivr_path, reason = _without_digits(event.ivr_path), _without_digits(event.reason)
    return replace(event, customer_number=None, recording=recording, agent=agent, ivr_path=ivr_path, reason=reason)


def _without_digits(text: str | None) -> str | None:
    return None if text is None else _MAYBE_NUMBER.sub("…", text)
