"""The newest plan of retention at rest, and what changed since it was worked out."""

from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, or_, select

from plugin.core.errors import InputError
from plugin.core.ids import new_id
from plugin.core.kept_plan import KeptPlan, read_plan, write_plan
from plugin.core.retention import Plan, PurgeState
from plugin.core.times import from_us, to_us
from plugin.store.tables.keeping import holds, kept_plans, purge_runs
from plugin.store.tables.recordings import recordings


def keep(connection: Connection, plan: Plan, at: datetime) -> None:
    """Keep the plan in place of the one before."""
    connection.execute(delete(kept_plans))
    connection.execute(insert(kept_plans).values(id=new_id(at), made_at=to_us(at), plan=write_plan(plan)))


def newest(connection: Connection) -> KeptPlan | None:
    """Return the plan that is kept; None where there is none, or it is of another version of the program."""
    row = connection.execute(select(kept_plans).order_by(kept_plans.c.made_at.desc()).limit(1)).one_or_none()
    try:
        return None if row is None else KeptPlan(read_plan(row.plan), from_us(row.made_at))
    except InputError:
        return None


def changed_since(connection: Connection, at: datetime) -> bool:
    """Tell whether a run erased something since, or a hold was placed or released."""
    done = (purge_runs.c.ended_at >= to_us(at)) & (purge_runs.c.state == PurgeState.DONE)
    if connection.execute(select(purge_runs.c.id).where(done).limit(1)).first():
        return True
    moved = or_(holds.c.placed_at >= to_us(at), holds.c.released_at >= to_us(at))
    return connection.execute(select(holds.c.id).where(moved).limit(1)).first() is not None


def is_small(connection: Connection, most: int) -> bool:
    """Tell whether there are so few recordings that a plan is worked out at once."""
    some = select(recordings.c.id).limit(most + 1).subquery()
    return (connection.scalar(select(func.count()).select_from(some)) or 0) <= most
