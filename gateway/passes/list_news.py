"""A daily list that was taken turns the passes of those whom it names.

The hub hears nothing of a holder whom it no longer names until somebody asks: a red stays, which is
the safe side. Refuses to verify lists; ``DailyLists`` does, at every use.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from tongxing.gateway.answering.daily_lists import DailyLists, ListInForce
from tongxing.gateway.answering.list_store import listed_entry
from tongxing.gateway.passes.pass_colors import PassColors
from tongxing.gateway.storage import Database, UnitOfWork
from tongxing.keys import TrustListRefused

FOUND_AT_ONCE = 200
"""Passes turned in one transaction: some 50 ms."""


class ListNews:
    """In the process that publishes."""

    def __init__(self, database: Database, lists: DailyLists, colors: PassColors) -> None:
        self._database = database
        self._lists = lists
        self._colors = colors
        self._looked_at: dict[str, int] = {}

    async def look(self, at: datetime) -> None:
        """Each list that is in force is looked at once. Raises StorageUnavailable."""
        try:
            trust_list = self._colors.trust.current(at)
        except TrustListRefused:
            return
        for each in self._lists.in_force(trust_list, at):
            if self._looked_at.get(each.issuer) != each.number:
                await self._look_at(each, at)
                self._looked_at[each.issuer] = each.number

    async def _look_at(self, each: ListInForce, at: datetime) -> None:
        last = (-1, -1)
        while True:
            asked = (each.number, each.issuer, each.epoch, *last, FOUND_AT_ONCE)
            rows = await self._database.fetch(_NAMED, asked)
            if rows:
                await self._database.write(partial(self._turn, each, rows, at))
                last = (rows[-1][0], rows[-1][1])
            if len(rows) < FOUND_AT_ONCE:
                return

    def _turn(self, each: ListInForce, rows: Sequence[Any], at: datetime, unit: UnitOfWork) -> None:
        for number, index, *entry in rows:
            source = each.said(listed_entry(*entry))
            self._colors.told((number, index), [source], at, unit)


_NAMED = """
    SELECT place.list, place.idx, entry.color, entry.basis, entry.place, entry.changed_at
    FROM pass_listings AS place
    JOIN list_entries AS entry ON entry.list = ? AND entry.holder = place.place
    WHERE place.issuer = ? AND place.epoch = ? AND (place.list, place.idx) > (?, ?)
    ORDER BY place.list, place.idx LIMIT ?
"""
