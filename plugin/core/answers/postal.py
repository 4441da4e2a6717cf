"""Japanese postal codes: seven digits, in groups of three and four or in one; nothing is filled in."""

import re

from plugin.core.answers.heard import with_hyphens, with_numerals, without_courtesy, without_label
from plugin.core.answers.letters import DASHES, fold, katakana, with_digits

_SHAPE = re.compile(rf"[〒〠]? ?([0-9]{{3}})(?: ?[{re.escape(DASHES)}ー~〜ノ_/.・·、,] ?| )?([0-9]{{4}})")
_ONE_BY_ONE = re.compile("[0-9](?: [0-9]){6}")


def stored_forms(value: str) -> frozenset[str]:
    """Return the seven digits, or nothing."""
    text = without_label(without_courtesy(fold(value)), "郵便番号|郵便")
    text = with_digits(with_numerals(katakana(with_hyphens(text.removeprefix("(").removesuffix(")")))))
    if _ONE_BY_ONE.fullmatch(text):
        text = text.replace(" ", "")
    found = _SHAPE.fullmatch(text)
    return frozenset({found[1] + found[2]}) if found else frozenset()


spoken_forms = stored_forms
