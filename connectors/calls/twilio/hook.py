"""Reads what Twilio posts of voice calls: status callbacks of each leg, `action` of a Dial, recording callbacks.

A call is the leg that has no parent; the legs that it dials name it as ParentCallSid. Callbacks come in any order and
several at once, so each becomes events by itself, known again by leg and status: a replay, which the signature does not
stop, changes nothing, and the end stays the end. Keeps nothing in mind. (Twilio, "Voice webhooks", "TwiML Dial",
"Recording status callbacks", read 2026-11.)
"""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from xml.sax.saxutils import escape

from connectors.calls.reading import Told, event_id, read_fields
from connectors.calls.twilio.events import Pen
from connectors.calls.twilio.legs import child, parent
from connectors.calls.twilio.options import read_options
from connectors.calls.twilio.proof import TwilioProof
from plugin.core.calls import CallEvent, EventType, RecordingFact, RecordingKind
from plugin.core.deliveries import Delivery, Reply, SourceSite, Taken, is_ahead
from plugin.core.errors import InputError

_XML = '<?xml version="1.0" encoding="UTF-8"?>'
_RECORDINGS = {
    "in-progress": EventType.RECORDING_STARTED,
    "completed": EventType.RECORDING_READY,
    "absent": EventType.RECORDING_FAILED,
    "failed": EventType.RECORDING_FAILED,
    "deleted": EventType.RECORDING_FAILED,
}
_ON_ITS_WAY = {"paused", "stopped", "processing"}  # no end, and of a pause nothing tells where it ends
_ON_DEMAND = {"StartCallRecordingAPI", "StartConferenceRecordingAPI"}
_ADDRESS_LETTERS = 480
_MOST_S = 7 * 86_400


class TwilioHook:
    """Implements core.ports.CallHook. Its secrets are the account's auth tokens; its options: options.py."""

    def __init__(self, site: SourceSite) -> None:
        self._options = read_options(site)
        self._source = site.name
        self._proof = TwilioProof(self._options.address, site.secrets)

    def read(self, delivery: Delivery, now: datetime) -> Taken:
        """Prove and read one callback. Raises NotSignedIn (path, headers, signature, account) and InputError."""
        self._proof.prove(delivery)
        told = read_fields(delivery, json_too=True)
        if told.needed("AccountSid") != self._options.account:
            raise InputError("unknown_word", field="AccountSid")
        at = _instant(told, "Timestamp", now) or now
        pen = Pen(self._source, at, told.number("SequenceNumber", 10**9))
        if told.text("RecordingSid") and told.text("RecordingStatus"):
            return Taken(_recording(told, pen, now))
        status = told.needed("CallStatus").lower()
        if told.text("ParentCallSid"):
            return Taken(child(told, status, pen, self._options))
        events = parent(told, status, pen, self._options)
        dialled = told.text("DialCallStatus")
        if dialled is not None:
            return Taken((*events, *_dialled(told, dialled.lower(), pen)), Reply(f"{_XML}<Response/>", "text/xml"))
        if told.text("CallbackSource") is None and self._options.onward and status == "ringing":
            onward = f"{_XML}<Response><Redirect>{escape(self._options.onward)}</Redirect></Response>"
            return Taken(events, Reply(onward, "text/xml"))
        return Taken(events)


def _recording(told: Told, pen: Pen, now: datetime) -> tuple[CallEvent, ...]:
    sid, word = told.needed("RecordingSid"), told.needed("RecordingStatus").lower()
    if word in _ON_ITS_WAY:
        return ()
    if word not in _RECORDINGS:
        raise InputError("unknown_word", field="RecordingStatus")
    address = told.text("RecordingUrl", _ADDRESS_LETTERS)
    began = _instant(told, "RecordingStartTime", now)
    length_s = told.number("RecordingDuration", _MOST_S)
    kind = RecordingKind.TRIGGERED if told.text("RecordingSource") in _ON_DEMAND else RecordingKind.ALL_CALL
    fact = RecordingFact(
        id=sid,
        uri=f"{address}.wav" if address and word == "completed" else None,
        kind=kind,
        started_at=began,
        ended_at=began + timedelta(seconds=length_s) if began and length_s else None,
    )
    call = told.needed("CallSid")
    return (pen.event(_RECORDINGS[word], (call,), event_id(call, sid, word), recording=fact),)


def _dialled(told: Told, status: str, pen: Pen) -> tuple[CallEvent, ...]:
    """A Dial is over: that somebody talked is told here also where nothing was told of that leg itself."""
    if status not in ("completed", "answered"):
        return ()
    call, leg = told.needed("CallSid"), told.text("DialCallSid") or ""
    length_s = told.number("DialCallDuration", _MOST_S) or 0
    natives = tuple(native for native in (call, leg) if native)
    began = pen.at - timedelta(seconds=length_s)
    answer = pen.event(EventType.ANSWERED, natives, event_id(call, leg, "dialled"), at=began, leg_id=leg or None)
    end = pen.event(EventType.LEG_ENDED, natives, event_id(call, leg, "dial over"), leg_id=leg or None)
    return (answer, end)


def _instant(told: Told, name: str, now: datetime) -> datetime | None:
    """Read an instant as mail writes it (RFC 2822). Raises InputError("time") for none, and one of another day."""
    text = told.text(name, 64)
    if text is None:
        return None
    try:
        read = parsedate_to_datetime(text)
        at = (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError) as error:
        raise InputError("time", field=name) from error
    if at.year < 1970 or is_ahead(at, now):
        raise InputError("time", field=name)
    return at
