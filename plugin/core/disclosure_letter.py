"""The letter that answers a disclosure, and the one that tells that it takes longer; Japanese and English, in blocks.

A block says what it is on the page (`Place`), so that the printed page and the plain text are one letter. What the
letter says comes from the file alone; words of law are those of core/disclosure_law.py.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from unicodedata import east_asian_width
from zoneinfo import ZoneInfo

from plugin.core.disclosure import Audio, Decision
from plugin.core.disclosure_file import CallLine, Disclosure, Extension, Proposal
from plugin.core.disclosure_law import EN, JA, Words
from plugin.core.errors import Conflict, InputError

_WIDE = 64  # half-width letters of a line of the plain text, for what stands at its right


class Place(StrEnum):
    """Where a block stands on the sheet."""

    RIGHT = "right"
    TO = "to"
    TITLE = "title"
    TEXT = "text"
    CENTRE = "centre"
    HEAD = "head"
    ITEM = "item"
    ANNEX = "annex"  # begins a new sheet


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or lines, of a letter."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes. `contact`: where to ask and complain, in lines."""

    name: str
    contact: str

    @property
    def is_known(self) -> bool:
        """Whether a letter can be sent in this name."""
        return bool(self.name.strip() and self.contact.strip())


Blocks = tuple[Block, ...]


def letter_of(file: Disclosure, sender: Sender, on: date, zone: ZoneInfo, lang: str) -> Blocks:
    """Return the letter of a decision in force, dated `on`. Raises Conflict("undecided") before there is one."""
    proposal = file.proposal
    if proposal is None or not proposal.is_in_force:
        raise Conflict("undecided")
    words = _words(lang)
    kind = file.intake.kind
    head = words.heads[kind, proposal.decision]
    opening = words.opening[kind, proposal.decision].format(on=_day(file.intake.received_on, lang))
    told = _told(file, proposal, sender, words, zone, lang)
    blocks = [*_top(file, sender, on, words, lang), Block(Place.TITLE, head), Block(Place.TEXT, opening)]
    blocks.append(Block(Place.CENTRE, words.below))
    for at, (label, text) in enumerate(told, 1):
        blocks += [Block(Place.HEAD, f"{at}. {label}"), Block(Place.ITEM, text)]
    return (*blocks, Block(Place.RIGHT, words.end), *_annex(file, words, zone, lang))


def _told(
    file: Disclosure, proposal: Proposal, sender: Sender, words: Words, zone: ZoneInfo, lang: str
) -> list[tuple[str, str]]:
    """Return the numbered parts of the letter: what each is called, and what it says."""
    is_office, decision = bool(file.intake.office), proposal.decision
    decisions = words.decisions_office if is_office else words.decisions
    told = [
        (words.label_asked_office if is_office else words.label_asked, _asked(file, words, lang)),
        (words.label_decision_office if is_office else words.label_decision, decisions[decision]),
    ]
    if decision.gives:
        given = [_given(line, words, zone, lang) for line in file.calls if line.check and line.check.gives]
        told.append((words.label_given, "\n".join(given)))
    if proposal.ground is not None:
        partial = words.label_partial_office if is_office else words.label_partial
        refused = words.label_refused_office if is_office else words.label_refused
        grounds = words.grounds_office if is_office else words.grounds
        label = partial if decision is Decision.PARTIAL else refused
        told.append((label, f"{grounds[proposal.ground]}\n{proposal.words}"))
    complain = "\n".join((words.complain[file.intake.kind], "", sender.name, sender.contact))
    told.append((words.label_complain_office if is_office else words.label_complain, complain))
    return told


def notice_of(file: Disclosure, extension: Extension, sender: Sender, on: date, lang: str) -> Blocks:
    """Return the letter that tells the applicant of a later day, and why."""
    words = _words(lang)
    opening = words.notice.format(
        on=_day(file.intake.received_on, lang), before=_day(extension.before, lang), until=_day(extension.until, lang)
    )
    return (
        *_top(file, sender, on, words, lang),
        Block(Place.TITLE, words.notice_head),
        Block(Place.TEXT, opening),
        Block(Place.HEAD, words.label_reason),
        Block(Place.ITEM, extension.reason),
        Block(Place.HEAD, words.label_ask),
        Block(Place.ITEM, f"{sender.name}\n{sender.contact}"),
        Block(Place.RIGHT, words.end),
    )


def as_text(blocks: Blocks) -> str:
    """Return the letter as plain text."""
    lines: list[str] = []
    for block in blocks:
        if block.place is Place.RIGHT:
            lines += [_at_right(line) for line in block.text.splitlines()]
        elif block.place in (Place.TITLE, Place.CENTRE):
            lines += ["", " " * (max(0, _WIDE - _width(block.text)) // 2) + block.text, ""]
        elif block.place is Place.ITEM:
            lines += [f"  {line}" if line else "" for line in block.text.splitlines()] + [""]
        elif block.place is Place.ANNEX:
            lines += ["", "-" * _WIDE, block.text, ""]
        else:
            lines += [*block.text.splitlines(), *([""] if block.place is not Place.HEAD else [])]
    return "\n".join(lines).strip("\n") + "\n"


def as_stored(blocks: Blocks) -> str:
    """Return the letter in the one form in which it is kept."""
    return json.dumps([[block.place.value, block.text] for block in blocks], ensure_ascii=False)


def from_stored(body: str) -> Blocks:
    """Return the letter that was kept so. Raises InputError("letter")."""
    try:
        return tuple(Block(Place(place), str(text)) for place, text in json.loads(body))
    except (ValueError, TypeError) as error:
        raise InputError("letter") from error


def _words(lang: str) -> Words:
    return EN if lang == "en" else JA


def _top(file: Disclosure, sender: Sender, on: date, words: Words, lang: str) -> tuple[Block, ...]:
    to = file.intake.office or file.intake.name
    return (
        Block(Place.RIGHT, f"{file.case.number}\n{_day(on, lang)}"),
        Block(Place.TO, words.to_office.format(to=to) if file.intake.office else words.to_person.format(to=to)),
        Block(Place.RIGHT, sender.name),
    )


def _asked(file: Disclosure, words: Words, lang: str) -> str:
    intake = file.intake
    start, stop = intake.window
    day = _day(intake.call_on, lang)
    told = (
        day if start is None or stop is None else words.window.format(day=day, start=_clock(start), stop=_clock(stop))
    )
    lines = [words.asked.format(when=told)]
    if intake.operator:
        lines.append(words.asked_operator.format(name=intake.operator))
    return "\n".join(lines)


def _given(line: CallLine, words: Words, zone: ZoneInfo, lang: str) -> str:
    check = line.check
    assert check is not None  # who calls this asked
    parts = []
    if check.audio is not Audio.NOTHING and line.recordings:
        parts.append(
            words.audio[check.audio].format(length=words.length(sum(one.length_ms or 0 for one in line.recordings)))
        )
    if check.parts:
        names = words.comma.join(words.parts[part] for part, _ in line.given_texts)
        parts.append((words.text_blanked if check.leave_out else words.text).format(parts=names))
    return words.given.format(when=_when(line.started_at, zone, lang), what=words.comma.join(parts))


def _annex(file: Disclosure, words: Words, zone: ZoneInfo, lang: str) -> list[Block]:
    if file.decision is None or not file.decision.gives:
        return []
    told = [line for line in file.calls if line.given_texts]
    blocks = [Block(Place.ANNEX, words.annex)] if told else []
    for line in told:
        blocks.append(Block(Place.HEAD, words.annex_call.format(when=_when(line.started_at, zone, lang))))
        blocks += [Block(Place.ITEM, f"{words.parts[part]}\n{text}") for part, text in line.given_texts]
    if any(line.check and line.check.leave_out for line in told):
        blocks.append(Block(Place.TEXT, words.annex_blanked))
    return blocks


def _day(day: date, lang: str) -> str:
    return f"{day.day} {day:%B} {day.year}" if lang == "en" else f"{day.year}年{day.month}月{day.day}日"


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02}"


def _when(at: datetime, zone: ZoneInfo, lang: str) -> str:
    local = at.astimezone(zone)
    return f"{_day(local.date(), lang)} {local:%H:%M}"


def _at_right(line: str) -> str:
    return " " * max(0, _WIDE - _width(line)) + line


def _width(line: str) -> int:
    return sum(2 if east_asian_width(letter) in "FWA" else 1 for letter in line)
