"""What may be missing in the exchange's manager.conf, in stable words, and the check that looks for it.

The check asks and looks; it starts no call and changes nothing. What only traffic can show is said by the stream.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from connectors.calls.asterisk.caller import read_presentation
from connectors.calls.asterisk.client import Account, Patience, Session
from connectors.calls.asterisk.names import read_name
from plugin.core.errors import OutsideError


class Finding(StrEnum):
    """What is the matter. docs/connectors.md says of each how to mend it."""

    UNREACHABLE = "unreachable"
    NOT_ASTERISK = "not_asterisk"
    LOGIN_REFUSED = "login_refused"
    SILENT = "silent"
    NO_LISTS = "no_lists"  # the account may not list channels: no resync after a break
    NO_BOOTED = "no_booted"  # the account does not read class system: restarts go unseen
    NO_PRESENTATION = "no_presentation"  # channelvars lacks CALLERID(num-pres): every number counts as withheld
    NO_TIMES = "no_times"  # timestampevents is off: events are dated when they arrive
    NO_DIALPLAN = "no_dialplan"  # class dialplan is not read
    NO_VARIABLES = "no_variables"  # a filter keeps VarSet from us
    NO_STEPS = "no_steps"  # a filter keeps Newexten from us
    NO_AGENT = "no_agent"  # class agent is not read, or a filter keeps the queues' events from us
    NO_BRIDGES = "no_bridges"  # a filter keeps BridgeEnter from us
    NO_DID = "no_did"  # channelvars lacks FROM_DID
    UNPROVEN = "unproven"  # no customer's channel was up: whether the presentation arrives is not known


_GRAVE = set(Finding) - {Finding.UNPROVEN, Finding.NO_TIMES, Finding.NO_STEPS, Finding.NO_DID}
_REASONS = {
    "unreachable": Finding.UNREACHABLE,
    "not_asterisk": Finding.NOT_ASTERISK,
    "bad_stream": Finding.NOT_ASTERISK,
    "login_refused": Finding.LOGIN_REFUSED,
    "bad_account": Finding.LOGIN_REFUSED,
}


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One finding. `grave`: calls will be missed, or told wrong, until it is mended."""

    finding: Finding

    @property
    def grave(self) -> bool:
        """Whether it must be mended."""
        return self.finding in _GRAVE


def check(
    account: Account,
    trunks: Sequence[str],
    patience: Patience | None = None,
    ticks: Callable[[], float] = time.monotonic,
    *,
    heard: Sequence[str] = (),
) -> tuple[CheckResult, ...]:
    """Sign in, look, sign out; return what is missing (nothing: all that can be asked is well).

    `heard` are the words of what a listener last found (lacks.py); words that are none of ours are left out.
    """
    known = [Finding(word) for word in heard if word in set(Finding)]
    try:
        session = Session(account, patience or Patience(), ticks)
    except OutsideError as error:
        return (CheckResult(_REASONS.get(error.reason, Finding.SILENT)),)
    try:
        return tuple(CheckResult(finding) for finding in dict.fromkeys([*_look(session, trunks), *known]))
    except OutsideError:
        return (CheckResult(Finding.SILENT),)
    finally:
        session.close()


def _look(session: Session, trunks: Sequence[str]) -> list[Finding]:
    if session.ask("CoreShowChannels").get("Response") == "Error":
        return [Finding.NO_LISTS]
    session.ask("Ping")
    heard = session.hear()
    customers = [
        message
        for message in heard
        if message.get("Event") == "CoreShowChannel" and read_name(message.get("Channel"), trunks).trunk
    ]
    found = [] if any(message.get("Event") == "FullyBooted" for message in heard) else [Finding.NO_BOOTED]
    if not customers:
        return [*found, Finding.UNPROVEN]
    arrives = all(read_presentation(message.all("ChanVariable")) is not None for message in customers)
    return found if arrives else [*found, Finding.NO_PRESENTATION]
