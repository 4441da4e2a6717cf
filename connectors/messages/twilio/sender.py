"""The line to Twilio: one message is one POST, sent again only where Twilio says that it was not processed.

Neither API knows a key against doubles, so whatever may have gone out ends as `perhaps`, and a person decides. Follows
no redirect, keeps no connection (a stale one would leave every first message in doubt), logs nothing.
"""

import json
import ssl
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import requests
from urllib3.exceptions import HTTPError, NewConnectionError

from connectors.messages.twilio import refusals, reports
from connectors.messages.twilio.options import Options, read_options
from plugin.core.deliveries import Delivery, MessageReport
from plugin.core.errors import OutsideError
from plugin.core.ports import MessageWay, ShortMessage

_MOST_TRIES = 2
_PAUSE_S = 1.0
_WHOLE_S = 9.0
_RINGS_S = 25  # shorter than most voice mails wait
_CHUNK_BYTES = 16_384
_MOST_BYTES = 262_144
_VOICES = {"ja": "ja-JP", "en": "en-US"}


class TwilioSender:
    """One Twilio account. `ticks` counts seconds, `wait` waits so many."""

    def __init__(
        self,
        data_dir: Path,  # noqa: ARG002  every carrier's class is called so
        options: Mapping[str, str],
        *,
        ticks: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._options: Options = read_options(options)
        self._ticks = ticks
        self._wait = wait

    @property
    def ways(self) -> frozenset[MessageWay]:
        """Those that have a sender's number."""
        senders = {MessageWay.SMS: self._options.sms_from, MessageWay.VOICE: self._options.voice_from}
        return frozenset(way for way, sender in senders.items() if sender)

    def send(self, message: ShortMessage) -> str:
        """Hand the message over once; see plugin/core/ports.py MessageSender."""
        resource, form = self._form(message)
        until_s = self._ticks() + _WHOLE_S
        tries = 0
        while True:
            tries += 1
            try:
                return self._once(resource, form, until_s)
            except OutsideError as error:
                if not _may_try_again(error) or tries >= _MOST_TRIES:
                    raise
                self._wait(_PAUSE_S)

    def _form(self, message: ShortMessage) -> tuple[str, dict[str, str]]:
        chosen = self._options
        if message.way not in self.ways:
            raise OutsideError("no_such_way", permanent=True)
        if message.way is MessageWay.VOICE:
            return "Calls", {
                "To": message.to,
                "From": chosen.voice_from,
                "Twiml": _twiml(message),
                "Timeout": str(_RINGS_S),
                **self._status(message),
            }
        sender = "MessagingServiceSid" if chosen.sms_from_is_service else "From"
        return "Messages", {
            "To": message.to,
            sender: chosen.sms_from,
            "Body": message.text,
            "ValidityPeriod": str(message.lasts_s),
            **self._status(message),
        }

    def _status(self, message: ShortMessage) -> dict[str, str]:
        """Where Twilio is to tell what becomes of it, by our own id: its own may reach us later than its word."""
        chosen = self._options
        is_asked = chosen.status_address and message.about
        return {"StatusCallback": f"{chosen.status_address}?about={message.about}"} if is_asked else {}

    def read_report(self, delivery: Delivery) -> MessageReport:
        """Return what a status callback says; see plugin/core/ports.py ReportReader."""
        return reports.read(delivery, self._options)

    def _once(self, resource: str, form: Mapping[str, str], until_s: float) -> str:
        chosen = self._options
        left_s = max(0.1, until_s - self._ticks())
        try:
            with requests.Session() as line:
                answer = line.post(
                    f"{chosen.url}/2010-04-01/Accounts/{chosen.account}/{resource}.json",
                    data=form,
                    auth=(chosen.key, chosen.secret),
                    headers={"Accept": "application/json", "User-Agent": "denwaban"},
                    timeout=(min(chosen.connect_s, left_s), min(chosen.read_s, left_s)),
                    allow_redirects=False,
                    stream=True,
                )
                body = self._body(answer, until_s)
        except requests.ConnectTimeout:
            raise OutsideError("unreachable", problem="timeout") from None
        except (requests.RequestException, HTTPError, OSError) as error:
            if _never_left(error):
                raise OutsideError("unreachable", problem=type(error).__name__) from None
            raise OutsideError("unknown_outcome", perhaps=True, problem=type(error).__name__) from None
        if not 200 <= answer.status_code < 300:
            raise refusals.of_reply(answer.status_code, body)
        sid = body.get("sid") if isinstance(body, Mapping) else None
        if not isinstance(sid, str) or not sid.isalnum() or len(sid) > 64:
            raise OutsideError("unknown_outcome", perhaps=True, problem="no_sid")
        return sid

    def _body(self, answer: requests.Response, until_s: float) -> Any:
        parts: list[bytes] = []
        size = 0
        with answer:
            while part := answer.raw.read1(_CHUNK_BYTES, decode_content=True):
                parts.append(part)
                size += len(part)
                if size > _MOST_BYTES or self._ticks() > until_s:
                    raise OutsideError("unknown_outcome", perhaps=True, problem="answer")
        try:
            return json.loads(b"".join(parts))
        except (ValueError, RecursionError):
            return None


def _twiml(message: ShortMessage) -> str:
    said = f'<Say language="{_VOICES.get(message.lang, "en-US")}">{escape(message.text)}</Say>'
    return f'<Response><Pause length="1"/>{said}<Pause length="1"/>{said}</Response>'


def _may_try_again(error: OutsideError) -> bool:
    return error.reason == "busy" or (error.reason == "unreachable" and error.facts["problem"] != "timeout")


def _never_left(error: BaseException) -> bool:
    """Tell whether the connection itself did not come about, by what the library's errors are made of."""
    inner: list[object] = [error]
    for _ in range(8):
        causes = [part for one in inner for part in (*getattr(one, "args", ()), getattr(one, "reason", None))]
        if any(isinstance(one, NewConnectionError | ssl.SSLCertVerificationError) for one in (*inner, *causes)):
            return True
        inner = [one for one in causes if isinstance(one, BaseException)]
    return False
