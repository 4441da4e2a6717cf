"""Faults of stand-ins for outside systems: each waits for what it is meant for and strikes as often as it was told.

It knows no kind of fault; each stand-in has its own.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar, Generic, Protocol, TypeVar

ALWAYS = 1 << 30


class Counted(Protocol):
    """A dataclass of a fault: it strikes `times` often, after `skip` spared ones."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def times(self) -> int: ...

    @property
    def skip(self) -> int: ...


F = TypeVar("F", bound=Counted)


class Waiting(Generic[F]):
    """The faults that still wait."""

    def __init__(self) -> None:
        self._waiting: list[F] = []

    def add(self, *faults: F) -> None:
        """Let faults wait for their requests, in the order given."""
        self._waiting += faults

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        self._waiting.clear()

    @property
    def waiting(self) -> tuple[F, ...]:
        """What has not struck as often as it was told."""
        return tuple(self._waiting)

    def take(self, is_meant: Callable[[F], bool]) -> F | None:
        """Return the first fault that is meant and spares this one not, and count it."""
        for place, fault in enumerate(self._waiting):
            if not is_meant(fault):
                continue
            if fault.skip:
                self._waiting[place] = replace(fault, skip=fault.skip - 1)
                continue
            if fault.times > 1:
                self._waiting[place] = replace(fault, times=fault.times - 1)
            else:
                del self._waiting[place]
            return fault
        return None
