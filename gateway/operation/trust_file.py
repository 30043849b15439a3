"""The trust list of this machine's file, and the one that all machines share: read at the start,
and again whenever they change.

Responsible for a new list taking effect within seconds, and for refusing a rollback even after a
restart. What is refused changes nothing: the list in force stays until it expires. Both are
verified alike, and the higher version counts, wherever it comes from; a list that a machine has in
its file is shared when it is taken.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

from tongxing.gateway.operation.shared_trust_list import SharedTrustList
from tongxing.gateway.operation.trust_ending import EndingWatch, TrustEnding
from tongxing.gateway.policy.told_again import ToldAgain
from tongxing.gateway.storage import Fact, Facts, Mark, StorageUnavailable
from tongxing.gateway.storage.taken import taken
from tongxing.keys import RootKeys, TrustListRefused, TrustStore
from tongxing.keys.trust_list import TrustList, parse_trust_list
from tongxing.keys.trust_refusal import TrustRefusal
from tongxing.schema.audit_words import PublicationAction

LOOK_SECONDS = 2.0
"""Between two looks at the file; also how long a revoked key may still be believed."""


class TrustWatch(EndingWatch, Protocol):
    def trust_list_replaced(self, version: int) -> None: ...

    def trust_list_refused(self, code: str) -> None: ...

    def trust_keys_unusable(self, issuer: str, number: int) -> None:
        """``number`` of its listed keys are of suites that the hub does not know; 0 if there were
        some before."""
        ...


IN_THE_DATABASE = "DATABASE_"
"""Begins the code of a refusal of the list that is shared."""

_BEHIND = frozenset({TrustRefusal.ROLLBACK, TrustRefusal.EXPIRED})
"""A file that was not replaced when a newer list was published elsewhere."""


class _Source:
    """What one place held at the last look. ``settled`` is what needs no other look, and
    ``settled_on`` why it was refused."""

    def __init__(self) -> None:
        self.seen = b""
        self.settled: bytes | None = None
        self.settled_on: str | None = None


class TrustFile:
    """``clock`` gives aware UTC times. ``shared`` is None if no other machine has a part in the
    hub."""

    def __init__(
        self,
        path: Path,
        *,
        roots: RootKeys,
        store: TrustStore,
        facts: Facts,
        watch: TrustWatch,
        clock: Callable[[], datetime],
        shared: SharedTrustList | None = None,
    ) -> None:
        self._path = path
        self._roots = roots
        self._store = store
        self._facts = facts
        self._watch = watch
        self._clock = clock
        self._shared = shared
        self._own, self._of_all = _Source(), _Source()
        self._standing: str | None = None
        self._told: ToldAgain[tuple[str, bytes, bytes]] = ToldAgain()
        self._with_unusable: set[str] = set()
        self._ending = TrustEnding(watch)

    async def begin(self) -> None:
        """Put the newer one of both lists into force. A file that is behind the shared list is no
        fault: it was published elsewhere. Raises as ``load`` if neither can be taken."""
        try:
            await self.load()
        except TrustListRefused as refused:
            if await self._looked_at_shared() is not None or self._store.held is None:
                raise
            if refused.code in _BEHIND:
                self._own.settled_on = None
        else:
            await self._looked_at_shared()

    async def load(self) -> None:
        """Put the file's list into force. Raises TrustListRefused, StorageUnavailable, OSError.

        If time alone can help (the list came too early, the disk was full), the file is tried again
        at the next look: a revocation must not wait until the file is written again. The list that
        is held, put back, is no refusal.
        """
        await self._put(await asyncio.to_thread(self._path.read_bytes), self._own)

    async def _put(self, content: bytes, source: _Source) -> None:
        source.seen = content
        if content == source.settled:
            return
        try:
            await self._take(content)
        except TrustListRefused as refused:
            if refused.code is TrustRefusal.NOTHING_NEW:
                source.settled, source.settled_on = content, None
                return
            if refused.code is not TrustRefusal.NOT_YET_VALID:
                source.settled, source.settled_on = content, refused.code.value
            raise
        source.settled, source.settled_on = content, None

    async def _take(self, content: bytes) -> None:
        at = self._clock()
        candidate = parse_trust_list(content, self._roots, at)
        mark = Mark(candidate.version, candidate.digest)
        record = taken(PublicationAction.TRUST_LIST_TAKEN, mark, at)
        refused = self._of_all.settled if self._of_all.settled_on else None
        along = None if self._shared is None else self._shared.share(mark, content, refused)
        if await self._facts.advance(Fact.TRUST_LIST, mark, record=record, along=along) != mark:
            raise TrustListRefused(TrustRefusal.ROLLBACK)
        self._store.replace(content, at)
        self._watch.trust_list_replaced(candidate.version)
        self._tell_unusable(candidate)

    def _tell_unusable(self, held: TrustList) -> None:
        numbers = {issuer.id: len(issuer.unusable) for issuer in held.issuers.values()}
        now = {issuer for issuer, number in numbers.items() if number}
        for issuer in sorted(now | self._with_unusable):
            self._watch.trust_keys_unusable(issuer, numbers.get(issuer, 0))
        self._with_unusable = now

    async def follow(self) -> None:
        """Look at the file for as long as the hub runs."""
        while True:
            held = self._store.held
            if held is not None:
                self._ending.look(held.version, held.expires_at, self._clock())
            await self._wait()
            await self.look()

    async def look(self) -> None:
        """Put the newer list into force, or tell operators why not: once for each reason and each
        change of what was refused, and again every hour for as long as it stands."""
        own, of_all = await self._looked(), await self._looked_at_shared()
        code = self._standing = own or of_all
        told = None if code is None else (code, self._own.seen, self._of_all.seen)
        if self._told.is_due(told, self._clock()) and code is not None:
            self._watch.trust_list_refused(code)

    def is_refused(self) -> bool:
        """Whether what was held at the last look, here or for all, was not put into force."""
        return self._standing is not None

    async def _wait(self) -> None:
        if self._shared is None:
            await asyncio.sleep(LOOK_SECONDS)
        else:
            await self._shared.wait(LOOK_SECONDS)

    async def _looked(self) -> str | None:
        try:
            await self.load()
        except TrustListRefused as refused:
            return refused.code.value
        except StorageUnavailable:
            return "NOT_RECORDED"
        except OSError:
            return "UNREADABLE"
        return self._own.settled_on

    async def _looked_at_shared(self) -> str | None:
        """The code of its refusal. That the database cannot be reached is no refusal: nobody is
        answered meanwhile."""
        if self._shared is None:
            return None
        source = self._of_all
        try:
            content = await self._shared.newest()
            if content is not None:
                await self._put(content, source)
        except TrustListRefused as refused:
            return IN_THE_DATABASE + refused.code.value
        except StorageUnavailable:
            return None
        return None if source.settled_on is None else IN_THE_DATABASE + source.settled_on
