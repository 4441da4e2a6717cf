"""Who asks for a disclosure: which papers were seen, whom the case is about, under which mandate a proxy asks.

Keeps kind and date of a paper and nothing else of it; what has to be seen is plugin/core/disclosure.py `lacks`.
"""

from datetime import date
from zoneinfo import ZoneInfo

from plugin.core.audit import Act
from plugin.core.disclosure import Paper, papers_of
from plugin.core.disclosure_file import Disclosure
from plugin.core.errors import InputError, NotFound
from plugin.core.ids import MandateId, is_id
from plugin.core.mandates import Mandate
from plugin.core.ports import Clock
from plugin.core.staff import Staff
from plugin.core.times import local_day
from plugin.services.disclosures import Disclosures, changeable
from plugin.store import disclosures as rows
from plugin.store import mandates, speakers
from plugin.store.engine import Connection, Store


class DisclosureIdentity:
    """What was seen of who asks. `zone`: whose days papers are dated with."""

    def __init__(self, store: Store, clock: Clock, disclosures: Disclosures, zone: ZoneInfo) -> None:
        self._store = store
        self._clock = clock
        self._disclosures = disclosures
        self._zone = zone

    def see_paper(self, staff: Staff, case_id: str, paper: Paper, dated_on: date) -> None:
        """Note that a paper was seen: its kind and its own date.

        Raises as `Disclosures.change` does, InputError("paper" | "dated_on").
        """

        def work(connection: Connection, found: Disclosure) -> None:
            now = self._clock()
            changeable(found, now)
            if paper not in papers_of(found.intake.kind) or any(each.paper is paper for each in found.papers):
                raise InputError("paper")
            if dated_on > local_day(now, self._zone):
                raise InputError("dated_on")
            rows.add_paper(connection, found.case.id, paper, dated_on, staff.user_id, now)
            self._disclosures.note(connection, Act.DISCLOSURE_IDENTIFIED, staff, found, f"paper:{paper.value}")

        self._disclosures.change(staff, case_id, work)

    def forget_paper(self, staff: Staff, case_id: str, paper_id: str) -> None:
        """Take back a paper that was noted by mistake. Raises as `Disclosures.change` does, NotFound("paper")."""

        def work(connection: Connection, found: Disclosure) -> None:
            changeable(found, self._clock())
            if not rows.drop_paper(connection, found.case.id, paper_id):
                raise NotFound("paper")
            self._disclosures.note(connection, Act.DISCLOSURE_IDENTIFIED, staff, found, "paper_dropped")

        self._disclosures.change(staff, case_id, work)

    def tie(self, staff: Staff, case_id: str, code: str) -> None:
        """Say whom the case is about: the one customer of this number in the CRM; "" for nobody known.

        Raises as `Disclosures.change` does, InputError("code").
        """

        def work(connection: Connection, found: Disclosure) -> None:
            changeable(found, self._clock())
            about = None
            if code.strip():
                known = speakers.with_code(connection, code.strip())
                if len(known) != 1:
                    raise InputError("code")
                about = known[0][0]
            rows.set_about(connection, found.case.id, about, None)
            self._disclosures.note(connection, Act.DISCLOSURE_IDENTIFIED, staff, found, "about")

        self._disclosures.change(staff, case_id, work)

    def mandates(self, about: Disclosure) -> tuple[Mandate, ...]:
        """Return the mandates in force of the customer whom the case is about, for who chooses the proxy's."""
        if about.about is None:
            return ()
        now = self._clock()
        with self._store.read() as connection:
            return tuple(one for one in mandates.of_customer(connection, about.about) if one.is_in_force(now))

    def name_mandate(self, staff: Staff, case_id: str, mandate_id: str) -> None:
        """Say under which mandate the proxy asks: one in force, of whom the case is about.

        Raises as `Disclosures.change` does, InputError("mandate").
        """

        def work(connection: Connection, found: Disclosure) -> None:
            now = self._clock()
            changeable(found, now)
            chosen = mandates.find(connection, MandateId(mandate_id)) if is_id(mandate_id) else None
            if chosen is None or chosen.customer_id != found.about or not chosen.is_in_force(now):
                raise InputError("mandate")
            rows.set_about(connection, found.case.id, found.about, chosen.id)
            self._disclosures.note(connection, Act.DISCLOSURE_IDENTIFIED, staff, found, "mandate")

        self._disclosures.change(staff, case_id, work)
