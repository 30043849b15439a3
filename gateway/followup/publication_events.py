"""Trust lists and policies as the hub takes them, for the clients that follow them.

What is told is what the audit log holds, in its order, so a follower that comes back with its last
cursor goes on from there, on any worker; publications outlive the rest of the log. Refuses to keep
anything for a follower.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from tongxing.gateway.storage import InvalidCursor
from tongxing.gateway.storage.audit import AuditEntry, AuditFilter, AuditLog, PublicationRecord
from tongxing.gateway.storage.cursors import Cursors
from tongxing.gateway.storage.news import News, NewsBell, Topic
from tongxing.gateway.storage.slices import Slice
from tongxing.schema import AuditIndex, RegionCode
from tongxing.schema.audit_words import AuditKind, PublicationAction

PUBLICATION_CURSORS = Cursors("p1")

LOOK_SECONDS = 2.0
"""How long what another process took may stay unseen if its news is not heard."""

READ_AT_ONCE = 100

OF_TRUST = frozenset({PublicationAction.TRUST_LIST_TAKEN})
OF_POLICIES = frozenset({PublicationAction.POLICY_TAKEN, PublicationAction.POLICY_WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Followed:
    """Which publications; ``region``: those of its own policies, None those of all."""

    actions: frozenset[PublicationAction]
    region: RegionCode | None = None

    def fits(self, record: PublicationRecord) -> bool:
        is_here = self.region is None or record.receiving_region == self.region
        return is_here and record.action in self.actions


@dataclass(frozen=True, slots=True)
class Published:
    index: AuditIndex
    record: PublicationRecord


class PublicationEvents:
    """Raises StorageUnavailable wherever it reads."""

    def __init__(self, log: AuditLog, news: News) -> None:
        self._log = log
        self._bell = NewsBell(news, [Topic.TRUST_LIST, Topic.POLICIES], LOOK_SECONDS)

    async def check(self, index: int) -> None:
        """Raises InvalidCursor for a place that the log has not reached: behind it all that comes
        until then would be missed."""
        if index >= await self._log.size():
            raise InvalidCursor("the cursor did not come from this list")

    async def follow(
        self, followed: Followed, after: int | None
    ) -> AsyncGenerator[Published, None]:
        """Every publication that is ``followed`` behind the place ``after``. Without it: the last
        one, and then every new one. Ends when it is closed."""
        if after is None:
            last = await self._last(followed)
            after = -1 if last is None else last.index
            if last is not None:
                yield last
        while True:
            rung, size = self._bell.next, await self._log.size()
            while True:
                found, end = await self._next(after)
                for each in found:
                    if followed.fits(each.record):
                        yield each
                if end is None:
                    break
                after = end
            # What was looked through is not looked through again: the log grows by every answer.
            after = max(after, size - 1, *(each.index for each in found))
            await self._bell.wait(rung)

    async def _next(self, after: int) -> tuple[Sequence[Published], int | None]:
        """Those behind ``after``, and where to go on if there are more."""
        place = None if after < 0 else after
        page = await self._log.page(_PUBLICATIONS, Slice(READ_AT_ONCE, after=place))
        return _published(page.items), page.end if page.has_next else None

    async def _last(self, followed: Followed) -> Published | None:
        before: int | None = None
        while True:
            page = await self._log.page(
                _PUBLICATIONS, Slice(READ_AT_ONCE, before=before, is_last=True)
            )
            fitting = [each for each in _published(page.items) if followed.fits(each.record)]
            if fitting:
                return fitting[-1]
            if not page.has_previous or page.start is None:
                return None
            before = page.start


_PUBLICATIONS = AuditFilter(kind=AuditKind.PUBLICATION)


def _published(entries: Sequence[AuditEntry]) -> list[Published]:
    return [
        Published(entry.index, entry.record)
        for entry in entries
        if isinstance(entry.record, PublicationRecord)
    ]
