"""A Salesforce org keeps the promises of every CRM."""

from pathlib import Path

import pytest

from connectors.crm.salesforce import SalesforceCrm
from tests.connectors.contracts import CrmContract, CrmSite
from tests.kit.faults import ALWAYS
from tests.kit.salesforce import crm_of
from tests.kit.salesforce_people import FIELDS, People
from tests.kit.tempo import HandTempo
from tests.salesforce_org import Org, query
from tests.salesforce_org.faults import Act, Fault

NOBODY = "0035j0000000zzzAAA"
PAGE = query.PAGE  # of a window; the bulk jobs' is as long here


class TestSalesforceCrm(CrmContract):
    @pytest.fixture
    def site(self, org: Org, tmp_path: Path, time: HandTempo) -> CrmSite:
        people = People(org, time.clock)
        org.jobs.page_rows = PAGE

        def again() -> SalesforceCrm:
            return crm_of(org, tmp_path, time.tempo(), fields=FIELDS)

        def shut() -> None:
            org.faults.add(Fault(Act.REFUSE, times=ALWAYS))

        def pass_time() -> None:
            time.clock.move(hours=25)

        return CrmSite(again(), people.change, again, shut, PAGE, people.as_there, NOBODY, pass_time)
