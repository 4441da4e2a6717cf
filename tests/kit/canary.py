"""Known secrets, where each kind of them may stand, and how one is found in whatever a leak would write it as.

A finding names kind and place, never the secret. What is searched is only kept or looked at here, never changed.
"""

import base64
import contextlib
import html
import re
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cached_property
from urllib.parse import quote, unquote_plus

GZIP = b"\x1f\x8b\x08"
_MOST_UNPACKED_BYTES = 32 * 1024 * 1024
_DEPTH = 3  # an encoding inside an encoding inside an encoding
_APART = re.compile(r"[\s\-‐‑‒–—−ー.()（）/、,・_]+")
_ESCAPE = re.compile(r"\\+u([0-9a-fA-F]{4})|\\+x([0-9a-fA-F]{2})")
_SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_LEAST_DIGITS_APART = 9  # fewer digits, freed of what stands between them, stand in any pair of numbers
_LEAST_BYTES_ENCODED = 6


class Kind(StrEnum):
    """What a secret is; decides where it may stand."""

    ANSWER = "answer"  # what a customer would answer, as it stands in the CRM and as the caller says it
    WRONG_ANSWER = "wrong answer"
    HOSTILE = "hostile input"  # what each route is asked wrongly with
    NUMBER = "number"  # a caller's, whole
    NAME = "name"
    SUMMARY = "summary"
    TYPED = "typed"  # a reason, a question, what was looked up
    CODE = "one-time code"
    PASSWORD = "password"
    SESSION = "session token"
    FRAME = "session token of a page in a frame"
    GRANT = "grant token"
    START = "start token"
    FORM = "form token"
    CRM_TOKEN = "CRM access token"
    CRM_KEY = "CRM key"
    CARRIER = "carrier secret"
    TOTP = "authenticator secret"
    RECOVERY = "recovery code"
    KEY = "key"
    HOOK = "hook secret"
    SOUND = "sound"
    HIDDEN = "withheld number"  # that the phone system tells all the same
    PROVIDER = "identity provider's secret"  # ours for it, a code, a token


_PAGES = (
    *("page /", "page /desk/*", "page /calls/*", "page /customers/*", "page /inbox", "page /look-up", "page /checks*"),
    *(
        "page /recordings/*",
        "page /approvals",
        "page /overrides",
        "page /identity/*",
        "page /listening",
        "page /board*",
        "page /numbers",
        "page /notices*",
        "page /disclosures*",
        "page /harassment*",
        "page /holds",
        "page /cases*",
    ),
    "page /audit*",  # what was looked up: it stands beside its line, and can be erased
    "error /audit",  # the same page, beside the word that a filter made no sense
)
# "again": the same page once more, with what was wrong in the form
_PAGES_OF_CUSTOMERS = (*_PAGES, *(page.replace("page", "again", 1) for page in _PAGES))
# Places are words and a name, as watchers write them: "page /inbox", "error /calls/<call_id>", "table customers",
# "file recordings/x", "log", "bus". What is not here may stand nowhere.
MAY_STAND: dict[Kind, tuple[str, ...]] = {
    Kind.ANSWER: (),
    Kind.WRONG_ANSWER: (),
    Kind.HOSTILE: ("page /look-up",),  # who looks somebody up sees in the field what he typed
    Kind.NUMBER: (
        *_PAGES_OF_CUSTOMERS,
        "table disclosures",
        "table disclosure_letters",
        "table audit_remarks",
        "table calls",
        "table call_events",
        "table customer_numbers",
        "table number_holders",
        "table number_sharings",
        "table sharing_changes",
        "table call_adoptions",
        "table numbers_to_adopt",
        "table harassment_marks",
        "table recordings.uri",  # many phone systems name their files so; only until it is brought in
        "carrier",
        "file messages/*",  # the carrier that is a folder
        "raw *",
    ),
    Kind.NAME: (
        *_PAGES_OF_CUSTOMERS,
        "table customers",
        "table audit_remarks",  # what was looked up
        "table disclosures",
        "table disclosure_letters",
        "table disclosure_deliveries",
        "crm",
        "raw *",
    ),
    Kind.SUMMARY: (
        "page /",
        "page /desk/*",
        "page /calls/*",
        "page /customers/*",
        "page /inbox",
        "page /checks*",
        "page /recordings/<recording_id>",
        "page /disclosures*",
        "table summaries",
        "table disclosure_letters",  # what was given of them, word for word
        "table drafts",
        "table outbox",
        "crm",
        "raw *",
    ),
    Kind.TYPED: (
        *_PAGES_OF_CUSTOMERS,
        "table audit_remarks",
        "table approvals",
        "table recording_checks",
        "table markers",
        "table sharing_changes",
        "table overrides",
        "table cases",
        "table case_calls",
        "table holds",
        "table notices",
        "table disclosures",
        "table disclosure_calls",
        "table disclosure_extensions",
        "table disclosure_letters",
        "table disclosure_deliveries",
        "table harassment_reports",
        "raw *",
    ),
    Kind.CODE: ("carrier", "file messages/*"),
    Kind.PASSWORD: (),
    Kind.SESSION: ("cookie session", "cookie embed"),
    Kind.FRAME: ("page /embed/enter", "page /embed/resume"),
    Kind.GRANT: ("cookie grant",),
    Kind.START: ("page /embed/sign-in",),
    Kind.FORM: ("page *", "error *"),
    Kind.CRM_TOKEN: ("crm head authorization",),
    Kind.CRM_KEY: ("file settings/*",),
    Kind.CARRIER: ("carrier head authorization", "file settings/*"),
    Kind.TOTP: ("page /account/factors/code",),
    Kind.RECOVERY: ("page /account/factors/code/confirm", "page /account/factors/recovery-codes"),
    Kind.KEY: ("file keys/*",),
    Kind.HIDDEN: (),
    Kind.PROVIDER: ("file settings/*",),
    Kind.HOOK: ("file settings/*",),
    Kind.SOUND: (
        "page /recordings/<recording_id>/audio",
        "page /redactions/<redaction_id>/audio",
        "page /redactions/<redaction_id>/file",
        "page /clips/<redaction_id>/audio",
        "page /cases/<case_id>/evidence.zip",
        "file recorder/*",
        "file monitor/*",
    ),
}

# Whom a page may show it at all; "nobody" is who has not signed in. Kinds that are not here: whoever reaches the page.
_STAFF = frozenset({"operator", "service", "supervisor", "privacy"})
MAY_SEE: dict[Kind, frozenset[str]] = {
    Kind.NUMBER: _STAFF,
    Kind.NAME: _STAFF,
    Kind.SUMMARY: _STAFF,
    Kind.TYPED: _STAFF | {"admin"},
    Kind.SOUND: _STAFF | {"trainer"},  # of clips
}


@dataclass(frozen=True, slots=True, order=True)
class Leak:
    """A secret of this kind stands where it may not."""

    kind: Kind
    place: str


@dataclass(frozen=True)
class Canary:
    """One secret. `value`: text, or bytes for sound and keys."""

    kind: Kind
    value: str | bytes

    @cached_property
    def patterns(self) -> tuple[bytes, ...]:
        """The bytes that stand for it in encodings that no reading as text undoes."""
        texts = _spelled(self.value) if isinstance(self.value, str) else ()
        plain = [text.encode() for text in texts] if isinstance(self.value, str) else [self.value]
        found = set(plain)
        for text in texts:
            found |= {text.encode("utf-16-le"), text.encode("utf-16-be"), text.encode("shift_jis", "ignore")}
            found.add(text.encode("euc_jp", "ignore"))
        for value in plain:
            if len(value) >= _LEAST_BYTES_ENCODED:
                found |= {value.hex().encode(), value.hex().upper().encode(), base64.b32encode(value).rstrip(b"=")}
                found |= set(_as_base64(value))
        if self.must_stand_alone:  # too short to be told from a part of another number
            found = {one for one in found if not (one.isdigit() or one in plain)}
        return tuple(one for one in found if len(one) >= _LEAST_BYTES_ENCODED)

    @cached_property
    def word(self) -> str:
        """It as text is read: one width, one case; empty for bytes."""
        return _plain(self.value) if isinstance(self.value, str) else ""

    @cached_property
    def apart(self) -> str:
        """The same without what is written between digits and words; empty where that would be found in anything."""
        word = _APART.sub("", self.word)
        if word.startswith("+81"):
            word = word[3:]
        elif word.isdigit() and word.startswith("0"):
            word = word[1:]
        return "" if word.isdigit() and len(word) < _LEAST_DIGITS_APART else word

    @cached_property
    def must_stand_alone(self) -> bool:
        """Whether it is too short to be told from a part of another number."""
        return self.word.isdigit() and len(self.word) < _LEAST_DIGITS_APART

    def stands_alone_in(self, text: str) -> bool:
        """Tell whether it stands there, and not as a part of a number or word."""
        return re.search(rf"(?<![0-9a-z])(?<![0-9][.:\-]){self.word}(?![0-9a-z])", text) is not None

    def is_in(self, views: "Views") -> bool:
        """Tell whether it stands there in any of the ways."""
        if any(pattern in raw for raw in views.raws for pattern in self.patterns):
            return True
        if not self.word:
            return False
        if self.must_stand_alone:
            return any(self.stands_alone_in(text) for text in views.texts)
        if any(self.word in text for text in views.texts):
            return True
        return bool(self.apart) and any(self.apart in text for text in views.apart)


class Views:
    """Bytes as they are and as they read once what hides them is taken off; made once, searched for every secret."""

    def __init__(self, data: bytes) -> None:
        self.raws = list(_unpacked(data))
        self.texts = [_plain(raw.decode("utf-8", "replace")) for raw in self.raws]

    @cached_property
    def apart(self) -> list[str]:
        """The texts without what is written between digits and words."""
        return [_APART.sub("", text) for text in self.texts]


def may_stand(kind: Kind, place: str) -> bool:
    """Tell whether secrets of the kind may stand in the place; a place may end in " to" and who was answered."""
    where, _, who = place.partition(" to ")
    if who and who not in MAY_SEE.get(kind, {who}):
        return False
    # A table that is named without a column means all of its columns.
    names = {where, where.partition(".")[0]} if where.startswith("table ") else {where}
    patterns = (allowed.replace("[", "[[]") for allowed in MAY_STAND[kind])
    return any(fnmatchcase(name, pattern) for pattern in patterns for name in names)


def _unpacked(data: bytes) -> Iterator[bytes]:
    """Yield the bytes, and what every gzip in them holds."""
    yield data
    at = data.find(GZIP)
    while at >= 0:
        with contextlib.suppress(zlib.error):  # three bytes that only look like its head
            yield zlib.decompressobj(31).decompress(data[at:], _MOST_UNPACKED_BYTES)
        at = data.find(GZIP, at + 1)


def _plain(text: str) -> str:
    """Take off percent signs, entities and escapes, one inside the other; one width, one case."""
    for _ in range(_DEPTH):
        before = text
        if "%" in text:
            text = unquote_plus(text)
        if "&" in text:
            text = html.unescape(text)
        if "\\" in text:
            text = _SURROGATES.sub(_joined, _ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)), text))
        if text == before:
            break
    return unicodedata.normalize("NFKC", text).casefold()


def _joined(pair: "re.Match[str]") -> str:
    return pair[0].encode("utf-16", "surrogatepass").decode("utf-16")


def _spelled(value: str) -> tuple[str, ...]:
    """Return the value, and for a Japanese number all ways of writing it."""
    digits = _APART.sub("", value)
    if digits.startswith("+81"):
        digits = f"0{digits[3:]}"
    if not (digits.isdigit() and len(digits) in (10, 11)):
        return (value,)
    middle = f"{digits[:-8]}-{digits[-8:-4]}-{digits[-4:]}"
    return value, digits, f"+81{digits[1:]}", middle


def _as_base64(value: bytes) -> Iterator[bytes]:
    """Yield what of its base64 is the same wherever in a longer text it begins, in both alphabets."""
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + value)
        sure = whole[-(-before * 8 // 6) : (before + len(value)) * 8 // 6]
        yield sure
        yield sure.translate(bytes.maketrans(b"+/", b"-_"))


def disguises(value: str) -> dict[str, bytes]:
    """Return the value as each kind of leak would write it, by name; for proofs that the search finds them all."""
    wide = "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in value)
    packed = zlib.compressobj(wbits=31)
    return {
        "utf-8": value.encode(),
        "utf-16": value.encode("utf-16"),
        "utf-16 big end first": value.encode("utf-16-be"),
        "in an address": quote(value, safe="").encode(),
        "in an address of an address": quote(quote(value, safe=""), safe="").encode(),
        "json": "".join(f"\\u{unit:04x}" for unit in _units(value)).encode(),
        "json in json": "".join(f"\\\\u{unit:04X}" for unit in _units(value)).encode(),
        "entities": "".join(f"&#{ord(each)};" for each in value).encode(),
        "entities in hex": "".join(f"&#x{ord(each):x};" for each in value).encode(),
        "base64": base64.b64encode(b"x" + value.encode() + b"yz"),
        "base64 of addresses": base64.urlsafe_b64encode(value.encode()),
        "hex": value.encode().hex().encode(),
        "full width": wide.encode(),
        "gzip": b"head" + packed.compress(b"x" * 100 + value.encode()) + packed.flush() + b"tail",
    }


def _units(value: str) -> Iterator[int]:
    raw = value.encode("utf-16-be")
    return (int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2))
