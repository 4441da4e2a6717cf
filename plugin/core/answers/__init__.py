"""Compares what a caller said with what the CRM holds, by the type of the answer, without ever keeping either.

Each type has a room with `stored_forms` and `spoken_forms`: normal forms of which two texts share at least one exactly
when they mean the same. Only keyed hashes of these forms are stored. What can be read in two ways has no form at all,
so it matches nothing. No text raises.
"""

from collections.abc import Callable

from plugin.core.answers import address, code, date, kana, name, phone, postal, secret
from plugin.core.identity import AnswerType

Forms = frozenset[str]
_ROOMS: dict[AnswerType, tuple[Callable[[str], Forms], Callable[[str], Forms]]] = {
    AnswerType.DATE: (date.stored_forms, date.spoken_forms),
    AnswerType.KANA: (kana.stored_forms, kana.spoken_forms),
    AnswerType.NAME: (name.stored_forms, name.spoken_forms),
    AnswerType.POSTAL: (postal.stored_forms, postal.spoken_forms),
    AnswerType.ADDRESS: (address.stored_forms, address.spoken_forms),
    AnswerType.CODE: (code.stored_forms, code.spoken_forms),
    AnswerType.SECRET: (secret.stored_forms, secret.spoken_forms),
}


def stored_forms(kind: AnswerType, value: str, region: str) -> Forms:
    """Return the normal forms of a value as the CRM holds it; none where it cannot be read in exactly one way.

    `region`: numbering region of numbers written without a country, such as JP.
    """
    return phone.stored_forms(value, region) if kind is AnswerType.PHONE else _ROOMS[kind][0](value)


def spoken_forms(kind: AnswerType, text: str, region: str) -> Forms:
    """Return the normal forms of what an operator typed while the caller spoke; none where it cannot be read."""
    return phone.spoken_forms(text, region) if kind is AnswerType.PHONE else _ROOMS[kind][1](text)


def same(kind: AnswerType, stored: str, spoken: str, region: str) -> bool:
    """Tell whether both texts mean the same; for trying the comparison out, not for judging."""
    return bool(stored_forms(kind, stored, region) & spoken_forms(kind, spoken, region))
