"""How far the customers of an app have been read, as the text that the house keeps with the last page.

A text that is none of ours, or of an app that is read otherwise by now, means: from the beginning. Holds record ids and
revisions, nothing else of any customer.
"""

import json
from dataclasses import asdict, dataclass, field

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the reading is.

    `begun`: when the pass under way began, by kintone's clock; empty between passes. `since`: from which 更新日時 it
    reads; empty for the first load. `after`: the last record id it told. `until`: from when the next pass reads, less
    the overlap; empty before the first load has ended. `seen`: revisions of records changed lately, which need not be
    told twice. `counted`: when the last census began.
    """

    mark: str
    begun: str = ""
    since: str = ""
    after: int = 0
    until: str = ""
    counted: str = ""
    seen: dict[str, str] = field(default_factory=dict)

    def write(self) -> str:
        """Return the text of it."""
        return json.dumps({"v": _VERSION, **asdict(self)}, separators=(",", ":"), sort_keys=True)


def read_cursor(text: str | None, mark: str) -> Cursor:
    """Return what the text says, or the beginning where it is none of this plan's."""
    try:
        told = json.loads(text or "")
        if told.pop("v") != _VERSION or told["mark"] != mark:
            return Cursor(mark)
        cursor = Cursor(**told)
        seen = {str(one): str(revision) for one, revision in cursor.seen.items()}
        instants = (cursor.begun, cursor.since, cursor.until, cursor.counted)
        if not all(isinstance(one, str) for one in instants) or not isinstance(cursor.after, int):
            return Cursor(mark)
        return Cursor(mark, cursor.begun, cursor.since, cursor.after, cursor.until, cursor.counted, seen)
    except (ValueError, KeyError, TypeError, AttributeError):
        return Cursor(mark)
