"""The directory of policies, and the set in force: read at the start and again when it changes.

The hub knows a new version within seconds and switches to it by date; a set that is refused changes
nothing. If policies are signed, the highest version seen is recorded: after a restart too, neither
an older version nor another content of the same version is taken.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Protocol, Self

from tongxing.gateway.policy.in_force import Policies, check_succession
from tongxing.gateway.policy.published import (
    PublishedFile,
    highest_versions,
    published_files,
    read_published,
)
from tongxing.gateway.policy.refusal import PolicyRefused, RefusalCode
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.storage import Fact, Facts, Mark, StorageUnavailable
from tongxing.gateway.storage.audit import PublicationAction
from tongxing.gateway.storage.chain import AuditRow
from tongxing.gateway.storage.taken import taken
from tongxing.keys import RootKeys, base64url
from tongxing.schema import RegionCode

LOOK_SECONDS = 2.0
"""Between two looks at the directory; short against 48 hours of lead time."""


_TAKEN, _WITHDRAWN = PublicationAction.POLICY_TAKEN, PublicationAction.POLICY_WITHDRAWN

NO_POLICIES = Mark(0, "none")
"""What is held of a region whose policies are gone."""


class PolicyWatch(Protocol):
    def policies_replaced(self, number: int) -> None: ...

    def policies_refused(self, code: str) -> None: ...


class PolicyDirectory:
    """Made by ``open``. ``keys`` is None if the directory is trusted like the program itself;
    ``clock`` gives aware UTC times. ``in_force`` is that of the set that is held now."""

    def __init__(
        self,
        directory: Path,
        *,
        keys: RootKeys | None,
        facts: Facts,
        watch: PolicyWatch,
        clock: Callable[[], datetime],
    ) -> None:
        self._directory = directory
        self._keys = keys
        self._facts = facts
        self._watch = watch
        self._clock = clock
        self._settled: Sequence[PublishedFile] = ()
        self._known: Mapping[PublishedFile, Policy] = {}
        self._hold(Policies({}))

    @classmethod
    async def open(
        cls,
        directory: Path,
        *,
        keys: RootKeys | None,
        facts: Facts,
        watch: PolicyWatch,
        clock: Callable[[], datetime],
    ) -> Self:
        """With the directory's policies in force. Raises PolicyRefused, StorageUnavailable,
        OSError."""
        opened = cls(directory, keys=keys, facts=facts, watch=watch, clock=clock)
        files = await asyncio.to_thread(published_files, directory)
        await opened._take(files)
        opened._settled = files
        return opened

    def known(self) -> Sequence[Policy]:
        return list(self._held)

    def versions(self, region: RegionCode) -> Sequence[Policy]:
        """All known versions of exactly ``region``, including announced ones."""
        return [policy for policy in self._held if policy.region == region]

    async def load(self) -> None:
        """Take what the directory holds now. Raises PolicyRefused, StorageUnavailable, OSError.
        A refused set is read again once it changes; after a full disk, at the next look."""
        files = await asyncio.to_thread(published_files, self._directory)
        if files == self._settled:
            return
        try:
            await self._take(files)
        except PolicyRefused:
            self._settled = files
            raise
        self._settled = files

    async def follow(self) -> None:
        """Look at the directory for as long as the hub runs."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.load()
            except PolicyRefused as refused:
                self._watch.policies_refused(refused.code.value)
            except StorageUnavailable:
                self._watch.policies_refused("NOT_RECORDED")
            except OSError:
                self._watch.policies_refused("UNREADABLE")

    async def _take(self, files: Sequence[PublishedFile]) -> None:
        """Verify fully, record, then assign: all or nothing."""
        known = {file: await self._read(file) for file in files}
        named = {file.name: policy for file, policy in known.items()}
        policies = Policies.of(named)
        if self._known:
            check_succession(self._held, named, self._clock())
        if self._keys is not None:
            await self._record(policies)
        await self._facts.note(Fact.POLICIES_TAKEN, await self._changes(policies))
        self._known = known
        self._hold(policies)
        self._watch.policies_replaced(len(known))

    def _hold(self, policies: Policies) -> None:
        self._held = policies
        self.in_force = policies.in_force

    async def _read(self, file: PublishedFile) -> Policy:
        """A held file is not checked again. A new one is checked off the event loop."""
        if file in self._known:
            return self._known[file]
        return await asyncio.to_thread(read_published, file, self._keys)

    async def _changes(self, policies: Policies) -> Sequence[tuple[str, Mark, AuditRow]]:
        """Each region whose policies are others than this hub took last, with its audit record; the
        store knows, also after a restart, which of them are."""
        at = self._clock()
        now = {region: (_TAKEN, mark) for region, mark in _marks(policies).items()}
        before = await self._facts.each(Fact.POLICIES_TAKEN)
        gone = dict.fromkeys(before.keys() - now.keys(), (_WITHDRAWN, NO_POLICIES))
        return [
            (region, mark, taken(action, mark, at, RegionCode(region)))
            for region, (action, mark) in (now | gone).items()
        ]

    async def _record(self, policies: Policies) -> None:
        highest = highest_versions(policies)
        for region, mark in (await self._facts.each(Fact.POLICY)).items():
            _check_not_back(region, mark, highest.get(region))
        for region, policy in highest.items():
            version = policy.version
            await self._facts.advance(Fact.POLICY, Mark(version.version, version.digest), region)


def _marks(policies: Policies) -> Mapping[RegionCode, Mark]:
    """The highest version of each region, with a digest of all of its versions."""
    digests: dict[RegionCode, list[str]] = {}
    for policy in policies:
        digests.setdefault(policy.region, []).append(policy.version.digest)
    return {
        policy.region: Mark(policy.version.version, _digest(digests[policy.region]))
        for policy in highest_versions(policies).values()
    }


def _digest(texts: Sequence[str]) -> str:
    return base64url.encode(sha256("\n".join(texts).encode()).digest())


def _check_not_back(region: str, mark: Mark, policy: Policy | None) -> None:
    if policy is None:
        raise PolicyRefused(region, 0, RefusalCode.WITHDRAWN, f"version {mark.version} is gone")
    version = policy.version
    forked = version.version == mark.version and version.digest != mark.digest
    if forked or version.version < mark.version:
        reason = f"version {mark.version} of {region} was in force here with another content"
        raise PolicyRefused(region, 0, RefusalCode.VERSION_DOES_NOT_RISE, reason)
