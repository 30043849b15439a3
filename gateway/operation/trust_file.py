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
        self._seen = b""
        self._settled: bytes | None = None
        self._settled_on: str | None = None
        self._standing: str | None = None
        self._told: ToldAgain[tuple[str, bytes]] = ToldAgain()
        self._with_unusable: set[str] = set()
        self._ending = TrustEnding(watch)

    async def load(self) -> None:
        """Put the file's list into force. Raises TrustListRefused, StorageUnavailable, OSError.

        If time alone can help (the list came too early, the disk was full), the file is tried again
        at the next look: a revocation must not wait until the file is written again. The list that
        is held, put back, is no refusal.
        """
        content = self._seen = await asyncio.to_thread(self._path.read_bytes)
        if content == self._settled:
            return
        try:
            await self._take(content)
        except TrustListRefused as refused:
            if refused.code is TrustRefusal.NOTHING_NEW:
                self._settled, self._settled_on = content, None
                return
            if refused.code is not TrustRefusal.NOT_YET_VALID:
                self._settled, self._settled_on = content, refused.code.value
            raise
        self._settled, self._settled_on = content, None

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
            await self.look()

    async def look(self) -> None:
        """Put the file's list into force, or tell operators why not: once for each reason and each
        change of the file, and again every hour for as long as it stands."""
        code = self._standing = await self._looked()
        told = None if code is None else (code, self._seen)
        if self._told.is_due(told, self._clock()) and code is not None:
            self._watch.trust_list_refused(code)

    def is_refused(self) -> bool:
        """Whether what the file held at the last look was not put into force."""
        return self._standing is not None

    async def _looked(self) -> str | None:
        try:
            await self.load()
        except TrustListRefused as refused:
            return refused.code.value
        except StorageUnavailable:
            return "NOT_RECORDED"
        except OSError:
            return "UNREADABLE"
        return self._settled_on
