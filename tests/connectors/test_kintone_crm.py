"""The kintone connector keeps the promises of every CRM, against a stand-in as strict as kintone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.crm.kintone import KintoneCrm
from tests.connectors.contracts import CrmContract, CrmSite
from tests.kintone_site import KintoneSite
from tests.kit.clock import HandClock
from tests.kit.kintone import Hand, crm_of, dress
from tests.kit.tempo import HandTempo


class TestKintoneCrm(CrmContract):
    @pytest.fixture
    def site(self, clock: HandClock, tmp_path: Path) -> Iterator[CrmSite]:
        with KintoneSite(clock) as there:
            dress(there)
            hand = Hand(there)

            def again() -> KintoneCrm:
                return crm_of(there, tmp_path / "kintone", HandTempo(clock).tempo())

            yield CrmSite(
                again(),
                hand.change,
                again,
                there.stop,
                page=500,
                as_there=hand.as_there,
                nobody="999999999",
                pass_time=lambda: clock.move(hours=25),
            )
