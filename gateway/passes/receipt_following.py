"""Receipts that clients follow: what each is worth, whenever that changes.

What is told is worked out from what is kept: the receipt itself, later answers about its holder in
the audit log, and the feeds' last words. So it is the same on every worker, and who comes back with
a cursor is told what has changed since. Nothing is kept for a follower. Daily lists say nothing
here: which entry is the holder's, only the document tells.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from tongxing.gateway.answering.feed_words import FeedWords
from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.answering.own_receipts import OwnReceipts
from tongxing.gateway.answering.receipt import Receipt, holder_of
from tongxing.gateway.passes.pass_colors import PassColors
from tongxing.gateway.passes.receipt_standing import Learned, ReceiptStanding, receipt_standing
from tongxing.gateway.storage import InvalidCursor
from tongxing.gateway.storage.audit import AuditFilter, AuditLog, OutcomeRecord, ReadingRecord
from tongxing.gateway.storage.audit.packed_case import unpack_case
from tongxing.gateway.storage.cursors import Cursors
from tongxing.gateway.storage.holder_keys import HolderKeys
from tongxing.gateway.storage.holder_links import HolderLinks
from tongxing.gateway.storage.slices import Slice
from tongxing.keys import Holder, HolderRef
from tongxing.keys.passes import PassStatus
from tongxing.keys.receipts import InvalidReceipt
from tongxing.schema import RegionCode, SourceAnswer, lie_within
from tongxing.schema.audit_words import AuditKind, ReadingAction
from tongxing.schema.refusal import RefusalCode

STATUS_CURSORS = Cursors("t1")

LOOK_SECONDS = 2.0
"""Between two looks: three small reads, and a judgement if any of them found something."""

READ_AT_ONCE = 100

_STATUSES = len(PassStatus)
_ROUNDED = timedelta(seconds=1)


class Following(NamedTuple):
    """``number`` is that of a cursor."""

    number: int
    standing: ReceiptStanding
    ends_at: datetime


class _Followed(NamedTuple):
    receipt: Receipt
    holder: Holder


class ReceiptFollowing:
    """``receipts`` reads those of this hub; ``clock`` gives aware UTC times."""

    def __init__(
        self,
        *,
        hub_id: str,
        receipts: OwnReceipts,
        colors: PassColors,
        audit: AuditLog,
        feed_words: FeedWords,
        holder_keys: HolderKeys,
        holder_links: HolderLinks,
        clock: Callable[[], datetime],
    ) -> None:
        self._hub_id = hub_id
        self._receipts = receipts
        self._colors = colors
        self._audit = audit
        self._feed_words = feed_words
        self._holder_keys = holder_keys
        self._holder_links = holder_links
        self._clock = clock

    async def follow(
        self,
        unverified: str,
        asker: Asker,
        regions: Sequence[RegionCode],
        after: int | None,
    ) -> AsyncGenerator[Following, None] | RefusalCode:
        """What the receipt is worth, and whenever that changes, until it ends; with ``after``, the
        number of a cursor, only what differs from it. That somebody looks is recorded first. Raises
        InvalidCursor, AuditUnavailable, StorageUnavailable."""
        found = await self._found(unverified, asker, regions)
        if isinstance(found, RefusalCode):
            return found
        told = None if after is None else _status_of(after)
        await self._audit.append([_reading(found, asker, self._clock())])
        return self._statuses(found, told)

    async def _found(
        self, unverified: str, asker: Asker, regions: Sequence[RegionCode]
    ) -> _Followed | RefusalCode:
        try:
            receipt = await self._receipts.read(unverified)
            ends_at = datetime.fromtimestamp(receipt.exp, UTC)
            holder = holder_of(receipt, self._holder_keys.all())
        except (InvalidReceipt, ValueError, OverflowError):
            return RefusalCode.RECEIPT_INVALID
        if (receipt.iss, receipt.aud) != (self._hub_id, asker.client_id):
            return RefusalCode.RECEIPT_INVALID
        if not lie_within([receipt.region], regions):
            return RefusalCode.REGION_NOT_GRANTED
        if self._clock() >= ends_at:
            return RefusalCode.RECEIPT_EXPIRED
        if holder is None:
            return RefusalCode.HOLDER_UNKNOWN
        return _Followed(receipt, Holder(holder, await self._refs(holder)))

    async def _refs(self, holder: HolderRef) -> tuple[HolderRef, ...]:
        """In every epoch."""
        return await self._holder_links.of([holder]) or (holder,)

    async def _statuses(
        self, followed: _Followed, told: PassStatus | None
    ) -> AsyncGenerator[Following, None]:
        receipt, answered = followed.receipt, list[SourceAnswer]()
        place, ends_at = int(receipt.audit.index), datetime.fromtimestamp(receipt.exp, UTC)
        while True:
            place = await self._read(followed.holder, place, answered)
            learned = Learned(answered, await self._feed_words.of(followed.holder))
            at = self._clock()
            standing = receipt_standing(receipt, learned, self._colors, at)
            if standing.status is not told or at >= ends_at:
                told = standing.status
                yield Following(place * _STATUSES + int(told), standing, ends_at)
            if at >= ends_at:
                return
            await asyncio.sleep(min(LOOK_SECONDS, (ends_at - at).total_seconds()))

    async def _read(self, holder: Holder, place: int, answered: list[SourceAnswer]) -> int:
        """Adds what issuers have answered about ``holder`` behind ``place``; up to where the log
        was read."""
        where = AuditFilter(kind=AuditKind.OUTCOME, named_holders=holder.refs)
        end = await self._audit.size() - 1
        has_next = place < end
        while has_next:
            page = await self._audit.page(where, Slice(READ_AT_ONCE, after=place))
            for entry in page.items:
                answered += _sources(entry.record)
            place, has_next = _behind(place, page.end), page.has_next
        return max(place, end)


def _behind(place: int, end: int | None) -> int:
    return place if end is None else end


def _sources(record: object) -> Sequence[SourceAnswer]:
    """The log counts ages in whole seconds and makes no green younger than it is. A yellow or red
    is as late as it may have been, or it would seem to be older than the green before it."""
    case = unpack_case(record) if isinstance(record, OutcomeRecord) else None
    return () if case is None else [_as_late_as_may_be(source) for source in case.sources]


def _as_late_as_may_be(source: SourceAnswer) -> SourceAnswer:
    codes = [
        replace(code, as_of=code.as_of + _ROUNDED) if code.color.is_restrictive else code
        for code in source.codes
    ]
    return replace(source, codes=codes)


def _status_of(number: int) -> PassStatus:
    """Raises InvalidCursor."""
    status = PassStatus(number % _STATUSES)
    if status is PassStatus.WITHDRAWN:
        raise InvalidCursor("the cursor did not come from this list")
    return status


def _reading(followed: _Followed, asker: Asker, at: datetime) -> ReadingRecord:
    return ReadingRecord(
        at=at,
        request_id=asker.request_id,
        client_id=asker.client_id,
        action=ReadingAction.RECEIPT_STATUS,
        receiving_region=followed.receipt.region,
        holder=followed.holder.ref,
    )
