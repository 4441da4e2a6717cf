"""What a verification leaves behind beside itself: its lines in the audit, whose call it was, and what follows.

Decides nothing.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from plugin.core.audit import Act, AuditFact
from plugin.core.errors import DenwabanError
from plugin.core.identity import RUNNING, Verification, VerificationState
from plugin.core.ids import CallId, CustomerId
from plugin.core.matching import AssignmentAct
from plugin.core.parts import CallPart
from plugin.core.ports import Publisher
from plugin.core.staff import Staff
from plugin.services.telling import tell
from plugin.store import assignments, audit
from plugin.store import identity as rows
from plugin.store.engine import Connection, Store

T = TypeVar("T")


def settle(store: Store, bus: Publisher, actor: Staff, work: Callable[[Connection], T | DenwabanError]) -> T:
    """Run `work` in one transaction and tell his desk; an error it returns is raised once its traces are committed."""
    result = store.write_again(work)
    tell(bus, (actor.user_id,))
    if isinstance(result, DenwabanError):
        raise result
    return result


def note(
    connection: Connection,
    act: Act,
    actor: Staff,
    about: tuple[CallId, CustomerId],
    at: datetime,
    outcome: str,
    subject: str | None = None,
    purpose: str | None = None,
) -> None:
    """Audit what `actor` did in the call with the customer; `outcome` and `purpose` are stable words."""
    call_id, customer_id = about
    fact = AuditFact(
        act,
        at,
        user_id=actor.user_id,
        customer_id=customer_id,
        call_id=call_id,
        subject=subject,
        purpose=purpose,
        outcome=outcome,
        address=actor.address,
    )
    audit.append(connection, fact)


def confirm(connection: Connection, actor: Staff, found: Verification, call: CallPart, at: datetime) -> None:
    """Give the call to the customer whom the caller proved to be, where it is not his already."""
    if call.customer_id == found.customer_id:
        return
    act = AssignmentAct.CONFIRM if call.customer_id is None else AssignmentAct.REASSIGN
    assignments.decide(connection, call.id, found.customer_id, act, actor.user_id, at, "verified")
    about = (call.id, found.customer_id)
    note(connection, Act.CALL_ASSIGNED, actor, about, at, act.value, found.id, "verified")


def end_others(
    connection: Connection, running: Sequence[Verification], actor: Staff, customer_id: CustomerId, at: datetime
) -> None:
    """End whatever is under way in the call, and whatever was proved of another person or before `actor`."""
    for one in running:
        if one.state not in RUNNING:
            continue
        if one.state is VerificationState.PASSED and one.customer_id == customer_id and one.user_id != actor.user_id:
            continue  # proved before a colleague: it goes on counting there
        rows.close(connection, one.id, VerificationState.ENDED)
        note(connection, Act.VERIFY_ENDED, actor, (one.call_id, one.customer_id), at, "ended", one.id)
