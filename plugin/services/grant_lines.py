"""What the audit says of a grant, and the form in which its token is kept. Tells nothing that opens one."""

import hashlib
from datetime import datetime

from plugin.core.access import Purpose
from plugin.core.audit import Act, AuditFact, Remark, RemarkName
from plugin.core.grants import BasisKind, RecordedCall
from plugin.core.ids import RecordingId
from plugin.core.staff import Staff
from plugin.store import playback as rows


def fact_of(
    act: Act, at: datetime, actor: Staff, recording_id: RecordingId, call: RecordedCall, why: str, outcome: str
) -> AuditFact:
    """Return the audit line of what `actor` did with a recording; `why` is the purpose."""
    return AuditFact(
        act,
        at,
        user_id=actor.user_id,
        customer_id=call.customer_id,
        call_id=call.call_id,
        subject=recording_id,
        purpose=why,
        outcome=outcome,
        address=actor.address,
    )


def basis_word(grant: rows.Grant) -> str:
    """Return what the grant stands on, as the audit says it: kind, colon, id; of a case that was typed, the kind."""
    return grant.basis_kind.value if case_of(grant) else f"{grant.basis_kind}:{grant.basis}"


def case_of(grant: rows.Grant) -> tuple[Remark, ...]:
    """Return the reference of the case that the grant stands on, to be kept beside the audit's line; nothing else.

    A disclosure's is an id of ours and not typed by anybody.
    """
    is_typed = grant.basis_kind is BasisKind.CASE and grant.purpose is not Purpose.DISCLOSURE
    return (Remark(RemarkName.CASE, grant.basis),) if is_typed else ()


def hash_of(token: str) -> str:
    """Return the form in which a grant's token is kept. The token is 128 random bits."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
