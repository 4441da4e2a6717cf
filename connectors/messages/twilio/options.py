"""What a site says of its Twilio account, read from `messages_options` once and checked.

Refuses unknown names, half a way to sign in, and a secret that others on the machine may read. Never shows a value.
"""

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from plugin.core.errors import SettingError

_PREFIX = "DENWABAN_MESSAGES_OPTIONS__"
_TWILIO = "https://api.twilio.com"
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_ACCOUNT = re.compile(r"AC[0-9a-f]{32}")
_KEY = re.compile(r"SK[0-9a-f]{32}")
_SERVICE = re.compile(r"MG[0-9a-f]{32}")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SENDER_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")  # an alphanumeric sender id
_SECRET = re.compile(r"[!-~]{16,128}")


@dataclass(frozen=True, slots=True)
class Options:
    """A Twilio account. `key`: who signs in, an API key or the account itself; `sms_from`: a number, a sender name or
    a messaging service. Ways without a sender are not set up.
    """

    account: str
    key: str
    secret: str = field(repr=False)
    sms_from: str = ""
    voice_from: str = ""
    url: str = _TWILIO
    connect_s: float = 3.0
    read_s: float = 6.0

    @property
    def sms_from_is_service(self) -> bool:
        """Whether a messaging service picks the sender."""
        return _SERVICE.fullmatch(self.sms_from) is not None


def read_options(given: Mapping[str, str]) -> Options:
    """Return the options that `given` (name → text) says.

    Raises SettingError naming the first that is "missing", "unknown" or "invalid" (fact `problem`), and
    "open_to_others" where the secret's file may be read by anybody but its owner.
    """
    left = {name: value.strip() for name, value in given.items()}
    account = _shaped(left, "account_sid", _ACCOUNT, "not AC and 32 digits")
    options = Options(
        account=account,
        key=_shaped(left, "key_sid", _KEY, "not SK and 32 digits") if left.get("key_sid") else account,
        secret=_secret(left, "secret_file"),
        sms_from=_sms_from(left),
        voice_from=_shaped(left, "voice_from", _E164, "not a number as +8150…") if left.get("voice_from") else "",
        url=_url(left.pop("url", "")),
        connect_s=_seconds(left, "connect_timeout_s", 3.0),
        read_s=_seconds(left, "read_timeout_s", 6.0),
    )
    for name in left:
        if name not in ("key_sid", "voice_from"):
            raise SettingError("unknown", setting=_named(name))
    if not (options.sms_from or options.voice_from):
        raise SettingError("missing", setting=_named("sms_from"), problem="or voice_from")
    return options


def _named(name: str) -> str:
    return f"{_PREFIX}{name.upper()}"


def _shaped(left: dict[str, str], name: str, shape: re.Pattern[str], problem: str) -> str:
    text = left.pop(name, "")
    if not text:
        raise SettingError("missing", setting=_named(name))
    if not shape.fullmatch(text):
        raise SettingError("invalid", setting=_named(name), problem=problem)
    return text


def _sms_from(left: dict[str, str]) -> str:
    text = left.pop("sms_from", "")
    if text and not any(shape.fullmatch(text) for shape in (_E164, _SERVICE, _SENDER_NAME)):
        raise SettingError("invalid", setting=_named("sms_from"), problem="not a number, a sender name or MG…")
    return text


def _url(text: str) -> str:
    if not text:
        return _TWILIO
    parts = urlsplit(text)
    if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        raise SettingError("invalid", setting=_named("url"), problem="not https://host")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise SettingError("invalid", setting=_named("url"), problem="not https")
    return f"{parts.scheme}://{parts.netloc}"


def _seconds(left: dict[str, str], name: str, most: float) -> float:
    text = left.pop(name, "")
    try:
        number = float(text) if text else most
    except ValueError:
        number = -1.0
    if not 0.1 <= number <= most:
        raise SettingError("invalid", setting=_named(name), problem=f"not a number from 0.1 to {most:g}")
    return number


def _secret(left: dict[str, str], name: str) -> str:
    text = left.pop(name, "")
    if not text:
        raise SettingError("missing", setting=_named(name))
    path = Path(text)
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise SettingError("open_to_others", setting=_named(name), problem="chmod 600 it")
        secret = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError("invalid", setting=_named(name), problem="cannot be read") from error
    if not _SECRET.fullmatch(secret):
        raise SettingError("invalid", setting=_named(name), problem="no API key's secret or auth token")
    return secret
