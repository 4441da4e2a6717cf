"""What every source that posts must do, whoever made it: subclass, give a `sender`, and inherit the tests.

A `Sender` is a hand on the other side: it knows the secret, the story of one whole call, and how a delivery is proved.
The tests go through the real door into a real database wherever something is kept.
"""

import json
import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from plugin import log
from plugin.core.call_json import read_call
from plugin.core.calls import CallEvent, CallState
from plugin.core.deliveries import Delivery
from plugin.core.errors import InputError, NotSignedIn
from plugin.core.fold import by_call, fold
from plugin.settings import load
from plugin.store.calls import events_of
from plugin.store.tables.calls import call_events, calls
from plugin.web.app import create_app
from plugin.wiring import House
from tests.kit.clock import HandClock
from tests.kit.deliveries import Said
from tests.kit.rows import rows

MOST_BYTES = 16_384
SOURCE = "pbx1"
MUTATIONS = 1000


@dataclass(frozen=True, slots=True)
class Sender:
    """One kind of phone system: the `settings` of its source, `story`: a whole call, told delivery by delivery.

    `prove` returns headers, token and query that prove a body; `secrets` must show up nowhere; `e164` is the caller of
    the story; `call_field` names the field that holds the call's id (of JSON: anywhere in it).
    """

    settings: Mapping[str, Any]
    story: list[Said]
    prove: Callable[[bytes, Mapping[str, str]], Delivery]
    secrets: tuple[str, ...]
    call_field: str
    e164: str = "+819012345678"
    unreadable: frozenset[int] = frozenset({400})  # 401 where the proof is made of what is read
    typed: bool = True  # it looks at the type that a delivery says it is of
    in_parts: bool = False  # it reads forms in parts, too
    disprove: Callable[[Delivery], list[Delivery]] = field(default=lambda _: [])

    def delivery(self, said: Said) -> Delivery:
        """Return the delivery as it is sent."""
        return self.prove(said.body, said.headers)

    def repeated(self, said: Said) -> bytes:
        """Return the body with the call's id twice."""
        if said.kind == "form":
            return said.body + b"&" + self.call_field.encode() + b"=another"
        text = said.body.decode()
        at = text.index(f'"{self.call_field}"')
        return f'{text[:at]}"{self.call_field}": "another", {text[at:]}'.encode()

    def with_call(self, said: Said, value: str) -> bytes:
        """Return the body with another id of the call."""
        if said.kind == "form":
            parts = said.body.decode().split("&")
            shown = "".join(f"%{byte:02X}" for byte in value.encode())
            return "&".join(
                f"{self.call_field}={shown}" if part.startswith(f"{self.call_field}=") else part for part in parts
            ).encode()
        return json.dumps(_with(json.loads(said.body), self.call_field, value)).encode()


def _with(told: Any, name: str, value: str) -> Any:
    if isinstance(told, list):
        return [_with(one, name, value) for one in told]
    if isinstance(told, dict):
        return {key: value if key == name else _with(one, name, value) for key, one in told.items()}
    return told


def post(browser: FlaskClient, delivery: Delivery, source: str = SOURCE) -> TestResponse:
    """Send the delivery through the real door."""
    path = f"/hooks/{source}" + (f"/{delivery.token}" if delivery.token else "")
    query = f"?{delivery.query}" if delivery.query else ""
    return browser.post(path + query, data=delivery.body, headers=dict(delivery.headers))


class HookContract:
    """The promises of plugin/core/ports.py CallHook, and what the door makes of them."""

    @pytest.fixture
    def clock(self) -> HandClock:
        return HandClock()

    @pytest.fixture
    def site(self, sender: Sender, clock: HandClock, newest_sqlite: Path, tmp_path: Path) -> Iterator[House]:
        shutil.copyfile(newest_sqlite, tmp_path / "denwaban.db")
        sources = {SOURCE: dict(sender.settings)}
        made = House(load(data_dir=tmp_path, sources=sources, hook_max_bytes=MOST_BYTES), clock)
        yield made
        made.close()

    @pytest.fixture
    def browser(self, site: House) -> FlaskClient:
        return create_app(site).test_client()

    def _tell(self, browser: FlaskClient, sender: Sender, clock: HandClock) -> list[int]:
        began, statuses = clock.at, []
        for said in sender.story:
            clock.at = began + timedelta(seconds=said.after_s)
            statuses.append(post(browser, sender.delivery(said)).status_code)
        return statuses

    def _read(self, site: House, sender: Sender) -> list[CallEvent]:
        hook, began = site.phones.hook(SOURCE), site.clock()
        return [
            event
            for said in sender.story
            for event in hook.read(sender.delivery(said), began + timedelta(seconds=said.after_s)).events
        ]

    def test_a_whole_call_is_kept_as_it_was_told(
        self, browser: FlaskClient, site: House, sender: Sender, clock: HandClock
    ) -> None:
        told = self._read(site, sender)
        assert set(self._tell(browser, sender, clock)) <= {200, 204}
        (row,) = rows(site.store, calls)
        assert row.e164 == sender.e164
        assert read_call(row.record) == fold(told)
        assert row.state == CallState.ENDED
        assert all(event.source == SOURCE for event in told)

    def test_nothing_gets_in_without_its_secret(self, browser: FlaskClient, site: House, sender: Sender) -> None:
        true = sender.delivery(sender.story[0])
        bare = Delivery(true.body, sender.story[0].headers)
        guesses = [bare, Delivery(true.body, sender.story[0].headers, "x" * 40), *sender.disprove(true)]
        for guess in guesses:
            answer = post(browser, guess)
            assert answer.status_code == 401, guess
            assert answer.content_type == "application/problem+json"
            assert not any(secret in answer.text for secret in sender.secrets)
        assert rows(site.store, calls) == rows(site.store, call_events) == []

    def test_what_cannot_be_read_is_refused_whole(self, browser: FlaskClient, site: House, sender: Sender) -> None:
        first = sender.story[0]
        deep = b'{"a":' * 2_000 + b"1" + b"}" * 2_000
        wrong: list[tuple[bytes, dict[str, str], int]] = [
            (b"x" * (MOST_BYTES + 1), first.headers, 413),
            (b"\xff\xfe" + first.body, first.headers, 400),
            (first.body.decode().encode("utf-16"), first.headers, 400),
            (b"", first.headers, 400),
            (deep, {"content-type": "application/json"}, 400),
            (sender.repeated(first), first.headers, 400),
            (sender.with_call(first, "c" * 2_000), first.headers, 400),
            (sender.with_call(first, "c\x00d"), first.headers, 400),
            (sender.with_call(first, "c\r\nd"), first.headers, 400),
        ]
        in_parts = b'--b\r\nContent-Disposition: form-data; name="event"\r\n\r\nnewCall\r\n--b--\r\n'
        if sender.typed:
            wrong.append((in_parts, {"content-type": "multipart/form-data; boundary=b"}, 400))
        types = ["text/xml", "", f"{first.headers['content-type']}; charset=shift_jis"] if sender.typed else []
        wrong += [(first.body, {"content-type": one}, 400) for one in types]
        for body, headers, status in wrong:
            answer = post(browser, sender.prove(body, headers))
            expected = {status} if status == 413 else sender.unreadable
            assert answer.status_code in expected, body[:80]
            assert answer.content_type == "application/problem+json"
            if body == in_parts and answer.status_code == 400:
                assert answer.get_json()["reason"] == ("missing" if sender.in_parts else "multipart")
        assert rows(site.store, calls) == rows(site.store, call_events) == []

    def test_a_replay_changes_nothing(
        self, browser: FlaskClient, site: House, sender: Sender, clock: HandClock
    ) -> None:
        deliveries = [sender.delivery(said) for said in sender.story]
        self._tell(browser, sender, clock)
        before = rows(site.store, calls), rows(site.store, call_events)
        for delivery in deliveries * 2:
            assert post(browser, delivery).status_code in {200, 204}
        assert (rows(site.store, calls), rows(site.store, call_events)) == before

    def test_any_order_and_any_repeat_make_the_same_call(self, site: House, sender: Sender) -> None:
        told = self._read(site, sender)
        whole = fold(told)
        chance = random.Random(3)
        for _ in range(60):
            order = chance.sample(told, len(told))
            assert fold(order + order[:2]) == whole
        assert len(by_call(told)) == 1

    def test_damaged_deliveries_are_events_or_an_error_of_ours(self, site: House, sender: Sender) -> None:
        hook, chance, now = site.phones.hook(SOURCE), random.Random(1), site.clock()
        for _ in range(MUTATIONS):
            delivery = _damaged(sender, chance)
            try:
                taken = hook.read(delivery, now)
            except (InputError, NotSignedIn) as error:
                assert error.reason  # noqa: PT017  the two ends that are allowed
            else:
                assert all(isinstance(event, CallEvent) for event in taken.events)

    def test_damaged_deliveries_leave_whole_calls_or_nothing(
        self, browser: FlaskClient, site: House, sender: Sender
    ) -> None:
        chance = random.Random(2)
        for _ in range(40):
            assert post(browser, _damaged(sender, chance)).status_code in {200, 204, 400, 401, 413}
        for row in rows(site.store, calls):
            with site.store.read() as connection:
                assert read_call(row.record) == fold(events_of(connection, row.id))

    def test_no_number_and_no_secret_stands_in_a_log_or_a_refusal(
        self, browser: FlaskClient, sender: Sender, clock: HandClock, capsys: pytest.CaptureFixture[str]
    ) -> None:
        log.set_up()
        self._tell(browser, sender, clock)
        said = "".join(
            post(browser, sender.prove(body, headers)).text
            for one in sender.story
            for body, headers in ((b"x" + one.body, one.headers), (sender.repeated(one), one.headers))
        )
        out, err = capsys.readouterr()
        for secret in (sender.e164[3:], *sender.secrets):
            assert secret not in out + err + said


def _damaged(sender: Sender, chance: random.Random) -> Delivery:
    said = chance.choice(sender.story)
    body = bytearray(said.body)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(body))
        match chance.randrange(4):
            case 0:
                body[at] = chance.randrange(256)
            case 1:
                del body[at : at + chance.randint(1, 20)]
            case 2:
                body[at:at] = chance.choice([b"&", b"=", b"%00", b'"', b"[]", b"\xff", b"&a=b", b"9" * 40, b"{", b"%"])
            case _:
                body[at:at] = body[at : at + 30]
        if not body:
            body += b"x"
    proved = sender.prove(bytes(body), said.headers)
    if chance.random() < 0.1:
        return Delivery(proved.body, {**proved.headers, "content-type": "a/b;charset"}, proved.token[:-1], "%00&=")
    return proved
