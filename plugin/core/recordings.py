"""Recordings as the house knows them: their states, what an import makes of them, and when the file is looked for.

Decides nothing about who may listen; that is plugin/core/grants.py alone.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import PurePosixPath
from urllib.parse import unquote

from plugin.core.calls import Media, RecordingKind
from plugin.core.heard import Stretch
from plugin.core.ids import CallId, RecordingId


class RecordingState(StrEnum):
    """What there is to hear of a call, and if nothing, why. A page shows exactly one of these for each recording."""

    NONE = "none"  # the call was not recorded; no row has this state
    DECLINED = "declined"  # the caller did not want to be recorded
    RECORDING = "recording"  # the phone system is still writing
    PENDING = "pending"  # written, not yet fetched
    PROCESSING = "processing"  # being read, converted and encrypted
    READY = "ready"
    WAITING_ONLY = "waiting_only"  # nobody talked: hold music, ringing
    EMPTY = "empty"  # a file without any sound
    MISSING = "missing"  # the file never came
    CORRUPT = "corrupt"  # the file, or our copy of it, cannot be read
    EXPIRED = "expired"  # erased in turn; the written record stays


class Mover(StrEnum):
    """Who brings a recording from one state into another."""

    PHONE_SYSTEM = "phone_system"  # what it says of the call
    IMPORTER = "importer"
    PLAYER = "player"  # that finds our own copy damaged
    CALLER = "caller"  # who does not want to be recorded, or wants it after all
    RETENTION = "retention"


_S = RecordingState
BEGINNINGS = frozenset({_S.RECORDING, _S.PENDING})
_MOVES: Mapping[Mover, Mapping[RecordingState, frozenset[RecordingState]]] = {
    Mover.PHONE_SYSTEM: {
        _S.RECORDING: frozenset({_S.PENDING}),
        _S.PENDING: frozenset({_S.RECORDING}),
        _S.MISSING: BEGINNINGS,  # a name for what was not found
        _S.WAITING_ONLY: BEGINNINGS,  # somebody talked after all: events come in any order
    },
    Mover.IMPORTER: {
        _S.RECORDING: frozenset({_S.PROCESSING}),  # the call is over; the word that the file is too never came
        _S.PENDING: frozenset({_S.PROCESSING}),
        _S.PROCESSING: frozenset(
            {_S.PROCESSING, _S.PENDING, _S.READY, _S.WAITING_ONLY, _S.EMPTY, _S.MISSING, _S.CORRUPT, _S.DECLINED}
        ),
    },
    Mover.PLAYER: {_S.READY: frozenset({_S.CORRUPT})},
    # What is not brought in yet is left to the importer, which then fetches nothing.
    Mover.CALLER: {
        **dict.fromkeys((_S.PROCESSING, _S.READY), frozenset({_S.DECLINED})),
        _S.DECLINED: frozenset({_S.READY}),
    },
    Mover.RETENTION: dict.fromkeys((_S.READY, _S.CORRUPT, _S.DECLINED), frozenset({_S.EXPIRED})),
}


def may_become(before: RecordingState, after: RecordingState, mover: Mover) -> bool:
    """Tell whether `mover` may bring a recording from one state into the other."""
    return after in _MOVES[mover].get(before, frozenset())


def before(after: RecordingState, mover: Mover) -> frozenset[RecordingState]:
    """Return the states from which `mover` may bring a recording into `after`."""
    return frozenset(state for state in RecordingState if may_become(state, after, mover))


PLAYABLE = frozenset({RecordingState.READY})
AWAITED = frozenset({RecordingState.RECORDING, RecordingState.PENDING, RecordingState.PROCESSING})

HASHED = "sha256:"  # before the hash of a native id that may not be kept
_LOOKS_AFTER_S = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)
_LOOKS_FROM_AFAR_S = (7200,) + (14_400,) * 17
_HOST = re.compile(r"(?=.{4,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])")
_DIGITS = re.compile(r"[0-9]+")
_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])[-. ()_]+(?=[0-9])")
_OF_A_RECORDER = re.compile(r"recorder:[A-Za-z0-9_-]{1,64}:[0-9a-f]{64}")
_SID = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}[0-9a-f]{32}(?![A-Za-z0-9])")  # ids of Twilio's, of random digits
_INSTANT = re.compile(r"1[0-9]{9}|1[0-9]{12}|20[0-9]{6}([0-9]{6})?")  # Unix seconds and milliseconds, dates


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording as pages and rules see it: where its file lies and how it is locked is not in here.

    `peaks` are the loudest sample of equal slices, 0-255 each, one channel after the other; `reason` is a stable word:
    why it is in that state, or by which rule it expired. `native_key` is `recording_key` of its native id; `gaps` are
    the pauses, where the call's record was at hand (core/recording_gaps.py).
    """

    id: RecordingId
    call_id: CallId
    state: RecordingState
    kind: RecordingKind
    started_at: datetime
    imported_at: datetime | None = None
    length_ms: int | None = None
    content_type: str | None = None
    channels: int | None = None
    size_bytes: int | None = None
    sha256: str | None = None
    peaks: bytes = b""
    reason: str | None = None
    source: str = ""
    expired_at: datetime | None = None
    native_key: str = ""
    gaps: tuple[Stretch, ...] = ()

    @property
    def lanes(self) -> tuple[bytes, ...]:
        """The peaks of each channel; none where nothing was measured."""
        count = self.channels or 1
        each = len(self.peaks) // count
        return tuple(self.peaks[n * each : (n + 1) * each] for n in range(count)) if each else ()


def key_month(recorded_at: datetime, kept_months: int, now: datetime) -> str:
    """Return the month (UTC, `2027-11`) whose key wraps a recording: the one in which its time ends.

    So destroying the key of a month that is over shreds what is due, and nothing else. Never a month that is over:
    what comes in late is wrapped in the running month, so that no key of a month that was shredded appears anew.
    """
    months = recorded_at.astimezone(UTC).year * 12 + recorded_at.astimezone(UTC).month - 1 + kept_months
    return max(f"{months // 12:04}-{months % 12 + 1:02}", f"{now.astimezone(UTC):%Y-%m}")


def is_address(uri: str) -> bool:
    """Tell whether `uri` is an address of the network, not the name of a file."""
    return uri[:8].lower().startswith(("https://", "http://"))


def is_host(name: str) -> bool:
    """Tell whether `name` is a host's exact name: small letters, digits, hyphens, dots; no address, port, wildcard."""
    return _HOST.fullmatch(name) is not None


def host_of(uri: str) -> str:
    """Return the host that an address names, "" where none: to tell addresses of one host, never to trust it."""
    return uri.partition("://")[2].partition("/")[0].rpartition("@")[2].lower()


def address_key(uri: str) -> str:
    """Return the sha-256 (hex) by which an address is known again once it was fetched."""
    return hashlib.sha256(uri.encode("utf-8", "surrogatepass")).hexdigest()


def look_again_after(looks: int, *, remote: bool = False) -> timedelta | None:
    """Return how long to wait before the next look for a file after `looks` looks in vain; None: give up.

    A file is given up after two hours; what is fetched (`remote`) after three days: hosts are away for a night.
    """
    waits_s = _LOOKS_AFTER_S + (_LOOKS_FROM_AFAR_S if remote else ())
    return timedelta(seconds=waits_s[looks]) if looks < len(waits_s) else None


def state_without_import(media: Media | None, *, answered: bool) -> RecordingState | None:
    """Return the state of a recording that is not worth fetching, or None where its file is to be read.

    `media` is what the phone system says the file holds. Where it says nothing, a call that nobody answered holds
    waiting only: the waiting customer's voice is not a conversation, and we keep no copy of it.
    """
    if media is Media.WAITING_ONLY or (media is None and not answered):
        return RecordingState.WAITING_ONLY
    if media is Media.EMPTY:
        return RecordingState.EMPTY
    return None


def recording_key(native_id: str) -> str:
    """Return the sha-256 (hex) of a recording's native id; of one that is already hashed, that hash."""
    if native_id.startswith(HASHED):
        return native_id.removeprefix(HASHED)
    return hashlib.sha256(native_id.encode("utf-8", "surrogatepass")).hexdigest()


def uri_without_number(uri: str, native_ids: Iterable[str]) -> str | None:
    """Return a `uri` that names the same file without the number that its name leaks, or None where none can.

    Phone systems put the caller's number into file names even where he withholds it (measured on Asterisk), and the
    call's own id last: `2026/11/23/q-…-09012345678-…-pbx1-1795388249.410.wav` becomes
    `2026/11/23/*-pbx1-1795388249.410.wav`, which a recording source reads as "the one file that ends so". An address
    stays whole where nothing in it could be a number, and goes where something could.
    """
    if _OF_A_RECORDER.fullmatch(uri):  # a hash: core/recorders.py
        return uri
    if is_address(uri):
        return None if _may_hold_a_number(uri, native_ids) else uri
    path = PurePosixPath(uri)
    for native_id in native_ids:
        if native_id and path.stem.endswith(f"-{native_id}"):
            return str(path.with_name(f"*-{native_id}{path.suffix}"))
    return None


def _may_hold_a_number(uri: str, native_ids: Iterable[str]) -> bool:
    text = _SID.sub("", unquote(uri))
    for native_id in native_ids:
        text = text.replace(native_id, "") if native_id else text
    runs = {*_DIGITS.findall(text), *_DIGITS.findall(_BETWEEN_DIGITS.sub("", text))}
    return any(9 <= len(run) <= 15 and not _INSTANT.fullmatch(run) for run in runs)
