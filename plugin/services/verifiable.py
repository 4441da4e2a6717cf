"""Who may verify the caller of which call, and go on with which verification: by plugin/core/access.py alone."""

from plugin.core.access import Deed, may, may_verify
from plugin.core.errors import Denied, NotFound
from plugin.core.identity import Verification
from plugin.core.ids import CallId, VerificationId
from plugin.core.parts import CallPart
from plugin.core.staff import Role, Staff
from plugin.store import call_parts
from plugin.store import identity as rows
from plugin.store.engine import Connection


def mine(connection: Connection, actor: Staff, verification_id: VerificationId) -> tuple[Verification, CallPart]:
    """Return the verification and its call, both locked. Another's, or of another session, is not found."""
    known = rows.verification(connection, verification_id)
    if known is None or (known.user_id, known.session_hash) != (actor.user_id, actor.session_hash):
        raise NotFound("verification")
    call = part_of(connection, actor, known.call_id, lock=True)
    found = rows.verification(connection, verification_id)  # anew: the call's lock may have been waited for
    if found is None:
        raise NotFound("verification")
    return found, call


def part_of(connection: Connection, actor: Staff, call_id: CallId, *, lock: bool = False) -> CallPart:
    """Return the call that he may verify the caller of.

    Raises Denied("verify"), and NotFound("call"), which a call that never rang at him answers too: else the two would
    tell which calls there are.
    """
    call = call_parts.find(connection, call_id, actor.user_id, lock=lock)
    if not may(actor.role, Deed.USE_DESK):
        raise Denied("verify")
    if call is None or not (call.rang_here or actor.role is Role.SUPERVISOR):
        raise NotFound("call")
    if not may_verify(actor, call):
        raise Denied("verify")
    return call
