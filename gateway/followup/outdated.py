"""Statements that count no more, because their issuer has accepted a correction, or tells of a
change by itself: told to every process that may keep some of them.

Written by the COMMIT of what makes them outdated. Each process reads what came since its last look,
and lets go of it in its own memory.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple, NoReturn, Protocol

from tongxing.gateway.answering.sightings import Sighting
from tongxing.gateway.storage import Database, StorageUnavailable, UnitOfWork, Work
from tongxing.gateway.storage.columns import microseconds
from tongxing.gateway.storage.news import NewsEar, Topic
from tongxing.gateway.storage.sweeping import sweep_in_pieces
from tongxing.keys import HolderRef, base64url

LOOK_SECONDS = 5.0
"""How long a process may not know of what another has learned if its news is not heard."""

SHARED_FOR = timedelta(minutes=3)
"""Statements that workers share live for a minute, and their clocks are a little apart: a process
that begins lets go of what was outdated since so long ago."""

KEPT_FOR = timedelta(days=1)
"""Longer than any process looks back: it reads on from its last look."""


class Outdated(NamedTuple):
    """What ``issuer`` stated of ``holder`` until now. ``number`` rises with every COMMIT."""

    number: int
    issuer: str
    holder: HolderRef


def outdate(issuer: str, holder: str, at: datetime, unit: UnitOfWork) -> None:
    unit.execute(_OUTDATE, (issuer, base64url.decode(holder), microseconds(at)))
    unit.announce(Topic.OUTDATED)


class Outdating:
    """What an issuer's feed tells of somebody makes all that it stated of them outdated: its next
    statement says what is so."""

    def seeing(self, sightings: Sequence[Sighting], at: datetime) -> Work:
        return partial(_outdate_each, sightings, at)


def _outdate_each(sightings: Sequence[Sighting], at: datetime, unit: UnitOfWork) -> None:
    for each in sightings:
        for source in each.sources:
            for ref in each.holder.refs:
                outdate(source.issuer, ref, at, unit)


class OutdatedStatements:
    """All methods raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def last_number(self, at: datetime) -> int:
        """The last one of what was outdated by ``at``; 0 if there is none."""
        ((number,),) = await self._database.fetch(_LAST, (microseconds(at),))
        return int(number)

    async def after(self, number: int) -> Sequence[Outdated]:
        """What they say lasts: the number of one that was lost would be given to another."""
        rows = await self._database.fetch(_AFTER, (number,))
        if rows:
            await self._database.settle()
        return [
            Outdated(each, issuer, HolderRef(base64url.encode(holder)))
            for each, issuer, holder in rows
        ]

    async def sweep(self, at: datetime) -> int:
        """Delete what has had its time at ``at``; how many rows."""
        return await sweep_in_pieces(self._database, _SWEEP, microseconds(at - KEPT_FOR))


class Forgetful(Protocol):
    async def forget(self, holder: HolderRef) -> None: ...


async def follow_outdated(
    store: OutdatedStatements, links: Mapping[str, Forgetful], ear: NewsEar, *, after: int
) -> NoReturn:
    """Let each of ``links`` forget what is outdated, for as long as the hub runs: everything above
    the number ``after``, which was the last one while nothing was kept yet."""
    while True:
        if ear.is_due():
            with suppress(StorageUnavailable), ear.looking():
                for each in await store.after(after):
                    if each.issuer in links:
                        await links[each.issuer].forget(each.holder)
                    after = each.number
        await ear.wait(LOOK_SECONDS)


_OUTDATE = "INSERT INTO outdated_statements (issuer, holder, since) VALUES (?, ?, ?)"
_LAST = "SELECT coalesce(max(number), 0) FROM outdated_statements WHERE since <= ?"
_AFTER = "SELECT number, issuer, holder FROM outdated_statements WHERE number > ? ORDER BY number"
_SWEEP = """
    DELETE FROM outdated_statements WHERE number IN
        (SELECT number FROM outdated_statements WHERE since <= ? ORDER BY number LIMIT ?)
    RETURNING 1
"""
