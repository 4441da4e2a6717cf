"""Telephone numbers: the same E.164 number, however it is written; an extension counts where either side has one."""

import re

from plugin.core.answers.letters import fold, with_digits
from plugin.core.numbers import External, read_number

_BETWEEN = re.compile("[のノ、,]")


def stored_forms(value: str, region: str) -> frozenset[str]:
    """Return the number in E.164 with its extension; none where it is not one number of the public network."""
    text = fold(value)
    plain = with_digits(_BETWEEN.sub("-", text).removesuffix("です"))
    read = read_number(plain, region) if text else None
    if not isinstance(read, External):
        return frozenset()
    return frozenset({f"{read.e164};{read.extension or ''}"})


spoken_forms = stored_forms
