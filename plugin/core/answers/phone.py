"""Telephone numbers: the same E.164 number, however it is written; an extension counts where either side has one."""

import re

from plugin.core.answers.heard import digits_of, with_hyphens, without_courtesy, without_label
from plugin.core.answers.letters import fold, katakana, with_digits
from plugin.core.numbers import External, read_number

_BETWEEN = re.compile("[のノ、,·]")
_LABELS = "電話番号|携帯電話番号|携帯番号|携帯電話|携帯|自宅電話|自宅|固定電話|電話|番号|市外局番"


def stored_forms(value: str, region: str) -> frozenset[str]:
    """Return the number in E.164 with its extension; none where it is not one number of the public network."""
    text = without_label(without_courtesy(fold(value)), _LABELS)
    told = digits_of(katakana(text))
    plain = told or with_digits(_BETWEEN.sub("-", with_hyphens(text)))
    read = read_number(plain, region) if text else None
    if not isinstance(read, External):
        return frozenset()
    return frozenset({f"{read.e164};{read.extension or ''}"})


spoken_forms = stored_forms
