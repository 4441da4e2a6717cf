"""Every setting of a site, declared once. Read by plugin/wiring.py alone.

From the environment (`DENWABAN_…`, nested names by `__`) or from the TOML file that DENWABAN_SETTINGS names; the
environment wins. Unknown names are errors. docs/settings.md says what each does; a test keeps it complete.
"""

import os
import re
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from plugin.core.embed import read_origin
from plugin.core.errors import InputError, SettingError
from plugin.core.identity import OF_THE_MOBILE, Item, Policy, Proof
from plugin.core.staff import Lang, Role
from plugin.core.timeline import DISPOSITIONS, TOPICS
from plugin.settings_outside import ProviderSettings, SourceSettings

_PREFIX = "DENWABAN_"
_POLICY = {  # what a Policy refuses: the setting it comes from, and why
    "items": ("verify_history_items", "must be 3 to 6"),
    "classes": ("verify_history_classes", "must be 2 or 3"),
    "persons": (
        "verify_history_persons",
        "must be at least 1 and no more than verify_history_items: what a family knows must never suffice",
    ),
    "call_back_items": ("verify_history_call_back_items", "must be 2 to 4, or 0 for not this way"),
    "further": (
        "verify_listen_further",
        "must be 1 to 3: what opens the history alone must never open a recording",
    ),
    "further_proofs": (
        "verify_listen_proofs",
        "may name one_time_code and call_back_personal_mobile: a whole household answers its fixed line",
    ),
    "asked": ("verify_items", "names too few items: nobody could ever be verified"),
    "settled": ("verify_settled_days", "must be 0 to 365"),
    "minutes_per_item": ("verify_item_minutes", "must be 1 to 10"),
}
_LEAST_SECRET_LETTERS = 32
_NOT_FIELDS = {"DENWABAN_SETTINGS"}  # where the file is


class Settings(BaseSettings):
    """The settings of a site; each field's description is its documentation."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, env_nested_delimiter="__", extra="forbid")

    data_dir: Path = Field(Path("denwaban-data"), description="folder of the database, keys and recordings")
    database_url: SecretStr = Field(SecretStr(""), description="SQLAlchemy URL; empty: SQLite in data_dir")
    bus_url: SecretStr = Field(SecretStr(""), description="Redis URL that carries pops between hosts; empty: one host")
    move_to: SecretStr = Field(SecretStr(""), description="SQLAlchemy URL that `migrate-to-mysql` moves the site to")
    zone: str = Field("Asia/Tokyo", description="the site's time zone: days, deadlines and what pages show")
    region: str = Field("JP", min_length=2, max_length=2, description="the site's numbering region")
    lang: Lang = Field("ja", description="language of people who chose none")
    public_url: str = Field("http://127.0.0.1:8787", description="address under which browsers reach us; in links")
    bind: str = Field("127.0.0.1:8787", description="address and port that `serve` listens on")
    web_workers: Annotated[int, Field(ge=1, le=64, description="web worker processes")] = 2
    web_threads: Annotated[int, Field(ge=4, le=4096, description="threads per web worker; open pops take one each")] = (
        300
    )
    proxies: Annotated[int, Field(ge=0, le=4, description="trusted reverse proxies in front, for addresses")] = 0
    sources: dict[str, SourceSettings] = Field(default_factory=dict, description="the phone systems, by name")
    crm: str = Field(
        "local", description="the CRM connector: local, salesforce, kintone, or one that an installed package adds"
    )
    crm_options: dict[str, SecretStr] = Field(default_factory=dict, description="what the CRM connector asks for")
    messages: str = Field(
        "", description="who carries one-time codes: twilio, folder, or one that a package adds; empty: no codes"
    )
    messages_options: dict[str, SecretStr] = Field(default_factory=dict, description="what that connector asks for")
    messages_name: str = Field(
        "", max_length=20, description="what customers call the company, in messages to them; empty: no name in them"
    )
    letter_name: str = Field("", max_length=120, description="the company's full name, on the letters of disclosures")
    letter_contact: str = Field(
        "", max_length=500, description="whom such a letter names for questions and complaints: desk, address, number"
    )
    messages_regions: list[Annotated[str, Field(pattern="^[A-Z]{2}$")]] = Field(
        ["JP"], description="regions whose numbers may be texted and called back, as two letters"
    )
    daily_codes: Annotated[
        int, Field(ge=1, le=20, description="one-time codes per customer and per number in 24 hours")
    ] = 5
    daily_call_backs: Annotated[
        int, Field(ge=1, le=20, description="call-backs per customer and per number in 24 hours")
    ] = 5
    daily_overrides: Annotated[
        int, Field(ge=0, le=100, description="overrides by two people in 24 hours, over the whole site; 0: none ever")
    ] = 10
    sync_minutes: Annotated[int, Field(ge=1, le=1440, description="minutes between two readings of the CRM")] = 5
    outbox_days: Annotated[
        int, Field(ge=1, le=3650, description="what reached the CRM is forgotten by the outbox after so many days")
    ] = 30
    topics: list[Annotated[str, Field(min_length=1, max_length=64)]] = Field(
        list(TOPICS), description="what calls are about: our words (shown in ja and en) or your own, shown as written"
    )
    dispositions: list[Annotated[str, Field(min_length=1, max_length=64)]] = Field(
        list(DISPOSITIONS), description="how calls end for the operator: our words or your own"
    )
    pre_verify_detail: Literal["none", "tags", "full"] = Field(
        "tags", description="what of past calls shows before the caller is verified; never free text"
    )
    wrap_up_minutes: Annotated[
        int, Field(ge=0, le=240, description="a call leaves the desk so long after its note was saved; 0: when closed")
    ] = 5
    seat_hours: Annotated[int, Field(ge=1, le=24, description="a seat at a shared phone ends after so long")] = 12
    missed_hours: Annotated[int, Field(ge=1, le=8760, description="a missed call waits so long to be rung back")] = 336
    queue_missed_hours: dict[str, Annotated[int, Field(ge=1, le=8760)]] = Field(
        default_factory=dict, description="the same for queues that differ, by the queue's name"
    )
    shared_from: Annotated[
        int, Field(ge=2, le=20, description="a number from which so many different persons called is a shared one")
    ] = 3
    just_now_minutes: Annotated[
        int, Field(ge=0, le=1440, description="the pop points out a call that ended so long before; 0: it does not")
    ] = 30
    recording_months: Annotated[
        int, Field(ge=1, le=240, description="a recording's time ends so many months after it; `keys shred` then may")
    ] = 12
    purge_brake_percent: Annotated[
        int, Field(ge=1, le=50, description="erasing more than so much of what there is waits for a second person")
    ] = 5
    own_call_minutes: Annotated[int, Field(ge=0, le=1440, description="operator may hear the own call so long")] = 30
    check_hours: Annotated[int, Field(ge=1, le=720, description="a recording check waits so long for an answer")] = 72
    check_listen_minutes: Annotated[
        int,
        Field(ge=0, le=480, description="a supervisor may let who asked listen so long at most; 0: never"),
    ] = 0
    verify_minutes: Annotated[int, Field(ge=1, le=240, description="a verification ends so long after the call")] = 10
    verify_tries: Annotated[int, Field(ge=1, le=3, description="tries per verification")] = 2
    verify_daily_failures: Annotated[
        int, Field(ge=1, le=20, description="failed tries per customer in 24 hours, over all operators")
    ] = 5
    verify_items: list[Item] = Field(list(Item), description="what callers may be asked, by name of the item")
    verify_history_items: int = Field(3, description="history (level 1): things that must be proved, 3 to 6")
    verify_history_classes: int = Field(2, description="history: classes they must be of, 2 or 3")
    verify_history_persons: int = Field(1, description="history: how many of them only the person has, at least 1")
    verify_history_call_back_items: int = Field(
        2, description="history: or so many of the household and a call-back to a personal mobile; 0: not this way"
    )
    verify_listen_further: int = Field(
        1, description="listening (level 2): how many more things that only the person has, 1 to 3"
    )
    verify_listen_proofs: list[Proof] = Field(
        sorted(OF_THE_MOBILE), description="listening: which proofs beside answers count as such a thing"
    )
    verify_settled_days: int = Field(7, description="an answer or number changed within so many days does not count")
    verify_item_minutes: int = Field(2, description="time for a set: so many minutes for each item, 1 to 10")
    caller_listening: bool = Field(
        True, description="service staff may play a recording to its verified caller; false: nobody does"
    )
    session_hours: Annotated[int, Field(ge=1, le=24, description="a staff session ends so long after sign-in")] = 12
    idle_minutes: Annotated[int, Field(ge=5, le=1440, description="a staff session unused so long ends")] = 240
    step_up_minutes: Annotated[
        int, Field(ge=1, le=720, description="a password given so long ago is asked again before listening")
    ] = 60
    second_factor_roles: list[Role] = Field(
        [role for role in Role if role is not Role.OPERATOR], description="roles that must have a second factor"
    )
    second_factor_grace_days: Annotated[
        int, Field(ge=0, le=90, description="a new account may do without its second factor for so many days")
    ] = 14
    first_password_hours: Annotated[
        int, Field(ge=1, le=720, description="a password that somebody else typed for a person counts once, so long")
    ] = 72
    breached_passwords: Path | None = Field(
        None, description="file of SHA-1 of breached passwords, sorted, that are not taken; empty: none is known"
    )
    provider: ProviderSettings | None = Field(
        None, description="the company's identity provider, by which people sign in; empty: none"
    )
    local_sign_in: bool = Field(True, description="people sign in by a password or passkey of this site")
    embed_origins: list[str] = Field(
        default_factory=list, description="exact origins whose pages may show the desk in a frame; empty: none may"
    )
    metrics_token: SecretStr = Field(SecretStr(""), description="bearer token for /metrics; empty: this machine alone")
    keys_dir: Path | None = Field(
        None, description="folder of the secret keys, best on another disk; empty: in data_dir"
    )
    keys_secret: SecretStr = Field(
        SecretStr(""), description="secret under which new key files are sealed; empty: none"
    )
    keys_secret_file: Path | None = Field(
        None, description="file with keys_secret, as a secret store mounts one; empty: keys_secret itself"
    )
    checkpoints_dir: Path | None = Field(
        None, description="folder of the audit's signed checkpoints, best on another disk; empty: in data_dir"
    )
    checkpoint_minutes: Annotated[
        int, Field(ge=1, le=1440, description="the audit is signed every so many minutes")
    ] = 5
    witness_hours: Annotated[
        int, Field(ge=0, le=168, description="the CRM witnesses the audit every so many hours; 0: it does not")
    ] = 0
    open_call_hours: Annotated[int, Field(ge=1, le=72, description="an open call unheard of so long is lost")] = 4
    hook_max_bytes: Annotated[int, Field(ge=1024, le=16777216, description="largest delivery a hook reads")] = 262144

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("not a time zone of the IANA database, such as Asia/Tokyo")
        return value

    @field_validator("embed_origins")
    @classmethod
    def _exact_origins(cls, value: list[str]) -> list[str]:
        try:
            return [read_origin(origin) for origin in value]
        except InputError:
            raise ValueError("not an exact origin, such as https://example.lightning.force.com") from None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  no .env files: one place more to leak from
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take keyword arguments first, then the environment, then the file."""
        path = os.environ.get("DENWABAN_SETTINGS", "")
        found = (TomlConfigSettingsSource(settings_cls, Path(path)),) if path else ()
        return (init_settings, env_settings, *found)

    @property
    def tz(self) -> ZoneInfo:
        """The site's zone."""
        return ZoneInfo(self.zone)

    def zone_of(self, source: SourceSettings) -> ZoneInfo:
        """The zone of instants that a source gives without offset."""
        return ZoneInfo(source.zone or self.zone)

    @property
    def desk_times(self) -> tuple[timedelta, timedelta]:
        """How long ago a call is pointed out, and how long after its note was saved one leaves the desk."""
        return timedelta(minutes=self.just_now_minutes), timedelta(minutes=self.wrap_up_minutes)

    @property
    def policy(self) -> Policy:
        """What a caller has to prove. Raises SettingError for what would let a family in, or nobody."""
        try:
            return Policy(
                items=self.verify_history_items,
                classes=self.verify_history_classes,
                persons=self.verify_history_persons,
                call_back_items=self.verify_history_call_back_items,
                further=self.verify_listen_further,
                further_proofs=frozenset(self.verify_listen_proofs),
                asked=frozenset(self.verify_items),
                settled=timedelta(days=self.verify_settled_days),
                minutes_per_item=self.verify_item_minutes,
            )
        except (InputError, OverflowError) as error:
            rule = error.facts["rule"] if isinstance(error, InputError) else "settled"
            name, problem = _POLICY[rule]
            raise SettingError("policy", setting=f"{_PREFIX}{name.upper()}", problem=problem) from None

    @property
    def keys_folder(self) -> Path:
        """Where the secret keys are."""
        return self.keys_dir or self.data_dir / "keys"

    @property
    def secret_of_keys(self) -> str:
        """What seals the key files, "" for nothing.

        Raises SettingError where its file cannot be read, or it is shorter than 32 characters: a word would be guessed.
        """
        name = "DENWABAN_KEYS_SECRET" + ("_FILE" if self.keys_secret_file else "")
        try:
            given = self.keys_secret_file.read_text("utf-8").strip() if self.keys_secret_file else ""
        except (OSError, ValueError):
            raise SettingError("invalid", setting=name, problem="the file cannot be read") from None
        secret = given or self.keys_secret.get_secret_value()
        if (secret or self.keys_secret_file) and len(secret) < _LEAST_SECRET_LETTERS:
            raise SettingError("invalid", setting=name, problem="use at least 32 random characters")
        return secret

    @property
    def store_url(self) -> str:
        """The database's URL, SQLite in `data_dir` unless one is given."""
        return self.database_url.get_secret_value() or f"sqlite:///{self.data_dir.absolute() / 'denwaban.db'}"


def load(**given: Any) -> Settings:
    """Read the settings; `given` wins over environment and file.

    Raises SettingError naming the first wrong, missing or unknown setting; its text never holds a value.
    """
    for name in os.environ:
        head = name.removeprefix(_PREFIX).split("__")[0].lower()
        if name.startswith(_PREFIX) and name not in _NOT_FIELDS and head not in Settings.model_fields:
            raise SettingError("unknown", setting=name)
    path = os.environ.get("DENWABAN_SETTINGS", "")
    if path and not Path(path).is_file():
        raise SettingError("no_such_file", setting="DENWABAN_SETTINGS")
    try:
        settings = Settings(**given)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        line = re.search(r"at line (\d+)", str(error))
        where = {"line": line[1]} if line else {}
        raise SettingError("not_toml", setting="DENWABAN_SETTINGS", **where) from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = "__".join(str(part) for part in first["loc"])
        raise SettingError("invalid", setting=f"{_PREFIX}{name.upper()}", problem=first["msg"]) from None
    settings.policy  # noqa: B018  raises where it lets in whom it must not
    return settings


def flat(settings: Settings) -> dict[str, str]:
    """Return every setting as text by its name, those inside others joined by dots; secrets as they are."""
    found: dict[str, str] = {}

    def take(name: str, value: Any) -> None:
        if isinstance(value, SecretStr):
            value = value.get_secret_value()
        if isinstance(value, BaseModel):
            value = {key: getattr(value, key) for key in type(value).model_fields}
        if isinstance(value, dict):
            for key, inner in value.items():
                take(f"{name}.{key}", inner)
        elif isinstance(value, list | tuple | set | frozenset):
            found[name] = repr([each.get_secret_value() if isinstance(each, SecretStr) else each for each in value])
        else:
            found[name] = str(value)

    for name in type(settings).model_fields:
        take(name, getattr(settings, name))
    return found
