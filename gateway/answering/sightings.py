"""What the issuers have just stated of a holder, for those who keep an eye on travelers that have
arrived, and on passes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Protocol

from tongxing.gateway.answering.history import stated_entries
from tongxing.gateway.answering.steps import Judged
from tongxing.gateway.storage import UnitOfWork, Work
from tongxing.keys import Holder, HolderRef
from tongxing.schema import Color, HealthCode, HistoryEntry, SourceAnswer, TravelDocument


@dataclass(frozen=True, slots=True)
class Sighting:
    """What is ``stated`` is verified and about this very person; it says nothing of who asked, and
    for where. It is worked out if somebody keeps an eye on the holder, which is seldom.
    ``sources`` are what it was worked out from: all that was answered of the holder. ``document``
    is theirs while it is at hand: at the first answer that rests on these sources."""

    holder: Holder
    stated: Callable[[], Sequence[HistoryEntry]]
    sources: Sequence[SourceAnswer] = ()
    document: TravelDocument | None = field(default=None, repr=False)


class Lookout(Protocol):
    def seeing(self, sightings: Sequence[Sighting], at: datetime) -> Work:
        """What is committed along with the answers that rest on ``sightings``."""
        ...


class Lookouts:
    """Several that are told of the same."""

    def __init__(self, *lookouts: Lookout) -> None:
        self._lookouts = lookouts

    def seeing(self, sightings: Sequence[Sighting], at: datetime) -> Work:
        works = [each.seeing(sightings, at) for each in self._lookouts]

        def look(unit: UnitOfWork) -> None:
            for work in works:
                work(unit)

        return look


def sightings_of(judged: Iterable[Judged], at: datetime) -> Iterator[Sighting]:
    for each in judged:
        if each.holder is not None and each.confirmed is not None:
            sources = each.case.sources
            stated = partial(stated_now, sources, at)
            yield Sighting(each.holder, stated, sources, each.confirmed)


def sighting_of(refs: Sequence[HolderRef], source: SourceAnswer, at: datetime) -> Sighting:
    """What one issuer states of the person whose references ``refs`` are, at least one."""
    holder = Holder(refs[0], tuple(refs))
    return Sighting(holder, partial(stated_now, [source], at), [source])


def stated_now(sources: Iterable[SourceAnswer], at: datetime) -> list[HistoryEntry]:
    """What ``sources`` state of colors (``history.stated_entries``) that counts at ``at``: a green
    that has ended, or begins later, is none."""
    return stated_entries((_counting(source, at) for source in sources), at)


def _counting(source: SourceAnswer, at: datetime) -> SourceAnswer:
    codes = [code for code in source.codes if code.color is not Color.GREEN or _is_on(code, at)]
    return source if len(codes) == len(source.codes) else replace(source, codes=codes)


def _is_on(code: HealthCode, at: datetime) -> bool:
    return code.as_of <= at and (code.valid_until is None or at < code.valid_until)
