"""The replica of the CRM's customers, the index of their numbers, and the two-letter index of their names."""

from sqlalchemy import Column, Index, Table, UniqueConstraint

from migrations.columns import KEYED, TABLE, blob, flag, instant, key, number, words
from plugin.store.tables.metadata import metadata, own_id, points_to

customers = Table(
    "customers",
    metadata,
    own_id(),
    Column("crm", key(32), nullable=False),
    Column("external_id", key(128), nullable=False),
    Column("kind", key(16), nullable=False),
    Column("name", words(255), nullable=False),
    Column("kana", words(255), nullable=False),
    Column("code", key(64), nullable=False),
    Column("household", key(128)),
    Column("organisation", key(128)),  # the external id of his company in the same CRM
    Column("stamp", key(40)),  # the CRM's word for the state he was read in
    Column("place", number(), unique=True),  # in the index of names; None: he is in none
    Column("gone_at", instant()),
    Column("updated_at", instant(), nullable=False),
    UniqueConstraint("crm", "external_id"),
    Index(None, "code"),
    Index(None, "organisation"),
    **TABLE,
)

customer_merges = Table(  # who of the gone is somebody else now
    "customer_merges",
    metadata,
    points_to("customer_id", "customers", part_of_key=True),
    Column("merged_into", key(128), nullable=False),  # an external id of the same CRM
    Column("moved_at", instant()),  # None: calls of his may still be given to him
    Index(None, "moved_at"),
    **TABLE,
)

customer_numbers = Table(
    "customer_numbers",
    metadata,
    points_to("customer_id", "customers", part_of_key=True),
    Column("field", key(64), primary_key=True),
    Column("place", key(4), primary_key=True),  # one field may hold several numbers: "0", "1", …
    Column("raw", words(255), nullable=False),
    Column("e164", key(24)),  # None: written, but unreadable
    Column("extension", key(24)),
    Column("valid", flag(), nullable=False),
    Column("kind", key(16), nullable=False),
    Column("personal", flag(), nullable=False),
    Column("changed_at", instant(), nullable=False),
    **KEYED,
)

number_holders = Table(  # the index of the numbers: store/number_holders.py
    "number_holders",
    metadata,
    Column("e164", key(24), primary_key=True),
    Column("place", number(), primary_key=True, autoincrement=False),
    **KEYED,
)

name_blocks = Table(  # which of a block's customers have two neighbouring letters: store/name_blocks.py
    "name_blocks",
    metadata,
    Column("block", number(), primary_key=True, autoincrement=False),
    Column("pair", key(4), primary_key=True),
    Column("members", blob(), nullable=False),
    **KEYED,
)
