"""A row of the table: a goal, and what was measured of it or why nothing was."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.goals import Goal

Part = float | str | None
Parts = Mapping[str, Part]


@dataclass(frozen=True, slots=True)
class Row:
    """``value`` is None if the row was not measured; then ``reason`` says why. ``parts`` are the
    figures that the value is made of, with their units in their names."""

    goal: Goal
    value: float | None
    parts: Parts = field(default_factory=dict)
    reason: str | None = None

    @property
    def met(self) -> bool | None:
        return None if self.value is None else self.goal.met(self.value)

    @property
    def command(self) -> str:
        return f'make bench ARGS="{self.goal.name}"'


def not_measured(goal: Goal, reason: str) -> Row:
    return Row(goal, None, reason=reason)
