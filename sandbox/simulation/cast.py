"""Who plays which part: a seeded assignment worked out for each person alone, with no table."""

from bisect import bisect_right
from itertools import accumulate

from tongxing.sandbox.issuers.numbers import Permutation
from tongxing.sandbox.simulation.parts import EVERYDAY, Part, early_parts, late_parts
from tongxing.sandbox.simulation.report import Report


class Troupe:
    """``parts`` dealt out among ``people`` people, scattered by ``seed``; the rest are everyday.

    Raises ValueError where there are more parts to play than people.
    """

    def __init__(self, parts: list[Part], people: int, seed: int) -> None:
        self._parts = parts
        self._ends = list(accumulate(part.count for part in parts))
        if self._ends[-1] > people:
            raise ValueError("too few people for the parts")
        self._scatter = Permutation(people, seed)

    def part(self, index: int) -> Part:
        at = bisect_right(self._ends, self._scatter.forward(index))
        return self._parts[at] if at < len(self._parts) else EVERYDAY


class Cast:
    """People are counted in the order in which they declare; the first ``early`` of them do so in
    the first three days."""

    def __init__(self, report: Report, early: int, seed: int) -> None:
        self._early = early
        self._first = Troupe(early_parts(report), early, seed)
        self._last = Troupe(late_parts(report), report.applied - early, seed)

    def part(self, index: int) -> Part:
        if index < self._early:
            return self._first.part(index)
        return self._last.part(index - self._early)
