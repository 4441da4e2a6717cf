"""What a site says of its Twilio account to the source that hears of its calls. Shows no value."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase

from connectors.calls.sites import bad_secret, options_of
from plugin.core.calls import AgentRef
from plugin.core.deliveries import SourceSite
from plugin.core.errors import InputError

_ACCOUNT = re.compile(r"AC[0-9a-f]{32}")
_TOKEN = re.compile(r"[0-9A-Za-z]{32,128}")
_ADDRESS = re.compile(r"https://[^\s/?#@]+(/[^\s?#]*)?")
_NEXT = re.compile(r"https://[^\s<>\"'&]+")
_ENDPOINTS = "client:*, sip:*"
KEPT_LETTERS = 64  # of an end or a name, as events keep them


@dataclass(frozen=True, slots=True)
class Options:
    """`account`: whose calls these are; `address`: as Twilio was told it; `onward`: the TwiML that leads the calls."""

    account: str
    address: str
    agents: tuple[str, ...]
    onward: str = ""

    def agent(self, endpoint: str) -> AgentRef | None:
        """Return the agent at this end of a call, None where it is none of ours.

        Raises InputError("too_long") for one of more than 64 letters: to cut it might name another.
        """
        if not any(fnmatchcase(endpoint.lower(), pattern) for pattern in self.agents):
            return None
        scheme, _, rest = endpoint.partition(":")
        is_sip = scheme.lower() in ("sip", "sips")
        name = rest.partition("@")[0] if is_sip else rest or endpoint
        if len(name) > KEPT_LETTERS:
            raise InputError("too_long", field="agent")
        return AgentRef(extension=name) if is_sip else AgentRef(id=name)


def read_options(site: SourceSite) -> Options:
    """Return the options of the source. Raises SettingError for a missing, unknown or wrong one, and a wrong secret."""
    told = options_of(site)
    account = told.shaped("account_sid", _ACCOUNT, "not AC and 32 digits") or told.missing("account_sid")
    address = told.shaped("address", _ADDRESS, "not the https address that Twilio was told, without a query")
    agents = tuple(one.strip().lower() for one in told.text("agents", _ENDPOINTS).split(",") if one.strip())
    onward = told.shaped("onward", _NEXT, "not an https address")
    told.end()
    if not all(_TOKEN.fullmatch(secret) for secret in site.secrets if secret):
        raise bad_secret(site.name, "not an auth token of Twilio")
    return Options(account, address or site.address, agents, onward)
