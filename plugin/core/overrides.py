"""Overrides: a caller who cannot prove himself is believed by two people, for a stated reason, and it shows for ever.

An override opens what was written (level 1) and never more: further levels take proofs.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from plugin.core.approvals import ApprovalState
from plugin.core.ids import CallId, CustomerId

WINDOW = timedelta(hours=24)


class OverrideReason(StrEnum):
    """Why the usual way is closed to this caller."""

    HARDSHIP = "hardship"  # hearing, speech, age, illness
    RECORD = "record"  # what is registered is old or missing, and other things show who he is
    EMERGENCY = "emergency"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Override:
    """A request for one, and what became of it. `why` is None where its text is not as we wrote it."""

    id: str
    call_id: CallId
    customer_id: CustomerId
    customer_name: str
    why: OverrideReason | None
    words: str
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decided_words: str | None
    state: ApprovalState
    expires_at: datetime
    is_over: bool
