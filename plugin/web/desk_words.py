"""The words of the desk's values, for its templates: numbers, names, timers, reasons. Decides nothing."""

from datetime import datetime
from functools import lru_cache

import phonenumbers
from flask.blueprints import BlueprintSetupState

from plugin.core.calls import Direction
from plugin.core.customers import HeldNumber
from plugin.core.desk import CallerView, PopView
from plugin.core.heard import Stretch
from plugin.core.matching import Reason, ReasonKind
from plugin.core.missed import MissedLine
from plugin.core.phase import Phase
from plugin.core.seats import WaitingCall
from plugin.core.sharing import Sharing
from plugin.core.timeline_words import word as timeline_word
from plugin.web import door
from plugin.web.door import t
from plugin.web.texts import table

_SHOWN_DIGITS = 2
# What a reason says of the number itself, not of whom it stands for.
_OF_THE_NUMBER = frozenset(
    {
        ReasonKind.SHARED,
        ReasonKind.HOUSEHOLD,
        ReasonKind.COMPANY_LINE,
        ReasonKind.CALLED_BY_SEVERAL,
        ReasonKind.SAID_SHARED,
    }
)


def number(e164: str) -> str:
    """Return a number as people of the site write it; what is no E.164 number is shown as it is."""
    return _written(e164, door.house().settings.region)


@lru_cache(maxsize=4096)
def _written(text: str, region: str) -> str:
    try:
        read = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return text
    if not (text.startswith("+") or phonenumbers.is_possible_number(read)):
        return text
    home = phonenumbers.country_code_for_region(region) == read.country_code
    form = phonenumbers.PhoneNumberFormat.NATIONAL if home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(read, form)


def masked_number(held: HeldNumber) -> str:
    """Return one of a customer's numbers with all but its last digits hidden: it may be asked for as an answer."""
    if held.e164 is None:
        return t("customer.number.unreadable")
    written = number(held.e164)
    digits = sum(letter.isdigit() for letter in written)
    hidden, seen = [], 0
    for letter in written:
        seen += letter.isdigit()
        hidden.append("•" if letter.isdigit() and seen <= digits - _SHOWN_DIGITS else letter)
    return "".join(hidden)


def decliner_names(pop: PopView) -> str:
    """Return the names of those who may be calling and said before that they do not want to be recorded."""
    who = pop.consent.decliners if pop.consent else frozenset()
    return t("consent.names").join(each.customer.name for each in pop.caller.candidates if each.customer.id in who)


def caller_number(view: CallerView | MissedLine | WaitingCall) -> str:
    """Return what the caller's number is, or the word for why there is none."""
    if view.withheld:
        return t(f"desk.withheld.{view.withheld.value}")
    if view.number:
        return number(view.number)
    return t("desk.extension", extension=view.extension) if view.extension else t("desk.unreadable")


def title(view: PopView) -> str:
    """Return the name of a call: who is chosen, else the candidates, else the number."""
    return " ".join(filter(None, title_parts(view)))


def title_parts(view: PopView) -> tuple[str, str]:
    """Return the same as a name, which a tab may cut short, and how many others it may be ("" if none)."""
    caller = view.caller
    if caller.chosen:
        return caller.chosen.customer.name, ""
    if not caller.candidates:
        return caller_number(caller), ""
    others = len(caller.candidates) - 1
    return caller.candidates[0].customer.name, t("desk.tab.others", n=others) if others else ""


def phase_word(view: PopView) -> str:
    """Return the key of a phase's word: a call that we place does not ring at us."""
    if view.phase is Phase.RINGING and view.direction is Direction.OUTBOUND:
        return "dialling"
    return view.phase.value


def timer(view: PopView) -> str:
    """Return the timer's first text; the page's own clock moves it on (the same text keeps the part unchanged)."""
    seconds = 0 if view.part.until is None else max(0, int((view.part.until - view.part.since).total_seconds()))
    return f"{seconds // 60}:{seconds % 60:02}"


def spoken(view: PopView) -> str:
    """Return what is said aloud when a call appears or its state changes."""
    state = t(f"desk.phase.{phase_word(view)}")
    return t("desk.spoken", state=state, number=caller_number(view.caller), who=title(view))


def reason(why: Reason) -> str:
    """Return why somebody is a candidate."""
    if why.kind is ReasonKind.NUMBER and why.number_kind:
        return t(f"reason.number.{why.number_kind.value}")
    if why.kind in (ReasonKind.CHOSEN_BEFORE, ReasonKind.REFUSED_BEFORE, ReasonKind.SAID_SHARED) and why.at:
        return t(f"reason.{why.kind.value}", at=day_at(why.at), name=why.by)
    return t(f"reason.{why.kind.value}", n=why.count or 0)


def shared_reasons(view: CallerView) -> tuple[Reason, ...]:
    """Return what is so of the number, and so of every candidate: told once above them, it pushes none of them down."""
    first, *others = [each.reasons for each in view.candidates if each.certainty] or [()]
    if not others:
        return ()
    return tuple(why for why in first if why.kind in _OF_THE_NUMBER and all(why in reasons for reasons in others))


def sharing_word(sharing: Sharing) -> str:
    """Return how a number is used, and who said so or what taught it."""
    if sharing.by is None:
        how = t("sharing.learned", n=sharing.persons)
    else:
        how = t("sharing.said_by", name=sharing.by, at=day_at(sharing.at))
    return t("sharing.and", kind=t(f"sharing.kind.{sharing.kind.value}"), how=how)


def word(code: str) -> str:
    """Return the word of a topic or disposition; a code of the site's own is shown as it is."""
    return timeline_word(code, door.language())


def hint(topic: str, field: str) -> str:
    """Return what the template of a topic asks for in a field; nothing for a topic of the site's own."""
    key = f"template.{topic}.{field}"
    return t(key) if key in table() else ""


def both_words(code: str) -> tuple[str, str]:
    """Return the word of a topic or disposition in both languages: what is typed may come from either."""
    return timeline_word(code, "ja"), timeline_word(code, "en")


def day_at(at: datetime) -> str:
    """Return the day of an instant at the site."""
    return door.day(at.astimezone(door.house().settings.tz).date())


def second_of_day(at: datetime) -> str:
    """Return an instant of a call to the second."""
    return at.astimezone(door.house().settings.tz).strftime("%H:%M:%S")


def clock_of(ms: int) -> str:
    """Return a place in a recording: 1:05, or 1:02:03."""
    seconds = ms // 1000
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def heard_parts(stretches: tuple[Stretch, ...]) -> str:
    """Return the stretches that were heard: 0:12–1:05, 2:00–2:30."""
    return t("heard.between").join(f"{clock_of(each.from_ms)}–{clock_of(each.to_ms)}" for each in stretches)


def teach(state: BlueprintSetupState) -> None:
    """Give these words to the templates, macros included."""
    said = (
        number,
        masked_number,
        caller_number,
        decliner_names,
        title,
        title_parts,
        phase_word,
        timer,
        spoken,
        reason,
        shared_reasons,
        sharing_word,
        word,
        hint,
        day_at,
        second_of_day,
        clock_of,
        heard_parts,
    )
    state.app.jinja_env.globals.update({function.__name__: function for function in said})
