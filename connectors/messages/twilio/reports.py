"""Twilio's status callbacks of messages: what became of a text, or of a call that read one out.

Believes what Twilio signed for this very address, with our own id of the message in its query, and nothing else.
(Twilio, "Outbound message status in status callbacks" and "Call resource", read 2026-11.)
"""

import re

from connectors.calls.reading import read_fields
from connectors.calls.twilio.proof import TwilioProof
from connectors.messages.twilio.options import Options
from plugin.core.deliveries import Arrival, Delivery, MessageReport
from plugin.core.errors import InputError, NotFound

_ABOUT = re.compile(r"about=([0-9A-Z]{26})")
_TEXTS = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending"), None),
    "sent": Arrival.SENT,
    **dict.fromkeys(("delivered", "read"), Arrival.DELIVERED),
    **dict.fromkeys(("undelivered", "failed", "canceled"), Arrival.FAILED),
}
_CALLS = {
    **dict.fromkeys(("queued", "initiated", "ringing", "in-progress"), None),
    "completed": Arrival.DELIVERED,
    **dict.fromkeys(("busy", "no-answer", "failed", "canceled"), Arrival.FAILED),
}
# Pages of the error dictionary (twilio.com/docs/api/errors), read November 2026.
_WHY = {30003: "switched_off", 30004: "blocked", 30007: "blocked", 30005: "number_refused", 30006: "number_refused"}
_MOST_CODE = 99_999


def read(delivery: Delivery, options: Options) -> MessageReport:
    """Return what the callback says. Raises NotFound("carrier"), NotSignedIn, and InputError as reading.py does."""
    if not options.status_address:
        raise NotFound("carrier")
    TwilioProof(options.status_address, options.auth_tokens).prove(delivery)
    told = read_fields(delivery, json_too=False)
    if told.needed("AccountSid") != options.account:
        raise InputError("unknown_word", field="AccountSid")
    about = _ABOUT.fullmatch(delivery.query)
    if about is None:
        raise InputError("missing", field="about")
    if told.text("CallSid"):
        status, table = told.needed("CallStatus"), _CALLS
        why = status.replace("-", "_") if status in ("busy", "no-answer") else ""
    else:
        status, table = told.needed("MessageStatus"), _TEXTS
        why = _WHY.get(told.number("ErrorCode", _MOST_CODE) or 0, "")
    if status not in table:
        raise InputError("unknown_word", field="status")
    arrival = table[status]
    return MessageReport(about[1], arrival, why if arrival is Arrival.FAILED else "")
