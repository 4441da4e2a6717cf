"""Which carriers of messages there are: name → class as text, so that only the chosen one is imported.

An installed package adds one by an entry point of the group `denwaban.messages`, under a name that is none of ours.
"""

import importlib
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path

from plugin.core.errors import SettingError
from plugin.core.ports import MessageSender

CARRIERS = {
    "folder": "connectors.messages.folder:FolderSender",
    "twilio": "connectors.messages.twilio:TwilioSender",
}
_GROUP = "denwaban.messages"


def names() -> tuple[str, ...]:
    """Return the names that `open_sender` knows: ours and those of installed packages."""
    return tuple(sorted({*CARRIERS, *(point.name for point in entry_points(group=_GROUP))}))


def open_sender(name: str, data_dir: Path, options: Mapping[str, str]) -> MessageSender:
    """Build the carrier `name`. Every carrier's class is called so: `Class(data_dir=..., options=...)`.

    `data_dir` is the site's folder; `options` are the site's `messages_options`. Opens no connection yet. Raises
    SettingError for an unknown name, for a package that cannot be imported, and for a missing or wrong option.
    """
    if name in CARRIERS:
        room, attribute = CARRIERS[name].split(":")
        kind = getattr(importlib.import_module(room), attribute)
    else:
        found = [point for point in entry_points(group=_GROUP) if point.name == name]
        if not found:
            raise SettingError("unknown_messages", setting="DENWABAN_MESSAGES", known=",".join(names()))
        try:
            kind = found[0].load()
        except (ImportError, AttributeError) as error:
            raise SettingError("broken_messages", setting="DENWABAN_MESSAGES", package=found[0].module) from error
    sender: MessageSender = kind(data_dir=data_dir, options=options)
    return sender
