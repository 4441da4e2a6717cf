"""What proves staff beside the password: one-time codes, recovery codes, passkeys. Values and forms alone."""

import re
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from plugin.core.errors import Denied
from plugin.core.ids import UserId
from plugin.core.staff import Staff, read_word

STEP_S = 30  # RFC 6238
DRIFT_STEPS = 1  # a clock may be half a minute off, either way
RECOVERY_CODES = 10
_RECOVERY_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that is read as another
_RECOVERY_LENGTH = 24  # 117 bits: so many that no slow hash is needed (ASVS 6.5.2)
_CODE = re.compile(r"[0-9]{6}")
_RECOVERY = re.compile(rf"[{_RECOVERY_LETTERS}]{{{_RECOVERY_LENGTH}}}")
MOST_NAME = 64


class Factor(StrEnum):
    """By what somebody proved himself; the audit's word for it."""

    PASSWORD = "password"  # noqa: S105  a word, no secret
    CODE = "code"
    RECOVERY = "recovery"
    PASSKEY = "passkey"
    PROVIDER = "provider"


class Means(StrEnum):
    """What kind of thing proves a person."""

    KNOWN = "known"
    HELD = "held"


PROVES: Mapping[Factor, frozenset[Means]] = {
    Factor.PASSWORD: frozenset({Means.KNOWN}),
    Factor.PROVIDER: frozenset({Means.KNOWN}),  # in the password's place: how the provider proved him is not read
    Factor.CODE: frozenset({Means.HELD}),
    Factor.RECOVERY: frozenset({Means.HELD}),
    Factor.PASSKEY: frozenset({Means.KNOWN, Means.HELD}),  # a device, opened by a finger, a face or a PIN
}
_FRESH = timedelta(minutes=15)


def missing(staff: Staff, now: datetime) -> frozenset[Means]:
    """Return by what somebody has yet to prove himself before what he proves himself by may change.

    By all that he has, within the last quarter of an hour (ASVS 7.5.1).
    """
    asked = {Means.KNOWN: staff.proofs.known_at, Means.HELD: staff.proofs.held_at}
    if not staff.has_factor:
        del asked[Means.HELD]
    return frozenset(means for means, at in asked.items() if at is None or now - at > _FRESH)


def must_be_full(staff: Staff, now: datetime) -> None:
    """Raise Denied("step_up_in_full") while anything is `missing`."""
    if missing(staff, now):
        raise Denied("step_up_in_full")


@dataclass(frozen=True, slots=True)
class Passkey:
    """A key pair whose private half lies in the person's device. `id` is the sha-256 of the credential's id, in hex."""

    id: str
    user_id: UserId
    name: str
    made_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Factors:
    """What a person has beside his password."""

    has_code: bool
    recovery_left: int
    passkeys: tuple[Passkey, ...]

    @property
    def count(self) -> int:
        """How many ways there are; the last goes only where none is required."""
        return len(self.passkeys) + self.has_code


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A fresh secret for an authenticator, shown once: base 32, and as the address that its QR code holds."""

    secret: str
    address: str

    def __repr__(self) -> str:
        return "Enrolment()"


def read_code(raw: str) -> str:
    """Return what was typed as a code: half width, capitals, no spaces or hyphens. It may be of any form."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", raw[:64])).upper()


def is_one_time_code(code: str) -> bool:
    """Tell whether a code read by `read_code` has the form of an authenticator's."""
    return _CODE.fullmatch(code) is not None


def is_recovery_code(code: str) -> bool:
    """Tell whether a code read by `read_code` has the form of a recovery code."""
    return _RECOVERY.fullmatch(code) is not None


def new_recovery_code() -> str:
    """Return a fresh recovery code in groups of four, as it is shown: ABCD-EFGH-…, six groups."""
    code = "".join(secrets.choice(_RECOVERY_LETTERS) for _ in range(_RECOVERY_LENGTH))
    return "-".join(code[start : start + 4] for start in range(0, _RECOVERY_LENGTH, 4))


def read_key_name(raw: str) -> str:
    """Return the name a person gives a passkey: 1 to 64 letters. Raises InputError("key_name")."""
    return read_word(raw, MOST_NAME, "key_name")
