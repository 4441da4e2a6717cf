"""Figures of docs/performance.md, measured beside their baselines. Nothing here is asserted."""

from collections.abc import Callable, Sequence

Row = dict[str, str | int | float]
Measure = Callable[[Sequence[int]], list[Row]]
