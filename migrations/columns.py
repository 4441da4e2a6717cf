"""The column types of the house, the same on SQLite and MySQL: what a stored value is, in one word.

Never: TIMESTAMP, JSON, TEXT keys, partial or expression indexes; they do not survive the move (docs/decisions).
"""

from typing import Any

from sqlalchemy import BigInteger, LargeBinary, SmallInteger, String, Text
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeEngine

# Keys are compared to the letter: a caller's は is not ハ and an id's abc is not ABC.
TABLE: dict[str, Any] = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
# For tables whose rows are little more than their key: SQLite keeps them in the key's tree and in no second one.
KEYED: dict[str, Any] = TABLE | {"sqlite_with_rowid": False}


def key(length: int) -> String:
    """Text that is looked up by equality: at most `length` characters, never ending in a space."""
    return String(length)


def words(length: int) -> String:
    """A short text that people read: at most `length` characters."""
    return String(length)


def instant() -> BigInteger:
    """Whole microseconds since 1970-01-01 UTC."""
    return BigInteger()


def number() -> BigInteger:
    """A whole number."""
    return BigInteger()


def flag() -> SmallInteger:
    """0 or 1."""
    return SmallInteger()


def long_text() -> TypeEngine[str]:
    """A text of any length."""
    return Text().with_variant(mysql.LONGTEXT(collation="utf8mb4_bin"), "mysql", "mariadb")


def blob() -> TypeEngine[bytes]:
    """Bytes of any length."""
    return LargeBinary().with_variant(mysql.LONGBLOB(), "mysql", "mariadb")
