"""Which carriers of messages there are: name → class as text, so that only the chosen one is imported.

An installed package adds one by an entry point of the group `denwaban.messages`, under a name that is none of ours.
"""

from collections.abc import Mapping
from pathlib import Path

from connectors.registry import Registry
from plugin.core.ports import MessageSender

CARRIERS = {
    "folder": "connectors.messages.folder:FolderSender",
    "twilio": "connectors.messages.twilio:TwilioSender",
}
_REGISTRY = Registry("messages", CARRIERS)


def names() -> tuple[str, ...]:
    """Return the names that `open_sender` knows: ours and those of installed packages."""
    return _REGISTRY.names


def open_sender(name: str, data_dir: Path, options: Mapping[str, str]) -> MessageSender:
    """Build the carrier `name`. Every carrier's class is called so: `Class(data_dir=..., options=...)`.

    `data_dir` is the site's folder; `options` are the site's `messages_options`. Opens no connection yet. Raises
    SettingError for an unknown name, for a package that cannot be imported, and for a missing or wrong option.
    """
    sender: MessageSender = _REGISTRY.find(name)(data_dir=data_dir, options=options)
    return sender
