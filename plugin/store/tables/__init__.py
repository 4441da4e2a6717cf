"""The schema, one room a subject, typed so that it moves from SQLite to MySQL unchanged."""

from plugin.store.tables import (
    alerts,
    approvals,
    audit,
    calls,
    customers,
    delivery,
    factors,
    identity,
    keeping,
    mandates,
    missed,
    proofs,
    recorders,
    recordings,
    seats,
    sharing,
    staff,
)
from plugin.store.tables.metadata import metadata

__all__ = [
    "alerts",
    "approvals",
    "audit",
    "calls",
    "customers",
    "delivery",
    "factors",
    "identity",
    "keeping",
    "mandates",
    "metadata",
    "missed",
    "proofs",
    "recorders",
    "recordings",
    "seats",
    "sharing",
    "staff",
]
