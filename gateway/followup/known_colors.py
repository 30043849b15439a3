"""Which colors the hub knows of a traveler who has arrived: the last one of each issuer and place.

The most restrictive of them is the arrival's color. It is what issuers state and no answer: an
answer differs by region and purpose, and would show which client asked, and for where. An issuer
that is silent, or was not asked, leaves its last word as it was; so no arrival turns green because
fewer issuers spoke.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache, partial

from tongxing.gateway.answering.history import end_of_day
from tongxing.gateway.answering.sightings import Sighting
from tongxing.gateway.followup.arrival_columns import KEPT_FOR
from tongxing.gateway.followup.arrival_event_store import add_change
from tongxing.gateway.storage import UnitOfWork, Work
from tongxing.gateway.storage.columns import microseconds
from tongxing.keys import base64url
from tongxing.schema import Color, HistoryEntry, most_restrictive


class KnownColors:
    """Of the arrivals that are kept; told of what issuers state, it writes what has changed."""

    def seeing(self, sightings: Sequence[Sighting], at: datetime) -> Work:
        """The work that does so."""
        return partial(_look, sightings, at)


def know_colors(arrival_number: int, stated: Iterable[HistoryEntry], unit: UnitOfWork) -> None:
    """Keep each of ``stated``, unless a later word of the same issuer and place is kept."""
    rows = [
        (
            arrival_number,
            each.issuer,
            each.issuing_place,
            each.color.value,
            microseconds(each.as_of),
        )
        for each in stated
    ]
    unit.execute_many(_KNOW, rows)


def _look(sightings: Sequence[Sighting], at: datetime, unit: UnitOfWork) -> None:
    if not sightings:
        return
    refs = [[base64url.decode(ref) for ref in each.holder.refs] for each in sightings]
    holders = [ref for of_one in refs for ref in of_one]
    # Without the time, because questions about the same holder differ by it alone.
    found = unit.read_once(standing_sql(len(holders)), tuple(holders))
    if not found:  # as for most travelers
        return
    since = microseconds(at - KEPT_FOR)
    standing = defaultdict[bytes, list[int]](list)
    for number, holder, recorded_at in found:
        if recorded_at > since:
            standing[holder].append(number)
    for of_one, sighting in zip(refs, sightings, strict=True):
        for number in sorted(number for ref in of_one for number in standing[ref]):
            color = _changed(number, sighting.stated(), unit)
            if color is not None:
                _tell(number, color, end_of_day(at), unit)


def _tell(arrival_number: int, color: Color, known_at: datetime, unit: UnitOfWork) -> None:
    unit.execute(_CHANGE, (color.value, microseconds(known_at), arrival_number))
    add_change(arrival_number, color, known_at, unit)


def _changed(arrival_number: int, stated: Iterable[HistoryEntry], unit: UnitOfWork) -> Color | None:
    """The arrival's color after ``stated``, if it was another one before. Of an arrival without a
    color, a green is no change: nobody had stated another one."""
    before = _color(arrival_number, unit)
    know_colors(arrival_number, stated, unit)
    after = _color(arrival_number, unit)
    is_change = after is not before and (before is not Color.UNKNOWN or after.is_restrictive)
    return after if is_change else None


def _color(arrival_number: int, unit: UnitOfWork) -> Color:
    """UNKNOWN if no issuer has stated any."""
    rows = unit.execute(_COLORS, (arrival_number,))
    return most_restrictive(Color(color) for (color,) in rows)


@lru_cache(100)
def standing_sql(holders: int) -> str:
    """The arrivals of holders with so many references that are kept and were not withdrawn."""
    marks = ", ".join("?" * holders)
    return (
        f"SELECT number, holder, recorded_at FROM arrivals WHERE holder IN ({marks}) "  # noqa: S608
        "AND withdrawn_at IS NULL"
    )


_COLORS = "SELECT color FROM arrival_colors WHERE arrival = ?"
_KNOW = """
    INSERT INTO arrival_colors (arrival, issuer, place, color, as_of) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (arrival, issuer, place) DO UPDATE
        SET color = excluded.color, as_of = excluded.as_of
        WHERE excluded.as_of >= arrival_colors.as_of
"""
_CHANGE = "UPDATE arrivals SET changed_color = ?, change_known_at = ? WHERE number = ? RETURNING 1"
