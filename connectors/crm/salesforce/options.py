"""What a site says of its Salesforce org, read from `crm_options` once and checked.

Refuses unknown names, half a way to sign in, and key files that others on the machine may read. Never shows a value.
"""

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit

from connectors.crm.salesforce.mapping import Mapped, read_mapping
from plugin.core.errors import SettingError

_PREFIX = "DENWABAN_CRM_OPTIONS__"
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
_VERSION = re.compile(r"[1-9][0-9]\.0")
_OLDEST_VERSION = 60
_OUR_VERSION = "64.0"


@dataclass(frozen=True, slots=True)
class TaskFields:
    """API names of our own fields on Activity; docs/salesforce.md says how each is made."""

    call: str = "Denwaban_Call__c"
    version: str = "Denwaban_Version__c"
    started: str = "Denwaban_Started__c"
    outcome: str = "Denwaban_Outcome__c"
    author: str = "Denwaban_Author__c"
    link: str = "Denwaban_Link__c"


@dataclass(frozen=True, slots=True)
class Options:
    """A site's org. `url` is its My Domain; `username` and `key_file` sign in by JWT, `secret_file` by client secret.

    Times in seconds. `budget_percent`: background work stops at this share of the org's daily calls.
    `mapping`: what fields mean that Salesforce cannot know the meaning of.
    """

    url: str
    client_id: str
    username: str = ""
    key_file: Path | None = None
    secret_file: Path | None = None
    certificate_file: Path | None = None
    audience: str = ""
    api_version: str = _OUR_VERSION
    connect_s: float = 5.0
    read_s: float = 20.0
    budget_percent: int = 80
    task_status: str = ""
    task_priority: str = ""
    task: TaskFields = TaskFields()
    mapping: tuple[Mapped, ...] = ()

    @property
    def by_jwt(self) -> bool:
        """Whether we sign in with a signed assertion (else with a client secret)."""
        return self.key_file is not None


def read_options(given: Mapping[str, str]) -> Options:
    """Return the options that `given` (name → text) says.

    Raises SettingError naming the first that is "missing", "unknown", or "invalid" (fact `problem`), and
    "open_to_others" where a secret's file may be read by anybody but its owner.
    """
    left = {name: value.strip() for name, value in given.items()}
    task = TaskFields(
        **{
            one.name: _field(left.pop(f"{one.name}_field", str(one.default)), f"{one.name}_field")
            for one in fields(TaskFields)
        }
    )
    options = Options(
        url=_url(_needed(left, "url")),
        client_id=_needed(left, "client_id"),
        username=left.pop("username", ""),
        key_file=_secret(left, "key_file"),
        secret_file=_secret(left, "client_secret_file"),
        certificate_file=_file(left, "certificate_file"),
        audience=left.pop("audience", ""),
        api_version=_version(left.pop("api_version", _OUR_VERSION)),
        connect_s=_number(left, "connect_timeout_s", 5.0, 0.1, 30.0),
        read_s=_number(left, "read_timeout_s", 20.0, 0.1, 120.0),
        budget_percent=int(_number(left, "budget_percent", 80, 1, 100)),
        task_status=left.pop("task_status", ""),
        task_priority=left.pop("task_priority", ""),
        task=task,
        mapping=_mapping(left.pop("fields", "")),
    )
    for name in left:
        raise SettingError("unknown", setting=_named(name))
    _one_way_in(options)
    return options


def _one_way_in(options: Options) -> None:
    if options.key_file is None and options.secret_file is None:
        raise SettingError("missing", setting=_named("key_file"), problem="or client_secret_file")
    if options.key_file is not None and options.secret_file is not None:
        raise SettingError("invalid", setting=_named("client_secret_file"), problem="key_file is given too")
    if options.key_file is not None and not options.username:
        raise SettingError("missing", setting=_named("username"))


def _named(name: str) -> str:
    return f"{_PREFIX}{name.upper()}"


def _needed(left: dict[str, str], name: str) -> str:
    value = left.pop(name, "")
    if not value:
        raise SettingError("missing", setting=_named(name))
    return value


def _url(text: str) -> str:
    parts = urlsplit(text if "//" in text else f"https://{text}")
    host = parts.hostname or ""
    if not host or parts.path not in ("", "/") or parts.query or parts.username:
        raise SettingError("invalid", setting=_named("url"), problem="not https://MyDomain.my.salesforce.com")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOOPBACK):
        raise SettingError("invalid", setting=_named("url"), problem="not https")
    return f"{parts.scheme}://{parts.netloc}"


def _version(text: str) -> str:
    if not _VERSION.fullmatch(text) or float(text) < _OLDEST_VERSION:
        raise SettingError("invalid", setting=_named("api_version"), problem=f"not a version from {_OLDEST_VERSION}.0")
    return text


def _field(text: str, name: str) -> str:
    if not _FIELD.fullmatch(text):
        raise SettingError("invalid", setting=_named(name), problem="not an API name")
    return text


def _mapping(text: str) -> tuple[Mapped, ...]:
    try:
        return read_mapping(text)
    except ValueError as error:
        raise SettingError("invalid", setting=_named("fields"), problem=str(error)) from None


def _number(left: dict[str, str], name: str, default: float, least: float, most: float) -> float:
    text = left.pop(name, "")
    try:
        number = float(text) if text else default
    except ValueError:
        number = -1.0
    if not least <= number <= most:
        raise SettingError("invalid", setting=_named(name), problem=f"not a number from {least:g} to {most:g}")
    return number


def _file(left: dict[str, str], name: str) -> Path | None:
    text = left.pop(name, "")
    if not text:
        return None
    path = Path(text)
    if not path.is_file():
        raise SettingError("invalid", setting=_named(name), problem="no such file")
    return path


def _secret(left: dict[str, str], name: str) -> Path | None:
    path = _file(left, name)
    if path is not None and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise SettingError("open_to_others", setting=_named(name), problem="chmod 600 it")
    return path
