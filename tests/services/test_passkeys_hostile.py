"""Answers of devices that are none: cut, bent, of another site, without a person; each is refused in one way."""

import base64
import hashlib
import json
import os
import struct
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugin.core.errors import InputError, NotSignedIn
from plugin.core.staff import Staff
from plugin.services.passkeys import Ceremony, Passkeys
from plugin.store import factors as rows
from plugin.store.engine import Store
from tests.kit.clock import HandClock
from tests.kit.factors import Site

HOST, ORIGIN, HERE = "desk.example", "https://desk.example", "192.0.2.7"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
SMOOTH = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def text_of(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Device:
    """A device in software: a key pair of its own, a counter, and whatever a test wants it to say."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = os.urandom(16)
        self.count = 0

    def told(self, flags: int, host: str = HOST) -> bytes:
        self.count += 1
        return hashlib.sha256(host.encode()).digest() + struct.pack(">BI", flags, self.count)

    def attested(self, flags: int = PRESENT | VERIFIED, host: str = HOST) -> bytes:
        point = self.key.public_key().public_numbers()
        x, y = point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big")
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        return self.told(flags | ATTESTED, host) + bytes(16) + struct.pack(">H", len(self.id)) + self.id + public

    def make(self, asked: Ceremony, data: object = None, statement: object = None, fmt: object = "none") -> Any:
        told = self.attested() if data is None else data
        kept = {"fmt": fmt, "attStmt": {} if statement is None else statement, "authData": told}
        response = {"clientDataJSON": client("webauthn.create", asked), "attestationObject": text_of(cbor2.dumps(kept))}
        return self._answer(response)

    def enter(self, asked: Ceremony, flags: int = PRESENT | VERIFIED, host: str = HOST, **client_says: object) -> Any:
        data, said = self.told(flags, host), client("webauthn.get", asked, **client_says)
        raw = base64.urlsafe_b64decode(said + "==")
        signature = self.key.sign(data + hashlib.sha256(raw).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {"clientDataJSON": said, "authenticatorData": text_of(data), "signature": text_of(signature)}
        )

    def _answer(self, response: Mapping[str, object]) -> dict[str, object]:
        name = text_of(self.id)
        return {"id": name, "rawId": name, "type": "public-key", "response": dict(response)}


def client(kind: str, asked: Ceremony, **says: object) -> str:
    said = {"type": kind, "challenge": json.loads(asked.options)["challenge"], "origin": ORIGIN} | says
    return text_of(json.dumps(said).encode())


class Keyring:
    """A person with a session, and the service under test."""

    def __init__(self, store: Store, clock: HandClock, folder: Path) -> None:
        self.site = Site(store, clock, folder)
        self.passkeys = Passkeys(store, clock, self.site.sessions, self.site.factors, ORIGIN, local=True)
        self.staff = self.site.hire()
        self.device = Device()

    def begin(self) -> Ceremony:
        return self.passkeys.begin_making(self.staff)

    def make(self, asked: Ceremony, answer: object, staff: Staff | None = None) -> None:
        self.passkeys.make(staff or self.staff, asked.token, json.dumps(answer), "鍵")

    def enter(self, asked: Ceremony, answer: object) -> str:
        return self.passkeys.enter(asked.token, json.dumps(answer), HERE, "test").session.user_id

    def count(self) -> int:
        with self.site.store.read() as connection:
            return len(rows.credentials_of(connection, self.staff.user_id))


@pytest.fixture
def keyring(sqlite_store: Store, clock: HandClock, tmp_path: Path) -> Keyring:
    return Keyring(sqlite_store, clock, tmp_path)


def test_a_device_in_software_is_taken_once(keyring: Keyring) -> None:
    asked, device = keyring.begin(), keyring.device
    answer = device.make(asked)
    keyring.make(asked, answer)
    with pytest.raises(InputError, match="passkey"):
        keyring.make(asked, answer)  # its challenge is used up
    ceremony = keyring.passkeys.begin("192.0.2.7")
    said = device.enter(ceremony)
    assert keyring.enter(ceremony, said) == keyring.staff.user_id
    with pytest.raises(NotSignedIn):
        keyring.enter(ceremony, said)
    with pytest.raises(NotSignedIn):
        keyring.enter(keyring.passkeys.begin("192.0.2.7"), said)


def test_a_challenge_of_one_session_makes_no_key_in_another(keyring: Keyring) -> None:
    asked = keyring.begin()
    elsewhere = keyring.site.enter("tanaka")
    suzuki = keyring.site.hire("suzuki")
    for staff in (elsewhere, suzuki):
        with pytest.raises(InputError, match="passkey"):
            keyring.make(asked, keyring.device.make(asked), staff)
    entering = keyring.passkeys.begin("192.0.2.7")
    with pytest.raises(InputError, match="passkey"):
        keyring.make(entering, keyring.device.make(entering))
    assert keyring.count() == 0


def test_a_key_that_does_not_verify_its_person_or_is_of_another_site_is_none(keyring: Keyring) -> None:
    for data in (
        keyring.device.attested(PRESENT),
        keyring.device.attested(VERIFIED),
        keyring.device.attested(host="x"),
    ):
        asked = keyring.begin()
        with pytest.raises(InputError, match="passkey"):
            keyring.make(asked, keyring.device.make(asked, data))
    asked = keyring.begin()
    keyring.make(asked, keyring.device.make(asked))
    lies: list[dict[str, Any]] = [
        *({"flags": PRESENT}, {"flags": VERIFIED}, {"host": "evil.example"}, {"origin": "https://evil.example"}),
        *({"origin": "https://x.desk.example"}, {"origin": "http://desk.example"}, {"type": "webauthn.create"}),
        *({"challenge": "AAAA"}, {"challenge": 1}, {"origin": None}),
    ]
    for lie in lies:
        ceremony = keyring.passkeys.begin("192.0.2.7")
        with pytest.raises(NotSignedIn):
            keyring.enter(ceremony, keyring.device.enter(ceremony, **lie))


def test_a_counter_that_goes_back_is_a_copy(keyring: Keyring) -> None:
    asked = keyring.begin()
    keyring.make(asked, keyring.device.make(asked))
    keyring.device.count = 0
    ceremony = keyring.passkeys.begin("192.0.2.7")
    with pytest.raises(NotSignedIn):
        keyring.enter(ceremony, keyring.device.enter(ceremony))


@pytest.mark.parametrize(
    ("fmt", "statement"),
    [
        ("android-safetynet", {"response": b"bnVsbA.bnVsbA.AA", "ver": "1"}),
        ("packed", {"x5c": [b"x"], "sig": b"1", "alg": -7}),
        ("packed", [1]),
        ("tpm", {"ver": "2.0", "certInfo": b"x", "pubArea": b"y", "x5c": [b"z"], "alg": -7, "sig": b"a"}),
        (["none"], 1),
    ],
)
def test_statements_of_makers_break_nothing(keyring: Keyring, fmt: object, statement: object) -> None:
    asked = keyring.begin()
    with pytest.raises(InputError, match="passkey"):
        keyring.make(asked, keyring.device.make(asked, statement=statement, fmt=fmt))


_LEAF = st.one_of(st.none(), st.integers(), st.text(max_size=8), st.binary(max_size=40))
_TREE = st.recursive(_LEAF, lambda kids: st.lists(kids, max_size=3) | st.dictionaries(_LEAF, kids, max_size=3))


@SMOOTH
@given(cut=st.integers(0, 160), tail=st.binary(max_size=40), public=_TREE)
def test_bent_data_of_a_device_opens_nothing(keyring: Keyring, cut: int, tail: bytes, public: object) -> None:
    whole = keyring.device.attested()
    head = whole[: 37 + 18 + 16]
    for data in (whole[:cut] + tail, head + cbor2.dumps(public), head + tail, head + whole[71:][:cut]):
        if data.startswith(whole):
            continue
        asked = keyring.begin()
        with suppress(InputError):  # a key that nobody has may be kept: it was made by himself, and fits nothing
            keyring.make(asked, keyring.device.make(asked, data))
        ceremony = keyring.passkeys.begin("192.0.2.7", owner="owner")
        answer = json.dumps(keyring.device.enter(ceremony))
        assert keyring.passkeys.fits(keyring.staff.user_id, "owner", ceremony.token, answer, HERE) is None
        with keyring.site.store.write() as connection:
            rows.drop_passkeys(connection, keyring.staff.user_id)


@SMOOTH
@given(field=st.sampled_from(["id", "rawId", "type", "response"]), value=_TREE.filter(lambda one: not _has_bytes(one)))
def test_bent_fields_of_an_answer_are_refused(keyring: Keyring, field: str, value: object) -> None:
    asked = keyring.begin()
    with pytest.raises(InputError, match="passkey"):
        keyring.make(asked, keyring.device.make(asked) | {field: value})
    ceremony = keyring.passkeys.begin("192.0.2.7", owner="owner")
    answer = keyring.device.enter(ceremony) | {field: value}
    assert keyring.passkeys.fits(keyring.staff.user_id, "owner", ceremony.token, json.dumps(answer), HERE) is None


def _has_bytes(tree: object) -> bool:
    if isinstance(tree, dict):
        return any(map(_has_bytes, tree.keys())) or any(map(_has_bytes, tree.values()))
    return isinstance(tree, bytes) or (isinstance(tree, list) and any(map(_has_bytes, tree)))
