"""What issuers stated of a holder over time: what is news, what is kept, what changed color.

An entry is made only where the state differs from the last one known of that issuer and place, so
the history grows with what happens to a holder and not with how often somebody asks. What is seen
of it says only on which day something became known: the second would show when a client asked.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import strawberry

from tongxing.keys import Holder
from tongxing.schema import Color, HealthCode, HistoryEntry, RegionCode, SourceAnswer, Via
from tongxing.schema.case import ColorChange
from tongxing.schema.color import RESTRICTIVENESS
from tongxing.schema.time_words import midnight

Where = tuple[strawberry.ID, RegionCode]


def stated_entries(sources: Iterable[SourceAnswer], known_at: datetime) -> list[HistoryEntry]:
    """What ``sources`` state, as entries, the oldest state first. A value without a color gives no
    entry: a history holds what an issuer said of a person, not that the hub could not read it. A
    daily list gives none either: it lags behind what its issuer says when asked, and alternating
    between the two would look like a color that flaps."""
    entries = [
        _entry(code, source.evidence_digest, known_at)
        for source in sources
        if source.via is Via.LIVE
        for code in _one_for_each_place(source.codes)
    ]
    return sorted(entries, key=lambda entry: entry.as_of)


def news(held: Sequence[HistoryEntry], stated: Iterable[HistoryEntry]) -> tuple[HistoryEntry, ...]:
    """The members of ``stated`` that ``held`` (oldest first) does not contain."""
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
    """The most restrictive of several codes for one place: together they are a conflict, and as
    separate entries they would look like a color that flaps."""
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


@dataclass(frozen=True, slots=True)
class Kept:
    """``entries`` oldest first; ``shortest`` the shortest time for which one of them is kept."""

    entries: tuple[HistoryEntry, ...] = ()
    shortest: timedelta | None = None


NOTHING_KEPT = Kept()


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was learned of a holder, under a policy that keeps histories for ``kept_for``."""

    holder: Holder
    entries: tuple[HistoryEntry, ...]
    kept_for: timedelta


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
    """What a place knows at ``at`` (aware UTC) if its policy keeps histories for ``kept_for``. What
    another place keeps for longer is not shown to it."""
    learned = news(kept.entries, stated_entries(sources, at))
    seen = tuple(entry for entry in kept.entries if entry.known_at + kept_for > at)
    too_short = kept.shortest is not None and kept.shortest < kept_for
    return Past(seen + learned, learned, bool(learned) or too_short)


def shown(entries: Iterable[HistoryEntry]) -> list[HistoryEntry]:
    """``entries`` as a client sees them. Another client's question may have brought them, and so
    both times are those of the day; when a color changed is the issuer's own word and stays."""
    return [
        replace(entry, as_of=end_of_day(entry.as_of), known_at=end_of_day(entry.known_at))
        for entry in entries
    ]


def color_changes(entries: Sequence[HistoryEntry]) -> tuple[ColorChange, ...]:
    """Each change of a color that ``entries`` (oldest first) show; the same change stated twice is
    one. It counts from the time that the issuer states, or else from the end of the day on which it
    was seen: not earlier, so that no limit is milder for it. A time that the issuer has stated of
    an earlier change already is none: a system that does not move it on would never flap."""
    dated: set[ColorChange] = set()
    seen: list[ColorChange] = []
    last: dict[Where, Color] = {}
    for entry in entries:
        turned = last.get(where(entry), entry.color) is not entry.color
        last[where(entry)] = entry.color
        stated = None if entry.changed_at is None else _change(entry, entry.changed_at)
        if stated is not None and not (turned and stated in dated):
            dated.add(stated)
        elif turned:
            seen.append(_change(entry, end_of_day(entry.as_of)))
    return tuple(sorted((*dated, *seen), key=lambda change: change.at))


def _change(entry: HistoryEntry, at: datetime) -> ColorChange:
    return ColorChange(entry.issuer, entry.issuing_place, at)


def end_of_day(moment: datetime) -> datetime:
    """The end of the day in Beijing, in UTC: what is shown of a moment at which somebody asked."""
    return midnight(moment) + timedelta(days=1)
