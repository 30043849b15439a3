"""Figures as they are read: sums of sealed cells by subject, for one period and some places.

Every number is one of sealed cells or a sum of them; nothing is counted here that was not counted
there. Refuses to say who may read them.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeVar

from tongxing.gateway.rollups.cell_store import CellStore, SealedCell
from tongxing.gateway.rollups.cells import (
    AGE_SECONDS,
    WAIT_SECONDS,
    Numbers,
    quantile,
    total,
)
from tongxing.gateway.rollups.counted_facts import CellTable, is_failure
from tongxing.gateway.rollups.periods import Period
from tongxing.schema import COUNTRY, Outcome, RegionCode, contains
from tongxing.schema.audit_words import CorrectionAction

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")
Cells = Sequence[SealedCell]

MEDIAN, SLOW = 0.5, 0.95


class Wanted(NamedTuple):
    """``regions``: receiving places that may be seen; ``region`` narrows them. ``is_per_step``:
    apart for each step, else for the whole period."""

    period: Period
    regions: tuple[RegionCode, ...]
    region: RegionCode | None = None
    is_per_step: bool = False

    @property
    def seen(self) -> Sequence[RegionCode]:
        if self.region is None:
            return self.regions
        if any(contains(each, self.region) for each in self.regions):
            return (self.region,)
        return [each for each in self.regions if contains(self.region, each)]

    def begins(self, cell: SealedCell) -> datetime:
        return cell.begins if self.is_per_step else self.period.since


@dataclass(frozen=True, slots=True)
class AskedFigure:
    begins: datetime
    region: str
    issuer: str
    place: str
    outcome: Outcome
    color: str
    numbers: Numbers


@dataclass(frozen=True, slots=True)
class HealthFigure:
    """Of one issuer over all places. ``corrections`` by what became of reports; ``right`` and
    ``wrong`` later, where it disagreed with another."""

    begins: datetime
    issuer: str
    outcomes: Mapping[Outcome, Numbers]
    corrections: Mapping[CorrectionAction, Numbers]
    right: int
    wrong: int

    @property
    def asked(self) -> Numbers:
        return total(self.outcomes.values())

    @property
    def failed(self) -> int:
        return sum(n.count for outcome, n in self.outcomes.items() if is_failure(outcome))

    @property
    def decided(self) -> Numbers:
        decisions = CorrectionAction.ACCEPTED, CorrectionAction.REJECTED
        return total(self.corrections[each] for each in decisions if each in self.corrections)


@dataclass(frozen=True, slots=True)
class DecidedFigure:
    """``share`` of all answers under this version at this place; ``share_before``: the same of the
    version before, None if that decided nothing."""

    begins: datetime
    region: str
    policy_region: str
    version: int
    rule: str
    color: str
    decision: str
    count: int
    share: float
    share_before: float | None


@dataclass(frozen=True, slots=True)
class RefusedFigure:
    begins: datetime
    region: str
    code: str
    count: int


@dataclass(frozen=True, slots=True)
class DisagreedFigure:
    """``rules``: how often by rule and decision; ``right``: how often each side was, later."""

    begins: datetime
    region: str
    first: str
    first_color: str
    second: str
    second_color: str
    rules: Mapping[tuple[str, str], int]
    right: Mapping[str, int]
    proofs: Numbers

    @property
    def count(self) -> int:
        return sum(self.rules.values())


class Figures:
    def __init__(self, store: CellStore) -> None:
        self._store = store

    async def is_whole(self, period: Period) -> bool:
        """Whether all of it is over and counted. Raises StorageUnavailable."""
        return await self._store.is_whole(period)

    async def asked(self, wanted: Wanted) -> Sequence[AskedFigure]:
        """In the order of time, place and words. Raises StorageUnavailable."""
        return await self._summed(_asked, wanted, CellTable.ASKED)

    async def health(self, wanted: Wanted) -> Sequence[HealthFigure]:
        """In the order of time and issuer. Raises StorageUnavailable."""
        tables = CellTable.ASKED, CellTable.CORRECTED, CellTable.KNOWN_LATER
        return await self._summed(_health, wanted, *tables)

    async def decided(self, wanted: Wanted) -> Sequence[DecidedFigure]:
        """In the order of time, place, version and words. Raises StorageUnavailable."""
        return await self._summed(_decided, wanted, CellTable.DECIDED)

    async def refused(self, wanted: Wanted) -> Sequence[RefusedFigure]:
        """In the order of time, place and code. Raises StorageUnavailable."""
        return await self._summed(_refused, wanted, CellTable.REFUSED)

    async def disagreed(self, wanted: Wanted) -> Sequence[DisagreedFigure]:
        """In the order of time, place and issuers. Raises StorageUnavailable."""
        return await self._summed(_disagreed, wanted, CellTable.DISAGREED, CellTable.KNOWN_LATER)

    async def _summed(
        self, of: Callable[..., Sequence[T]], wanted: Wanted, *tables: CellTable
    ) -> Sequence[T]:
        """Summed beside the event loop: there may be ten thousand cells."""
        cells = [await self._store.sealed(each, wanted.period, wanted.seen) for each in tables]
        return await asyncio.to_thread(of, wanted, *cells)


def _asked(wanted: Wanted, cells: Cells) -> Sequence[AskedFigure]:
    by = _by(cells, lambda cell: (wanted.begins(cell), cell.region, cell.words))
    return [
        AskedFigure(begins, region, words[0], words[1], Outcome(words[2]), words[3], numbers)
        for (begins, region, words), numbers in sorted(by.items(), key=_first)
    ]


def _health(wanted: Wanted, asked: Cells, corrected: Cells, known: Cells) -> Sequence[HealthFigure]:
    outcomes = _nested(asked, wanted, lambda words: (words[0], words[2]))
    corrections = _nested(corrected, wanted, lambda words: (words[0], words[1]))
    right = _nested(known, wanted, lambda words: (words[4], ""))
    wrong = _nested(known, wanted, lambda words: (_other(words), ""))
    return [
        HealthFigure(
            begins,
            issuer,
            {Outcome(word): each for word, each in outcomes[begins, issuer].items()},
            {CorrectionAction(word): each for word, each in corrections[begins, issuer].items()},
            total(right[begins, issuer].values()).count,
            total(wrong[begins, issuer].values()).count,
        )
        for begins, issuer in sorted({*outcomes, *corrections, *right, *wrong})
    ]


def _decided(wanted: Wanted, cells: Cells) -> Sequence[DecidedFigure]:
    by = _by(cells, lambda cell: (wanted.begins(cell), cell.region, cell.words))
    in_step = _by(cells, lambda cell: (wanted.begins(cell), cell.region, cell.words[:2]))
    before = _Versions(cells)
    return [
        DecidedFigure(
            begins,
            region,
            words[0],
            int(words[1]),
            words[2],
            words[3],
            words[4],
            numbers.count,
            numbers.count / in_step[begins, region, words[:2]].count,
            before.share(region, words),
        )
        for (begins, region, words), numbers in sorted(by.items(), key=_by_version)
    ]


class _Versions:
    """What the versions of policies decided in the whole period, by place."""

    def __init__(self, cells: Cells) -> None:
        self._all = _by(cells, lambda cell: (cell.region, cell.words[0], int(cell.words[1])))
        self._each = _by(
            cells, lambda cell: (cell.region, cell.words[0], int(cell.words[1]), cell.words[2:])
        )

    def share(self, region: str, words: tuple[str, ...]) -> float | None:
        """Of the same rule, color and decision under the version before."""
        policy, number = words[0], int(words[1])
        earlier = [n for r, p, n in self._all if (r, p) == (region, policy) and n < number]
        if not earlier:
            return None
        before = max(earlier)
        same = self._each.get((region, policy, before, words[2:]), Numbers())
        return same.count / self._all[region, policy, before].count


def _refused(wanted: Wanted, cells: Cells) -> Sequence[RefusedFigure]:
    by = _by(cells, lambda cell: (wanted.begins(cell), cell.region, cell.words[0]))
    return [RefusedFigure(*key, numbers.count) for key, numbers in sorted(by.items(), key=_first)]


def _disagreed(wanted: Wanted, cells: Cells, known: Cells) -> Sequence[DisagreedFigure]:
    rules = _sides(cells, wanted)
    proofs = _sides(known, wanted)
    return [
        DisagreedFigure(
            begins,
            region,
            first,
            first_color,
            second,
            second_color,
            {(words[0], words[1]): each.count for words, each in rules[key].items()},
            _counts((words[0], each.count) for words, each in proofs[key].items()),
            total(proofs[key].values()),
        )
        for key in sorted({*rules, *proofs})
        for begins, region, first, first_color, second, second_color in (key,)
    ]


def median_wait(numbers: Numbers) -> float | None:
    return quantile(WAIT_SECONDS, numbers.waited, MEDIAN)


def slow_wait(numbers: Numbers) -> float | None:
    return quantile(WAIT_SECONDS, numbers.waited, SLOW)


def median_age(numbers: Numbers) -> float | None:
    return quantile(AGE_SECONDS, numbers.aged, MEDIAN)


def slow_age(numbers: Numbers) -> float | None:
    return quantile(AGE_SECONDS, numbers.aged, SLOW)


def sees_unplaced(regions: Iterable[RegionCode]) -> bool:
    """Figures without a receiving place are for those who may act for the whole country."""
    return COUNTRY in regions


def _by(cells: Iterable[SealedCell], key: Callable[[SealedCell], K]) -> Mapping[K, Numbers]:
    found: defaultdict[K, Numbers] = defaultdict(Numbers)
    for cell in cells:
        found[key(cell)] = found[key(cell)].plus(cell.numbers)
    return found


def _nested(
    cells: Iterable[SealedCell],
    wanted: Wanted,
    split: Callable[[tuple[str, ...]], tuple[str, str]],
) -> defaultdict[tuple[datetime, str], dict[str, Numbers]]:
    """By step and issuer, then by another word; ``split`` finds both."""
    found: defaultdict[tuple[datetime, str], dict[str, Numbers]] = defaultdict(dict)
    for cell in cells:
        issuer, word = split(cell.words)
        of_issuer = found[wanted.begins(cell), issuer]
        of_issuer[word] = of_issuer.get(word, Numbers()).plus(cell.numbers)
    return found


_SidesKey = tuple[datetime, str, str, str, str, str]


def _sides(
    cells: Iterable[SealedCell], wanted: Wanted
) -> defaultdict[_SidesKey, dict[tuple[str, ...], Numbers]]:
    """By step, place and both sides, then by the other words."""
    found: defaultdict[_SidesKey, dict[tuple[str, ...], Numbers]] = defaultdict(dict)
    for cell in cells:
        first, first_color, second, second_color, *rest = cell.words
        of_sides = found[wanted.begins(cell), cell.region, first, first_color, second, second_color]
        rest_of_it = tuple(rest)
        of_sides[rest_of_it] = of_sides.get(rest_of_it, Numbers()).plus(cell.numbers)
    return found


def _other(words: tuple[str, ...]) -> str:
    return words[2] if words[4] == words[0] else words[0]


def _counts(pairs: Iterable[tuple[str, int]]) -> Mapping[str, int]:
    found: defaultdict[str, int] = defaultdict(int)
    for word, number in pairs:
        found[word] += number
    return found


def _first(item: tuple[K, Numbers]) -> K:
    return item[0]


def _by_version(
    item: tuple[tuple[datetime, str, tuple[str, ...]], Numbers],
) -> tuple[datetime, str, str, int, tuple[str, ...]]:
    begins, region, words = item[0]
    return begins, region, words[0], int(words[1]), words[2:]
