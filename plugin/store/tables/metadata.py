"""The one MetaData that all tables hang on, and the words that tables are written in."""

from sqlalchemy import Column, ForeignKey, MetaData

from migrations.columns import key

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# In an index's `info`: so many of its columns are looked up by, the others are only read there (decision 283).
LOOKED_UP_BY = "looked_up_by"


def own_id() -> Column[str]:
    """The primary key of a thing of ours."""
    return Column("id", key(26), primary_key=True)


def points_to(name: str, table: str, *, optional: bool = False, part_of_key: bool = False) -> Column[str]:
    """A reference to a thing of ours."""
    return Column(name, key(26), ForeignKey(f"{table}.id"), nullable=optional, primary_key=part_of_key)
