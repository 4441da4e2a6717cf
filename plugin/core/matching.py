"""Who may be calling: the customers found under a number, each with how sure and why, in an order that never wavers.

Nothing here proves anything and nothing is picked: a number leads to candidates, a person decides among them. For a
withheld, internal, short, empty or unreadable number there is no candidate, whatever is stored.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from plugin.core.customers import Customer, CustomerKind, NumberHolder, NumberKind
from plugin.core.ids import CallId, CustomerId, UserId
from plugin.core.numbers import External, Internal, NumberReading, Withheld, WithheldReason
from plugin.core.sharing import Sharing, SharingKind
from plugin.core.times import to_us


class MatchKind(StrEnum):
    """What a number says about who calls. UNREADABLE: it is no number at all; NONE: a number that nobody has.

    MENTIONED: nobody has it; free texts of records hold it.
    """

    NONE = "none"
    ONE = "one"
    SEVERAL = "several"
    HOUSEHOLD = "household"
    COMPANY_LINE = "company_line"
    MENTIONED = "mentioned"
    WITHHELD = "withheld"
    INTERNAL = "internal"
    UNREADABLE = "unreadable"


class Certainty(StrEnum):
    """How far a number points to one customer. STRONG: to him alone; FAIR: to few; WEAK: to a line that many use."""

    STRONG = "strong"
    FAIR = "fair"
    WEAK = "weak"


class ReasonKind(StrEnum):
    """Why a customer is a candidate, or why less than it seems."""

    NUMBER = "number"  # the number stands in `field`, as a number of `number_kind`
    PERSONAL = "personal"  # … and is marked as his alone
    EXTENSION = "extension"  # … with the extension the caller shows
    OTHER_EXTENSION = "other_extension"  # … behind an extension the caller does not show
    MENTIONED = "mentioned"  # a free text, `field`, holds the number; whose it is, is not said there
    SHARED = "shared"  # `count` customers have it
    HOUSEHOLD = "household"  # all of them are one household
    COMPANY_LINE = "company_line"  # it is the line of an organisation
    CALLED_BY_SEVERAL = "called_by_several"  # calls from the number were given to `count` persons
    SAID_SHARED = "said_shared"  # `by` said at `at` that several use the number
    CHOSEN_BEFORE = "chosen_before"  # `by` said at `at` that an earlier call from this number was his
    REFUSED_BEFORE = "refused_before"  # `by` said at `at` that one was not


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason; which of the facts are given hangs on its kind. `by` is the name of the person who decided."""

    kind: ReasonKind
    field: str | None = None
    number_kind: NumberKind | None = None
    count: int | None = None
    by: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer who may be calling."""

    customer: Customer
    certainty: Certainty
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """What a caller's number says: the kind, every candidate, and for a withheld number its reason.

    `more`: so many customers have the number that not all are listed; `sharing`: how it is used, where that is known.
    """

    kind: MatchKind
    candidates: tuple[Candidate, ...] = ()
    withheld: WithheldReason | None = None
    more: bool = False
    sharing: Sharing | None = None


class AssignmentAct(StrEnum):
    """What a person decided about whose call it is."""

    CONFIRM = "confirm"
    REFUSE = "refuse"
    REASSIGN = "reassign"
    UNASSIGN = "unassign"


CHOOSING = frozenset({AssignmentAct.CONFIRM, AssignmentAct.REASSIGN})


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about whose a call is. `customer_id` None: nobody's any more; `by` is the name of who did."""

    call_id: CallId
    customer_id: CustomerId | None
    act: AssignmentAct
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Assignment(Decision):
    """A decision as it stands in the call's history, with what was said to it."""

    user_id: UserId
    reason: str


def match_without_number(reading: NumberReading) -> Match | None:
    """Return the match of a reading that no customer may ever be sought by, or None for a number of the network."""
    match reading:
        case External():
            return None
        case Withheld(_, reason):
            return Match(MatchKind.WITHHELD, withheld=reason)
        case Internal():
            return Match(MatchKind.INTERNAL)
        case _:
            return Match(MatchKind.UNREADABLE)


def rank(
    holders: Sequence[NumberHolder],
    earlier: Iterable[Decision] = (),
    extension: str | None = None,
    *,
    chosen: Iterable[Customer] = (),
    more: bool = False,
    sharing: Sharing | None = None,
) -> Match:
    """Return the match of a number that `holders` have, whatever their order; one customer may stand there twice.

    `earlier` are decisions on earlier calls from this number; `chosen` the customers whom they chose though the CRM
    does not have the number with them; `extension` what the caller shows behind it; `sharing` how the number is used.
    Order: the surest first, then who was chosen last, then by kind, reading, name and id.
    """
    by_customer: dict[CustomerId, tuple[Customer, list[NumberHolder]]] = {}
    for holder in sorted(holders, key=_written):
        by_customer.setdefault(holder.customer.id, (holder.customer, []))[1].append(holder)
    his = {holder.customer.id for holder in holders if holder.kind is not NumberKind.MENTIONED}
    count = len(his)
    mentioned = bool(by_customer)
    for customer in chosen:
        by_customer.setdefault(customer.id, (customer, []))
    kind = _kind([customer for customer, held in by_customer.values() if not held or customer.id in his])
    if kind is MatchKind.NONE and mentioned:
        kind = MatchKind.MENTIONED
    kind = _shared_kind(kind, sharing)
    decisions = last_decisions(earlier)
    said = _reasons_of_use(sharing)
    of_number = (*_reasons_of_number(kind, count), *said)
    candidates = [
        Candidate(
            customer,
            _certainty(held, kind, count, extension, sharing),
            _reasons(held, of_number if customer.id in his else said, decisions.get(customer.id), extension),
        )
        for customer, held in by_customer.values()
    ]
    if len(candidates) > 1:
        candidates.sort(key=lambda each: _place(each, decisions.get(each.customer.id)))
    return Match(kind, tuple(candidates), more=more, sharing=sharing)


def _written(holder: NumberHolder) -> tuple[str, str, str]:
    return holder.field, holder.kind, holder.extension or ""


def last_decisions(earlier: Iterable[Decision]) -> dict[CustomerId, Decision]:
    """Return the newest decision about each customer."""
    last: dict[CustomerId, Decision] = {}
    for decision in sorted(earlier, key=lambda made: (made.at, made.call_id, made.act)):
        if decision.customer_id is not None:
            last[decision.customer_id] = decision
    return last


def _is_his(holder: NumberHolder) -> bool:
    return holder.kind is not NumberKind.MENTIONED


def _kind(found: Sequence[Customer]) -> MatchKind:
    if not found:
        return MatchKind.NONE
    if len(found) == 1:
        return MatchKind.COMPANY_LINE if found[0].kind is CustomerKind.ORGANISATION else MatchKind.ONE
    if any(customer.kind is CustomerKind.ORGANISATION for customer in found):
        return MatchKind.COMPANY_LINE
    if _all_share(customer.household for customer in found):
        return MatchKind.HOUSEHOLD
    if _all_share(customer.organisation_id for customer in found):
        return MatchKind.COMPANY_LINE
    return MatchKind.SEVERAL


_KIND_OF = {
    SharingKind.HOUSEHOLD: MatchKind.HOUSEHOLD,
    SharingKind.COMPANY_LINE: MatchKind.COMPANY_LINE,
    SharingKind.SHARED: MatchKind.SEVERAL,
}


def _is_shared(sharing: Sharing | None) -> bool:
    return sharing is not None and sharing.kind is not SharingKind.PERSONAL


def _shared_kind(kind: MatchKind, sharing: Sharing | None) -> MatchKind:
    """Return the kind as how the number is used changes it; what the CRM says gives way to a person's word alone."""
    if sharing is None or not _is_shared(sharing) or kind in (MatchKind.NONE, MatchKind.MENTIONED):
        return kind
    told = kind in (MatchKind.HOUSEHOLD, MatchKind.COMPANY_LINE)
    return kind if told and (sharing.by is None or sharing.kind is SharingKind.SHARED) else _KIND_OF[sharing.kind]


def _all_share(words: Iterable[str | None]) -> bool:
    different = set(words)
    return len(different) == 1 and not different & {None, ""}


def _reasons_of_number(kind: MatchKind, count: int) -> list[Reason]:
    """Return the reasons that all have in common whose number it is."""
    reasons = [Reason(ReasonKind.SHARED, count=count)] if count > 1 else []
    if kind is MatchKind.HOUSEHOLD:
        reasons.append(Reason(ReasonKind.HOUSEHOLD))
    if kind is MatchKind.COMPANY_LINE:
        reasons.append(Reason(ReasonKind.COMPANY_LINE))
    return reasons


def _reasons_of_use(sharing: Sharing | None) -> tuple[Reason, ...]:
    if sharing is None or not _is_shared(sharing):
        return ()
    said = ReasonKind.CALLED_BY_SEVERAL if sharing.by is None else ReasonKind.SAID_SHARED
    return (Reason(said, count=sharing.persons, by=sharing.by, at=sharing.at),)


def _reasons(
    held: Sequence[NumberHolder], in_common: Sequence[Reason], decision: Decision | None, extension: str | None
) -> tuple[Reason, ...]:
    reasons = [reason for holder in held for reason in _reasons_of(holder, extension)]
    reasons += in_common
    if decision is not None:
        was_chosen = decision.act in CHOOSING
        word = ReasonKind.CHOSEN_BEFORE if was_chosen else ReasonKind.REFUSED_BEFORE
        reasons.append(Reason(word, by=decision.by, at=decision.at))
    return tuple(dict.fromkeys(reasons)) if len(held) > 1 else tuple(reasons)


def _reasons_of(holder: NumberHolder, extension: str | None) -> list[Reason]:
    if not _is_his(holder):
        return [Reason(ReasonKind.MENTIONED, holder.field)]
    reasons = [Reason(ReasonKind.NUMBER, holder.field, holder.kind)]
    if holder.personal:
        reasons.append(Reason(ReasonKind.PERSONAL, holder.field, holder.kind))
    if holder.extension is not None:
        same = holder.extension == extension
        reasons.append(Reason(ReasonKind.EXTENSION if same else ReasonKind.OTHER_EXTENSION, holder.field, holder.kind))
    return reasons


_STRENGTH = (Certainty.WEAK, Certainty.FAIR, Certainty.STRONG)


def _certainty(
    held: Sequence[NumberHolder], kind: MatchKind, count: int, extension: str | None, sharing: Sharing | None
) -> Certainty:
    if not held:  # only a person's word for an earlier call
        return Certainty.WEAK if count or _is_shared(sharing) else Certainty.FAIR
    each = [_certainty_of(holder, kind, count, extension) for holder in held]
    found = each[0] if len(each) == 1 else max(each, key=_STRENGTH.index)
    return Certainty.FAIR if found is Certainty.STRONG and _is_shared(sharing) else found


def _certainty_of(holder: NumberHolder, kind: MatchKind, count: int, extension: str | None) -> Certainty:
    if not _is_his(holder):
        return Certainty.WEAK
    if extension is not None and holder.extension == extension:
        return Certainty.STRONG if count == 1 else Certainty.FAIR
    # Everybody in a company calls out under its main number; a fax or a desk behind an extension rarely calls at all.
    if holder.extension is not None or holder.kind is NumberKind.FAX or extension is not None:
        return Certainty.WEAK
    if kind is MatchKind.COMPANY_LINE:
        return Certainty.FAIR if holder.customer.kind is CustomerKind.ORGANISATION else Certainty.WEAK
    if count == 1:
        return Certainty.FAIR if holder.kind is NumberKind.MAIN else Certainty.STRONG
    return Certainty.FAIR


def _place(candidate: Candidate, decision: Decision | None) -> tuple[int, int, bool, str, str, str]:
    customer = candidate.customer
    chosen_at = to_us(decision.at) if decision is not None and decision.act in CHOOSING else 0
    return (
        -_STRENGTH.index(candidate.certainty),
        -chosen_at,
        customer.kind is not CustomerKind.ORGANISATION,
        customer.kana or customer.name,
        customer.name,
        customer.id,
    )
