"""The passes at rest: where each lies on its list, and what its color rests on.

A person is a HolderRef here; neither name nor number is kept. A change and its audit record are
written by one COMMIT. Refuses to judge (``pass_basis``) and to publish (``list_publishing``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from secrets import randbelow
from typing import Any, NamedTuple

from tongxing.gateway.answering.daily_lists import ListedPlace
from tongxing.gateway.passes.pass_basis import PassBasis, basis_from, basis_octets
from tongxing.gateway.storage import Database, UnitOfWork, Work
from tongxing.gateway.storage.audit import PassRecord
from tongxing.gateway.storage.audit.encoding import encode_record
from tongxing.gateway.storage.columns import from_microseconds, microseconds
from tongxing.gateway.storage.entries import AuditRow
from tongxing.gateway.storage.news import Topic
from tongxing.keys import HolderRef, base64url
from tongxing.keys.passes import PassStatus
from tongxing.keys.status_bits import ENTRIES_MAX
from tongxing.schema import AuditIndex, RegionCode

DRAWS = 64
"""For a free place. On a list that is three quarters full all fail once in a hundred million."""

LIST_NUMBERS = 10**5
"""Of which the number of a list is drawn; a hub has a few lists at a time, and a long number leaves
less room in the code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPass:
    holder: HolderRef
    client_id: str
    region: RegionCode
    recognition: AuditIndex
    ends_at: datetime
    holds_until: datetime
    trust_list: int
    status: PassStatus
    basis: PassBasis
    listings: Sequence[ListedPlace] = ()


class PassPlace(NamedTuple):
    """``serial``: its number in the list, from 1 on."""

    number: int
    idx: int
    serial: int


@dataclass(frozen=True, slots=True)
class KeptPass:
    """As it is kept now."""

    list_number: int
    index: int
    holder: HolderRef
    client_id: str
    region: RegionCode
    recognition: AuditIndex
    ends_at: datetime
    holds_until: datetime
    trust_list: int
    status: PassStatus
    basis: PassBasis


class PassStore:
    """All methods raise StorageUnavailable. ``entries`` is the length of a list that is begun."""

    def __init__(self, database: Database, log_name: str, entries: int = ENTRIES_MAX) -> None:
        self._database = database
        self._log_name = log_name
        self._entries = entries

    async def issue(
        self, new: NewPass, record: PassRecord, along: Work = lambda _: None
    ) -> PassPlace:
        """Its place, which nobody can guess and no other pass has while this one is kept.
        ``along`` is committed with it."""
        log = self._database.named(self._log_name)
        entry = encode_record(record)

        def work(unit: UnitOfWork) -> PassPlace:
            along(unit)
            return _issue(new, entry, log, self._entries, unit)

        return await self._database.write(work)

    async def withdraw(self, place: tuple[int, int], client_id: str, record: PassRecord) -> bool:
        """Whether this client has issued it, and it is kept. A second time changes nothing."""
        return await self._database.write(
            partial(_withdraw, place, client_id, encode_record(record))
        )

    async def find(self, number: int, index: int) -> KeptPass | None:
        rows = await self._database.fetch(FIND_PASS, (number, index))
        return kept_pass(*rows[0]) if rows else None


def _issue(new: NewPass, entry: AuditRow, log: str, entries: int, unit: UnitOfWork) -> PassPlace:
    """Works run one after the other, over all processes: serials rise in the order of COMMITs."""
    rows = unit.execute(_OPEN_LISTS, (log,))
    (number, length) = rows[0] if rows else (_begin(log, entries, unit), entries)
    place = _place(new, number, length, unit) or _place(
        new, _begin(log, entries, unit), entries, unit
    )
    if place is None:
        raise RuntimeError("a list that was just begun has no free place")
    unit.record([entry])
    unit.announce(Topic.PASSES)
    return place


def _begin(log: str, entries: int, unit: UnitOfWork) -> int:
    """Drawn, not counted: a hub that was put back to an earlier state must not give the name of a
    list that it has forgotten to another one."""
    while True:
        number = randbelow(LIST_NUMBERS)
        if unit.execute(_BEGIN, (number, log, entries)):
            return number


def _place(new: NewPass, number: int, length: int, unit: UnitOfWork) -> PassPlace | None:
    ((serial,),) = unit.execute(_COUNT, (number,))
    for index in _draws(length):
        if unit.execute(_ADD, (number, index, serial, *_columns(new))):
            unit.execute_many(_ADD_LISTING, [(number, index, *each) for each in new.listings])
            return PassPlace(number, index, serial)
    return None


def _draws(length: int) -> Iterator[int]:
    for _ in range(DRAWS):
        yield randbelow(length)


def _columns(new: NewPass) -> tuple[object, ...]:
    return (
        base64url.decode(new.holder),
        new.client_id,
        new.region,
        new.recognition,
        microseconds(new.ends_at),
        microseconds(new.holds_until),
        new.trust_list,
        int(new.status),
        int(PassStatus.GREEN),  # what every entry is that no pass has
        basis_octets(new.basis),
    )


def _withdraw(place: tuple[int, int], client_id: str, entry: AuditRow, unit: UnitOfWork) -> bool:
    changed = unit.execute(_WITHDRAW, (int(PassStatus.WITHDRAWN), *place, client_id))
    if changed:
        unit.record([entry])
        unit.announce(Topic.PASSES)
    return bool(changed)


def kept_pass(number: int, index: int, holder: bytes, *columns: Any) -> KeptPass:
    """From the KEPT_COLUMNS of a row."""
    client_id, region, recognition, ends_at, holds_until, trust_list, status, basis = columns
    return KeptPass(
        list_number=number,
        index=index,
        holder=HolderRef(base64url.encode(holder)),
        client_id=client_id,
        region=RegionCode(region),
        recognition=AuditIndex(recognition),
        ends_at=from_microseconds(ends_at),
        holds_until=from_microseconds(holds_until),
        trust_list=trust_list,
        status=PassStatus(status),
        basis=basis_from(bytes(basis)),
    )


KEPT_COLUMNS = (
    "list, idx, holder, client, region, recognition, ends_at, holds_until, trust_list, status, "
    "basis"
)
# A list takes passes until three quarters of it are taken; then the next one is begun.
_OPEN_LISTS = """
    SELECT number, entries FROM status_lists WHERE log = ? AND live * 4 < entries * 3
    ORDER BY number DESC LIMIT 1
"""
_BEGIN = """
    INSERT INTO status_lists (number, log, entries, serials, live, state)
    VALUES (?, ?, ?, 0, 0, 0) ON CONFLICT (number) DO NOTHING RETURNING number
"""
_COUNT = """
    UPDATE status_lists SET serials = serials + 1, live = live + 1 WHERE number = ?
    RETURNING serials
"""
_ADD = """
    INSERT INTO passes (
        list, idx, serial, holder, client, region, recognition, ends_at, holds_until, trust_list,
        status, published, basis
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (list, idx) DO NOTHING RETURNING idx
"""
_ADD_LISTING = """
    INSERT INTO pass_listings (list, idx, issuer, epoch, place) VALUES (?, ?, ?, ?, ?)
"""
_WITHDRAW = "UPDATE passes SET status = ? WHERE list = ? AND idx = ? AND client = ? RETURNING 1"
FIND_PASS = f"SELECT {KEPT_COLUMNS} FROM passes WHERE list = ? AND idx = ?"  # noqa: S608 - constants
