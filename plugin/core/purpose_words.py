"""What a house says to its callers of being recorded, made of the purposes in force: the one source of that text."""

from plugin.core.purposes import Applies, Register


def told(register: Register) -> tuple[str, str]:
    """Return what an announcement says before the talk begins, in Japanese and in English.

    It names each purpose of every call once, in the words of the register; purposes that only some cases have are named
    on the company's pages, with the rules of recording.
    """
    named = [rule for rule in register.values() if rule.applies is Applies.EVERY_CALL and rule.audio_days]
    ja = "、".join(dict.fromkeys(rule.notice_ja for rule in named))
    en = _listed(list(dict.fromkeys(rule.notice_en for rule in named)))
    if not named:
        return "この通話は録音しておりません。", "This call is not recorded."
    return (
        f"この通話は、{ja}のため、録音しております。録音を希望されない方は、オペレーターにお申し付けください。",
        f"This call is recorded for {en}. If you do not want to be recorded, please tell our operator.",
    )


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""
