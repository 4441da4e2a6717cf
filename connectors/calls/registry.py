"""Which phone systems there are: kind → class as text, so that only what a site uses is imported."""

import importlib
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from plugin.core.ports import CallHook

# Those that post to us. Every class is called so: `Class(source, secrets, zone)`.
HOOKS = {"webhook": "connectors.calls.webhook:SignedWebhook"}


def open_hook(kind: str, source: str, secrets: Sequence[str], zone: ZoneInfo) -> CallHook:
    """Build the hook of a source whose `kind` is in HOOKS. Raises SettingError where a secret cannot be read."""
    room, attribute = HOOKS[kind].split(":")
    hook: CallHook = getattr(importlib.import_module(room), attribute)(source, secrets, zone)
    return hook
