"""What carriers tell of messages afterwards: kept with the code that was sent, and shown at once to who sent it.

Believes nobody who is not proved to be the carrier. An end stays the end, whatever is told after it and in what order.
"""

from plugin.core.audit import Act, AuditFact
from plugin.core.codes import OneTimeCode
from plugin.core.deliveries import Delivery
from plugin.core.errors import NotFound
from plugin.core.identity import Verification
from plugin.core.ports import Clock, Publisher, ReportReader
from plugin.services.telling import tell
from plugin.store import audit, codes, identity
from plugin.store.engine import Connection, Store


class Reports:
    """The reports of a site's carrier. `reader` None: it has none, or one that tells nothing."""

    def __init__(self, store: Store, clock: Clock, reader: ReportReader | None, bus: Publisher) -> None:
        self._store = store
        self._clock = clock
        self._reader = reader
        self._bus = bus

    def take(self, delivery: Delivery) -> None:
        """Keep what one post says; of a code that is not known, or any more, nothing.

        Raises NotFound("carrier") where this site's carrier tells nothing, NotSignedIn, InputError, Unavailable.
        """
        if self._reader is None:
            raise NotFound("carrier")
        report = self._reader.read_report(delivery)
        if report.arrival is None:
            return

        def work(connection: Connection) -> Verification | None:
            code = codes.arrive(connection, report)
            return None if code is None else self._noted(connection, code)

        found = self._store.write_again(work)
        if found is not None:
            tell(self._bus, (found.user_id,))

    def _noted(self, connection: Connection, code: OneTimeCode) -> Verification:
        found = identity.verification(connection, code.verification_id)
        assert found is not None, "a code is of a verification"
        outcome = f"{code.arrival}:{code.arrival_why}" if code.arrival_why else f"{code.arrival}"
        audit.append(
            connection,
            AuditFact(
                Act.CODE_REPORTED,
                self._clock(),
                customer_id=found.customer_id,
                call_id=found.call_id,
                subject=code.id,
                outcome=outcome,
            ),
        )
        return found
