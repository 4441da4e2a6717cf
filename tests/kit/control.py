"""A phone system that does what it is asked, or refuses, and remembers what it was asked."""

from dataclasses import dataclass, field

from plugin.core.control import CallOrder, ControlAct


@dataclass
class Obedient:
    """A CallControl (plugin/core/control.py) that can do `can`; `fails`: what it raises once it was asked."""

    can: frozenset[ControlAct] = frozenset(ControlAct)
    fails: Exception | None = None
    dialled: list[tuple[str, str]] = field(default_factory=list)
    ordered: list[CallOrder] = field(default_factory=list)

    def dial(self, extension: str, e164: str) -> None:
        self.dialled.append((extension, e164))
        self._fail()

    def order(self, order: CallOrder) -> None:
        self.ordered.append(order)
        self._fail()

    def _fail(self) -> None:
        if self.fails is not None:
            raise self.fails
