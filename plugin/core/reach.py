"""Which of a customer's registered numbers one may ring or text, and what reaching him there proves.

Deny is the default: a number that no rule here allows is never rung and never texted. A number that the caller names,
or calls from, is none of them (docs/privacy.md).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from plugin.core.customers import HeldNumber, NumberKind
from plugin.core.identity import Policy, Proof
from plugin.core.number_plan import LineKind, line_kind, region_of

_AT_HOME = frozenset({NumberKind.HOME, NumberKind.MOBILE, NumberKind.OTHER})  # at work colleagues answer


class Unfit(StrEnum):
    """Why a registered number proves nothing."""

    UNREADABLE = "unreadable"  # or not given out, or behind an extension
    KIND = "kind"  # 050, 0120, fax, work, or a mobile that is not marked as his alone
    SHARED = "shared"  # marked as his alone, and somebody else has it too
    CHANGED = "changed"  # changed too lately
    REGION = "region"  # in a region that the site sends nothing to


@dataclass(frozen=True, slots=True)
class Reach:
    """What one number can do: `call_back` is what a call-back to it proves; `code`: a one-time code may go there."""

    e164: str
    call_back: Proof
    code: bool

    @property
    def tail(self) -> str:
        """The last two digits: all of the number that anybody is shown."""
        return self.e164[-2:]


def reach_of(
    number: HeldNumber, shared: Collection[str], policy: Policy, regions: Collection[str], now: datetime
) -> Reach | Unfit:
    """Return what reaching the customer at the number proves, or why it proves nothing.

    `shared`: those of his numbers that other customers have too; `regions`: where the site rings and texts at all (two
    letters, as JP).
    """
    e164 = number.e164
    if e164 is None or not number.valid or number.extension is not None:
        return Unfit.UNREADABLE
    kind = line_kind(e164)
    if number.kind not in _AT_HOME or kind is LineKind.OTHER or (kind is LineKind.MOBILE and not number.personal):
        return Unfit.KIND
    if kind is LineKind.MOBILE and e164 in shared:
        return Unfit.SHARED
    if not policy.is_settled(number.changed_at, now):
        return Unfit.CHANGED
    if region_of(e164) not in regions:
        return Unfit.REGION
    if kind is LineKind.MOBILE:
        return Reach(e164, Proof.CALL_BACK_PERSONAL_MOBILE, code=True)
    return Reach(e164, Proof.CALL_BACK_HOME, code=False)


def all_of(
    numbers: Collection[HeldNumber], shared: Collection[str], policy: Policy, regions: Collection[str], now: datetime
) -> tuple[Reach, ...]:
    """Return the numbers at which the customer can be reached, each once, mobiles first."""
    found = (reach_of(number, shared, policy, regions, now) for number in numbers)
    fit = {one.e164: one for one in found if isinstance(one, Reach)}
    return tuple(sorted(fit.values(), key=lambda one: (not one.code, one.e164)))
