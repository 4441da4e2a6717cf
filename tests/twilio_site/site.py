"""A Twilio of our own on loopback: two resources, sign-in, its refusals, and a record of what it took.

What it does not model it answers with 501. Where each behaviour comes from stands in SOURCES.md.
"""

import base64
import json
import re
import secrets
import threading
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl

from tests.kit.loopback import Ask, OnLine
from tests.twilio_site.resources import Refusal, call, message
from tests.twilio_site.wire import Answer, line

ACCOUNT = "AC" + "0f1e2d3c" * 4
KEY, KEY_SECRET = "SK" + "fedcba9876543210" * 2, "keysecret" * 4
AUTH_TOKEN = "a1b2c3d4" * 4
SMS_FROM, VOICE_FROM, SERVICE = "+815031234567", "+815031234568", "MG" + "00112233445566778899aabbccddeeff"
_PATH = re.compile(r"/2010-04-01/Accounts/([^/]+)/(Messages|Calls)\.json")


class FaultKind(StrEnum):
    """How a fault shows. DONE: the message was taken all the same."""

    REFUSE = "refuse"  # answered with `status` and `code`, nothing done
    SILENT = "silent"  # nothing done, and no answer comes
    LOSE = "lose"  # DONE, and no answer comes
    CUT = "cut"  # DONE, and the connection ends in the middle of the body
    TRICKLE = "trickle"  # DONE, and the body comes a letter at a time, without end
    PAGE = "page"  # DONE, and a page of HTML instead of JSON


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with the next request."""

    kind: FaultKind
    status: int = 500
    code: int = 20500


@dataclass
class TwilioSite(OnLine):
    """One account. `allowed`: prefixes of numbers that its geographic permissions allow; `opted_out`: who said STOP."""

    allowed: tuple[str, ...] = ("+81",)
    opted_out: set[str] = field(default_factory=set)
    is_trial: bool = False
    taken: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    asked: int = 0
    faults: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._line = line(self._handle)
        self.url = self._line.url

    def _handle(self, ask: Ask) -> tuple[Answer, FaultKind | None]:
        with self._lock:
            self.asked += 1
            fault = self.faults.pop(0) if self.faults else None
            if fault is not None and fault.kind is FaultKind.SILENT:
                return Answer(500, b""), fault.kind
            try:
                if fault is not None and fault.kind is FaultKind.REFUSE:
                    raise Refusal(fault.status, fault.code, "refused on demand")
                body = self._answer(ask)
            except Refusal as refusal:
                return Answer(refusal.status, refusal.body()), None
            if fault is not None and fault.kind is FaultKind.PAGE:
                return Answer(200, b"<html>maintenance</html>", "text/html"), None
            return Answer(201, json.dumps(body).encode()), None if fault is None else fault.kind

    def _answer(self, ask: Ask) -> dict[str, Any]:
        place = _PATH.fullmatch(ask.target)
        if place is None or ask.method != "POST":
            raise Refusal(404, 20404, f"The requested resource {ask.target} was not found")
        self._admit(ask, place[1])
        if not ask.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            raise Refusal(400, 20001, "Bad request")
        pairs = parse_qsl(ask.body.decode("utf-8"), keep_blank_values=True, strict_parsing=True)
        form = dict(pairs)
        if len(form) != len(pairs):
            raise Refusal(400, 20001, "A parameter was given twice")
        if place[2] == "Messages":
            message(form, {SMS_FROM}, {SERVICE})
            prefix, state = "SM", "accepted" if "MessagingServiceSid" in form else "queued"
        else:
            call(form, {VOICE_FROM})
            prefix, state = "CA", "queued"
        self._reach(place[2], form["To"])
        self.taken.append((place[2], form))
        sid = prefix + secrets.token_hex(16)
        return {"sid": sid, "account_sid": ACCOUNT, "to": form["To"], "status": state, "error_code": None}

    def _admit(self, ask: Ask, account: str) -> None:
        given = ask.headers.get("authorization", "").removeprefix("Basic ")
        try:
            login, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
        except ValueError:
            login, secret = "", ""
        if (login, secret) not in ((ACCOUNT, AUTH_TOKEN), (KEY, KEY_SECRET)):
            raise Refusal(401, 20003, "Authenticate")
        if account != ACCOUNT:
            raise Refusal(404, 20404, "The requested resource was not found")

    def _reach(self, resource: str, to: str) -> None:
        if not to.startswith(self.allowed):
            code = 21408 if resource == "Messages" else 21215
            raise Refusal(400, code, "Permission to send to the region has not been enabled")
        if self.is_trial:
            code = 21608 if resource == "Messages" else 21219
            raise Refusal(400, code, f"The number {to} is unverified")
        if resource == "Messages" and to in self.opted_out:
            raise Refusal(400, 21610, f"{to} has unsubscribed")
