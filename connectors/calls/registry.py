"""Which phone systems post to us: kind → class as text, so that only what a site uses is imported.

An installed package adds one by an entry point of the group `denwaban.calls`, under a name that is none of ours.
"""

from connectors.registry import Registry
from plugin.core.deliveries import SourceKind, SourceSite
from plugin.core.errors import SettingError
from plugin.core.ports import CallHook

HOOKS = {
    "miitel": "connectors.calls.miitel:MiitelHook",
    "placetel": "connectors.calls.placetel:PlacetelHook",
    "sipgate": "connectors.calls.push:SipgateHook",
    "twilio": "connectors.calls.twilio:TwilioHook",
    "webhook": "connectors.calls.webhook:SignedWebhook",
    "zammad": "connectors.calls.push:ZammadHook",
}
_REGISTRY = Registry("calls", HOOKS)


STREAMS = frozenset({"asterisk"})
ADDRESSES = frozenset({"pop"})
FOLDERS = frozenset({"recorder"})


def kind_of(kind: str) -> SourceKind:
    """Return how sources of the kind that a site names are heard of. Raises SettingError for one that nobody knows."""
    if kind in STREAMS:
        return SourceKind.STREAM
    if kind in ADDRESSES:
        return SourceKind.ADDRESS
    if kind in FOLDERS:
        return SourceKind.FOLDER
    if kind in HOOKS or kind in _REGISTRY.names:  # of installed packages each says what it adds in a file of its own
        return SourceKind.HOOK
    known = ",".join(sorted({*STREAMS, *ADDRESSES, *FOLDERS, *_REGISTRY.names}))
    raise SettingError("unknown_kind", setting="DENWABAN_SOURCES", known=known)


def open_hook(kind: str, site: SourceSite) -> CallHook:
    """Build the hook of a source of such a kind. Raises SettingError for a wrong secret or option."""
    hook: CallHook = _REGISTRY.find(kind)(site)
    return hook
