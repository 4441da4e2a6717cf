"""Codes and amounts: member and contract numbers, the last digits of a card, what was last paid. Every zero counts."""

import re

from plugin.core.answers.letters import DASHES, fold, number

_LEFT_OUT = re.compile(rf"[ ,./・_*•●¥\\:#{re.escape(DASHES)}ー]")


def stored_forms(value: str) -> frozenset[str]:
    """Return the letters and digits without what separates them; none where anything else is among them."""
    text = _LEFT_OUT.sub("", fold(value).upper()).removesuffix("円")
    text = number(text) or text
    return frozenset({text}) if text.isalnum() else frozenset()


spoken_forms = stored_forms
