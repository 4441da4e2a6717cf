"""What a site says of its Twilio account, read from `messages_options` once and checked.

Refuses unknown names, half a way to sign in, and a secret that others on the machine may read. Never shows a value.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.given import Given

_TWILIO = "https://api.twilio.com"
_ACCOUNT = re.compile(r"AC[0-9a-f]{32}")
_KEY = re.compile(r"SK[0-9a-f]{32}")
_SERVICE = re.compile(r"MG[0-9a-f]{32}")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SENDER_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")  # an alphanumeric sender id
_ADDRESS = re.compile(r"https://[^\s/?#@]+/messages/reports")
_SECRET = re.compile(r"[!-~]{16,128}")


@dataclass(frozen=True, slots=True)
class Options:
    """A Twilio account. `key`: who signs in, an API key or the account itself; `sms_from`: a number, a sender name or
    a messaging service. Ways without a sender are not set up. `status_address`: where Twilio is to tell what became of
    a message, signed with one of `auth_tokens`; "": nowhere.
    """

    account: str
    key: str
    secret: str = field(repr=False)
    sms_from: str = ""
    voice_from: str = ""
    url: str = _TWILIO
    connect_s: float = 3.0
    read_s: float = 6.0
    status_address: str = ""
    auth_tokens: tuple[str, ...] = field(default=(), repr=False)

    @property
    def sms_from_is_service(self) -> bool:
        """Whether a messaging service picks the sender."""
        return _SERVICE.fullmatch(self.sms_from) is not None


def read_options(given: Mapping[str, str]) -> Options:
    """Return the options that `given` (name → text) says.

    Raises SettingError naming the first that is "missing", "unknown" or "invalid" (fact `problem`), and
    "open_to_others" where the secret's file may be read by anybody but its owner.
    """
    told = Given(given, "messages_options")
    account = told.shaped("account_sid", _ACCOUNT, "not AC and 32 digits") or told.missing("account_sid")
    key, secret = told.shaped("key_sid", _KEY, "not SK and 32 digits", "") or account, _secret(told)
    address = told.shaped("status_address", _ADDRESS, "not the https address of /messages/reports")
    options = Options(
        account=account,
        key=key,
        secret=secret,
        sms_from=_sms_from(told),
        voice_from=told.shaped("voice_from", _E164, "not a number as +8150…"),
        url=told.address("url", "https://host", _TWILIO),
        connect_s=told.number("connect_timeout_s", 3.0, 0.1, 3.0),
        read_s=told.number("read_timeout_s", 6.0, 0.1, 6.0),
        status_address=address,
        auth_tokens=_auth_tokens(told, secret if key == account else "") if address else (),
    )
    told.end()
    if not (options.sms_from or options.voice_from):
        told.missing("sms_from", "or voice_from")
    return options


def _auth_tokens(told: Given, secret: str) -> tuple[str, ...]:
    """Return what signs callbacks: the auth token, a line each while two stand beside each other."""
    tokens = tuple(told.secret("auth_token_file").split()) or ((secret,) if secret else ())
    if not tokens:
        told.missing("auth_token_file", "an API key signs no callbacks")
    if not all(_SECRET.fullmatch(token) for token in tokens):
        told.invalid("auth_token_file", "no auth token")
    return tokens


def _sms_from(told: Given) -> str:
    text = told.text("sms_from")
    if text and not any(shape.fullmatch(text) for shape in (_E164, _SERVICE, _SENDER_NAME)):
        told.invalid("sms_from", "not a number, a sender name or MG…")
    return text


def _secret(told: Given) -> str:
    told.needed("secret_file")
    secret = told.secret("secret_file")
    return secret if _SECRET.fullmatch(secret) else told.invalid("secret_file", "no API key's secret or auth token")
