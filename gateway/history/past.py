"""A holder's past as one answer sees it: what was kept, and what this answer adds."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.history.news import Where, news, stated_entries, where
from gateway.history.store import Kept
from gateway.recognition.circumstances import ColorChange
from schema import HistoryEntry, SourceAnswer


@dataclass(frozen=True, slots=True)
class Past:
    """``entries``, oldest first, are what the receiving place may see, ``news`` included;
    ``is_lesson`` says whether the store has to be told."""

    entries: tuple[HistoryEntry, ...] = ()
    news: tuple[HistoryEntry, ...] = ()
    is_lesson: bool = False


def past_of(
    kept: Kept, sources: Iterable[SourceAnswer], *, kept_for: timedelta, at: datetime
) -> Past:
    """What a place whose policy keeps histories for ``kept_for`` knows at ``at`` (aware UTC): what
    another place keeps for longer is not shown to it."""
    learned = news(kept.entries, stated_entries(sources, at))
    seen = tuple(entry for entry in kept.entries if entry.known_at + kept_for > at)
    too_short = kept.shortest is not None and kept.shortest < kept_for
    return Past(seen + learned, learned, bool(learned) or too_short)


def color_changes(entries: Sequence[HistoryEntry]) -> tuple[ColorChange, ...]:
    """Each change of a color that ``entries`` (oldest first) show, at the time at which it took
    effect; the same change stated twice is one."""
    return tuple(sorted(set(_changes(entries)), key=lambda change: change.at))


def _changes(entries: Sequence[HistoryEntry]) -> Iterator[ColorChange]:
    last: dict[Where, HistoryEntry] = {}
    for entry in entries:
        before = last.get(where(entry))
        turned = before is not None and before.color is not entry.color
        if entry.changed_at is not None or turned:
            yield ColorChange(entry.issuer, entry.issuing_place, entry.changed_at or entry.as_of)
        last[where(entry)] = entry
