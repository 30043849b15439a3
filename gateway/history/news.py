"""Which of the things that issuers state now the hub did not know.

An entry is made only where the state differs from the last one known of that issuer and place, so
that the history grows with what happens to a holder and not with how often somebody asks.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import strawberry

from schema import Color, HealthCode, HistoryEntry, RegionCode, SourceAnswer, Via
from schema.color import RESTRICTIVENESS

Where = tuple[strawberry.ID, RegionCode]


def stated_entries(sources: Iterable[SourceAnswer], known_at: datetime) -> list[HistoryEntry]:
    """What ``sources`` state, as entries, the oldest state first. A value that stands for no color
    is none: a history holds what an issuer said of a person, not that the hub could not read it.
    A daily list is left out: it lags behind what its issuer says when asked, and the two in turn
    would look like a color that flaps."""
    entries = [
        _entry(code, source.evidence_digest, known_at)
        for source in sources
        if source.via is Via.LIVE
        for code in _one_for_each_place(source.codes)
    ]
    return sorted(entries, key=lambda entry: entry.as_of)


def news(held: Sequence[HistoryEntry], stated: Iterable[HistoryEntry]) -> tuple[HistoryEntry, ...]:
    """The members of ``stated`` that ``held`` (oldest first) does not know."""
    last = {where(entry): entry for entry in held}
    return tuple(_unknown(last, stated))


def where(entry: HistoryEntry) -> Where:
    return entry.issuer, entry.issuing_place


def _unknown(
    last: dict[Where, HistoryEntry], stated: Iterable[HistoryEntry]
) -> Iterator[HistoryEntry]:
    for entry in stated:
        before = last.get(where(entry))
        if before is None:
            yield entry
        elif _is_news(entry, before):
            yield _after(before, entry)


def _is_news(entry: HistoryEntry, before: HistoryEntry) -> bool:
    """A statement from the cache may be older than what was learned since; it says nothing new."""
    return entry.as_of >= before.as_of and _state(entry) != _state(before)


def _state(entry: HistoryEntry) -> tuple[object, ...]:
    return entry.color, frozenset(entry.basis), entry.changed_at


def _after(before: HistoryEntry, entry: HistoryEntry) -> HistoryEntry:
    if entry.previous_color is not None or before.color is entry.color:
        return entry
    return replace(entry, previous_color=before.color)


def _one_for_each_place(codes: Iterable[HealthCode]) -> Iterable[HealthCode]:
    """Of several codes for one place the most restrictive: beside each other they are a conflict,
    and one after the other they would look like a color that flaps."""
    ranked = sorted(
        (code for code in codes if code.color is not Color.UNKNOWN),
        key=lambda code: (RESTRICTIVENESS[code.color], code.as_of),
    )
    return {code.issuing_place: code for code in ranked}.values()


def _entry(code: HealthCode, digest: str | None, known_at: datetime) -> HistoryEntry:
    return HistoryEntry(
        issuer=code.issuer,
        issuing_place=code.issuing_place,
        color=code.color,
        basis=list(code.basis),
        previous_color=code.previous_color,
        as_of=code.as_of,
        changed_at=code.changed_at,
        known_at=known_at,
        evidence_digest=digest,
    )
