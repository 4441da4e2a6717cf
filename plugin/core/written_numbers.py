"""What one field of a CRM says, where people also type two numbers into one, and what numbers a free text mentions.

Splits only what is plainly separate. A number that is merely mentioned is a hint and no more: whose it is, or was, is
not said there (docs/decisions/0270).
"""

import re
from collections.abc import Iterator, Sequence

from plugin.core.number_words import CLOSE, HEAD_LABEL, OPEN, TAIL_LABEL
from plugin.core.numbers import External, NumberReading, Unreadable, folded, read_number, read_plain

LONGEST_TEXT = 4_000  # of a free text, all of it that is looked through
MOST_MENTIONED = 20
_MOST_PARTS = 9
_MOST_GROUPS = 16  # of one number
_MOST_TRIED = 300  # in one text
_APART = re.compile(
    r"[\r\n、,，;；/／|｜&＆・･]+|または|又は|もしくは|若しくは|あるいは|及び|および|並びに|ならびに|\bor\b|\band\b"
    r"|(?<=[0-9０-９)）])\s*[とか]\s*(?=[^0-9]{0,9}[0０+＋])",
    re.IGNORECASE,
)
_LEAST_DIGITS, _MOST_DIGITS = 9, 15
_RUN = re.compile(r"\+?[0-9][0-9()~・/. \t\u3000ー-]{7,200}[0-9]")
_EXTENSION = re.compile(rf"[\s{OPEN}]{{0,3}}(?:内線|ext\.?|x|#)[\s:.]{{0,2}}([0-9]{{1,7}})(?![0-9])")
_GROUP = re.compile(r"\+?[0-9]+")
_IN_WORDS = re.compile(r"[0-9]")


def read_field(raw: str, region: str) -> tuple[NumberReading, ...]:
    """Read the text of one field, written in `region` (two letters).

    Several readings only where the whole is no number and each part is by itself a number that the plan knows: parts
    between line breaks, commas, slashes, 「と」「または」 and the like, or only between spaces, brackets and words for
    kinds of line; each once. Else one reading, which may be Unreadable.
    """
    whole = read_number(raw, region)
    if not isinstance(whole, Unreadable):
        return (whole,)
    return _parted(raw, region) or _side_by_side(raw, region) or (whole,)


def mentioned_in(text: str, region: str) -> tuple[External, ...]:
    """Return the numbers in use that a free text mentions, in order, each once; 20 at most, of its first 4,000 letters.

    A number there begins with 0 or +: a row of ten digits without it may be an order as well. `raw` is the number's
    own text and nothing around it.
    """
    found: dict[str, External] = {}
    for reading, _, _ in _numbers_in(folded(text[:LONGEST_TEXT]), region):
        found.setdefault(reading.e164, reading)
        if len(found) == MOST_MENTIONED:
            break
    return tuple(found.values())


def number_like(text: str) -> str:
    """Return of a free text, whatever its length, only what may be a number with its extension, one a line."""
    found = folded(text[:LONGEST_TEXT])
    ends = [(run.start(), (_EXTENSION.match(found, run.end()) or run).end()) for run in _RUN.finditer(found)]
    return "\n".join(found[start:end] for start, end in ends if found[start] in "0+")


def _parted(raw: str, region: str) -> tuple[NumberReading, ...]:
    parts = [part.strip() for part in _APART.split(raw) if part and part.strip()]
    if not 2 <= len(parts) <= _MOST_PARTS:
        return ()
    readings = [read_number(part, region) for part in parts]
    return _each_once([one for one in readings if isinstance(one, External) and one.valid], len(parts))


def _side_by_side(raw: str, region: str) -> tuple[NumberReading, ...]:
    """Read numbers with nothing between them but spaces, brackets and words for kinds of line."""
    text = folded(raw)
    found = list(_numbers_in(text, region))
    if not 2 <= len(found) <= _MOST_PARTS:
        return ()
    edges = [0, *(place for _, start, end in found for place in (start, end)), len(text)]
    between = (text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True))
    if not all(_says_nothing(each) for each in between):
        return ()
    return _each_once([reading for reading, _, _ in found], len(found))


def _each_once(readings: Sequence[External], expected: int) -> tuple[NumberReading, ...]:
    if len(readings) != expected:
        return ()
    return tuple({(one.e164, one.extension): one for one in readings}.values())


def _says_nothing(text: str) -> bool:
    """Tell whether what stands beside numbers is only words for lines, brackets and the like."""
    if _IN_WORDS.search(text):
        return False
    while match := HEAD_LABEL.match(text):
        text = text[match.end() :]
    while match := TAIL_LABEL.search(text):
        text = text[: match.start()]
    return not text.strip(f" \t\r\n\u3000,.:;/|&・=-{OPEN}{CLOSE}")


def _numbers_in(text: str, region: str) -> Iterator[tuple[External, int, int]]:
    """Yield each number in use that the folded text holds, and from where to where it stands."""
    left = _MOST_TRIED
    for run in _RUN.finditer(text):
        groups = list(_GROUP.finditer(run[0]))[:left]
        left -= len(groups)
        place = 0
        while place < len(groups):
            taken = _longest(run[0], groups, place, region)
            if taken is None:
                place += 1
                continue
            reading, last = taken
            start, end = run.start() + groups[place].start(), run.start() + groups[last].end()
            if behind := _EXTENSION.match(text, end):
                reading, end = External(text[start : behind.end()], reading.e164, True, behind[1]), behind.end()
            yield reading, start, end
            place = last + 1


def _longest(run: str, groups: Sequence[re.Match[str]], first: int, region: str) -> tuple[External, int] | None:
    if not groups[first][0].startswith(("0", "+")):
        return None
    for last in range(min(len(groups), first + _MOST_GROUPS) - 1, first - 1, -1):
        digits = sum(len(group[0]) for group in groups[first : last + 1])
        if not _LEAST_DIGITS <= digits <= _MOST_DIGITS + 1 or "+" in run[groups[first].end() : groups[last].end()]:
            continue
        written = run[groups[first].start() : groups[last].end()]
        if (reading := read_plain(written, region)) is not None:
            return reading, last
    return None
