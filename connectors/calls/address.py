"""Reads what a soft phone puts into the address that it opens: `GET /pop?tel=…`, with names that the site chose.

An address proves nothing: anybody can type one. What is read here says who seems to be calling, and no more.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from connectors.calls.reading import with_plus
from connectors.calls.sites import options_of
from plugin.core.call_json import key_text
from plugin.core.deliveries import AddressTold, SourceSite
from plugin.core.errors import InputError

_TEMPLATE = "tel={number}"
_PAIR = re.compile(r"([A-Za-z0-9_.-]{1,64})=\{([a-z_]+)\}")
_PLACES = frozenset({"number", "line", "queue", "ignored"})
_MOST_LETTERS = 2048
_NUMBER_LETTERS = 64


@dataclass(frozen=True, slots=True)
class AddressTemplate:
    """What each name in the address holds: number, line, queue or ignored; `from_pages`: see `read_template`."""

    names: dict[str, str]
    from_pages: bool = False

    def read(self, query: str) -> AddressTold:
        """Return what the query says. A line or queue that cannot be read is left out.

        Raises InputError("number") where there is no number in it, or several.
        """
        found: dict[str, list[str]] = {}
        for name, value in _pairs(query[:_MOST_LETTERS]):
            if place := self.names.get(name):
                found.setdefault(place, []).append(value.strip())
        numbers = found.get("number", [])
        if len(numbers) != 1 or "{" in numbers[0]:  # nobody put one in
            raise InputError("number")
        number = _readable(numbers[0]) or ("" if not numbers[0] else None)
        if number is None:
            raise InputError("number")
        line, queue = (_readable(found.get(place, [""])[0]) for place in ("line", "queue"))
        return AddressTold(with_plus(number) or "", with_plus(line), queue)


def read_template(site: SourceSite) -> AddressTemplate:
    """Return the template of the source. Options: `template`, such as `tel={number}&line={line}`; `from_pages` = yes
    where the telephone is itself a page of another site.

    Raises SettingError for one with an unknown place, a doubled name, or without {number}.
    """
    told = options_of(site)
    names: dict[str, str] = {}
    for part in told.text("template", _TEMPLATE).removeprefix("?").split("&"):
        pair = _PAIR.fullmatch(part)
        if pair is None or pair[2] not in _PLACES or pair[1] in names:
            told.invalid("template", "not like tel={number}&line={line}&queue={queue}&id={ignored}")
        names[pair[1]] = pair[2]
    if list(names.values()).count("number") != 1:
        told.invalid("template", "{number} must stand in it once")
    from_pages = told.text("from_pages", "no")
    if from_pages not in ("yes", "no"):
        told.invalid("from_pages", "not yes or no")
    told.end()
    return AddressTemplate(names, from_pages == "yes")


def _pairs(query: str) -> list[tuple[str, str]]:
    """Read the query as UTF-8 or, as telephones on Windows in Japan write it, Shift_JIS."""
    for encoding, errors in (("utf-8", "strict"), ("cp932", "replace")):
        try:
            return parse_qsl(query, keep_blank_values=True, encoding=encoding, errors=errors, max_num_fields=50)
        except UnicodeDecodeError:
            continue
        except ValueError:
            break
    raise InputError("number")


def _readable(text: str) -> str | None:
    try:
        return key_text(text, _NUMBER_LETTERS, "address") if text and "�" not in text else None
    except InputError:
        return None
