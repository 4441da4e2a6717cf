"""Passkeys: made, used to sign in, as a second factor or to confirm, and removed.

Each ceremony has a challenge of its own that is used up with it. Refuses keys that do not verify their person (a
fingerprint, a PIN), other sites' answers, and a counter that goes back, as that of a copied key would.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from plugin.core.audit import Act, AuditFact
from plugin.core.errors import Conflict, InputError, NotFound, NotSignedIn, SettingError
from plugin.core.factors import Factor, Passkey, must_be_full, read_key_name
from plugin.core.ids import UserId
from plugin.core.ports import Clock
from plugin.core.staff import Staff
from plugin.core.tokens import hash_of
from plugin.services.factors import SecondFactors
from plugin.services.staff import Sessions, SignedIn
from plugin.store import factors as rows
from plugin.store import refusals
from plugin.store import staff as staff_rows
from plugin.store.engine import Connection, Store

_LASTS = timedelta(minutes=5)
_MOST_KEYS = 20
_MOST_ANSWER = 16_384
_MAKE, _ENTER = "passkey_make", "passkey_enter"


@dataclass(frozen=True, slots=True)
class Ceremony:
    """What the browser is asked: `options` as JSON for `navigator.credentials`; `token` comes back with its answer."""

    token: str
    options: str


class Passkeys:
    """`public_url`: where browsers reach us; its host is what keys are bound to."""

    def __init__(
        self, store: Store, clock: Clock, sessions: Sessions, factors: SecondFactors, public_url: str, local: bool
    ) -> None:
        self._store = store
        self._clock = clock
        self._sessions = sessions
        self._factors = factors
        parts = urlsplit(public_url)
        self._host = parts.hostname or ""
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._local = local

    @property
    def possible(self) -> bool:
        """Whether browsers make passkeys for this address: by https, or on this machine, and by name, not by number."""
        named = not self._host.replace(".", "").isdecimal() and ":" not in self._host
        return named and (self._origin.startswith("https://") or self._host == "localhost")

    def begin_making(self, staff: Staff) -> Ceremony:
        """Ask the person's device for a new passkey.

        Raises SettingError where this address cannot have any, Conflict("many_keys"), Denied("step_up_in_full").
        """
        must_be_full(staff, self._clock())
        from webauthn import generate_registration_options, options_to_json
        from webauthn.helpers.structs import (
            AuthenticatorSelectionCriteria,
            PublicKeyCredentialDescriptor,
            ResidentKeyRequirement,
            UserVerificationRequirement,
        )

        challenge = self._challenge()
        with self._store.read() as connection:
            known = rows.credentials_of(connection, staff.user_id)
        if len(known) >= _MOST_KEYS:
            raise Conflict("many_keys")
        options = generate_registration_options(
            rp_id=self._host,
            rp_name="Denwaban",
            user_id=staff.user_id.encode(),
            user_name=staff.login,
            user_display_name=staff.name,
            challenge=challenge,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=_bytes(each)) for each in known],
        )
        return Ceremony(self._begin(_MAKE, staff.session_hash, challenge, staff.address), options_to_json(options))

    def make(self, staff: Staff, token: str, answer: str, name: str) -> Passkey:
        """Keep the passkey that the device made; all other sessions of the person end.

        Raises InputError("passkey" or "key_name"), Conflict("known_key"), Denied("step_up_in_full").
        """
        must_be_full(staff, self._clock())
        from webauthn import verify_registration_response
        from webauthn.helpers import bytes_to_base64url

        called, now = read_key_name(name), self._clock()
        challenge = self._end(token, _MAKE, staff.session_hash)
        read = _read(answer)
        try:
            made = verify_registration_response(
                credential=read,
                expected_challenge=challenge,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                require_user_verification=True,
            )
        except Exception as error:  # what a device could never send ends the library in many ways, by no one class
            raise InputError("passkey") from error
        passkey = Passkey(_id_of(made.credential_id), staff.user_id, called, now, None)
        stored = rows.StoredKey(
            passkey,
            bytes_to_base64url(made.credential_id),
            bytes_to_base64url(made.credential_public_key),
            made.sign_count,
        )

        def work(connection: Connection) -> None:
            staff_rows.lock_people(connection, [staff.user_id])
            rows.add_passkey(connection, stored, made.credential_backed_up)
            self._factors.added(connection, staff, Factor.PASSKEY)

        self._store.write_again(work)
        return passkey

    def begin(self, address: str, user_id: str = "", owner: str = "") -> Ceremony:
        """Ask a device to prove its person: whoever has a passkey here, or one person. `owner` binds the answer.

        Raises LimitReached where too many have been asked, from this `address` or in all.
        """
        from webauthn import generate_authentication_options, options_to_json
        from webauthn.helpers.structs import PublicKeyCredentialDescriptor, UserVerificationRequirement

        challenge = self._challenge()
        with self._store.read() as connection:
            known = rows.credentials_of(connection, user_id)
        options = generate_authentication_options(
            rp_id=self._host,
            challenge=challenge,
            allow_credentials=[PublicKeyCredentialDescriptor(id=_bytes(each)) for each in known],
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return Ceremony(self._begin(_ENTER, owner, challenge, address), options_to_json(options))

    def enter(self, token: str, answer: str, address: str, browser: str) -> SignedIn:
        """Open a session for the person of the passkey.

        Raises NotSignedIn("wrong") whatever is wrong, and LimitReached after too many failures of the address.
        """
        self._sessions.take_address_try(address)
        if not self._local:
            raise NotSignedIn("wrong")
        key, sign_count = self._proved(token, answer, "", None, address)

        def work(connection: Connection) -> SignedIn | None:
            staff_rows.lock_people(connection, [key.passkey.user_id])
            user = staff_rows.user_by_id(connection, key.passkey.user_id)
            if user is not None and user.active and self._use(connection, key, sign_count):
                self._sessions.give_back(connection, address)
                return self._sessions.open(connection, user, Factor.PASSKEY, address, browser)
            self._note_refused(connection, key.passkey.user_id, address)
            return None

        opened = self._store.write_again(work)
        if opened is None:
            raise NotSignedIn("wrong")
        return opened

    def fits(self, user_id: str, owner: str, token: str, answer: str, address: str) -> Factor | None:
        """Use up a proof of this one person by a passkey; None where it is none."""
        try:
            key, sign_count = self._proved(token, answer, owner, user_id, address)
        except NotSignedIn:
            return None
        used = self._store.write_again(lambda connection: self._use(connection, key, sign_count))
        return Factor.PASSKEY if used else None

    def _proved(
        self, token: str, answer: str, owner: str, user_id: str | None, address: str
    ) -> tuple[rows.StoredKey, int]:
        key: rows.StoredKey | None = None
        try:
            challenge = self._end(token, _ENTER, owner)
            read = _read(answer)
            key = self._key_of(read, user_id)
            return key, self._counted(key, read, challenge)
        except (InputError, NotFound) as error:
            whose = key.passkey.user_id if key else None
            self._store.write_again(lambda connection: self._note_refused(connection, whose, address))
            raise NotSignedIn("wrong") from error

    def _counted(self, key: rows.StoredKey, answer: dict[str, object], challenge: bytes) -> int:
        """Return the counter of an answer that this key signed. Raises InputError("passkey") for any other."""
        from webauthn import verify_authentication_response

        try:
            proved = verify_authentication_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=self._host,
                expected_origin=self._origin,
                credential_public_key=_bytes(key.public_key),
                credential_current_sign_count=key.sign_count,
                require_user_verification=True,
            )
        except Exception as error:  # as in `make`
            raise InputError("passkey") from error
        return proved.new_sign_count

    def _key_of(self, answer: dict[str, object], user_id: str | None) -> rows.StoredKey:
        raw = answer.get("rawId")
        with self._store.read() as connection:
            key = rows.stored_key(connection, _id_of(_bytes(raw))) if isinstance(raw, str) else None
        if key is None or (user_id is not None and key.passkey.user_id != user_id):
            raise NotFound("passkey")
        response = answer.get("response")
        handle = response.get("userHandle") if isinstance(response, dict) else None
        if isinstance(handle, str) and _bytes(handle) != key.passkey.user_id.encode():
            raise NotFound("passkey")
        return key

    def _use(self, connection: Connection, key: rows.StoredKey, sign_count: int) -> bool:
        return rows.use_key(connection, key, sign_count, self._clock())

    def _note_refused(self, connection: Connection, user_id: UserId | None, address: str) -> None:
        fact = AuditFact(
            Act.SIGN_IN,
            self._clock(),
            user_id=user_id,
            purpose=Factor.PASSKEY.value,
            outcome="refused",
            address=address,
        )
        refusals.append(connection, fact)

    def drop(self, staff: Staff, key_id: str) -> None:
        """Forget one's own passkey.

        Raises NotFound, Conflict("last_factor") where the role requires one, Denied("step_up_in_full").
        """
        must_be_full(staff, self._clock())

        def work(connection: Connection) -> None:
            staff_rows.lock_people(connection, [staff.user_id])
            if not rows.drop_passkey(connection, staff.user_id, key_id):
                raise NotFound("passkey")
            self._factors.dropped(connection, staff, Factor.PASSKEY)

        self._store.write_again(work)

    def _challenge(self) -> bytes:
        if not self.possible:
            raise SettingError("passkeys", setting="DENWABAN_PUBLIC_URL")
        return secrets.token_bytes(32)

    def _begin(self, kind: str, owner: str, challenge: bytes, address: str) -> str:
        token = secrets.token_urlsafe(32)
        self._sessions.begin_step(token, rows.Step(kind, owner, challenge.hex(), self._clock() + _LASTS), address)
        return token

    def _end(self, token: str, kind: str, owner: str) -> bytes:
        hashed, now = hash_of(token), self._clock()

        def work(connection: Connection) -> str:
            step = rows.step_of(connection, hashed, kind, now)
            if step is None or step.owner != owner or not rows.end_step(connection, hashed):
                raise InputError("passkey")
            return step.challenge

        return bytes.fromhex(self._store.write_again(work))


def _read(answer: str) -> dict[str, object]:
    if len(answer) > _MOST_ANSWER:
        raise InputError("passkey")
    try:
        read = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise InputError("passkey") from error
    if not isinstance(read, dict):
        raise InputError("passkey")
    return read


def _bytes(text: str) -> bytes:
    from webauthn import base64url_to_bytes

    try:
        return base64url_to_bytes(text)
    except ValueError as error:
        raise InputError("passkey") from error


def _id_of(credential: bytes) -> str:
    return hashlib.sha256(credential).hexdigest()
