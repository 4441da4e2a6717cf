"""The erasure of what people typed beside the audit: asked for by the privacy officer, approved by a second person.

The text and its salt go in the transaction of the approval; a line says which, by whom and on which ground, and a stone
keeps it erased whatever copy is put back (plugin/services/letting_go.py). The chain stays as it is. Refuses what is no
remark, or none any more.
"""

from enum import StrEnum

from plugin.core.approvals import Approval, ApprovalKind, fields_of
from plugin.core.audit import Act, AuditFact
from plugin.core.audit_check import remark_key
from plugin.core.errors import Conflict, NotFound
from plugin.core.ports import Clock
from plugin.core.staff import Staff
from plugin.services.approvals import Approvals
from plugin.store import audit, audit_look, remark_erasure
from plugin.store.engine import Connection, Store


class Ground(StrEnum):
    """Why a text may be erased."""

    REQUEST = "request"  # the person asked for it
    MISTAKE = "mistake"  # it should never have been typed
    PERIOD = "period"  # it was kept as long as its purpose needs


class Erasures:
    """Where erasures are asked for, and carried out."""

    def __init__(self, store: Store, clock: Clock, approvals: Approvals) -> None:
        self._store = store
        self._clock = clock
        self._approvals = approvals

    def ask(self, actor: Staff, seq: int, name: str, ground: Ground, reason: str) -> Approval:
        """Ask a second person to have the remark `name` beside line `seq` erased.

        Raises NotFound("remark") where none stands there, Denied("role"), InputError("reason").
        """
        with self._store.read() as connection:
            if all(kept.name != name for kept in audit_look.kept(connection, seq)):
                raise NotFound("remark")
        content: dict[str, str | int | bool | None] = {"line": seq, "remark": name, "ground": ground.value}
        return self._approvals.ask(ApprovalKind.AUDIT_ERASURE, str(seq), content, reason, actor)

    def carry_out(self, connection: Connection, approval: Approval, by: Staff) -> None:  # noqa: ARG002  as every effect
        """Erase what was approved, in the transaction of the approval. Raises Conflict("erased") where it is gone."""
        told = dict(fields_of(approval.content))
        seq, name = int(told["line"]), told["remark"]
        line, now = audit_look.one(connection, seq), self._clock()
        if line is None or not remark_erasure.erase(connection, seq, name, told["ground"], now):
            raise Conflict("erased")
        fact = AuditFact(
            Act.REMARK_ERASED,
            now,
            user_id=approval.asked_by,
            customer_id=line.customer_id,
            call_id=line.call_id,
            subject=remark_key(seq, name),
            purpose=told["ground"],
            outcome=f"approval:{approval.id}",
        )
        audit.append(connection, fact)
