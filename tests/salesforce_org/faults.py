"""What goes wrong on demand: each fault waits for the requests it is meant for and strikes as often as it was told.

It decides what strikes; the wire carries out a lost answer, a cut body, a slow one.
"""

import json
from dataclasses import dataclass
from enum import StrEnum

from tests.kit.faults import Waiting
from tests.salesforce_org.answers import HTML, JSON, Answer, RowError


class Act(StrEnum):
    """How a fault shows."""

    REFUSE = "refuse"  # answered with `status` and `code`, nothing done
    MAINTENANCE = "maintenance"  # an HTML page with status 200 (or `status`), nothing done
    LOSE = "lose"  # done, and the answer never comes
    DRIP = "drip"  # done, and the end of the body's last value never comes; packed: nothing does
    FLOOD = "flood"  # done, and the body's last line comes again and again
    CUT = "cut"  # done, and the connection ends in the middle of the body
    SLOW = "slow"  # done, answered after `wait_s`
    LOCK_ROW = "lock_row"  # one record of the request fails with `code`


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: it strikes requests of the kind `on` (`*`: any), `times` often, after `skip` spared ones.

    The kinds stand in routes.py; `collections` means each of `collections_create`, `collections_upsert` and so on.
    `row` is the place of a record in its request, from 0; None: every one, until `times` are used up.
    """

    act: Act
    on: str = "*"
    times: int = 1
    skip: int = 0
    status: int = 503
    code: str = "SERVER_UNAVAILABLE"
    message: str = "Server is too busy"
    retry_after_s: int | None = None
    shape: str = "list"
    wait_s: float = 0.0
    row: int | None = None

    def answer(self) -> Answer:
        """Return what a refused client reads."""
        headers = {} if self.retry_after_s is None else {"Retry-After": str(self.retry_after_s)}
        if self.act is Act.MAINTENANCE:
            page = b"<html><head><title>Down for maintenance</title></head><body>We'll be right back.</body></html>"
            return Answer(self.status, page, HTML, headers)
        if self.shape == "html":
            return Answer(self.status, b"<html><body>Error</body></html>", HTML, headers)
        if self.shape == "empty":
            return Answer(self.status, b"", JSON, headers)
        body: object = {"message": self.message, "errorCode": self.code}
        return Answer(self.status, json.dumps(body if self.shape == "dict" else [body]).encode(), JSON, headers)

    def row_error(self) -> RowError:
        """Return what a struck record fails with."""
        return RowError(self.code, self.message)


def dead_session(*, on: str = "*", times: int = 1, shape: str = "list") -> Fault:
    """Return a 401 as for an ended session; both body shapes are seen in the field."""
    return Fault(
        Act.REFUSE, on, times, status=401, code="INVALID_SESSION_ID", message="Session expired or invalid", shape=shape
    )


def busy(status: int, *, on: str = "*", times: int = 1, retry_after_s: int | None = None) -> Fault:
    """Return a refusal that eases by itself: 406, 420, 429 or a 5xx."""
    return Fault(Act.REFUSE, on, times, status=status, retry_after_s=retry_after_s)


def lost_answer(on: str, times: int = 1) -> Fault:
    """Return a time-out after commit: the request is carried out and the client hears nothing."""
    return Fault(Act.LOSE, on, times)


def locked_row(row: int | None = None, *, on: str = "*", times: int = 1) -> Fault:
    """Return UNABLE_TO_LOCK_ROW for record number `row` of a request, or for every one."""
    told = "unable to obtain exclusive access to this record or 1 records"
    return Fault(Act.LOCK_ROW, on, times, code="UNABLE_TO_LOCK_ROW", message=told, row=row)


def raced_row(row: int | None = None, *, on: str = "*", times: int = 1) -> Fault:
    """Return what an upsert meets when another one of the same new external id is being committed at that moment."""
    told = "duplicate value found: external id duplicates value on record with id: 00T5j0000000001"
    return Fault(Act.LOCK_ROW, on, times, code="DUPLICATE_VALUE", message=told, row=row)


class Faults(Waiting[Fault]):
    """The faults that still wait."""

    def strike(self, kind: str) -> Fault | None:
        """Return the fault that strikes a request of that kind, and count it."""
        return self.take(lambda fault: fault.act is not Act.LOCK_ROW and _is_on(fault, kind))

    def strike_row(self, kind: str, row: int) -> RowError | None:
        """Return the error that strikes record number `row` of a request, and count it."""
        fault = self.take(lambda fault: fault.act is Act.LOCK_ROW and _is_on(fault, kind) and fault.row in (None, row))
        return None if fault is None else fault.row_error()


def _is_on(fault: Fault, kind: str) -> bool:
    return fault.on in ("*", kind) or kind.startswith(fault.on + "_")
