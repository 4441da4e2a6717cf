"""What a run of retention would do, as it was worked out at some instant, and as text. Knows no clock.

The text is JSON with sorted keys; what is not exactly that is refused.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from plugin.core.errors import InputError
from plugin.core.retention import Amount, Plan, canonical
from plugin.core.times import from_us, to_us


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A plan, and when it was worked out. `is_live`: for this look; `is_changed`: what it was worked out of changed."""

    plan: Plan
    made_at: datetime
    is_live: bool = False
    is_changed: bool = False


def write_plan(plan: Plan) -> str:
    """Return the plan as text."""
    return canonical({field.name: _said(getattr(plan, field.name)) for field in fields(Plan)}).decode()


def _said(value: object) -> object:
    if isinstance(value, Amount):
        return [value.count, value.size_bytes]
    if isinstance(value, datetime):
        return to_us(value)
    if isinstance(value, Mapping):
        return {name: _said(each) for name, each in value.items()}
    return value


def read_plan(text: str) -> Plan:
    """Return the plan that `write_plan` wrote. Raises InputError("plan") for anything else, as of another version."""
    try:
        said = json.loads(text)
        empty = Plan(from_us(0))
        told: dict[str, Any] = {
            field.name: _read(said[field.name], getattr(empty, field.name)) for field in fields(Plan)
        }
        plan = Plan(**told)
        if write_plan(plan) != text:
            raise InputError("plan")
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise InputError("plan") from error
    return plan


def _read(said: object, like: object) -> object:
    if isinstance(like, Amount):
        return _amount(said)
    if isinstance(like, datetime) and isinstance(said, int):
        return from_us(said)
    if isinstance(like, Mapping) and isinstance(said, dict):
        return {str(name): _amount(each) for name, each in said.items()}
    if type(said) is not type(like):
        raise InputError("plan")
    return said


def _amount(said: object) -> Amount:
    if not isinstance(said, list) or [type(each) for each in said] != [int, int]:
        raise InputError("plan")
    return Amount(said[0], said[1])
