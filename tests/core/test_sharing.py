"""What calls teach of a number, and what its use changes for who may be calling."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from plugin.core.customers import Customer, CustomerKind, NumberHolder, NumberKind
from plugin.core.ids import CustomerId
from plugin.core.matching import Certainty, MatchKind, Reason, ReasonKind, rank
from plugin.core.sharing import Sharing, SharingKind, learned

AT = datetime(2026, 11, 22, tzinfo=UTC)


def _person(name: str, household: str | None = None, company: str | None = None) -> Customer:
    organisation = None if company is None else CustomerId(company)
    return Customer(
        CustomerId(name), "local", name, CustomerKind.PERSON, name, "", "", household, organisation, company, None
    )


def _held(customer: Customer) -> NumberHolder:
    return NumberHolder(customer, "携帯", NumberKind.MOBILE, None, False)


@pytest.mark.parametrize(
    ("callers", "kind"),
    [
        ([_person("a"), _person("b")], None),
        ([_person("a"), _person("b"), _person("c")], SharingKind.SHARED),
        ([_person("a", "H"), _person("b", "H"), _person("c", "H")], SharingKind.HOUSEHOLD),
        ([_person("a", "H"), _person("b", "H"), _person("c", "G")], SharingKind.SHARED),
        ([_person("a", None, "O"), _person("b", "G", "O"), _person("c", None, "O")], SharingKind.COMPANY_LINE),
        ([_person("a"), _person("b"), replace(_person("c"), kind=CustomerKind.ORGANISATION)], None),
    ],
)
def test_what_three_different_persons_teach(callers: list[Customer], kind: SharingKind | None) -> None:
    assert learned(callers, 3) is kind


@pytest.mark.parametrize("by", [None, "田中"])
@pytest.mark.parametrize(
    ("kind", "match", "certainty"),
    [
        (SharingKind.PERSONAL, MatchKind.ONE, Certainty.STRONG),
        (SharingKind.HOUSEHOLD, MatchKind.HOUSEHOLD, Certainty.FAIR),
        (SharingKind.COMPANY_LINE, MatchKind.COMPANY_LINE, Certainty.WEAK),
        (SharingKind.SHARED, MatchKind.SEVERAL, Certainty.FAIR),
    ],
)
def test_who_alone_has_a_shared_number_is_no_strong_match(
    kind: SharingKind, match: MatchKind, certainty: Certainty, by: str | None
) -> None:
    found = rank([_held(_person("太郎"))], sharing=Sharing(kind, 3, by, AT))
    assert (found.kind, found.candidates[0].certainty) == (match, certainty)
    said = Reason(ReasonKind.SAID_SHARED if by else ReasonKind.CALLED_BY_SEVERAL, count=3, by=by, at=AT)
    assert (said in found.candidates[0].reasons) is (kind is not SharingKind.PERSONAL)


def test_what_the_crm_says_gives_way_to_a_person_alone() -> None:
    family = [_held(_person("太郎", "H")), _held(_person("花子", "H"))]
    assert rank(family, sharing=Sharing(SharingKind.COMPANY_LINE, 3, None, AT)).kind is MatchKind.HOUSEHOLD
    assert rank(family, sharing=Sharing(SharingKind.COMPANY_LINE, 3, "田中", AT)).kind is MatchKind.COMPANY_LINE
    assert rank([], sharing=Sharing(SharingKind.HOUSEHOLD, 3, "田中", AT)).kind is MatchKind.NONE
