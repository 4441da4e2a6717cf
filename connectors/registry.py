"""What the registries of connectors share: a class by its name, imported only once it is chosen.

An installed package adds one by an entry point; it cannot take the name of one of ours.
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any

from plugin.core.errors import SettingError


@dataclass(frozen=True, slots=True)
class Registry:
    """`ours`: name → class as text (`room:Class`); `word`: the setting that chooses (`crm`), and the group's name."""

    word: str
    ours: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """The names that `find` knows: ours and those of installed packages."""
        return tuple(sorted({*self.ours, *(point.name for point in self._others())}))

    def find(self, name: str) -> Any:
        """Return the class. Raises SettingError for an unknown name, and for a package that cannot be imported."""
        if name in self.ours:
            room, attribute = self.ours[name].split(":")
            return getattr(importlib.import_module(room), attribute)
        setting = f"DENWABAN_{self.word.upper()}"
        point = next((point for point in self._others() if point.name == name), None)
        if point is None:
            raise SettingError(f"unknown_{self.word}", setting=setting, known=",".join(self.names))
        try:
            return point.load()
        except (ImportError, AttributeError) as error:
            raise SettingError(f"broken_{self.word}", setting=setting, package=point.module) from error

    def _others(self) -> Any:
        return entry_points(group=f"denwaban.{self.word}")
