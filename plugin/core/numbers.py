"""What a written telephone number says. Reading never raises and never guesses: what is not plainly one number is
a value of its own.

The words around numbers are in number_words.py, the numbering plan in number_plan.py; docs/matching.md shows the rules
by example.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote

from plugin.core.number_plan import Planned, common, country_code, is_service, plan
from plugin.core.number_slips import bare, plainer
from plugin.core.number_words import CLOSE, EXTENSION, HEAD_LABEL, OPEN, TAIL_LABEL, WITHHELD


class WithheldReason(StrEnum):
    """Why a caller shows no number; the names follow the Japanese networks' four reasons."""

    REFUSED = "refused"
    PAYPHONE = "payphone"
    SERVICE_CONFLICT = "service_conflict"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class External:
    """A number of the public network. `e164` starts with +; `valid`: the numbering plan knows it."""

    raw: str
    e164: str
    valid: bool
    extension: str | None = None


@dataclass(frozen=True, slots=True)
class Internal:
    """An extension of the house: its own namespace, never a customer's number."""

    raw: str
    extension: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """The caller shows no number, for a stated reason."""

    raw: str
    reason: WithheldReason


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Text that is no number (or more than one)."""

    raw: str


NumberReading = External | Internal | Withheld | Unreadable

_MOST_CHARACTERS = 255
_MOST_EXTENSION_DIGITS = 7
_LONGEST_INTERNAL = 7

_BETWEEN = rf"\s._・/~{OPEN}{CLOSE}ー-"
_NUMBER = re.compile(rf"[{_BETWEEN}]*(?P<plus>\+?)(?P<rest>[0-9{_BETWEEN}]*[0-9])[{_BETWEEN}]*")
# After these a second number, or the last digits of a neighbouring line, may follow.
_MAY_PART = re.compile(rf"[\s{OPEN}{CLOSE}]+|[/~・]")
_URI = re.compile(
    r"(?:[^<]*<)?"
    r"(?:(?P<scheme>sips?):(?P<rest>[^<>@\s,]+(?:@[^<>@\s,]*)?)|tel:(?P<tel>[^<>;]+(?:;[a-z][a-z0-9-]*(?:=[^;:>]*)?)*))"
    r"(?:>(?:;[^<>]*)?)?"
)
_CALLER_ID_CODE = re.compile(rf"[\s{OPEN}]*(?:\*31#|#31#|\*31\*)[{_BETWEEN}]*")
_CALLER_ID_PREFIX = re.compile(rf"[\s{OPEN}]*18[46][{_BETWEEN}]*(?=[0+])")
_HYPHENS = str.maketrans(dict.fromkeys("‐‑‒–—―−─━⁃˗ｰ", "-") | dict.fromkeys("〜∼∿⁓", "~"))
_SLIPS_OF = "JP"
_SPREADSHEET_FLOAT = re.compile(r"([0-9]{9,})\.0")


def read_number(raw: str, region: str) -> NumberReading:
    """Read `raw`, any text at all, as a person or a phone system in `region` (two letters, as JP) would mean it.

    One number of the public network gives External, with an extension behind it kept apart; the word for a hidden
    number Withheld; a short number of the house Internal; anything else, two numbers or free text, Unreadable.
    """
    if region == "JP" and (quick := common(raw)) is not None:
        return External(raw, quick.e164, quick.valid)
    text = _fold(raw) if len(raw) <= _MOST_CHARACTERS else ""
    if len(text) > _MOST_CHARACTERS:  # one letter may fold into eighteen
        return Unreadable(raw)
    read = _read_folded(raw, text, region.upper())
    # 00… may be a carrier's own digits before a number; what else is possible is left as it was typed.
    may_slip = isinstance(read, Unreadable) or (isinstance(read, External) and not read.valid and text[:2] == "00")
    if region.upper() != _SLIPS_OF or not may_slip:
        return read
    return _read_slips(raw, text or _fold(bare(raw))) or read


def read_plain(text: str, region: str) -> External | None:
    """Read folded `text`, digits and what stands between them alone, as one number that is in use; else None."""
    found = _single(text, region)
    return External(text, found.e164, True) if found is not None and found.valid else None


def _read_slips(raw: str, text: str) -> External | None:
    """Read what only becomes a number when put more plainly; it must be one that is in use."""
    for form in ("", *plainer(text)):
        again = _read_written(raw, form or text, _SLIPS_OF)
        if isinstance(again, External) and again.valid:
            return again
    return None


def folded(text: str) -> str:
    """Return a free text in one width, one case and one hyphen; signs that change what digits mean become spaces."""
    plain = (letter if unicodedata.category(letter) not in {"No", "Cs"} else " " for letter in text)
    return unicodedata.normalize("NFKC", "".join(plain)).lower().translate(_HYPHENS)


def _fold(raw: str) -> str:
    """Return `raw` in one width, one case and one hyphen, or nothing where a sign in it changes what digits mean."""
    letters = []
    for letter in raw:
        category = unicodedata.category(letter)
        if category == "No" or category == "Cs" or (category == "Cc" and letter not in "\t\r\n"):
            return ""  # ① and ² would become digits of the number
        if category == "Nd":
            letters.append(str(unicodedata.digit(letter)))
        elif category != "Cf" and letter != "\ufe0f":  # copied from address books: marks of writing direction
            letters.append(letter)
    text = unicodedata.normalize("NFKC", "".join(letters)).lower().translate(_HYPHENS)
    return text.strip(" \t\r\n'\"’‘`")


def _read_folded(raw: str, text: str, region: str) -> NumberReading:
    if (reason := _withheld(text)) is not None:
        return Withheld(raw, reason)
    if uri := _URI.fullmatch(text):
        return _read_uri(raw, uri["scheme"], uri["rest"] or uri["tel"], region)
    return _read_written(raw, text, region)


def _withheld(text: str) -> WithheldReason | None:
    user, _, host = text.strip(f" {OPEN}{CLOSE}").partition("@")  # an address without its sip: (RFC 3323)
    word = WITHHELD.get(re.sub(rf"[\s_{OPEN}{CLOSE}-]", "", user))
    if host and len(user) == 1:
        return None  # a person's address: the letters P, C, S and O stand alone
    hidden = host.endswith(".invalid") and word is None
    return WithheldReason.REFUSED if hidden else None if word is None else WithheldReason(word)


def _read_uri(raw: str, scheme: str | None, rest: str, region: str) -> NumberReading:
    """Read what stands behind sip: or sips: (RFC 3261), or else behind tel: (RFC 3966), up to a closing >."""
    user, *parameters = rest.split("?")[0].split("@")[0].split(";")
    named = dict(parameter.partition("=")[::2] for parameter in parameters)
    user = unquote(user).split(":")[0] if scheme else unquote(user)
    context = named.get("phone-context", "")
    if context.startswith("+") and not user.startswith("+"):
        user = context + user
    if extension := named.get("ext", ""):
        user += f";ext={extension}"
    if (reason := _withheld(user)) is not None:
        return Withheld(raw, reason)
    return _read_written(raw, user, region)


def _read_written(raw: str, text: str, region: str) -> NumberReading:
    text = _without_labels(text)
    if match := _SPREADSHEET_FLOAT.fullmatch(text):
        text = match[1]
    if match := _CALLER_ID_CODE.match(text):
        text = text[match.end() :]
    if match := EXTENSION.fullmatch(text):
        return _read_with_extension(raw, match, region)
    if (found := _public(text, region)) is not None:
        return External(raw, found.e164, found.valid)
    if _is_internal(text, region):
        return Internal(raw, text)
    return Unreadable(raw)


def _without_labels(text: str) -> str:
    while match := HEAD_LABEL.match(text):
        text = text[match.end() :]
    while match := TAIL_LABEL.search(text):
        text = text[: match.start()]
    return text.strip()


def _read_with_extension(raw: str, match: re.Match[str], region: str) -> NumberReading:
    extension = re.sub(r"[^0-9]", "", match["extension"])
    number = _without_labels(match["number"])
    if len(extension) > _MOST_EXTENSION_DIGITS:
        return Unreadable(raw)
    if not number.strip(f" {OPEN}{CLOSE}") and match["word"] != "#":
        return Internal(raw, extension)
    found = _public(number, region)
    return Unreadable(raw) if found is None else External(raw, found.e164, found.valid, extension)


def _public(text: str, region: str) -> Planned | None:
    """Return the one number of the public network that `text` (without labels and extension) is, or None."""
    if region == "JP" and (prefix := _CALLER_ID_PREFIX.match(text)):
        found = _single(text[prefix.end() :], region)
        if found is not None:
            return found
    return _single(text, region)


def _single(text: str, region: str) -> Planned | None:
    match = _NUMBER.fullmatch(text)
    if match is None or re.search(r"[0-9][^0-9]*[\r\n][^0-9]*[0-9]", text):
        return None
    international = bool(match["plus"])
    digits = _digits(match["rest"])
    if _is_short(digits, region, international=international):
        return None
    found = _dialled(digits, region, international=international)
    if found is not None and not found.valid and _holds_two(match["rest"], region, international=international):
        return None
    return found


def _is_short(digits: str, region: str, *, international: bool) -> bool:
    # Where the plan of a small country has numbers this short, they are numbers; elsewhere they are the house's own.
    if international or len(digits) > _LONGEST_INTERNAL:
        return False
    found = plan(digits, region, international=False)
    return found is None or not found.valid


def _dialled(digits: str, region: str, *, international: bool) -> Planned | None:
    found = plan(digits, region, international=international)
    if international or not digits.startswith("00") or (found is not None and found.valid):
        return found
    # 00 for the + of other countries: taken where it leads home, or to a number that is in use there.
    abroad = plan(digits[2:], region, international=True)
    if abroad is not None and (abroad.valid or digits[2:].startswith(str(country_code(region)))):
        return abroad
    return found


def _holds_two(rest: str, region: str, *, international: bool) -> bool:
    """Tell whether `rest`, no valid number as a whole, is a valid one and something more."""
    for part in _MAY_PART.finditer(rest):
        head, tail = _digits(rest[: part.start()]), _digits(rest[part.end() :])
        first = plan(head, region, international=international)
        least = 1 if part[0] in "/~・" else 2  # a lone last digit after a space is a slip of the finger
        if first is not None and first.valid and len(tail) >= least:
            return True
        # Behind a + the first digits are a country's; elsewhere they may count the number that follows: 3 090-…
        second = plan(tail, region, international=False) if tail.startswith("0") and not international else None
        if head and second is not None and second.valid:
            return True
        if min(len(head), len(tail)) > _LONGEST_INTERNAL:
            return True
    return False


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)


def _is_internal(text: str, region: str) -> bool:
    return (
        text.isascii()
        and text.isdigit()
        and len(text) <= _LONGEST_INTERNAL
        and not text.startswith("0")
        and not is_service(text, region)
    )
