"""Checkpoints of the audit as records of an object of their own, which the integration user may create and read alone.

No Task: whoever may edit activities may edit those, and they stand among calls. A record is made, never changed: the
org's unique key refuses a second one of the same name.
"""

from collections.abc import Iterator

from connectors.crm.salesforce import refusals
from connectors.crm.salesforce.client import Session
from connectors.crm.salesforce.refusals import Kind
from plugin.core.errors import OutsideError

OBJECT = "Denwaban_Checkpoint__c"
KEY, TEXT = "Denwaban_Key__c", "Denwaban_Text__c"
_WITHIN_S = 25.0


def bear(session: Session, key: str, text: str) -> str:
    """Make the record once; see core/ports.py Witness."""
    limited = session.within(_WITHIN_S)
    record = {"attributes": {"type": OBJECT}, KEY: key, TEXT: text}
    said = limited.post("composite/sobjects", {"allOrNone": False, "records": [record]}, repeatable=True)
    if not isinstance(said, list) or len(said) != 1 or not isinstance(said[0], dict):
        raise OutsideError("unreadable_answer")
    if said[0].get("success") is True and isinstance(said[0].get("id"), str):
        return str(said[0]["id"])
    error = refusals.of_row(said[0].get("errors"))
    if refusals.kind_of(error) is not Kind.ADOPT:
        raise error
    return _standing(limited, key)


def borne(session: Session) -> Iterator[str]:
    """Yield what stands there; see core/ports.py Witness."""
    limited = session.within(_WITHIN_S, background=False)
    for page in limited.query(f"SELECT {TEXT} FROM {OBJECT}"):  # noqa: S608  names of ours
        yield from (str(record.get(TEXT) or "") for record in page)


def _standing(session: Session, key: str) -> str:
    quoted = key.replace("\\", "\\\\").replace("'", "\\'")
    for page in session.query(f"SELECT Id FROM {OBJECT} WHERE {KEY} = '{quoted}'"):  # noqa: S608  quoted above
        for record in page:
            return str(record["Id"])
    raise OutsideError("unreadable_answer")  # refused as double, and not there
