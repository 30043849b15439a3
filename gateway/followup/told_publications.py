"""What the hub has published, as it comes, for the clients that follow it: trust lists, policies.

Responsible for the order of the log and for missing none: a cursor is the place of an entry, so
whoever comes back with it goes on from there on any worker. Refuses to keep anything for a
follower.
"""

from collections.abc import AsyncGenerator, Callable, Collection
from dataclasses import dataclass

from tongxing.gateway.followup.shared_end import SharedEnd
from tongxing.gateway.storage import Database, InvalidCursor
from tongxing.gateway.storage.audit import AuditFilter, AuditLog, PublicationRecord
from tongxing.gateway.storage.cursors import Cursors, CursorTooOld
from tongxing.gateway.storage.news import Topic
from tongxing.gateway.storage.slices import Slice
from tongxing.schema import AuditIndex, RegionCode
from tongxing.schema.audit_words import AuditKind, PublicationAction

TRUST_LIST_CURSORS = Cursors("tl1")
POLICY_CURSORS = Cursors("pa1")

OF_TRUST = frozenset({PublicationAction.TRUST_LIST_TAKEN})
OF_POLICIES = frozenset({PublicationAction.POLICY_TAKEN, PublicationAction.POLICY_WITHDRAWN})

_PUBLICATIONS = AuditFilter(kind=AuditKind.PUBLICATION)
_READ_AT_ONCE = 100
_NOTHING = -1
"""Before every index."""


@dataclass(frozen=True, slots=True)
class ToldPublication:
    index: AuditIndex
    record: PublicationRecord


@dataclass(frozen=True, slots=True)
class WantedPublications:
    """Publications by what was done; ``region``: those of its own policies, None those of all."""

    actions: Collection[PublicationAction]
    region: RegionCode | None = None

    def has(self, record: object) -> bool:
        return (
            isinstance(record, PublicationRecord)
            and record.action in self.actions
            and self.region in (None, record.receiving_region)
        )


class ToldPublications:
    """``clock`` is monotonic, in seconds. All methods raise StorageUnavailable, AuditDamaged."""

    def __init__(self, audit: AuditLog, database: Database, clock: Callable[[], float]) -> None:
        self._audit = audit
        self._database = database
        self._end = SharedEnd(self._last, database.news, Topic.PUBLICATIONS, clock)
        self._known_end = _NOTHING

    async def check(self, wanted: WantedPublications, index: int) -> None:
        """Raises InvalidCursor for the place of anything but one of the publications that
        ``wanted`` follows, and CursorTooOld for one that is not kept any more."""
        first, last = await self._audit.first_shown(), await self._end.now()
        if index > last:
            raise InvalidCursor("the cursor did not come from this list")
        entry = await self._audit.find(AuditIndex(index))
        if entry is None and index < first:
            raise CursorTooOld("what came after the cursor is not kept any more")
        # The region may be another one: what it leaves out comes from this place on.
        of_any_region = WantedPublications(wanted.actions)
        if entry is None or not of_any_region.has(entry.record):
            raise InvalidCursor("the cursor did not come from this list")

    async def follow(
        self, wanted: WantedPublications, after: int | None
    ) -> AsyncGenerator[ToldPublication, None]:
        """Every publication behind the index ``after``. Without it: the last one, then every new
        one. Ends when it is closed."""
        place = await self._before_the_last(wanted) if after is None else after
        while True:
            end = await self._end.now()
            has_next = True
            while has_next:
                page = await self._audit.page(_PUBLICATIONS, Slice(_READ_AT_ONCE, after=place))
                # The index of an entry that was lost with a server would be given to another one.
                await self._database.settle()
                for entry in page.items:
                    if isinstance(entry.record, PublicationRecord) and wanted.has(entry.record):
                        yield ToldPublication(entry.index, entry.record)
                place = place if page.end is None else max(place, page.end)
                has_next = page.has_next
            await self._end.other_than(end)

    async def _before_the_last(self, wanted: WantedPublications) -> int:
        before, has_previous = None, True
        end = await self._end.now()
        while has_previous:
            given = Slice(_READ_AT_ONCE, before=before, is_last=True)
            page = await self._audit.page(_PUBLICATIONS, given)
            for entry in reversed(page.items):
                if wanted.has(entry.record):
                    return int(entry.index) - 1
            before, has_previous = page.start, page.has_previous
        return end

    async def _last(self) -> int:
        """The index of the last publication: those behind the last one that is known are read."""
        has_next = True
        while has_next:
            given = Slice(_READ_AT_ONCE, after=self._known_end)
            page = await self._audit.page(_PUBLICATIONS, given)
            self._known_end = max([self._known_end, *(int(each.index) for each in page.items)])
            has_next = page.has_next and bool(page.items)
        return self._known_end
