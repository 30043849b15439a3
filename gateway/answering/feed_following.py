"""An issuer's change feed, followed by one of all processes: read every few seconds, and what it
says done by the COMMIT that moves the place to read on from.

A feed that does not follow what was read before, or that cannot be believed, moves nothing: it is
told, and read again in a moment. Refuses to know what a change does.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import NoReturn, Protocol

from tongxing.adapters.dialect import ChangeFeed, ReceivedChanges
from tongxing.adapters.issuer_feed import (
    CHANGES_AT_ONCE,
    GAP,
    GONE_BACK,
    IssuerChange,
    ReadChanges,
    read_changes,
)
from tongxing.gateway.answering.feed_holders import FeedHolders
from tongxing.gateway.answering.feed_store import FeedMark, FeedMarks, FeedState, FeedStore
from tongxing.gateway.answering.list_following import TrustInForce
from tongxing.gateway.storage import StorageUnavailable
from tongxing.gateway.storage.leases import Lease
from tongxing.gateway.storage.while_held import while_held
from tongxing.keys import TrustListRefused
from tongxing.schema import Outcome

EXCHANGE_SECONDS = 10.0
"""For one answer of the feed."""

LONGEST_REST_SECONDS = 30.0
"""After a failure the rest doubles up to this: a feed that is well again is read within it."""

BEGUN_BEFORE = timedelta(hours=1)
"""A feed is begun with what it told in the hour before: clocks differ, statements are older than
their answers, and an issuer may write down a change some time after it happened."""

PROBED_AT_ONCE = 20
"""Changes in one answer while the place to begin at is looked for: some may be unreadable."""

FORKED = "FORKED"
REWRITTEN = frozenset({GAP, GONE_BACK, FORKED})
"""What no silence and no lost key explains: coordinators are told."""


class FeedRefused(Exception):
    """Nothing more of the feed is believed. ``code``: an outcome of asking; BAD_SIGNATURE,
    MALFORMED, STALE; GAP (a number is left out), GONE_BACK (the issuer has fewer changes than it
    had), or FORKED (the last one that was read is another one now)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class FeedLink(Protocol):
    async def changes(
        self, feed: ChangeFeed, after: int, limit: int, *, deadline: float
    ) -> ReceivedChanges | Outcome: ...


class FeedWatch(Protocol):
    def feed_begun(self, issuer: str, number: int) -> None:
        """It is read from behind this number on."""
        ...

    def changes_taken(self, issuer: str, number: int) -> None:
        """So many took effect."""
        ...

    def change_passed_over(self, issuer: str, code: str) -> None:
        """A change that is not believed is left out."""
        ...

    def feed_refused(self, issuer: str, code: str) -> None: ...


@dataclass(slots=True)
class FeedFollower:
    """Of one issuer. ``clock`` gives aware UTC times; ``seconds`` lie between two readings."""

    issuer: str
    feed: ChangeFeed
    link: FeedLink
    store: FeedStore
    marks: FeedMarks
    holders: FeedHolders
    trust: TrustInForce
    watch: FeedWatch
    clock: Callable[[], datetime]
    seconds: float
    failures: int = 0

    async def follow(self, lease: Lease) -> NoReturn:
        await while_held(lease, self._go_on)

    async def _go_on(self) -> None:
        while True:
            seconds = await self.next_in()
            await asyncio.sleep(seconds)

    async def next_in(self) -> float:
        """Read on; how many seconds until the next reading."""
        try:
            is_more = await self._read_on()
        except FeedRefused as refused:
            return await self._refused(refused.code)
        except TrustListRefused as refused:
            return self._failed(refused.code.value)
        except StorageUnavailable:
            return self._failed("NOT_RECORDED")
        self.failures = 0
        return 0.0 if is_more else self.seconds

    async def _read_on(self) -> bool:
        """Whether more may be there. Raises FeedRefused, after what can be believed is done."""
        state = await self.store.state(self.issuer, self.clock())
        mark = state.mark or await self._begin(state)
        received = await self._fetched(max(0, mark.number - 1), CHANGES_AT_ONCE)
        read = await self._read(received)
        new = self._following(read, mark)
        at = self.clock()
        is_more = len(received.entries) == CHANGES_AT_ONCE
        is_moved = await self.store.move(
            self.issuer,
            mark,
            self.marks.of(read.changes[-1], at) if read.changes else mark,
            take=self.holders.taking(self.issuer, new, at),
            read_at=None if is_more or read.fault else at,
        )
        if is_moved:
            self._tell(len(new), read)
        if read.fault is not None:
            raise FeedRefused(read.fault)
        return is_more

    def _following(self, read: ReadChanges, mark: FeedMark) -> tuple[IssuerChange, ...]:
        """What is new: the answer begins with the last change that was read. Raises FeedRefused."""
        if not mark.number:
            return read.changes
        if not read.changes:
            raise FeedRefused(read.fault or GONE_BACK)
        first = read.changes[0]
        if first.number != mark.number:
            raise FeedRefused(read.passed_over[0])
        if not self.marks.is_of(first, mark):
            raise FeedRefused(FORKED)
        return read.changes[1:]

    async def _begin(self, state: FeedState) -> FeedMark:
        """Behind the last change from before what is wanted: found by doubling, then by halving,
        because a feed may be years long. Raises FeedRefused."""
        since = state.begins_at - BEGUN_BEFORE
        last: IssuerChange | None = None
        low, step = 0, 1
        while (found := await self._older(low + step - 1, since)) is not None:
            last, low, step = found, found.number, 2 * step
        high = low + step - 1
        while low < high:
            middle = (low + high) // 2
            found = await self._older(middle, since)
            if found is None:
                high = middle
            else:
                last, low = found, found.number
        at = self.clock()
        mark = FeedMark(0) if last is None else self.marks.of(last, at)
        if await self.store.move(self.issuer, None, mark):
            self.watch.feed_begun(self.issuer, mark.number)
        return mark

    async def _older(self, after: int, since: datetime) -> IssuerChange | None:
        """The first change behind ``after``, if it was told before ``since``. Raises
        FeedRefused."""
        read = await self._read(await self._fetched(after, PROBED_AT_ONCE))
        if not read.changes and read.fault is not None:
            raise FeedRefused(read.fault)
        first = next(iter(read.changes), None)
        return first if first is not None and first.told_at < since else None

    async def _fetched(self, after: int, limit: int) -> ReceivedChanges:
        deadline = asyncio.get_running_loop().time() + EXCHANGE_SECONDS
        received = await self.link.changes(self.feed, after, limit, deadline=deadline)
        if isinstance(received, Outcome):
            raise FeedRefused(received.value)
        return received

    async def _read(self, received: ReceivedChanges) -> ReadChanges:
        """Beside the event loop."""
        at = self.clock()
        trust_list = self.trust.current(at)
        read = partial(read_changes, self.feed, self.issuer, received, trust_list, at)
        return await asyncio.to_thread(read)

    def _tell(self, taken: int, read: ReadChanges) -> None:
        self.watch.changes_taken(self.issuer, taken)
        for code in read.passed_over:
            self.watch.change_passed_over(self.issuer, code)

    async def _refused(self, code: str) -> float:
        if code in REWRITTEN:
            with suppress(StorageUnavailable):  # told at the next reading, which is refused, too
                await self.store.tell_rewritten(self.issuer, self.clock())
        return self._failed(code)

    def _failed(self, code: str) -> float:
        self.watch.feed_refused(self.issuer, code)
        rest = self.seconds * 2.0**self.failures
        if rest < LONGEST_REST_SECONDS:
            self.failures += 1
        return min(rest, LONGEST_REST_SECONDS)


async def follow_feeds(followers: Iterable[tuple[FeedFollower, Lease]]) -> None:
    """For as long as the hub runs."""
    async with asyncio.TaskGroup() as group:
        for follower, lease in followers:
            group.create_task(follower.follow(lease))
