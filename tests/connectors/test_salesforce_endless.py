"""An org whose answers have no end: each is given up, as an error of the other side, and nothing of it is half read."""

from itertools import count
from pathlib import Path

import pytest

from connectors.crm.salesforce import SalesforceCrm, body
from connectors.crm.tempo import Tempo
from plugin.core.errors import OutsideError
from tests.kit.clock import HandClock
from tests.kit.faults import ALWAYS
from tests.kit.salesforce import crm_of
from tests.kit.salesforce_people import let_pass, read_on
from tests.kit.tempo import HandTempo
from tests.salesforce_org import Org
from tests.salesforce_org.crowd import fill
from tests.salesforce_org.faults import Act, Fault

_LOOK_S = 0.5  # goes by between two looks at the time


def impatient(org: Org, folder: Path, clock: HandClock) -> SalesforceCrm:
    """Return a connector for which time flies."""
    looks = count()
    return crm_of(org, folder, Tempo(clock, lambda: next(looks) * _LOOK_S, lambda _: None, lambda: 0.5))


def given_up(crm: SalesforceCrm) -> str:
    """Read to the end that is none; return why it was given up."""
    with pytest.raises(OutsideError) as caught:
        read_on(crm)
    return caught.value.reason


@pytest.mark.parametrize("is_packed", [False, True])
def test_an_answer_that_drips_for_ever_is_given_up_in_time(
    org: Org, tmp_path: Path, clock: HandClock, is_packed: bool
) -> None:
    fill(org, 5)
    org.jobs.compresses = is_packed
    org.faults.add(Fault(Act.DRIP, "bulk_results", times=ALWAYS, skip=1))
    assert given_up(impatient(org, tmp_path, clock)) == "timeout"
    org.faults.clear()
    assert len(read_on(impatient(org, tmp_path, clock))[0]) == 5


def test_more_rows_than_were_asked_for_are_refused(org: Org, tmp_path: Path, time: HandTempo) -> None:
    fill(org, 5)
    org.jobs.compresses = False
    org.faults.add(Fault(Act.FLOOD, "bulk_results", times=ALWAYS, skip=1))
    assert given_up(crm_of(org, tmp_path, time.tempo())) == "unreadable_answer"


def test_an_answer_is_given_up_when_it_grows_too_large(org: Org, tmp_path: Path, time: HandTempo) -> None:
    fill(org, 5)
    org.insert("Contact", LastName="長" * 80, HomePhone="9" * 40)
    with org.lock:
        org.tables.rows('UPDATE "Contact" SET "Name" = ?', ("長" * 40_000,))
    org.jobs.compresses = False
    org.faults.add(Fault(Act.FLOOD, "bulk_results", times=ALWAYS, skip=1))
    assert given_up(crm_of(org, tmp_path, time.tempo())) == "answer_too_large"
    assert body.MOST_BYTES // 120_000 < 20_000  # before it had sent too many rows


def test_pages_that_lead_round_in_a_circle_are_refused(org: Org, tmp_path: Path, time: HandTempo) -> None:
    org.jobs.page_rows = 100
    fill(org, 450)
    crm = crm_of(org, tmp_path, time.tempo())
    org.jobs.circles = True
    read = org.limits.counts["bulk_results"]
    with pytest.raises(OutsideError, match="unreadable_answer"):
        read_on(crm)
    assert org.limits.counts["bulk_results"] - read <= 1 + 5
    org.jobs.circles = False
    _, cursor, _ = read_on(crm)
    let_pass(time, hours=25)
    org.jobs.circles = True
    with pytest.raises(OutsideError, match="unreadable_answer"):
        read_on(crm, cursor)  # the census
