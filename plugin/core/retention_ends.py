"""When a recording's time, or that of what was written about a call or in a case, is over, and by which rule of the
register.

The end itself is that of plugin/core/purposes.py; here it gets the name that tombstones and pages tell: `purpose:days`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from plugin.core.cases import CaseKind
from plugin.core.purposes import (
    CASE_PURPOSE,
    Applies,
    CallPurpose,
    PurposeRule,
    Register,
    keep_until,
    ordinary_end,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class End:
    """Until when something is kept, and by which rule it goes then."""

    at: datetime
    rule: str


def sound_end(recorded_at: datetime, register: Register, own: Iterable[CallPurpose]) -> End:
    """Return when a recording's time is over; `own`: the purposes of its call. A hold is no part of this."""
    had = tuple(own)
    until = keep_until(recorded_at, register, had)
    last = ordinary_end(recorded_at, register)
    if until == last:
        return End(until, _of_days(_longest(register)))
    lasting = [each for each in had if keep_until(recorded_at, register, (each,)) == until]
    rule = register[lasting[0].purpose]
    return End(until, _name(rule, rule.audio_days))


def sound_floor(register: Register) -> timedelta:
    """Return for how long every recording is kept, whatever its call's own purposes."""
    return ordinary_end(_EPOCH, register) - _EPOCH


def text_end(began_at: datetime, register: Register, own: Iterable[CallPurpose]) -> End | None:
    """Return when the time of what was written about a call is over; None: never.

    The latest end of its purposes, and never where one of them keeps it for ever. What a call's own purpose keeps is
    counted from when it got that purpose, also where the purpose has ended since.
    """
    every = [rule for rule in register.values() if rule.applies is Applies.EVERY_CALL]
    ends = [(began_at, rule) for rule in every] + [(each.since_at, register[each.purpose]) for each in own]
    told = [
        (since + timedelta(days=rule.text_days), _name(rule, rule.text_days))
        for since, rule in ends
        if rule.text_days is not None
    ]
    return End(*max(told)) if told and len(told) == len(ends) else None


def text_floor(register: Register) -> timedelta | None:
    """Return for how long what is written is kept of every call; None: for ever."""
    end = text_end(_EPOCH, register, ())
    return None if end is None else end.at - _EPOCH


def case_end(kind: CaseKind, closed_at: datetime, register: Register) -> End | None:
    """Return when the time of what is written in a closed case is over; None: never. A hold is no part of this."""
    rule = register[CASE_PURPOSE[kind]]
    days = rule.case_days
    return None if days is None else End(closed_at + timedelta(days=days), _name(rule, days))


def case_floor(register: Register) -> timedelta | None:
    """Return for how long what is written in every closed case stays; None: for ever."""
    days = [register[purpose].case_days for purpose in set(CASE_PURPOSE.values())]
    return min((timedelta(days=each) for each in days if each is not None), default=None)


def rules_of(register: Register) -> str:
    """Return the periods of the register on one line: what a run is planned, and approved, by."""
    return " ".join(
        f"{rule.purpose}={rule.audio_days}/{'-' if rule.text_days is None else rule.text_days}"
        f"{'' if rule.case_days is None else f'/{rule.case_days}'}"
        f"{'' if rule.applies is Applies.EVERY_CALL else '(case)'}"
        for rule in sorted(register.values(), key=lambda rule: rule.purpose)
    )


def _longest(register: Register) -> PurposeRule | None:
    every = [rule for rule in register.values() if rule.applies is Applies.EVERY_CALL]
    return max(every, key=lambda rule: rule.audio_days, default=None)


def _of_days(rule: PurposeRule | None) -> str:
    return "no_purpose" if rule is None else _name(rule, rule.audio_days)


def _name(rule: PurposeRule, days: int) -> str:
    return f"{rule.purpose}:{days}"
