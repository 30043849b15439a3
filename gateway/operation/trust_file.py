"""The file of the trust list: read at the start, and again whenever it changes.

Responsible for a new list taking effect within seconds, and for refusing a rollback even after a
restart. A file that is refused changes nothing: the list in force stays until it expires.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol

from tongxing.gateway.operation.trust_ending import EndingWatch, TrustEnding
from tongxing.gateway.storage import Fact, Facts, Mark, StorageUnavailable
from tongxing.gateway.storage.audit import PublicationAction
from tongxing.gateway.storage.taken import taken
from tongxing.keys import RootKeys, TrustListRefused, TrustStore
from tongxing.keys.trust_list import TrustList, parse_trust_list
from tongxing.keys.trust_refusal import TrustRefusal

LOOK_SECONDS = 2.0
"""Between two looks at the file; also how long a revoked key may still be believed."""


class TrustWatch(EndingWatch, Protocol):
    def trust_list_replaced(self, version: int) -> None: ...

    def trust_list_refused(self, code: str) -> None: ...

    def trust_keys_unusable(self, issuer: str, number: int) -> None:
        """``number`` of its listed keys are of suites that the hub does not know; 0 if there were
        some before."""
        ...


class TrustFile:
    """``clock`` gives aware UTC times."""

    def __init__(
        self,
        path: Path,
        *,
        roots: RootKeys,
        store: TrustStore,
        facts: Facts,
        watch: TrustWatch,
        clock: Callable[[], datetime],
    ) -> None:
        self._path = path
        self._roots = roots
        self._store = store
        self._facts = facts
        self._watch = watch
        self._clock = clock
        self._settled: bytes | None = None
        self._with_unusable: set[str] = set()
        self._ending = TrustEnding(watch)

    async def load(self) -> None:
        """Put the file's list into force. Raises TrustListRefused, StorageUnavailable, OSError.

        If time alone can help (the list came too early, the disk was full), the file is tried again
        at the next look: a revocation must not wait until the file is written again.
        """
        content = await asyncio.to_thread(self._path.read_bytes)
        if content == self._settled:
            return
        try:
            await self._take(content)
        except TrustListRefused as refused:
            if refused.code is not TrustRefusal.NOT_YET_VALID:
                self._settled = content
            raise
        self._settled = content

    async def _take(self, content: bytes) -> None:
        at = self._clock()
        candidate = parse_trust_list(content, self._roots, at)
        mark = Mark(candidate.version, candidate.digest)
        record = taken(PublicationAction.TRUST_LIST_TAKEN, mark, at)
        if await self._facts.advance(Fact.TRUST_LIST, mark, record=record) != mark:
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
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.load()
            except TrustListRefused as refused:
                self._watch.trust_list_refused(refused.code.value)
            except StorageUnavailable:
                self._watch.trust_list_refused("NOT_RECORDED")
            except OSError:
                self._watch.trust_list_refused("UNREADABLE")
