"""The settings of what stands outside: a phone system, a host of recordings, an identity provider. Each once a name.

A part of plugin/settings.py, under the same rules: unknown names are errors, docs/settings.md says what each does.
"""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from plugin.core.recordings import is_host
from plugin.core.staff import Role


class HostSettings(BaseModel):
    """A host from which recordings may be fetched, and how it knows us: by name and password, by token, not at all."""

    model_config = ConfigDict(extra="forbid")

    username: str = Field("", description="name that the host asks for (HTTP Basic)")
    password: SecretStr = Field(SecretStr(""), description="its password")
    token: SecretStr = Field(SecretStr(""), description="bearer token, in place of name and password")

    @property
    def login(self) -> tuple[str, str, str]:
        """Name, password and token."""
        return self.username, self.password.get_secret_value(), self.token.get_secret_value()


class SourceSettings(BaseModel):
    """One phone system. `kind` names the connector in connectors/calls; the name in the table is its path and id."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(pattern="^[a-z][a-z0-9_-]{0,31}$", description="the connector, by its name")
    region: str = Field("", max_length=2, description="numbering region of its lines; empty: the site's")
    line_regions: dict[str, Annotated[str, Field(pattern="^[A-Z]{2}$")]] = Field(
        default_factory=dict, description="regions of lines that differ: our number as the source names it = its region"
    )
    zone: str = Field("", description="time zone of instants it sends without offset; empty: the site's")
    secrets: list[SecretStr] = Field(
        default_factory=list, description="of those that post: what proves a delivery, newest first"
    )
    options: dict[str, SecretStr] = Field(default_factory=dict, description="what the connector asks for")
    host: str = Field("127.0.0.1", description="asterisk: host of the manager interface")
    port: int = Field(5038, ge=1, le=65535, description="asterisk: port of the manager interface")
    username: str = Field("", description="asterisk: manager account")
    password: SecretStr = Field(SecretStr(""), description="asterisk: its secret")
    trunks: list[str] = Field(default=["PJSIP/trunk*"], description="asterisk: channel patterns of the trunks")
    dial_username: str = Field("", description="asterisk: manager account that may dial; empty: call-backs by hand")
    dial_password: SecretStr = Field(SecretStr(""), description="asterisk: its secret")
    dial_channel: str = Field(
        "PJSIP/{extension}",
        pattern=r"^[^\r\n]*\{extension\}[^\r\n]*$",
        description="asterisk: the channel of an operator's phone",
    )
    dial_context: str = Field("from-internal", min_length=1, description="asterisk: the context of outgoing calls")
    dial_prefix: str = Field("", pattern="^[0-9*#]{0,8}$", description="asterisk: digits before a number dialled out")
    ari_url: str = Field(
        "",
        pattern=r"^(https?://[^\s/?#@]+/ari)?$",
        description="asterisk: its REST interface, such as http://host:8088/ari, to enter calls by; empty: none",
    )
    ari_username: str = Field("denwaban", description="asterisk: ARI user, apart from the manager accounts")
    ari_password: SecretStr = Field(SecretStr(""), description="asterisk: its password")
    ari_recordings_dir: Path | None = Field(
        None, description="asterisk: folder in which ARI leaves recordings; none: nobody records by hand"
    )
    cdr: Path | None = Field(
        None, description="asterisk: its Master.csv, or the folder with it: what nobody heard is filled in from there"
    )
    queue_log: Path | None = Field(None, description="asterisk: its queue_log, beside `cdr`")
    cdr_shows_numbers: bool = Field(
        False, description="asterisk: its dialplan blanks the number of callers who withheld it, so records hold none"
    )
    recordings_dir: Path | None = Field(None, description="folder in which it leaves its recordings")
    caller_lane: Literal["", "left", "right"] = Field(
        "", description="the channel of its stereo recordings that holds the caller; empty: not told, shown as such"
    )
    notice: Literal["", "events", "always", "web"] = Field(
        "",
        description="how callers learn of the recording: it tells of each notice, always plays one, the web; empty: –",
    )
    recording_hosts: dict[str, HostSettings] = Field(
        default_factory=dict, description="hosts, by exact name, from which its recordings may be fetched by https"
    )

    @field_validator("recording_hosts")
    @classmethod
    def _exact_hosts(cls, value: dict[str, HostSettings]) -> dict[str, HostSettings]:
        if not all(is_host(name) for name in value):
            raise ValueError("not a host's exact name in small letters, such as recordings.example.com")
        return value


class ProviderSettings(BaseModel):
    """The company's identity provider (OpenID Connect)."""

    model_config = ConfigDict(extra="forbid")

    issuer: str = Field(description="its address, exactly as it names itself")
    client_id: str = Field(min_length=1, description="what it knows us by")
    client_secret: SecretStr = Field(SecretStr(""), description="the secret that goes with it")
    scopes: str = Field(
        "openid profile email", pattern=r"^openid( [!#-\[\]-~]+)*$", description="what we ask it to tell"
    )
    name: str = Field("", max_length=40, description="what people call it, on the button; empty: 会社のアカウント")
    groups_claim: str = Field("groups", description="the claim that names a person's groups")
    roles: dict[str, Role] = Field(
        default_factory=dict, description="role that a group gives, anew at each sign-in; empty: roles are given here"
    )
    hosts: list[str] = Field(
        default_factory=list, description="its hosts beside the issuer's, by exact name, that may be asked"
    )
    takes_in: bool = Field(False, description="persons without an account get one in the role of their group")

    @field_validator("hosts")
    @classmethod
    def _exact_hosts(cls, value: list[str]) -> list[str]:
        if not all(is_host(name) for name in value):
            raise ValueError("not a host's exact name in small letters, such as keys.example.com")
        return value

    @field_validator("issuer")
    @classmethod
    def _by_https(cls, value: str) -> str:
        local = re.match(r"http://(localhost|127\.0\.0\.1)(:[0-9]+)?(/|$)", value)
        if not value.startswith("https://") and not local:
            raise ValueError("not an https address")
        return value
