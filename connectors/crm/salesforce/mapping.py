"""What a site says of fields that Salesforce cannot know the meaning of: answers that prove a caller, codes, readings.

Written as `Contact.Birthdate=birth_date, Contact.MailingState+Contact.MailingCity+Contact.MailingStreet=address`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from plugin.core.identity import Item

_ITEMS = frozenset(item.value for item in Item)
_FIELD = re.compile(r"(Account|Contact|Lead)\.([A-Za-z][A-Za-z0-9_]{0,79})")


class Meaning(StrEnum):
    """What a field can mean beside the answers of plugin/core/identity.py. PERSONAL: a number that is his alone.

    MEMO: free text; of it, the telephone numbers that it mentions are kept, as a hint.
    """

    CODE = "code"
    KANA = "kana"
    HOUSEHOLD = "household"
    PERSONAL = "personal"
    MEMO = "memo"


@dataclass(frozen=True, slots=True)
class Mapped:
    """The fields of one object that mean one thing together, one behind the other. `meaning`: Meaning or Item."""

    thing: str
    fields: tuple[str, ...]
    meaning: str


def read_mapping(text: str) -> tuple[Mapped, ...]:
    """Return what `text` says. Raises ValueError, whose text names what is wrong with it and holds no value."""
    return tuple(_read(part.strip()) for part in re.split(r"[,;\n]", text) if part.strip())


def _read(part: str) -> Mapped:
    names, equals, meaning = (piece.strip() for piece in part.partition("="))
    found = [_FIELD.fullmatch(name.strip()) for name in names.split("+")]
    if not equals or not all(found):
        raise ValueError("write Object.Field=meaning, objects are Account, Contact, Lead")
    if meaning not in {*Meaning, *_ITEMS}:
        raise ValueError(f"what a field means is one of {', '.join(sorted({*Meaning, *_ITEMS}))}")
    things = {one[1] for one in found if one}
    if len(things) != 1:
        raise ValueError("fields that are joined by + belong to one object")
    return Mapped(things.pop(), tuple(one[2] for one in found if one), meaning)


def of_thing(mapped: Sequence[Mapped], thing: str) -> tuple[Mapped, ...]:
    """Return what is said of one object."""
    return tuple(one for one in mapped if one.thing == thing)
