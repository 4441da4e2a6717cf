"""Copies as the register of purposes stands now: until when what each was made for lets it be heard.

Every copy that is judged goes through here; one that did not is over (plugin/core/redaction.py). Judges nobody's right.
"""

from collections.abc import Sequence
from dataclasses import replace

from plugin.core.purposes import Register
from plugin.core.redaction import Redaction, ends_of
from plugin.store import purposes, redactions, retention
from plugin.store.engine import Connection


def in_time(connection: Connection, begun: Register, found: Sequence[Redaction]) -> tuple[Redaction, ...]:
    """Return the copies with the end of their purposes; `begun`: the register that the site began with."""
    if not found:
        return ()
    register = purposes.in_force_now(connection, begun)
    own = retention.own_purposes(connection, {one.call_id for one in found})
    return tuple(replace(one, until=ends_of(one, register, own.get(one.call_id, ()))) for one in found)


def one_in_time(connection: Connection, begun: Register, redaction_id: str) -> Redaction | None:
    """Return the copy with the end of its purpose, or None."""
    found = redactions.find(connection, redaction_id)
    return None if found is None else in_time(connection, begun, [found])[0]
