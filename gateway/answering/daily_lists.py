"""The lists that count: taken when an issuer gives a newer one, and looked up for a holder.

Responsible for verifying a list whole before any of it counts, and its head again at every use.
Refuses to call a holder green: a list holds yellows and reds.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain, islice
from typing import NamedTuple, Protocol

import strawberry

from tongxing.adapters.dialect import Unusable
from tongxing.adapters.signed_list import (
    ListHead,
    ReceivedList,
    entries_of,
    list_subject,
    readable_entries,
    require_own_place,
    verified_head,
)
from tongxing.gateway.answering.list_store import (
    KeptList,
    Listed,
    ListRow,
    ListStore,
    Overtaken,
    row_of,
)
from tongxing.gateway.storage import StorageUnavailable
from tongxing.gateway.storage.holder_keys import HolderKeys
from tongxing.keys import HolderEpoch, TrustList, base64url
from tongxing.keys.envelope import MalformedEnvelope
from tongxing.keys.verification import VerificationFailed
from tongxing.schema import (
    Color,
    Evidence,
    HealthCode,
    Outcome,
    SourceAnswer,
    TravelDocument,
    Via,
    lie_within,
    most_restrictive,
)

HEAPS = 256
"""Entries are bucketed by the first byte of their key."""

WRITTEN_AT_ONCE = 2_000
"""Entries in one transaction: an audit record waits behind it for some milliseconds at most."""


class ListRefused(Exception):
    """A list that is not taken. ``code``: BAD_SIGNATURE, MALFORMED, EXPIRED or OLDER."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ListWatch(Protocol):
    def list_taken(self, issuer: str, number: int) -> None: ...

    def list_refused(self, issuer: str, code: str) -> None: ...


@dataclass(frozen=True, slots=True)
class _Usable:
    """A list whose head has just been verified. ``epoch``: whose key its entries are under;
    ``ended``: no newer one came in time."""

    number: int
    epoch: int
    head: ListHead
    ended: bool


@dataclass(frozen=True, slots=True)
class Looked:
    """What one list says of each holder, in order, and when it ends; None if none is in force."""

    answers: Sequence[SourceAnswer]
    until: datetime | None = None


class ListedPlace(NamedTuple):
    """Where a holder would lie on the lists of ``issuer`` that are kept under ``epoch``."""

    issuer: str
    epoch: int
    key: bytes


@dataclass(frozen=True, slots=True)
class ListInForce:
    """``said`` makes what the list says of a holder out of an entry that is found on it."""

    issuer: str
    number: int
    epoch: int
    said: Callable[[Listed], SourceAnswer]


class DailyLists:
    """Made by ``open``."""

    def __init__(self, store: ListStore, holder_keys: HolderKeys) -> None:
        self._store = store
        self._holder_keys = holder_keys
        self._current: Mapping[str, KeptList] = {}
        self._refused: Mapping[str, KeptList] = {}
        self._reading = asyncio.Lock()

    @classmethod
    async def open(cls, store: ListStore, holder_keys: HolderKeys) -> "DailyLists":
        """With the lists of the last run. Raises StorageUnavailable."""
        lists = cls(store, holder_keys)
        await lists.refresh()
        return lists

    async def refresh(self) -> None:
        """Use what counts now, whichever process of this hub has taken it: one list of each issuer,
        by its head. Raises StorageUnavailable."""
        # One after another, or what was read first could come last. The refused lists first: what
        # is taken between the two reads can only make answers stricter.
        async with self._reading:
            self._refused = await self._store.refused()
            self._current = await self._store.current()

    def places(self, issuers: Iterable[str], document: TravelDocument) -> list[ListedPlace]:
        """Where the holder lies on each list if it names them, under every epoch that is known:
        for those who have to find the holder later, without the document."""
        return [
            ListedPlace(issuer, epoch.number, _key(epoch, issuer, list_subject(issuer, document)))
            for issuer in issuers
            for epoch in self._holder_keys.all()
        ]

    def in_force(self, trust_list: TrustList, at: datetime) -> list[ListInForce]:
        """The lists that count now."""
        found = ((issuer, self._usable(issuer, trust_list, at)) for issuer in self._current)
        return [
            ListInForce(issuer, usable.number, usable.epoch, partial(_said, issuer, usable))
            for issuer, usable in found
            if not isinstance(usable, Outcome)
        ]

    async def take(
        self, issuer: str, received: ReceivedList, trust_list: TrustList, at: datetime
    ) -> ListHead:
        """Use ``received`` from now on; a list that is in use already is not an error. Raises
        ListRefused and StorageUnavailable; then the earlier list stays in use. Of a refused list
        that the issuer signed, the yellows and reds in its readable lines count beside it."""
        head = _checked(received.head, issuer, trust_list, at)
        await self.refresh()
        held = self._current.get(issuer)
        if held is None or held.head != received.head:
            if held is not None and head.as_of <= held.as_of:
                raise ListRefused("OLDER")
            await self._take_new(issuer, received, head, self._holder_keys.all().at(at))
        return head

    async def look_up(
        self, issuer: str, documents: Sequence[TravelDocument], trust_list: TrustList, at: datetime
    ) -> Looked:
        """What the list of ``issuer`` says of each holder, in order: NOT_ENROLLED if a list in
        force does not name the holder. A missing list gives BUSY, one whose key no longer counts
        BAD_SIGNATURE. A list that has ended gives STALE: it clears nobody, and the yellows and
        reds on it still count. Raises StorageUnavailable."""
        subjects = [list_subject(issuer, document) for document in documents]
        while True:
            usable = self._usable(issuer, trust_list, at)
            if isinstance(usable, Outcome):
                said = [_answer(issuer, usable) for _ in documents]
                return Looked(await self._with_refused(issuer, said, subjects, trust_list, at))
            keys = self._keys_on(usable, issuer, subjects)
            found = await self._store.find(usable.number, list(dict.fromkeys(keys)))
            if found is not None:
                said = [_said(issuer, usable, found.get(key)) for key in keys]
                said = await self._with_refused(issuer, said, subjects, trust_list, at)
                return Looked(said, None if usable.ended else usable.head.valid_until)
            await self.refresh()  # a newer one was taken meanwhile, here or by another process

    async def _with_refused(
        self,
        issuer: str,
        said: list[SourceAnswer],
        subjects: Sequence[str],
        trust_list: TrustList,
        at: datetime,
    ) -> list[SourceAnswer]:
        """``said``, and what the readable lines of a refused list say where that is stricter."""
        while issuer in self._refused:
            usable = _verified(issuer, self._refused[issuer], trust_list, at)
            if isinstance(usable, Outcome):
                return said
            keys = self._keys_on(usable, issuer, subjects)
            found = await self._store.find(usable.number, list(dict.fromkeys(keys)))
            if found is not None:
                pairs = zip(said, map(found.get, keys), strict=True)
                return [_stricter(issuer, answer, usable, listed) for answer, listed in pairs]
            await self.refresh()
        return said

    def _usable(self, issuer: str, trust_list: TrustList, at: datetime) -> _Usable | Outcome:
        held = self._current.get(issuer)
        return Outcome.BUSY if held is None else _verified(issuer, held, trust_list, at)

    def _keys_on(self, usable: _Usable, issuer: str, subjects: Sequence[str]) -> list[bytes]:
        """By which they are found on a list that counts. Raises StorageUnavailable if this process
        has not heard of its epoch."""
        epoch = self._holder_keys.all().numbered(usable.epoch)
        if epoch is None:
            raise StorageUnavailable("a list is kept under an epoch that is not known here")
        return [_key(epoch, issuer, subject) for subject in subjects]

    async def _take_new(
        self, issuer: str, received: ReceivedList, head: ListHead, epoch: HolderEpoch
    ) -> None:
        try:
            heaps = await asyncio.to_thread(_heaps, epoch, issuer, received.lines, head)
        except ListRefused:
            with suppress(Overtaken):
                await self._keep_refused(issuer, received, head, epoch)
            raise
        try:
            await self._keep(issuer, received, head, heaps, epoch.number)
        except Overtaken:
            raise ListRefused("OLDER") from None

    async def _keep_refused(
        self, issuer: str, received: ReceivedList, head: ListHead, epoch: HolderEpoch
    ) -> None:
        held = self._refused.get(issuer)
        if held is not None and (held.head == received.head or head.as_of < held.as_of):
            return
        rows = await asyncio.to_thread(_readable, epoch, issuer, received.lines, head)
        number = await self._write(issuer, received, head, rows, epoch.number)
        await self._store.keep_refused(issuer, number)
        await self.refresh()

    async def _keep(
        self,
        issuer: str,
        received: ReceivedList,
        head: ListHead,
        heaps: Sequence[list[ListRow]],
        epoch: int,
    ) -> None:
        number = await self._write(issuer, received, head, chain.from_iterable(heaps), epoch)
        await self._store.complete(number)
        await self.refresh()
        await self._store.forget_before(issuer, number)

    async def _write(
        self,
        issuer: str,
        received: ReceivedList,
        head: ListHead,
        rows: Iterable[ListRow],
        epoch: int,
    ) -> int:
        """The number of the list, which does not count yet."""
        left = iter(rows)
        number = await self._store.begin(issuer, received.head, head.as_of, epoch)
        while piece := list(islice(left, WRITTEN_AT_ONCE)):
            await self._store.add(number, piece)
        return number


def _readable(epoch: HolderEpoch, issuer: str, lines: bytes, head: ListHead) -> list[ListRow]:
    """Of a holder that is there twice, the stricter line."""
    rows: dict[bytes, ListRow] = {}
    with suppress(Unusable):
        for entry in readable_entries(lines, head):
            key = _key(epoch, issuer, entry.subject)
            if key not in rows or entry.color is Color.RED:
                rows[key] = row_of(key, entry)
    return sorted(rows.values())


def _heaps(epoch: HolderEpoch, issuer: str, lines: bytes, head: ListHead) -> list[list[ListRow]]:
    """All entries in the order of their keys, so that the database appends. Sorted heap by
    heap: sorting a million at once would hold up every other thread for a second. Raises
    ListRefused."""
    heaps: list[list[ListRow]] = [[] for _ in range(HEAPS)]
    try:
        for entry in entries_of(lines, head):
            row = row_of(_key(epoch, issuer, entry.subject), entry)
            heaps[row[0][0]].append(row)
    except Unusable as unusable:
        raise ListRefused(unusable.outcome.value) from None
    for heap in heaps:
        heap.sort()
    return heaps


def _key(epoch: HolderEpoch, issuer: str, subject: str) -> bytes:
    """The issuer's digest could be tried against every number; with the hub's key over it, the
    database alone is not enough for that."""
    return base64url.decode(epoch.key.cache_ref("daily-list", issuer, subject))


def _verified(
    issuer: str, held: KeptList, trust_list: TrustList, at: datetime
) -> _Usable | Outcome:
    try:
        head = verified_head(held.head, issuer=issuer, trust_list=trust_list, at=at)
    except (MalformedEnvelope, VerificationFailed):
        return Outcome.BAD_SIGNATURE
    except Unusable as unusable:
        return unusable.outcome
    return _Usable(held.number, held.epoch, head, ended=head.valid_until <= at)


def _stricter(
    issuer: str, answer: SourceAnswer, usable: _Usable, listed: Listed | None
) -> SourceAnswer:
    if listed is None:
        return answer
    if answer.codes and most_restrictive((answer.codes[0].color, listed.color)) is not listed.color:
        return answer
    if not lie_within((listed.place,), usable.head.regions):
        return answer
    return _answer(issuer, Outcome.MALFORMED, usable.head, listed)


def _checked(head: bytes, issuer: str, trust_list: TrustList, at: datetime) -> ListHead:
    try:
        checked = verified_head(head, issuer=issuer, trust_list=trust_list, at=at)
    except (MalformedEnvelope, VerificationFailed):
        raise ListRefused("BAD_SIGNATURE") from None
    except Unusable as unusable:
        raise ListRefused(unusable.outcome.value) from None
    if checked.valid_until <= at:
        raise ListRefused("EXPIRED")
    return checked


def _said(issuer: str, usable: _Usable, listed: Listed | None) -> SourceAnswer:
    head = usable.head
    if listed is not None:
        try:
            require_own_place(listed.place, head.regions)
        except Unusable as unusable:
            return _answer(issuer, unusable.outcome, head)
    if usable.ended:
        return _answer(issuer, Outcome.STALE, head, listed)
    outcome = Outcome.NOT_ENROLLED if listed is None else Outcome.VERIFIED
    return _answer(issuer, outcome, head, listed)


def _answer(
    issuer: str, outcome: Outcome, head: ListHead | None = None, listed: Listed | None = None
) -> SourceAnswer:
    codes = [] if head is None or listed is None else [_code(issuer, head, listed)]
    return SourceAnswer(
        issuer=strawberry.ID(issuer),
        outcome=outcome,
        evidence=None if head is None else Evidence.SIGNED,
        codes=codes,
        evidence_digest=None if head is None else head.digest,
        via=Via.LIST,
    )


def _code(issuer: str, head: ListHead, listed: Listed) -> HealthCode:
    return HealthCode(
        color=listed.color,
        raw_value=listed.color.value.lower(),
        issuer=strawberry.ID(issuer),
        issuing_place=listed.place,
        basis=list(listed.basis),
        as_of=head.as_of,
        valid_until=head.valid_until,
        changed_at=listed.changed_at,
    )
