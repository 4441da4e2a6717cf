"""What a site says of its kintone, read from `crm_options` once and checked.

Refuses unknown names, half a way to sign in, and secrets that others on the machine may read. Never shows a value.
"""

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit

from connectors.crm.kintone.meanings import CODE, Mapped, read_meanings
from plugin.core.customers import CustomerKind
from plugin.core.errors import SettingError

_PREFIX = "DENWABAN_CRM_OPTIONS__"
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_SUBDOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER = re.compile(r"[1-9][0-9]{0,18}")
_TOKEN = re.compile(r"[A-Za-z0-9]{1,200}")


@dataclass(frozen=True, slots=True)
class ActivityCodes:
    """Field codes of the activities app; docs/kintone.md says how each field is made."""

    call: str = "通話ID"
    version: str = "版"
    customer: str = "顧客ID"
    subject: str = "件名"
    text: str = "内容"
    started: str = "通話開始"
    started_time: str = "開始日時"
    day: str = "日付"
    duration: str = "通話秒数"
    direction: str = "発着信"
    outcome: str = "通話結果"
    disposition: str = "対応結果"
    author: str = "記入者"
    link: str = "リンク"


@dataclass(frozen=True, slots=True)
class Options:
    """A site's kintone. `tokens`: the API token of each app; without any, `login` and `password` sign in. Seconds."""

    url: str
    customers_app: int
    activities_app: int
    tokens: Mapping[int, str] = field(default_factory=dict)
    login: str = ""
    password: str = ""
    basic_login: str = ""
    basic_password: str = ""
    guest_space: int | None = None
    meanings: tuple[Mapped, ...] = ()
    kind: CustomerKind = CustomerKind.PERSON
    activity: ActivityCodes = ActivityCodes()
    connect_s: float = 5.0
    read_s: float = 20.0

    def __repr__(self) -> str:
        return f"Options(url={self.url!r})"


def read_options(given: Mapping[str, str]) -> Options:
    """Return the options that `given` (name → text) says.

    Raises SettingError naming the first that is "missing", "unknown", or "invalid" (fact `problem`), and
    "open_to_others" where a secret's file may be read by anybody but its owner.
    """
    left = {name: value.strip() for name, value in given.items()}
    codes = {one.name: _code(left, f"{one.name}_field", str(one.default)) for one in fields(ActivityCodes)}
    if len(set(codes.values())) != len(codes):
        raise SettingError("invalid", setting=_named("call_field"), problem="two of the fields have one code")
    url = _url(left.pop("url", ""))
    apps = _app(left, "customers_app"), _app(left, "activities_app")
    if apps[0] == apps[1]:
        raise SettingError("invalid", setting=_named("activities_app"), problem="the same app as customers_app")
    options = Options(
        url=url,
        customers_app=apps[0],
        activities_app=apps[1],
        tokens=_tokens(left, apps),
        login=left.pop("login", ""),
        password=_secret(left, "password_file"),
        basic_login=left.pop("basic_login", ""),
        basic_password=_secret(left, "basic_password_file"),
        guest_space=_app(left, "guest_space") if left.get("guest_space") else None,
        meanings=_meanings(left.pop("fields", "")),
        kind=_kind(left.pop("kind", "") or "person"),
        activity=ActivityCodes(**codes),
        connect_s=_seconds(left, "connect_timeout_s", 5.0, 30.0),
        read_s=_seconds(left, "read_timeout_s", 20.0, 120.0),
    )
    for name in left:
        if name != "guest_space":
            raise SettingError("unknown", setting=_named(name))
    _one_way_in(options)
    return options


def _one_way_in(options: Options) -> None:
    if not options.tokens and not options.login:
        raise SettingError("missing", setting=_named("customers_token_file"), problem="or login and password_file")
    if options.tokens and options.login:
        raise SettingError("invalid", setting=_named("login"), problem="API tokens are given too")
    if bool(options.login) is not bool(options.password):
        raise SettingError("missing", setting=_named("password_file" if options.login else "login"))
    if bool(options.basic_login) is not bool(options.basic_password):
        raise SettingError("missing", setting=_named("basic_password_file" if options.basic_login else "basic_login"))


def _named(name: str) -> str:
    return f"{_PREFIX}{name.upper()}"


def _url(text: str) -> str:
    if not text:
        raise SettingError("missing", setting=_named("url"))
    if _SUBDOMAIN.fullmatch(text):
        return f"https://{text}.cybozu.com"
    parts = urlsplit(text if "//" in text else f"https://{text}")
    host = parts.hostname or ""
    if not host or parts.path.rstrip("/") not in ("", "/k") or parts.query or parts.fragment or parts.username:
        raise SettingError("invalid", setting=_named("url"), problem="not https://example.cybozu.com")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOOPBACK):
        raise SettingError("invalid", setting=_named("url"), problem="not https")
    return f"{parts.scheme}://{parts.netloc}"


def _app(left: dict[str, str], name: str) -> int:
    text = left.pop(name, "")
    if not text:
        raise SettingError("missing", setting=_named(name))
    if not _NUMBER.fullmatch(text):
        raise SettingError("invalid", setting=_named(name), problem="not the number behind /k/ in the app's address")
    return int(text)


def _tokens(left: dict[str, str], apps: tuple[int, int]) -> dict[int, str]:
    names = ("customers_token_file", "activities_token_file")
    found = {app: _secret(left, name) for app, name in zip(apps, names, strict=True)}
    for (app, token), name in zip(found.items(), names, strict=True):
        if not token and any(found.values()):
            raise SettingError("missing", setting=_named(name))
        if token and not _TOKEN.fullmatch(found[app]):
            raise SettingError("invalid", setting=_named(name), problem="no API token")
    return found if all(found.values()) else {}


def _code(left: dict[str, str], name: str, default: str) -> str:
    text = left.pop(name, "") or default
    if not CODE.fullmatch(text):
        raise SettingError("invalid", setting=_named(name), problem="no field code")
    return text


def _meanings(text: str) -> tuple[Mapped, ...]:
    try:
        return read_meanings(text)
    except ValueError as error:
        raise SettingError("invalid", setting=_named("fields"), problem=str(error)) from None


def _kind(text: str) -> CustomerKind:
    if text not in set(CustomerKind):
        raise SettingError("invalid", setting=_named("kind"), problem="person or organisation")
    return CustomerKind(text)


def _seconds(left: dict[str, str], name: str, default: float, most: float) -> float:
    text = left.pop(name, "")
    try:
        number = float(text) if text else default
    except ValueError:
        number = -1.0
    if not 0.1 <= number <= most:
        raise SettingError("invalid", setting=_named(name), problem=f"not a number from 0.1 to {most:g}")
    return number


def _secret(left: dict[str, str], name: str) -> str:
    text = left.pop(name, "")
    if not text:
        return ""
    path = Path(text)
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise SettingError("open_to_others", setting=_named(name), problem="chmod 600 it")
        secret = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError("invalid", setting=_named(name), problem="cannot be read") from error
    if not secret:
        raise SettingError("invalid", setting=_named(name), problem="it is empty")
    return secret
