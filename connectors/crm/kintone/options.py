"""What a site says of its kintone, read from `crm_options` once and checked.

Refuses unknown names, half a way to sign in, and secrets that others on the machine may read. Never shows a value.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from connectors.crm.kintone.meanings import CODE, Mapped, read_meanings
from connectors.given import Given
from plugin.core.customers import CustomerKind

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
    told = Given(given, "crm_options")
    codes = {
        one.name: told.shaped(f"{one.name}_field", CODE, "no field code", str(one.default))
        for one in fields(ActivityCodes)
    }
    if len(set(codes.values())) != len(codes):
        told.invalid("call_field", "two of the fields have one code")
    url = _url(told)
    apps = _app(told, "customers_app"), _app(told, "activities_app")
    if apps[0] == apps[1]:
        told.invalid("activities_app", "the same app as customers_app")
    options = Options(
        url=url,
        customers_app=apps[0],
        activities_app=apps[1],
        tokens=_tokens(told, apps),
        login=told.text("login"),
        password=told.secret("password_file"),
        basic_login=told.text("basic_login"),
        basic_password=told.secret("basic_password_file"),
        guest_space=_app(told, "guest_space") if told.text("guest_space") else None,
        meanings=told.read("fields", read_meanings),
        kind=_kind(told),
        activity=ActivityCodes(**codes),
        connect_s=told.number("connect_timeout_s", 5.0, 0.1, 30.0),
        read_s=told.number("read_timeout_s", 20.0, 0.1, 120.0),
    )
    told.end()
    _one_way_in(told, options)
    return options


def _one_way_in(told: Given, options: Options) -> None:
    if not options.tokens and not options.login:
        told.missing("customers_token_file", "or login and password_file")
    if options.tokens and options.login:
        told.invalid("login", "API tokens are given too")
    if bool(options.login) is not bool(options.password):
        told.missing("password_file" if options.login else "login")
    if bool(options.basic_login) is not bool(options.basic_password):
        told.missing("basic_password_file" if options.basic_login else "basic_login")


def _url(told: Given) -> str:
    if _SUBDOMAIN.fullmatch(told.text("url")):
        return f"https://{told.text('url')}.cybozu.com"
    return told.address("url", "https://example.cybozu.com", paths=("", "/k"))


def _app(told: Given, name: str) -> int:
    text = told.needed(name)
    return int(text) if _NUMBER.fullmatch(text) else told.invalid(name, "not the number behind /k/ in its address")


def _tokens(told: Given, apps: tuple[int, int]) -> dict[int, str]:
    names = ("customers_token_file", "activities_token_file")
    found = {app: told.secret(name) for app, name in zip(apps, names, strict=True)}
    if not any(found.values()):
        return {}
    for token, name in zip(found.values(), names, strict=True):
        if not token:
            told.missing(name)
        if not _TOKEN.fullmatch(token):
            told.invalid(name, "no API token")
    return found


def _kind(told: Given) -> CustomerKind:
    text = told.text("kind", "person")
    return CustomerKind(text) if text in set(CustomerKind) else told.invalid("kind", "person or organisation")
