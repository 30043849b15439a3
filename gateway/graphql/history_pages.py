"""A person's history, page by page.

A cursor names the day on which an entry became known and the entry's place among those of that day.
It shows no more than the entries themselves, and still fits when the oldest of them are forgotten
or new ones are learned. It belongs to one person as one client sees them.
"""

from collections.abc import Iterator, Sequence

from tongxing.gateway.graphql.pages import Pages
from tongxing.gateway.storage.cursors import Cursors
from tongxing.gateway.storage.slices import NO_LESS, NO_MORE, Slice, Sliced, sliced
from tongxing.schema import HistoryEntry
from tongxing.schema.paging import PageArguments
from tongxing.schema.recognition import HISTORY_SIZES, HistoryConnection, HistoryEdge

ENTRIES_OF_A_DAY = 1_000_000
"""More than can become known of one person on a day."""


def history_page(
    past: Sequence[HistoryEntry], holder: str | None, given: PageArguments
) -> HistoryConnection:
    """``past`` is in the order in which it became known; its times are those of days. Raises
    Refused for a cursor of another list, or of another person's history."""
    pages = Pages(HISTORY_SIZES, Cursors(f"history1 {holder}"))
    page = _slice(list(zip(_places(past), past, strict=True)), pages.asked(given))
    return pages.connection(page, HistoryConnection, HistoryEdge)


def _slice(listed: Sequence[tuple[int, HistoryEntry]], wanted: Slice) -> Sliced[HistoryEntry]:
    after = NO_LESS if wanted.after is None else wanted.after
    before = NO_MORE if wanted.before is None else wanted.before
    between = [each for each in listed if after < each[0] < before]
    found = between[-wanted.most :] if wanted.is_last else between[: wanted.most]
    more = len(between) > len(found)
    return sliced(
        found,
        has_previous=any(place <= after for place, _ in listed) or (wanted.is_last and more),
        has_next=any(place >= before for place, _ in listed) or (more and not wanted.is_last),
    )


def _places(past: Sequence[HistoryEntry]) -> Iterator[int]:
    day = number = 0
    for entry in past:
        known_on = entry.known_at.toordinal()
        number = number + 1 if known_on == day else 0
        day = known_on
        yield day * ENTRIES_OF_A_DAY + number
