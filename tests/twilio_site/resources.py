"""What each resource asks of a request: its parameters, their forms, their bounds. Takes nothing unknown."""

import json
import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from xml.etree import ElementTree

_E164 = re.compile(r"\+[1-9]\d{1,14}")
_MOBILE_OF_JAPAN = re.compile(r"\+81[789]0\d{8}")
_VOICES = {"ja-JP", "en-US", "en-GB"}
_MESSAGE = {"To", "From", "MessagingServiceSid", "Body", "ValidityPeriod", "StatusCallback"}
_CALL = {"To", "From", "Twiml", "Timeout", "StatusCallback"}


@dataclass
class Refusal(Exception):
    """A refusal in Twilio's form: status, code and words."""

    status: int
    code: int
    words: str

    def body(self) -> bytes:
        """Return the JSON of it."""
        more = f"https://www.twilio.com/docs/errors/{self.code}"
        told = {"code": self.code, "message": self.words, "more_info": more, "status": self.status}
        return json.dumps(told).encode()


def message(form: dict[str, str], numbers: AbstractSet[str], services: AbstractSet[str]) -> None:
    """Check a request for a text message. Raises Refusal."""
    _known(form, _MESSAGE)
    _to(form, 21604)
    if _MOBILE_OF_JAPAN.fullmatch(form["To"]) is None and form["To"].startswith("+81"):
        raise Refusal(400, 21614, f"To number: {form['To']}, is not a mobile number")
    if "From" not in form and "MessagingServiceSid" not in form:
        raise Refusal(400, 21603, "A 'From' phone number is required.")
    if "From" in form and form["From"] not in numbers:
        raise Refusal(400, 21606, "The From phone number is not a valid, SMS-capable number of your account.")
    if "MessagingServiceSid" in form and form["MessagingServiceSid"] not in services:
        raise Refusal(404, 20404, "The messaging service was not found")
    if not 0 < len(form.get("Body", "")) <= 1600:
        raise Refusal(400, 21602 if not form.get("Body") else 21617, "Message body")
    if not 1 <= _whole(form, "ValidityPeriod", 36000) <= 36000:
        raise Refusal(400, 90007, "Invalid validity period value")


def call(form: dict[str, str], numbers: AbstractSet[str]) -> None:
    """Check a request for a call that reads something out. Raises Refusal."""
    _known(form, _CALL)
    _to(form, 21201)
    if form.get("From") not in numbers:
        raise Refusal(400, 21210, "The source number is not verified for your account.")
    if not 0 < len(form.get("Twiml", "")) <= 4000:
        raise Refusal(400, 21205, "Url or Twiml is required")
    if not 0 < _whole(form, "Timeout", 60) <= 600:
        raise Refusal(400, 20001, "Timeout")
    _twiml(form["Twiml"])


def _known(form: dict[str, str], names: set[str]) -> None:
    if form.keys() - names:
        raise Refusal(501, 0, f"not modelled here: {sorted(form.keys() - names)}")


def _to(form: dict[str, str], missing: int) -> None:
    if not form.get("To"):
        raise Refusal(400, missing, "A 'To' phone number is required.")
    if not _E164.fullmatch(form["To"]):
        raise Refusal(400, 21211, f"The 'To' number {form['To']} is not a valid phone number.")


def _whole(form: dict[str, str], name: str, default: int) -> int:
    text = form.get(name, str(default))
    return int(text) if text.isascii() and text.isdigit() else -1


def _twiml(text: str) -> None:
    """Twilio reads TwiML only once the call is up; a stand-in that waits so long finds no mistake, so it reads now."""
    try:
        response = ElementTree.fromstring(text)
    except ElementTree.ParseError:
        raise Refusal(400, 12100, "Document parse failure") from None
    said = [verb for verb in response if verb.tag == "Say"]
    if response.tag != "Response" or not said or any(verb.tag not in ("Say", "Pause") for verb in response):
        raise Refusal(400, 12200, "Schema validation warning")
    if any(verb.get("language") not in _VOICES or not (verb.text or "").strip() for verb in said):
        raise Refusal(400, 13512, "Invalid language")
