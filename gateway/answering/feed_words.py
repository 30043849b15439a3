"""The last word of each feed about people whom somebody has asked about, as it is kept.

For those that come after it: an arrival and a pass may be made of a receipt that is older than
the word. Refuses to say what it does to them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from tongxing.gateway.answering.receipt import ReceiptSource, source_claims, source_of
from tongxing.gateway.storage import Database, UnitOfWork
from tongxing.gateway.storage.columns import as_written, from_microseconds, places
from tongxing.keys import Holder, HolderRef, base64url
from tongxing.schema import SourceAnswer


class FeedWord(NamedTuple):
    """``told_at``: since when it is so, as its issuer says."""

    told_at: datetime
    source: SourceAnswer


def word_octets(source: SourceAnswer) -> bytes:
    """As a receipt states it; no name, no number."""
    return msgspec.msgpack.encode(source_claims(source))


def words_of(holders: Sequence[HolderRef], unit: UnitOfWork) -> list[FeedWord]:
    """What is known of the person whose references these are, the earliest first."""
    return _words(unit.execute(*_asked(holders)))


class FeedWords:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, holder: Holder) -> list[FeedWord]:
        """Raises StorageUnavailable."""
        return _words(await self._database.fetch(*_asked(holder.refs)))


def _asked(holders: Sequence[HolderRef]) -> tuple[str, list[bytes]]:
    refs = [base64url.decode(each) for each in holders]
    return _WORDS.format(places=places(refs)), refs


def _words(rows: Sequence[Any]) -> list[FeedWord]:
    with as_written("feed_holders"):
        return [
            FeedWord(
                from_microseconds(said_at),
                source_of(msgspec.msgpack.decode(said, type=ReceiptSource)),
            )
            for said, said_at in rows
        ]


_WORDS = """
    SELECT said, said_at FROM feed_holders WHERE holder IN ({places}) AND said IS NOT NULL
    ORDER BY said_at
"""
