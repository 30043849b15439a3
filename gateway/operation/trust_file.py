"""The trust list of this machine's file, and the one that all machines share: read at the start,
and again whenever they change.

Responsible for a new list taking effect within seconds, and for refusing a rollback even after a
restart. What is refused changes nothing: the list in force stays until it expires. Both are
verified alike, and the higher version counts, wherever it comes from; a list that a machine has in
its file is shared when it is taken. Root keys that are offered are taken with the first list that
they have signed, in one commit (decision 59).
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from tongxing.gateway.operation.files import read_at_most
from tongxing.gateway.operation.followed_roots import FollowedRoots
from tongxing.gateway.operation.judged_lists import judged
from tongxing.gateway.operation.shared_trust_list import SharedTrust, SharedTrustList
from tongxing.gateway.operation.trust_changes import trust_changes
from tongxing.gateway.operation.trust_ending import TrustEnding
from tongxing.gateway.operation.trust_watch import (
    IN_THE_DATABASE,
    OF_ROOT_KEYS,
    WITHOUT_LIST,
    TrustWatch,
)
from tongxing.gateway.policy.told_again import ToldAgain
from tongxing.gateway.storage import (
    Fact,
    Facts,
    JudgedByOthers,
    Mark,
    StorageUnavailable,
    Work,
)
from tongxing.gateway.storage.taken import Provenance, taken
from tongxing.keys import TrustListRefused, TrustStore
from tongxing.keys.root_signatures import (
    TRUST_LIST_MAX_BYTES,
    TRUST_LIST_TYP,
    parse_form,
    signers_of,
)
from tongxing.keys.root_succession import RootVersion
from tongxing.keys.trust_list import TrustList
from tongxing.keys.trust_refusal import RootKeysRefused, TrustRefusal
from tongxing.schema.audit_words import PublicationAction

LOOK_SECONDS = 2.0
"""Between two looks at the file; also how long a revoked key may still be believed."""

_BEHIND = frozenset({TrustRefusal.ROLLBACK, TrustRefusal.EXPIRED, TrustRefusal.EARLIER_ROOTS})
"""A file that was not replaced when a newer list was published elsewhere."""


def _nothing_more(_trust_list: TrustList) -> None:
    pass


class _Source:
    """What one place held at the last look. ``settled`` is what needs no other look, and
    ``settled_on`` why it was refused. ``behind``: what was older at the start, which is no
    fault."""

    def __init__(self) -> None:
        self.seen = b""
        self.behind: bytes | None = None
        self.settled: bytes | None = None
        self.settled_on: str | None = None


class TrustFile:
    """``clock`` gives aware UTC times. ``shared`` is None if no other machine has a part in the
    hub. ``check`` refuses what no list of this hub may say, by TrustListRefused."""

    def __init__(
        self,
        path: Path,
        *,
        roots: FollowedRoots,
        store: TrustStore,
        facts: Facts,
        watch: TrustWatch,
        clock: Callable[[], datetime],
        shared: SharedTrustList | None = None,
        check: Callable[[TrustList], None] = _nothing_more,
    ) -> None:
        self._path = path
        self._check = check
        self._roots = roots
        self._store = store
        self._facts = facts
        self._watch = watch
        self._clock = clock
        self._shared = shared
        self._own, self._of_all = _Source(), _Source()
        self._shared_roots: Mapping[int, bytes] = {}
        self._standing: str | None = None
        self._told: ToldAgain[tuple[str, bytes, bytes]] = ToldAgain()
        self._with_unusable: set[str] = set()
        self._ending = TrustEnding(watch)

    async def begin(self) -> None:
        """Put the newer one of both lists into force. A file that is behind the shared list is no
        fault: it was published elsewhere. Raises as ``load`` if neither can be taken, or if the
        root keys that were taken are not there."""
        shared = None if self._shared is None else await self._shared.now()
        if shared is not None:
            self._shared_roots = shared.roots
        await self._follow_taken()
        await self._looked_at_roots()
        try:
            await self.load()
        except TrustListRefused as refused:
            if await self._looked_at_shared(shared) is not None or self._store.held is None:
                raise
            if refused.code in _BEHIND:
                self._own.behind, self._own.settled_on = self._own.seen, None
        else:
            await self._looked_at_shared(await self._read_shared(again=True))

    async def load(self) -> None:
        """Put the file's list into force. Raises TrustListRefused, StorageUnavailable, OSError.

        If time alone can help (the list came too early, the disk was full), the file is tried again
        at the next look: a revocation must not wait until the file is written again. The list that
        is held, put back, is no refusal.
        """
        await self._put(await asyncio.to_thread(self._read), self._own)

    def _read(self) -> bytes:
        return read_at_most(self._path, TRUST_LIST_MAX_BYTES)

    async def _put(self, content: bytes, source: _Source) -> None:
        source.seen = content
        if content != source.behind:
            source.behind = None
        if content in (source.settled, source.behind):
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

    async def _take(self, content: bytes, *, is_second: bool = False) -> None:
        at = self._clock()
        root, candidate = judged(content, self._roots, at)
        self._check(candidate)
        mark = Mark(candidate.version, candidate.digest)
        told = self._provenance(root, candidate, content)
        record = taken(PublicationAction.TRUST_LIST_TAKEN, mark, at, provenance=told)
        try:
            held = await self._facts.advance(
                Fact.TRUST_LIST,
                mark,
                under=self._roots.under(root, at),
                record=record,
                along=self._sharing(root, mark, content),
            )
        except JudgedByOthers:
            if is_second:  # this machine has seen other root keys than the database holds
                raise RootKeysRefused(TrustRefusal.ANOTHER_CHAIN) from None
            await self._read_shared(again=True)
            await self._follow_taken()
            await self._take(content, is_second=True)
            return
        if held != mark:
            raise TrustListRefused(TrustRefusal.ROLLBACK)
        self._take_roots(root)
        self._store.replace(content, at)
        self._watch.trust_list_replaced(candidate.version)
        self._tell_unusable(candidate)

    def _provenance(self, root: RootVersion, candidate: TrustList, content: bytes) -> Provenance:
        """A hub that has just begun holds no list to compare with."""
        signed_by = signers_of(parse_form(content), root.keys, TRUST_LIST_TYP)
        held = self._store.held
        if held is None:
            return Provenance(signed_by)
        return Provenance(signed_by, held.version, trust_changes(held, candidate))

    def _sharing(self, root: RootVersion, mark: Mark, content: bytes) -> Work | None:
        """What is committed with the list."""
        if self._shared is None:
            return None
        of_list = self._of_all.settled if self._of_all.settled_on else None
        roots = self._roots.files(root)
        taken_files = {each.version: file for each, file in roots.items()}
        of_roots = {
            version: file
            for version, file in self._shared_roots.items()
            if taken_files.get(version, file) != file
        }
        return self._shared.share(mark, content, roots, SharedTrust(of_list, of_roots))

    def _take_roots(self, root: RootVersion) -> None:
        if root.version != self._roots.taken.version:
            self._roots.take(root)
            self._store.follow(root.keys)
            self._watch.root_keys_replaced(root.version)

    async def _follow_taken(self) -> None:
        """By this process before, or by another one."""
        await self._roots.begin(self._shared_roots)
        self._store.follow(self._roots.taken.keys)

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
        shared = await self._read_shared()
        of_roots, held = await self._looked_at_roots(), self._store.held
        own = await self._looked()
        if self._store.held is not held:
            shared = await self._read_shared(again=True)
        of_all = await self._looked_at_shared(shared)
        if of_roots is None and self._roots.offered:
            of_roots = WITHOUT_LIST
        code = self._standing = own or of_all or of_roots
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

    async def _read_shared(self, *, again: bool = False) -> SharedTrust | None:
        """None if there is nothing to look at. ``again``: this machine's list has just taken the
        place of what was there. That the database cannot be reached is no refusal: nobody is
        answered meanwhile."""
        if self._shared is None:
            return None
        try:
            shared = await (self._shared.now() if again else self._shared.newest())
        except StorageUnavailable:
            return None
        if shared is not None:
            self._shared_roots = shared.roots
        return shared

    async def _looked_at_roots(self) -> str | None:
        """The code of the refusal of those that are offered. If there are more than before, all
        lists are looked at again: these may have signed one."""
        try:
            if await self._roots.look(self._shared_roots):
                self._own.settled = self._of_all.settled = None
        except TrustListRefused as refused:
            return OF_ROOT_KEYS + refused.code.value
        except OSError:
            return OF_ROOT_KEYS + "UNREADABLE"
        return None

    async def _looked_at_shared(self, shared: SharedTrust | None) -> str | None:
        """The code of its refusal."""
        source = self._of_all
        content = source.seen if shared is None else shared.trust_list
        try:
            if content:
                await self._put(content, source)
        except TrustListRefused as refused:
            return IN_THE_DATABASE + refused.code.value
        except StorageUnavailable:
            return None
        return None if source.settled_on is None else IN_THE_DATABASE + source.settled_on
