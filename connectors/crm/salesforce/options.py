"""What a site says of its Salesforce org, read from `crm_options` once and checked.

Refuses unknown names, half a way to sign in, and key files that others on the machine may read. Never shows a value.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from connectors.crm.salesforce.mapping import Mapped, read_mapping
from connectors.given import Given

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
    told = Given(given, "crm_options")
    task = TaskFields(
        **{
            one.name: told.shaped(f"{one.name}_field", _FIELD, "not an API name", str(one.default))
            for one in fields(TaskFields)
        }
    )
    options = Options(
        url=told.address("url", "https://MyDomain.my.salesforce.com"),
        client_id=told.needed("client_id"),
        username=told.text("username"),
        key_file=told.secret_file("key_file"),
        secret_file=told.secret_file("client_secret_file"),
        certificate_file=told.file("certificate_file"),
        audience=told.text("audience"),
        api_version=_version(told),
        connect_s=told.number("connect_timeout_s", 5.0, 0.1, 30.0),
        read_s=told.number("read_timeout_s", 20.0, 0.1, 120.0),
        budget_percent=int(told.number("budget_percent", 80, 1, 100)),
        task_status=told.text("task_status"),
        task_priority=told.text("task_priority"),
        task=task,
        mapping=told.read("fields", read_mapping),
    )
    told.end()
    _one_way_in(told, options)
    return options


def _one_way_in(told: Given, options: Options) -> None:
    if options.key_file is None and options.secret_file is None:
        told.missing("key_file", "or client_secret_file")
    if options.key_file is not None and options.secret_file is not None:
        told.invalid("client_secret_file", "key_file is given too")
    if options.key_file is not None and not options.username:
        told.missing("username")


def _version(told: Given) -> str:
    problem = f"not a version from {_OLDEST_VERSION}.0"
    text = told.shaped("api_version", _VERSION, problem, _OUR_VERSION)
    return text if float(text) >= _OLDEST_VERSION else told.invalid("api_version", problem)
