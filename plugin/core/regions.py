"""Whose numbering plan counts where: a site has one, a phone system may have another, and so may one of its lines.

It reads no number; plugin/core/numbers.py does, by the plan that is told here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Regions:
    """Numbering regions, each as two letters (`JP`).

    `site`: whatever says nothing of its own; `sources`: those that differ, by name; `lines`: those that differ from
    their source, by its name and our number as it names it.
    """

    site: str
    sources: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def of(self, source: str, our_number: str | None = None) -> str:
        """Return the region of a line, of its source where `our_number` is None or says nothing of its own."""
        line = self.lines.get((source, our_number)) if our_number is not None else None
        return line or self.sources.get(source) or self.site
