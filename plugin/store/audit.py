"""The audit chain at rest. `append` runs inside the transaction of the act itself; nothing changes or deletes."""

from sqlalchemy import Connection, insert, select, update

from plugin.core.audit import AuditFact, AuditLine, chain
from plugin.core.times import to_us
from plugin.store.tables.audit import audit_head, audit_lines


def append(connection: Connection, fact: AuditFact) -> AuditLine:
    """Chain `fact` behind the newest line, in the caller's writing transaction, and return its line.

    The head row is locked first (on MySQL; SQLite's writer is alone anyway), so the chain never forks.
    """
    seq, prev = connection.execute(select(audit_head.c.seq, audit_head.c.hash).with_for_update()).one()
    line = chain(fact, seq + 1, prev)
    connection.execute(
        insert(audit_lines).values(
            seq=line.seq,
            prev=line.prev,
            hash=line.hash,
            body=line.body,
            act=fact.act.value,
            user_id=fact.user_id,
            customer_id=fact.customer_id,
            at=to_us(fact.at),
        )
    )
    connection.execute(update(audit_head).values(seq=line.seq, hash=line.hash))
    return line
