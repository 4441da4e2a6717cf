"""What the carrier tells of a code afterwards: proved by Twilio's signature; an end stays the end."""

import base64
import hmac
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import select, update

from connectors.messages.twilio import TwilioSender
from plugin.core.audit import Act
from plugin.core.codes import OneTimeCode
from plugin.core.deliveries import Arrival, Delivery
from plugin.core.errors import DenwabanError, InputError, NotFound, NotSignedIn
from plugin.core.ids import VerificationId
from plugin.core.ports import MessageWay, ShortMessage
from plugin.core.staff import Staff
from plugin.services.fallbacks import Fallbacks
from plugin.services.reports import Reports
from plugin.settings import load
from plugin.store import codes
from plugin.store.engine import Store
from plugin.store.tables.audit import audit_lines
from plugin.store.tables.proofs import one_time_codes
from plugin.web.app import create_app
from plugin.wiring import House
from tests.kit.clock import HandClock
from tests.kit.reach import Phones
from tests.twilio_site import TwilioSite
from tests.twilio_site.site import ACCOUNT, AUTH_TOKEN, KEY, KEY_SECRET, SMS_FROM, VOICE_FROM

ADDRESS = "https://desk.example.jp/messages/reports"
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def twilio() -> Iterator[TwilioSite]:
    with TwilioSite() as site:
        yield site


def _options(twilio: TwilioSite, folder: Path) -> dict[str, str]:
    files = {"secret_file": KEY_SECRET, "auth_token_file": f"{'n' * 32}\n{AUTH_TOKEN}\n"}
    for name, text in files.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o600)
    options = {"account_sid": ACCOUNT, "key_sid": KEY, "url": twilio.url, "status_address": ADDRESS}
    return options | {"sms_from": SMS_FROM, "voice_from": VOICE_FROM} | {name: str(folder / name) for name in files}


class Desk:
    """An operator who had a code sent by Twilio, and Twilio's hand that signs what it tells of it."""

    def __init__(self, store: Store, clock: HandClock, twilio: TwilioSite, folder: Path) -> None:
        carrier = TwilioSender(folder, _options(twilio, folder))
        self.twilio, self.store = twilio, store
        self.phones = Phones.on(store, clock, folder, sender=lambda _: carrier)
        self.reports = Reports(store, clock, carrier, self.phones.line.bus)
        self.staff: Staff = self.phones.line.town.staff("101")
        self.customer = self.phones.customer()
        self.call = self.phones.line.town.call(taken_by=self.staff, ended=False)
        self.verification: VerificationId = self.phones.line.begin(self.staff, self.call, self.customer).id

    def send(self, way: MessageWay = MessageWay.SMS) -> str:
        """Send a code, and return the query of the address at which Twilio is to tell of it."""
        self.phones.codes.send(self.staff, self.verification, self.phones.mark(self.customer), way)
        address, query = self.twilio.taken[-1][1]["StatusCallback"].split("?")
        assert address == ADDRESS
        return query

    def told(self, query: str, token: str = AUTH_TOKEN, **fields: str) -> Delivery:
        """Sign a callback as Twilio documents it."""
        form = {"AccountSid": ACCOUNT, "To": "+819012345678"} | fields
        text = ADDRESS + (f"?{query}" if query else "") + "".join(name + form[name] for name in sorted(form))
        mark = base64.b64encode(hmac.digest(token.encode(), text.encode(), "sha1")).decode()
        return Delivery(urlencode(form).encode(), FORM | {"x-twilio-signature": mark}, query=query)

    def text(self, query: str, status: str, code: str = "") -> None:
        """Tell of a text message."""
        more = {"ErrorCode": code} if code else {}
        self.reports.take(self.told(query, MessageSid="SM" + "0" * 32, MessageStatus=status, **more))

    def code(self) -> OneTimeCode:
        with self.store.read() as connection:
            found = codes.newest(connection, self.verification)
        assert found is not None
        return found

    def shown(self) -> str:
        """Return the word for the page."""
        parts = (self.phones.reachable, self.phones.codes, self.phones.call_backs)
        panel = self.phones.line.panel.view(self.staff, self.call, self.customer)
        view = Fallbacks(self.store, self.phones.line.clock, *parts, 0).view(self.staff, panel)
        assert view is not None
        assert view.code is not None
        return view.code.state

    def outcomes(self) -> list[str]:
        with self.store.read() as connection:
            lines = select(audit_lines.c.body).where(audit_lines.c.act == Act.CODE_REPORTED)
            return [json.loads(body)["outcome"] for body in connection.scalars(lines.order_by(audit_lines.c.seq))]


@pytest.fixture
def desk(sqlite_store: Store, clock: HandClock, twilio: TwilioSite, tmp_path: Path) -> Desk:
    return Desk(sqlite_store, clock, twilio, tmp_path)


def test_an_end_stays_the_end_in_whatever_order_it_is_told(
    store: Store, clock: HandClock, twilio: TwilioSite, tmp_path: Path
) -> None:
    desk = Desk(store, clock, twilio, tmp_path)
    query = desk.send()
    for order in itertools.permutations(["sending", "sent", "delivered"]):
        with desk.store.write() as connection:
            connection.execute(update(one_time_codes).values(arrival=None))
        before = len(desk.outcomes())
        for status in (*order, *order, "undelivered", "sent"):
            desk.text(query, status, "30003")
        assert (desk.code().arrival, desk.code().arrival_why, desk.shown()) == (Arrival.DELIVERED, None, "delivered")
        steps = ["sent", "delivered"] if order.index("sent") < order.index("delivered") else ["delivered"]
        assert desk.outcomes()[before:] == steps


@pytest.mark.parametrize(
    ("status", "code", "shown", "why"),
    [
        ("queued", "", "sent", None),
        ("sent", "", "sent", None),
        ("undelivered", "30003", "undelivered", "switched_off"),
        ("undelivered", "30006", "undelivered", "number_refused"),
        ("failed", "30007", "undelivered", "blocked"),
        ("canceled", "12345", "undelivered", None),
    ],
)
def test_the_desk_says_what_became_of_a_text(desk: Desk, status: str, code: str, shown: str, why: str | None) -> None:
    query = desk.send()
    desk.text(query, status, code)
    assert (desk.shown(), desk.code().arrival_why) == (shown, why)


def test_a_code_that_failed_as_far_as_the_carrier_knows_is_still_right(desk: Desk) -> None:
    desk.text(desk.send(), "undelivered", "30003")
    code = desk.twilio.taken[-1][1]["Body"].split("：")[1][:6]
    assert desk.phones.codes.judge(desk.staff, desk.verification, code).tries_left
    assert desk.shown() == "used"


@pytest.mark.parametrize(
    ("status", "shown", "why"),
    [
        ("ringing", "sent", None),
        ("completed", "delivered", None),
        ("busy", "undelivered", "busy"),
        ("no-answer", "undelivered", "no_answer"),
    ],
)
def test_a_voice_is_told_of_by_its_call(desk: Desk, status: str, shown: str, why: str | None) -> None:
    query = desk.send(MessageWay.VOICE)
    desk.reports.take(desk.told(query, CallSid="CA" + "0" * 32, CallStatus=status))
    assert (desk.shown(), desk.code().arrival_why) == (shown, why)


def test_nothing_is_believed_that_twilio_did_not_sign_for_this_code(desk: Desk) -> None:
    query = desk.send()
    fields = {"MessageSid": "SM" + "0" * 32, "MessageStatus": "delivered"}
    true = desk.told(query, **fields)
    other = desk.told("about=" + "0" * 26, **fields)
    wrong: list[tuple[Delivery, type[DenwabanError]]] = [
        (Delivery(true.body, FORM, query=query), NotSignedIn),
        (desk.told(query, token="f" * 32, **fields), NotSignedIn),
        (Delivery(true.body, true.headers, query=other.query), NotSignedIn),  # signed, but for another code
        (Delivery(true.body.replace(b"delivered", b"failed"), true.headers, query=query), NotSignedIn),
        (Delivery(true.body, true.headers, "token", query), NotSignedIn),
        (desk.told("", **fields), InputError),
        (desk.told(f"{query}&about={'1' * 26}", **fields), InputError),
        (desk.told(query, **fields | {"AccountSid": "AC" + "0" * 32}), InputError),
        (desk.told(query, MessageSid="SM", MessageStatus="teleported"), InputError),
        (desk.told(query, MessageSid="SM"), InputError),
        (desk.told(query, **fields, ErrorCode="9" * 30), InputError),
    ]
    for delivery, refusal in wrong:
        with pytest.raises(refusal):
            desk.reports.take(delivery)
    desk.reports.take(other)  # signed, of a code that nobody knows (any more)
    assert (desk.code().arrival, desk.outcomes()) == (None, [])


def test_without_an_address_nothing_is_asked_for_and_nothing_believed(desk: Desk, tmp_path: Path) -> None:
    options = _options(desk.twilio, tmp_path)
    del options["status_address"]
    del options["auth_token_file"]
    carrier = TwilioSender(tmp_path, options)
    with pytest.raises(NotFound):
        carrier.read_report(desk.told(desk.send(), MessageSid="SM", MessageStatus="delivered"))
    carrier.send(ShortMessage(MessageWay.SMS, "+819012345678", "確認コード", "ja", 300, "0" * 26))
    assert "StatusCallback" not in desk.twilio.taken[-1][1]


def test_the_door_answers_as_that_of_phone_systems_does(desk: Desk, tmp_path: Path) -> None:
    chosen = load(data_dir=tmp_path, messages="twilio", messages_options=_options(desk.twilio, tmp_path))
    silent = load(data_dir=tmp_path)
    query = desk.send()
    true = desk.told(query, MessageSid="SM" + "0" * 32, MessageStatus="delivered")
    asked = [(chosen, true, 204), (chosen, Delivery(true.body, FORM, query=query), 401), (silent, true, 404)]
    asked += [(chosen, desk.told(query, MessageSid="SM", MessageStatus="?"), 400)]
    asked += [(chosen, Delivery(b"x" * 2_000_000, true.headers, query=query), 413)]
    for settings, delivery, status in asked:
        house = House(settings, desk.phones.line.clock)
        answer = (
            create_app(house)
            .test_client()
            .post(f"/messages/reports?{delivery.query}", data=delivery.body, headers=dict(delivery.headers))
        )
        assert answer.status_code == status
        assert status == 204 or answer.content_type == "application/problem+json"
        house.close()
