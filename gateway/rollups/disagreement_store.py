"""Disagreements one by one, so that a coordinator walks through them page by page.

Each is found by the index of its entry and leaves with it. Whom it is about is kept only while it
is watched who turns out to be right, and shown to nobody.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from msgspec import msgpack

from tongxing.gateway.rollups.two_colors import FOLLOWED, PAIRS_OF_ENTRY, Disagreement, Proof, Sides
from tongxing.gateway.storage.columns import (
    as_written,
    from_microseconds,
    microseconds,
    or_none,
    places,
    region_stem,
    some_at_once,
)
from tongxing.gateway.storage.cursors import Cursors
from tongxing.gateway.storage.database import Database, ReadSession
from tongxing.gateway.storage.forgotten import forgotten_until
from tongxing.gateway.storage.slices import Listing, Slice, Sliced
from tongxing.gateway.storage.sweeping import sweep_in_pieces
from tongxing.gateway.storage.writer import UnitOfWork, Work
from tongxing.keys import HolderRef, base64url
from tongxing.schema import RegionCode
from tongxing.schema.disagreement import LaterProof

DISAGREEMENT_CURSORS = Cursors("disagreements1")

LOOKED_UP_AT_ONCE = 200


class DisagreementStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, regions: Sequence[RegionCode], region: RegionCode | None, wanted: Slice
    ) -> Sliced[tuple[Disagreement, Proof | None]]:
        """Newest first: those of receiving places that lie in one of ``regions`` and in ``region``.
        What is forgotten of the log is not shown. Raises StorageUnavailable."""
        inside = " OR ".join("substr(region, 1, CAST(? AS INTEGER)) = ?" for _ in regions)
        stems: list[object] = [stem for each in regions for stem in region_stem(each)]
        condition = f"number >= ? AND ({inside or 'FALSE'})"
        if region is not None:
            condition += " AND substr(region, 1, CAST(? AS INTEGER)) = ?"
            stems += region_stem(region)
        listing = Listing("disagreements", _COLUMNS, condition, newest_first=True)

        def query(session: ReadSession) -> Sliced[tuple[Disagreement, Proof | None]]:
            first = forgotten_until(session) * PAIRS_OF_ENTRY
            with as_written("disagreements"):
                return listing.read(wanted, session, (first, *stems)).each(_read)

        return await self._database.read(query)

    async def watched(
        self, holders: Sequence[HolderRef]
    ) -> Mapping[HolderRef, Sequence[Disagreement]]:
        """Of each of ``holders`` what is not settled, also under their references of other epochs.
        Raises StorageUnavailable."""
        return await self._database.read(partial(_watched, holders))

    async def sweep(self, at: datetime) -> int:
        """Delete those whose entries are forgotten, and forget whom the old ones are about. Raises
        StorageUnavailable."""
        forgotten = await self._database.read(forgotten_until)
        before = microseconds(at - FOLLOWED)
        return await sweep_in_pieces(
            self._database, _DELETE, forgotten * PAIRS_OF_ENTRY
        ) + await sweep_in_pieces(self._database, _UNNAME, before)


def keeping(new: Sequence[Disagreement], proofs: Sequence[Proof]) -> Work:
    """To be committed along with what is counted."""

    def work(unit: UnitOfWork) -> None:
        unit.execute_many(_ADD, [_row(each) for each in new])
        unit.execute_many(_SETTLE, [_settled(each) for each in proofs])

    return work


def _watched(
    holders: Sequence[HolderRef], session: ReadSession
) -> Mapping[HolderRef, Sequence[Disagreement]]:
    found: defaultdict[HolderRef, list[Disagreement]] = defaultdict(list)
    for some in some_at_once(sorted(set(holders)), LOOKED_UP_AT_ONCE):
        octets = [base64url.decode(each) for each in some]
        now = {reference: HolderRef(base64url.encode(reference)) for reference in octets}
        for earlier, reference in session.execute(_LINKED.format(places(octets)), octets):
            now[earlier] = HolderRef(base64url.encode(reference))
        for some_more in some_at_once(sorted(now), LOOKED_UP_AT_ONCE):
            for number, *row in session.execute(_OPEN.format(places(some_more)), some_more):
                each, _ = _read(number, row)
                found[now[row[3]]].append(each)
    return found


def _row(of: Disagreement) -> tuple[object, ...]:
    holder = None if of.holder is None else base64url.decode(of.holder)
    return of.number, microseconds(of.at), of.region, msgpack.encode(of.sides), holder


def _settled(proof: Proof) -> tuple[object, ...]:
    return proof.right, proof.how.value, microseconds(proof.at), proof.number


def _read(number: int, row: Sequence[Any]) -> tuple[Disagreement, Proof | None]:
    at, region, content, holder, right, how, known_at = row
    reference = or_none(base64url.encode, holder)
    of = Disagreement(
        number,
        from_microseconds(at),
        RegionCode(region),
        msgpack.decode(content, type=Sides),
        or_none(HolderRef, reference),
    )
    if right is None:
        return of, None
    return of, Proof(number, right, LaterProof(how), from_microseconds(known_at))


def joined(found: Iterable[Disagreement]) -> Mapping[HolderRef, list[Disagreement]]:
    """By holder; without those about nobody who is known."""
    of_each: defaultdict[HolderRef, list[Disagreement]] = defaultdict(list)
    for each in found:
        if each.holder is not None:
            of_each[each.holder].append(each)
    return of_each


_COLUMNS = "at, region, content, holder, right_issuer, proof, known_at"
_ADD = """
    INSERT INTO disagreements (number, at, region, content, holder) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (number) DO NOTHING
"""
_SETTLE = """
    UPDATE disagreements SET right_issuer = ?, proof = ?, known_at = ?, holder = NULL
    WHERE number = ?
"""
_LINKED = """
    SELECT earlier.holder, later.holder FROM holder_links AS later
        JOIN holder_links AS earlier ON earlier.person = later.person
    WHERE later.holder IN ({})
"""
_OPEN = f"SELECT number, {_COLUMNS} FROM disagreements WHERE holder IN ({{}}) ORDER BY number"  # noqa: S608 - constants
_DELETE = """
    DELETE FROM disagreements WHERE number IN (
        SELECT number FROM disagreements WHERE number < ? ORDER BY number LIMIT ?
    ) RETURNING 1
"""
_UNNAME = """
    UPDATE disagreements SET holder = NULL WHERE number IN (
        SELECT number FROM disagreements WHERE holder IS NOT NULL AND at < ? LIMIT ?
    ) RETURNING 1
"""
