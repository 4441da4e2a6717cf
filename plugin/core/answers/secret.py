"""A passphrase: case, width and spaces are folded, everything else counts."""

from plugin.core.answers.letters import fold


def stored_forms(value: str) -> frozenset[str]:
    """Return the one form of a passphrase, or nothing where nothing is written."""
    text = fold(fold(value).casefold()).replace(" ", "")
    return frozenset({text}) if text else frozenset()


spoken_forms = stored_forms
