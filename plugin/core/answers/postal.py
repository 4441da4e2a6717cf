"""Japanese postal codes: seven digits, in groups of three and four or in one; nothing is filled in."""

import re

from plugin.core.answers.letters import DASHES, fold, with_digits

_SHAPE = re.compile(
    rf"(?:[〒〠]|郵便番号[は:]?)? ?([0-9]{{3}})(?: ?[{re.escape(DASHES)}ー~〜のノ_/.、,] ?| )?([0-9]{{4}})"
)


def stored_forms(value: str) -> frozenset[str]:
    """Return the seven digits, or nothing."""
    found = _SHAPE.fullmatch(with_digits(fold(value)).removesuffix("です"))
    return frozenset({found[1] + found[2]}) if found else frozenset()


spoken_forms = stored_forms
