"""Whom a change in an issuer's feed is about: people whom somebody has asked about.

A change names its person by a digest that anybody can make of a document. At rest there is a keyed
digest of that one, made with the key of an epoch, beside the holder's reference: written by the
COMMIT of the first answer about them, so a change finds what rests on that answer. A change about
somebody whom nobody has asked about is kept for some minutes, for answers that are on their way.
Refuses to know what a change does.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from tongxing.adapters.dialect import ChangeFeed
from tongxing.adapters.issuer_feed import IssuerChange
from tongxing.gateway.answering.feed_words import word_octets, words_of
from tongxing.gateway.answering.sightings import Lookout, Sighting, sighting_of
from tongxing.gateway.storage import UnitOfWork, Work
from tongxing.gateway.storage.columns import microseconds, places, some_at_once
from tongxing.gateway.storage.holder_keys import HolderKeys
from tongxing.keys import Holder, HolderEpoch, HolderRef, base64url
from tongxing.keys.holder import epoch_of
from tongxing.schema import SourceAnswer, TravelDocument

NOTED_FOR = timedelta(days=29)
"""Since the last answer: a receipt may make an arrival for 14 days, which is kept for 14 more."""

NOTED_AGAIN = timedelta(days=1)
"""Of that time goes by before it is begun anew, so that few answers write."""

UNASKED_FOR = timedelta(minutes=15)
"""How long a change about somebody whom nobody has asked about is kept: far longer than an answer
takes from its statement to its COMMIT."""

FOUND_AT_ONCE = 1_000
"""Keyed digests that one statement looks for."""


class FeedPlace(NamedTuple):
    """Under which keyed digest a feed's changes about ``holder`` are found."""

    place: bytes
    holder: bytes


class _Said(NamedTuple):
    """A change, its person under every epoch, and under those in which an answer may be written
    now."""

    change: IssuerChange
    every: Sequence[bytes]
    latest: Sequence[bytes]
    octets: bytes


class FeedHolders:
    """``feeds`` by issuer. ``told`` is told of changes about those who are noted."""

    def __init__(
        self, feeds: Mapping[str, ChangeFeed], holder_keys: HolderKeys, told: Lookout
    ) -> None:
        self._feeds = feeds
        self._holder_keys = holder_keys
        self._told = told

    def seeing(self, sightings: Sequence[Sighting], at: datetime) -> Work:
        """The work that notes the people of ``sightings``, for the feeds of issuers that were
        asked. None for an answer that is given again: it was done for the first one."""
        noted = [
            place
            for each in sightings
            if each.document is not None
            for place in self._places(each.document, each.holder, each.sources)
        ]
        return partial(self._note, noted, at)

    def noting(
        self,
        document: TravelDocument,
        holder: Holder,
        sources: Iterable[SourceAnswer],
        at: datetime,
    ) -> Work:
        """The same for one person, by the reference that is written now."""
        return partial(self._note, list(self._places(document, holder, sources)), at)

    def taking(self, issuer: str, changes: Sequence[IssuerChange], at: datetime) -> Work:
        """The work that keeps what ``issuer`` says of people, and tells of it. Raises
        StorageUnavailable if nobody knows which epochs there are."""
        epochs = self._holder_keys.all()
        latest = {each.number for each in epochs.since(at - UNASKED_FOR)}
        said = []
        for change in changes:
            keyed = {each.number: _place(each, issuer, change.subject) for each in epochs}
            now = [place for number, place in keyed.items() if number in latest]
            said.append(_Said(change, list(keyed.values()), now, word_octets(change.source)))
        return partial(self._take, said, at)

    def _places(
        self, document: TravelDocument, holder: Holder, sources: Iterable[SourceAnswer]
    ) -> Iterator[FeedPlace]:
        ref = base64url.decode(holder.ref)
        epoch = self._holder_keys.known.numbered(epoch_of(ref))
        for issuer in {source.issuer for source in sources} & self._feeds.keys():
            if epoch is not None:
                subject = self._feeds[issuer].subject_of(document)
                yield FeedPlace(_place(epoch, issuer, subject), ref)

    def _note(self, noted: Sequence[FeedPlace], at: datetime, unit: UnitOfWork) -> None:
        enough = microseconds(at + NOTED_FOR - NOTED_AGAIN)
        for some in some_at_once(list(dict.fromkeys(noted)), FOUND_AT_ONCE):
            asked = tuple(each.place for each in some)
            found = unit.read_once(_NOTED.format(places=places(asked)), asked)
            known = {place: until for place, holder, until in found if holder is not None}
            new = [each for each in some if known.get(each.place, 0) < enough]
            unit.execute_many(_NOTE, [(*each, microseconds(at + NOTED_FOR)) for each in new])
            unasked = {place for place, *_ in found} - known.keys()
            for each in new:
                if each.place in unasked:
                    self._tell_late(each, at, unit)

    def _tell_late(self, noted: FeedPlace, at: datetime, unit: UnitOfWork) -> None:
        """A change came while the first answer was on its way. One without a color has no time by
        which to tell whether the answer is later."""
        ref = HolderRef(base64url.encode(noted.holder))
        for word in words_of([ref], unit):
            if word.source.codes:
                self._told.seeing([sighting_of([ref], word.source, at)], at)(unit)

    def _take(self, said: Sequence[_Said], at: datetime, unit: UnitOfWork) -> None:
        every = list(dict.fromkeys(place for each in said for place in each.every))
        found: dict[bytes, bytes | None] = {}
        for some in some_at_once(every, FOUND_AT_ONCE):
            found.update(unit.execute(_FIND.format(places=places(some)), some))
        until = microseconds(at + UNASKED_FOR)
        for each in said:
            told_at = microseconds(each.change.told_at)
            kept = dict.fromkeys([*(p for p in each.every if p in found), *each.latest])
            unit.execute_many(_SAY, [(place, each.octets, told_at, until) for place in kept])
            holders = (found.get(place) for place in kept)
            refs = [HolderRef(base64url.encode(holder)) for holder in holders if holder is not None]
            if refs:
                self._told.seeing([sighting_of(refs, each.change.source, at)], at)(unit)


def _place(epoch: HolderEpoch, issuer: str, subject: str) -> bytes:
    return base64url.decode(epoch.key.cache_ref("change-feed", issuer, subject))


_NOTED = "SELECT place, holder, until FROM feed_holders WHERE place IN ({places})"
_NOTE = """
    INSERT INTO feed_holders (place, holder, until) VALUES (?, ?, ?)
    ON CONFLICT (place) DO UPDATE SET holder = excluded.holder, until = excluded.until
"""
_FIND = "SELECT place, holder FROM feed_holders WHERE place IN ({places})"
_SAY = """
    INSERT INTO feed_holders (place, said, said_at, until) VALUES (?, ?, ?, ?)
    ON CONFLICT (place) DO UPDATE SET said = excluded.said, said_at = excluded.said_at,
        until = CASE WHEN excluded.until > feed_holders.until THEN excluded.until
            ELSE feed_holders.until END
        WHERE feed_holders.said_at IS NULL OR feed_holders.said_at <= excluded.said_at
"""
