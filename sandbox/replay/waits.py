"""How long gates waited, as counts of lengths: ten million take no more memory than a thousand."""

import math
from collections import Counter
from itertools import accumulate

_STEP = math.log(1.02)
"""Lengths are told apart by two in a hundred."""

_SHORTEST_SECONDS = 1e-6


class Waits:
    def __init__(self) -> None:
        self._lengths: Counter[int] = Counter()

    def add(self, seconds: float) -> None:
        self._lengths[round(math.log(max(seconds, _SHORTEST_SECONDS)) / _STEP)] += 1

    def percentile(self, share: float) -> float:
        """Seconds, to one in a hundred; zero if nobody waited."""
        lengths = sorted(self._lengths)
        wanted = share * self._lengths.total()
        reached = accumulate(self._lengths[length] for length in lengths)
        found = (length for length, count in zip(lengths, reached, strict=True) if count >= wanted)
        length = next(found, None)
        return 0.0 if length is None else math.exp(length * _STEP)
