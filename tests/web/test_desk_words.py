"""What is so of the number is told once, above its candidates; what is so of one of them stays with him."""

from datetime import UTC, datetime

from plugin.core.customers import Customer, CustomerKind, NumberKind
from plugin.core.desk import CallerView, CandidateView
from plugin.core.ids import CustomerId
from plugin.core.matching import Certainty, MatchKind, Reason, ReasonKind
from plugin.web.desk_words import shared_reasons

MAIN = Reason(ReasonKind.NUMBER, "Phone", NumberKind.MAIN)
SHARED, LINE = Reason(ReasonKind.SHARED, count=2), Reason(ReasonKind.COMPANY_LINE)
BEFORE = Reason(ReasonKind.CHOSEN_BEFORE, by="田中", at=datetime(2026, 11, 1, tzinfo=UTC))


WHO = Customer(CustomerId("1"), "local", "1", CustomerKind.PERSON, "山田 次郎", "", "C-1", None, None, None, None)


def caller(*reasons: tuple[Reason, ...] | None) -> CallerView:
    candidates = tuple(
        CandidateView(place, WHO, None if why is None else Certainty.FAIR, why or (), False, None, (), (), older=False)
        for place, why in enumerate(reasons, 1)
    )
    return CallerView("+81677778888", None, None, MatchKind.COMPANY_LINE, False, candidates, (), False)


def test_what_every_candidate_has_of_the_number_is_told_once() -> None:
    assert shared_reasons(caller((MAIN, SHARED, LINE), (MAIN, SHARED, LINE, BEFORE))) == (SHARED, LINE)


def test_what_one_lacks_is_told_of_the_others() -> None:
    assert shared_reasons(caller((MAIN, SHARED, LINE), (MAIN, SHARED))) == (SHARED,)


def test_of_one_candidate_or_none_nothing_is_lifted() -> None:
    assert shared_reasons(caller((MAIN, LINE))) == ()
    assert shared_reasons(caller()) == ()


def test_whom_a_person_chose_has_no_reasons_and_takes_none_away() -> None:
    assert shared_reasons(caller((SHARED,), None, (SHARED,))) == (SHARED,)
