"""How far each issuer's feed is read: one row for each, moved by the COMMIT of what was read.

All processes read on from it, whichever has the lease; of two that read the same piece one moves
it. The last change is remembered by a keyed digest, to be found again at the next reading.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from tongxing.adapters.issuer_feed import IssuerChange
from tongxing.gateway.storage import Database, UnitOfWork, Work
from tongxing.gateway.storage.columns import from_microseconds, microseconds
from tongxing.gateway.storage.holder_keys import HolderKeys
from tongxing.gateway.storage.sweeping import sweep_in_pieces
from tongxing.gateway.storage.trust_alarms import Occasion, TrustAlarms
from tongxing.keys import HolderEpoch, base64url
from tongxing.schema.time_words import midnight
from tongxing.schema.trust_alarm import TrustAlarmKind

_NOT_BEGUN = -1


class FeedMark(NamedTuple):
    """The last change that was read: its ``number``, and its keyed digest, with the key of
    ``epoch``. Before the first change there is no digest."""

    number: int
    digest: bytes | None = None
    epoch: int = 0


@dataclass(frozen=True, slots=True)
class FeedState:
    """``mark``: None before the feed is begun. What its issuer told since ``begins_at`` is wanted.
    ``read_at``: when it was last read to its end."""

    begins_at: datetime
    read_at: datetime
    mark: FeedMark | None


class FeedStore:
    """All methods raise StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def tell_rewritten(self, issuer: str, at: datetime) -> None:
        """An alarm, one for each issuer and day: what the feed told before is not its past now."""
        occasion = Occasion(kind=TrustAlarmKind.FEED_REWRITTEN, when=midnight(at), issuer=issuer)
        await TrustAlarms(self._database).raise_once(occasion, at)

    async def state(self, issuer: str, at: datetime) -> FeedState:
        """Of a feed that nobody has read, from ``at`` on."""
        rows = await self._database.fetch(_STATE, (issuer,))
        if not rows:
            now = microseconds(at)
            await self._database.write(lambda unit: unit.execute(_ADD, (issuer, now, now)))
            rows = await self._database.fetch(_STATE, (issuer,))
        return _state(*rows[0][1:])

    async def states(self) -> dict[str, FeedState]:
        """By issuer."""
        rows = await self._database.fetch(_STATES)
        return {issuer: _state(*row) for issuer, *row in rows}

    async def move(
        self,
        issuer: str,
        before: FeedMark | None,
        to: FeedMark,
        *,
        take: Work | None = None,
        read_at: datetime | None = None,
    ) -> bool:
        """Whether the feed stood at ``before``: then ``take`` is done and it stands at ``to``, by
        one COMMIT. ``read_at``, if it was read to its end."""
        number = _NOT_BEGUN if before is None else before.number
        read = None if read_at is None else microseconds(read_at)
        values = (*to, read, issuer, number)

        def work(unit: UnitOfWork) -> bool:
            if not unit.execute(_MOVE, values):
                return False
            if take is not None:
                take(unit)
            return True

        return await self._database.write(work)

    async def begin_again(self, issuer: str) -> bool:
        """Forget where the feed of ``issuer`` was read, so that it is begun anew at what was told
        since it was last read to its end. Whether it is followed."""
        return bool(await self._database.write(lambda unit: unit.execute(_BEGIN_AGAIN, (issuer,))))

    async def sweep(self, at: datetime) -> int:
        """Delete what is known of people whom nobody has asked about for long; how many rows."""
        return await sweep_in_pieces(self._database, _SWEEP, microseconds(at))


class FeedMarks:
    """Raises StorageUnavailable if nobody knows which epochs there are."""

    def __init__(self, holder_keys: HolderKeys) -> None:
        self._holder_keys = holder_keys

    def of(self, change: IssuerChange, at: datetime) -> FeedMark:
        epoch = self._holder_keys.all().at(at)
        return FeedMark(change.number, _digest(epoch, change), epoch.number)

    def is_of(self, change: IssuerChange, mark: FeedMark) -> bool:
        """Whether ``change`` is the one of ``mark``. Nobody can tell once its epoch is destroyed;
        then the number says it."""
        epoch = self._holder_keys.all().numbered(mark.epoch)
        is_it = epoch is None or mark.digest == _digest(epoch, change)
        return change.number == mark.number and is_it


def _digest(epoch: HolderEpoch, change: IssuerChange) -> bytes:
    issuer = str(change.source.issuer)
    return base64url.decode(epoch.key.cache_ref("change-feed mark", issuer, change.identity()))


def _state(
    begins_at: int, read_at: int, number: int | None, digest: bytes | None, epoch: int | None
) -> FeedState:
    mark = None if number is None else FeedMark(number, digest, epoch or 0)
    return FeedState(from_microseconds(begins_at), from_microseconds(read_at), mark)


_COLUMNS = "issuer, begins_at, read_at, number, mark, epoch"
_STATE = f"SELECT {_COLUMNS} FROM feeds WHERE issuer = ?"  # noqa: S608 - constants
_STATES = f"SELECT {_COLUMNS} FROM feeds ORDER BY issuer"  # noqa: S608 - constants
_ADD = """
    INSERT INTO feeds (issuer, begins_at, read_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING
"""
_MOVE = """
    UPDATE feeds SET number = ?, mark = ?, epoch = ?, read_at = coalesce(?, read_at)
    WHERE issuer = ? AND coalesce(number, -1) = ? RETURNING 1
"""
_BEGIN_AGAIN = """
    UPDATE feeds SET begins_at = read_at, number = NULL, mark = NULL, epoch = NULL
    WHERE issuer = ? RETURNING 1
"""
_SWEEP = """
    DELETE FROM feed_holders WHERE place IN
        (SELECT place FROM feed_holders WHERE until <= ? ORDER BY until LIMIT ?)
    RETURNING 1
"""
