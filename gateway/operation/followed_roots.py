"""The root keys that a hub has taken, and those that are offered to follow them.

Responsible for walking the chain at the start, however many versions a hub was away, and for never
going back: what was taken is marked durably, version by version. Root keys are taken only together
with a trust list that they have signed (``TrustFile``), so that there is no moment at which a hub
has root keys and no list. Refuses to judge lists.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from tongxing.gateway.operation.root_files import candidates, chain_from
from tongxing.gateway.storage import Fact, Facts, Mark, Under
from tongxing.gateway.storage.taken import taken
from tongxing.keys.root_chain import RootChain
from tongxing.keys.root_succession import RootVersion
from tongxing.keys.trust_refusal import RootKeysRefused, TrustRefusal
from tongxing.schema.audit_words import PublicationAction


class FollowedRoots:
    """``anchor`` is the file of the first version."""

    def __init__(self, anchor: Path, facts: Facts) -> None:
        self._anchor = anchor
        self._facts = facts
        self._chain: RootChain | None = None
        self._taken = 0

    async def begin(self, shared: Mapping[int, bytes]) -> None:
        """Walk to what was taken last, here or by another process. Raises RootKeysRefused,
        InvalidRootKeys, OSError, StorageUnavailable."""
        marks = (await self._facts.each(Fact.ROOT_KEYS)).values()
        self._chain = await asyncio.to_thread(
            self._walked, {mark.version: mark.digest for mark in marks}, dict(shared)
        )
        self._taken = self._chain.newest.version

    def _walked(self, taken: Mapping[int, str], shared: Mapping[int, bytes]) -> RootChain:
        chain = chain_from(self._anchor)
        for version in sorted(taken):
            is_next = version == chain.newest.version + 1
            found = candidates(self._anchor, version, shared)
            if not is_next or not chain.extend(found, taken[version]):
                raise RootKeysRefused(TrustRefusal.ROLLBACK)
        return chain

    async def look(self, shared: Mapping[int, bytes]) -> bool:
        """Whether more is offered than before. Raises RootKeysRefused, OSError."""
        return await asyncio.to_thread(self._extended, dict(shared))

    def _extended(self, shared: Mapping[int, bytes]) -> bool:
        chain, before = self._walked_chain, self._walked_chain.newest
        while chain.extend(candidates(self._anchor, chain.newest.version + 1, shared)):
            pass
        return chain.newest is not before

    @property
    def _walked_chain(self) -> RootChain:
        if self._chain is None:
            raise RuntimeError("the chain is walked at the start")
        return self._chain

    @property
    def taken(self) -> RootVersion:
        return next(root for root in self._walked_chain if root.version == self._taken)

    @property
    def offered(self) -> tuple[RootVersion, ...]:
        """What follows it, the newest first."""
        later = [root for root in self._walked_chain if root.version > self._taken]
        return tuple(reversed(later))

    @property
    def earlier(self) -> tuple[RootVersion, ...]:
        return tuple(root for root in self._walked_chain if root.version < self._taken)

    def under(self, root: RootVersion, at: datetime) -> Under:
        """All marks of the way to ``root``, with what is recorded of each that is new."""
        marks = {str(mark.version): mark for mark in self.files(root)}
        records = {
            of: taken(PublicationAction.ROOT_KEYS_TAKEN, mark, at) for of, mark in marks.items()
        }
        return Under(Fact.ROOT_KEYS, marks, records)

    def files(self, root: RootVersion) -> Mapping[Mark, bytes]:
        """The signed files of the way to ``root``."""
        return {
            Mark(each.version, each.digest): content
            for each, content in self._walked_chain.signed()
            if each.version <= root.version
        }

    def take(self, root: RootVersion) -> None:
        """``root`` is marked as taken."""
        self._taken = root.version
