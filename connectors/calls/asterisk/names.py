"""What the name of a channel says: technology, endpoint, which half of a Local pair, whether it is a trunk's.

The customer's side is found by the site's patterns of trunks; an endpoint that is no trunk's belongs to the house.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from connectors.calls.asterisk.wire import clip

_NAME = re.compile(r"(?P<tech>[^/]+)/(?P<endpoint>.+?)(?:-[0-9a-f]{6,16})?(?:;(?P<half>[12]))?")
_IAX = re.compile(r"(?P<endpoint>IAX2/.+)-[0-9]{1,5}")  # its serial is the number of a call, in decimal
_SNOOP = re.compile(r"Snoop/(?P<uid>.+)-[0-9a-f]{6,16}")
_EXTENSION = re.compile(r"[0-9*#]{1,8}")
_MOST_CHARACTERS = 64
_NO_DEVICES = {  # the exchange itself, and programs that hear or speak by it
    "Local",
    "Snoop",
    "Surrogate",
    "Message",
    "Recorder",
    "Announcer",
    "UnicastRTP",
    "MulticastRTP",
    "AudioSocket",
    "WebSocket",
}


@dataclass(frozen=True, slots=True)
class ChannelName:
    """`partner` is the name of the other half of a Local pair; `spied` the unique id that an ARI snoop hears."""

    text: str
    tech: str
    endpoint: str
    trunk: bool
    half: str | None = None
    partner: str | None = None
    spied: str | None = None

    @property
    def real(self) -> bool:
        """Whether a device stands behind it, and not the exchange itself or a program."""
        return self.half is None and self.tech not in _NO_DEVICES


def read_name(text: str, trunks: Sequence[str]) -> ChannelName:
    """Return what a channel's name says; `trunks` are shell patterns over the name with or without its serial."""
    iax = _IAX.fullmatch(text)
    found = _NAME.fullmatch(iax["endpoint"] if iax else text)
    if found is None:
        return ChannelName(text, "", clip(text, _MOST_CHARACTERS), trunk=False)
    tech, half = found["tech"], found["half"]
    endpoint = found["endpoint"].partition("@")[0] if tech == "Local" else found["endpoint"]
    bare = f"{tech}/{found['endpoint']}"
    trunk = half is None and any(fnmatchcase(text, one) or fnmatchcase(bare, one) for one in trunks)
    partner = None if half is None else f"{text[:-1]}{'2' if half == '1' else '1'}"
    snoop = _SNOOP.fullmatch(text)
    return ChannelName(
        text, tech, clip(endpoint, _MOST_CHARACTERS), trunk, half, partner, snoop["uid"] if snoop else None
    )


def extension_of(name: ChannelName, caller_id: str) -> str:
    """Return the extension of a device of the house.

    That is its endpoint where it is named by digits; else the caller id the exchange gave it where that is a short
    number; else the endpoint's name.
    """
    if not _EXTENSION.fullmatch(name.endpoint) and _EXTENSION.fullmatch(caller_id):
        return caller_id
    return name.endpoint
