"""A call as a vCon: the IETF's JSON for conversations (draft-ietf-vcon-vcon-core-04, syntax 0.4.0).

Sound is referred to by the address of its gated page and bound by its SHA-512, never put in. How a caller was verified
is a label; what he answered is in no vCon.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from plugin.core.calls import Call, Direction, Outcome
from plugin.core.ids import CallId, RecordingId, made_at
from plugin.core.times import to_us

_SYNTAX = "0.4.0"
_DISPOSITIONS: Mapping[Outcome, str] = {
    Outcome.ABANDONED: "hung-up",
    Outcome.MISSED: "no-answer",
    Outcome.BUSY: "busy",
    Outcome.VOICEMAIL: "voicemail-no-message",
}
_MEDIA_TYPES = {"audio/wav": "audio/x-wav", "audio/x-wav": "audio/x-wav", "audio/mpeg": "audio/x-mp3"}


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording of the call. `sha512`: of its bytes, in hex; `url`: of its gated page."""

    id: RecordingId
    started_at: datetime
    length_ms: int | None
    content_type: str
    channels: int
    sha512: str
    url: str


@dataclass(frozen=True, slots=True)
class Speaking:
    """Who spoke: the customer's number and, where a person gave him the call, his name; the agents by their keys.

    `validation`: a label of how the caller was verified; `none` where he was not. `agents`: name by key.
    """

    number: str | None
    name: str
    validation: str
    agents: Mapping[str, str]


def vcon(
    call_id: CallId, call: Call, who: Speaking, sounds: Sequence[Sound], host: str, now: datetime
) -> dict[str, Any]:
    """Return the call as a vCon, in JSON's values; `host`: the site's name, which its uuid is made with."""
    agents = list(dict.fromkeys((*who.agents, *call.answered_by)))
    agents = [each for each in agents if each != "customer"]
    parties = [_customer(call, who), *({"name": who.agents.get(each, each), "role": "agent"} for each in agents)]
    told: dict[str, Any] = {
        "vcon": _SYNTAX,
        "uuid": str(uuid_of(call_id, host)),
        "created_at": _instant(now),
        "parties": parties,
        "dialog": _dialogs(call, agents, sounds),
        "analysis": [],
        "attachments": [],
    }
    return told


def uuid_of(call_id: CallId, host: str) -> UUID:
    """Return the version 8 UUID of a call: its instant and chance, and the site's name, as the draft asks.

    The same call of the same site has the same one, whenever it is written.
    """
    chance = int.from_bytes(hashlib.sha256(call_id.encode()).digest()[:2]) & 0xFFF
    named = int.from_bytes(hashlib.sha1(host.encode(), usedforsecurity=False).digest()[:8]) >> 2
    instant = to_us(made_at(call_id)) // 1000
    return UUID(int=instant << 80 | 8 << 76 | chance << 64 | 0b10 << 62 | named)


def _customer(call: Call, who: Speaking) -> dict[str, Any]:
    party: dict[str, Any] = {"role": "customer"}
    if call.withheld is None and who.number:
        party["tel"] = f"tel:{who.number}"
    party["name"] = who.name or "anonymous"
    if who.name:
        party["validation"] = who.validation
    return party


def _dialogs(call: Call, agents: Sequence[str], sounds: Sequence[Sound]) -> list[dict[str, Any]]:
    everybody = [0, *range(1, len(agents) + 1)]
    if call.direction is Direction.OUTBOUND and len(everybody) > 1:  # who rings stands first
        everybody = [1, 0, *everybody[2:]]
    dialogs = [_sound(each, everybody) for each in sounds]
    if call.answered_at is None:
        failed = {"type": "incomplete", "start": _instant(call.started_at), "parties": everybody[:1]}
        outcome = call.outcome or Outcome.LOST
        dialogs.append(failed | {"disposition": _DISPOSITIONS.get(outcome, "failed")})
    elif not dialogs:
        dialogs.append({"type": "recording", "start": _instant(call.answered_at), "parties": everybody})
    if call.answered_at is not None:
        originals = list(range(len(dialogs)))
        dialogs += [_transfer(fact.by, fact.to, agents, originals) for fact in call.transfers if fact.done]
    return dialogs


def _sound(sound: Sound, everybody: list[int]) -> dict[str, Any]:
    parties: list[Any] = everybody
    if sound.channels == 2:  # one of them the customer's, the other all agents': which one is the site's to know
        parties = [everybody, everybody]
    told: dict[str, Any] = {"type": "recording", "start": _instant(sound.started_at), "parties": parties}
    if sound.length_ms is not None:
        told["duration"] = sound.length_ms / 1000
    told["mediatype"] = _MEDIA_TYPES.get(sound.content_type, sound.content_type)
    digest = base64.urlsafe_b64encode(bytes.fromhex(sound.sha512)).decode().rstrip("=")
    return told | {"url": sound.url, "content_hash": f"sha512-{digest}"}


def _transfer(by: str | None, to: str | None, agents: Sequence[str], originals: list[int]) -> dict[str, Any]:
    told: dict[str, Any] = {"type": "transfer", "transferee": 0, "original": originals, "target_dialog": originals}
    if by in agents:
        told["transferor"] = agents.index(by) + 1
    if to in agents:
        told["transfer_target"] = agents.index(to) + 1
    return told


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
