"""The directory of policies, and the set in force: read at the start and again when it changes.

If policies are signed and several machines have a part in the hub, the set is what this machine's
directory and the database hold together; what is only in the directory is shared when it is taken.

The hub knows a new version within seconds and switches to it by date; a set that is refused changes
nothing. If policies are signed, the highest version seen is recorded: after a restart too, neither
an older version nor another content of the same version is taken.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Protocol, Self

from tongxing.gateway.policy.fence import ReaderTooSlow, read_fenced
from tongxing.gateway.policy.in_force import Policies, check_succession
from tongxing.gateway.policy.policy_file import read_policy
from tongxing.gateway.policy.policy_refusal import PolicyFault, PolicyRefused
from tongxing.gateway.policy.published import (
    PublishedFile,
    check_authors,
    check_signed,
    highest_versions,
    published_files,
    signed_by,
)
from tongxing.gateway.policy.rule_changes import compared
from tongxing.gateway.policy.shared_policies import SharedPolicies, with_shared
from tongxing.gateway.policy.told_again import ToldAgain
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.storage import Fact, Facts, Mark, StorageUnavailable
from tongxing.gateway.storage.entries import AuditRow
from tongxing.gateway.storage.taken import Provenance, taken
from tongxing.keys import RootKeys, base64url
from tongxing.schema import RegionCode
from tongxing.schema.audit_words import PublicationAction

LOOK_SECONDS = 2.0
"""Between two looks at the directory; short against 48 hours of lead time."""

ReadFile = Callable[[str, bytes], Awaitable[Policy]]
"""Raises PolicyRefused."""


async def _read_at_the_start(file: str, content: bytes) -> Policy:
    """Nobody is being answered yet, so a process of its own for each file would only take time."""
    return read_policy(file, content)


@dataclass(frozen=True, slots=True)
class _Standing:
    """Why the directory as it is now was not taken. ``file`` and ``region`` are None if it is not
    for one file, or if the file does not say its region."""

    code: str
    file: str | None = None
    region: str | None = None


_TAKEN, _WITHDRAWN = PublicationAction.POLICY_TAKEN, PublicationAction.POLICY_WITHDRAWN

UNTOLD = Provenance()
NO_POLICIES = Mark(0, "none")
"""What is held of a region whose policies are gone."""


@dataclass(frozen=True, slots=True)
class HeldPolicy:
    """``source`` is the text of its file."""

    policy: Policy
    source: str


class PolicyWatch(Protocol):
    def policies_replaced(self, number: int) -> None: ...

    def policies_refused(self, code: str, file: str | None, region: str | None) -> None: ...


class PolicyDirectory:
    """Made by ``open``. ``keys`` is None if the directory is trusted like the program itself; then
    nothing is ``shared``. ``clock`` gives aware UTC times. ``in_force`` is that of the set that is
    held now."""

    def __init__(
        self,
        directory: Path,
        *,
        keys: RootKeys | None,
        facts: Facts,
        watch: PolicyWatch,
        clock: Callable[[], datetime],
        shared: SharedPolicies | None = None,
    ) -> None:
        self._shared = None if keys is None else shared
        self._directory = directory
        self._keys = keys
        self._facts = facts
        self._watch = watch
        self._clock = clock
        self._read_file: ReadFile = _read_at_the_start
        self._settled: Sequence[PublishedFile] = ()
        self._settled_on: _Standing | None = None
        self._standing_now: _Standing | None = None
        self._told: ToldAgain[tuple[_Standing, Sequence[PublishedFile]]] = ToldAgain()
        self._seen: Sequence[PublishedFile] = ()
        self._missed: Mapping[RegionCode, Mark] = {}
        self._known: Mapping[PublishedFile, Policy] = {}
        self._numbered: Mapping[tuple[RegionCode, int], HeldPolicy] = {}
        self._hold(Policies.of({}))

    @classmethod
    async def open(
        cls,
        directory: Path,
        *,
        keys: RootKeys | None,
        facts: Facts,
        watch: PolicyWatch,
        clock: Callable[[], datetime],
        shared: SharedPolicies | None = None,
    ) -> Self:
        """With the published policies in force. Raises PolicyRefused, StorageUnavailable,
        OSError."""
        opened = cls(directory, keys=keys, facts=facts, watch=watch, clock=clock, shared=shared)
        files = await opened._published()
        opened._settled_on = await opened._take(files)
        opened._settled = files
        opened._read_file = read_fenced
        return opened

    def known(self) -> Sequence[Policy]:
        return list(self._held)

    def held(self, region: RegionCode) -> Sequence[HeldPolicy]:
        """All known versions of exactly ``region`` by date, including announced ones."""
        versions = (policy.version for policy in self._held if policy.region == region)
        return [self._numbered[region, version.version] for version in versions]

    def find(self, region: RegionCode, number: int) -> HeldPolicy | None:
        """One known version of exactly ``region``."""
        return self._numbered.get((region, number))

    async def load(self) -> None:
        """Take what is published now. Raises PolicyRefused, StorageUnavailable, OSError,
        ReaderTooSlow. A refused set is read again once it changes; after the others, at the next
        look."""
        files = self._seen = await self._published()
        if files == self._settled and not await self._in_time(self._missed):
            return
        self._settled, self._settled_on = (), None  # until it is known again, every look reads
        try:
            unfit = await self._take(files)
        except PolicyRefused as refused:
            self._settled, self._settled_on = files, self._standing(refused)
            raise
        self._settled, self._settled_on = files, unfit

    async def follow(self) -> None:
        """Look at the directory for as long as the hub runs."""
        while True:
            await self._wait()
            await self.look()

    async def look(self) -> None:
        """Take what is published now, or tell operators why not: once for each reason and
        each change of a file, and again every hour for as long as it stands."""
        standing = self._standing_now = await self._looked()
        told = None if standing is None else (standing, self._seen)
        if self._told.is_due(told, self._clock()) and standing is not None:
            self._watch.policies_refused(standing.code, standing.file, standing.region)

    def is_refused(self) -> bool:
        """Whether anything of what was published at the last look was not taken."""
        return self._standing_now is not None

    async def _wait(self) -> None:
        if self._shared is None:
            await asyncio.sleep(LOOK_SECONDS)
        else:
            await self._shared.wait(LOOK_SECONDS)

    async def _published(self) -> Sequence[PublishedFile]:
        """The shared ones first: a look that is not taken is due again at once."""
        shared = () if self._shared is None else await self._shared.files()
        own = await asyncio.to_thread(published_files, self._directory)
        return with_shared(own, shared)

    async def _looked(self) -> _Standing | None:
        try:
            await self.load()
        except PolicyRefused as refused:
            return self._standing(refused)
        except StorageUnavailable:
            return _Standing("NOT_RECORDED")
        except ReaderTooSlow:
            return _Standing("TOO_BUSY")
        except OSError:
            return _Standing("UNREADABLE")
        return self._settled_on

    def _standing(self, refused: PolicyRefused) -> _Standing:
        """A file that cannot be read is of the region of the version of it that is held."""
        held = {file.name: policy.region for file, policy in self._known.items()}
        region = refused.region or held.get(refused.file)
        return _Standing(refused.code.value, Path(refused.file).name, region)

    async def _take(self, files: Sequence[PublishedFile]) -> _Standing | None:
        """Verify fully, record, then assign: all or nothing. A shared file that nobody has
        published, because it is not signed or no policy, is left out: why the first of them is."""
        self._missed = {}
        known, unfit = await self._read_all(files)
        named = {file.name: policy for file, policy in known.items()}
        policies = Policies.of(named)
        if self._known:
            marks = _marks(policies)
            in_time = await self._in_time(marks)
            self._missed = {r: mark for r, mark in marks.items() if r not in in_time}
            check_succession(self._held, named, self._clock(), in_time)
        if self._keys is not None:
            await self._record(policies, known)
        await self._facts.note(Fact.POLICIES_TAKEN, await self._changes(policies, known))
        self._known = known
        self._numbered = {
            (policy.region, policy.version.version): HeldPolicy(policy, file.content.decode())
            for file, policy in known.items()
        }
        self._hold(policies)
        self._missed = {}
        self._watch.policies_replaced(len(known))
        return unfit

    async def _in_time(self, marks: Mapping[RegionCode, Mark]) -> Sequence[RegionCode]:
        """The regions whose policies were last taken as ``marks`` say: another process over the
        same database looked earlier, and all must judge alike
        (docs/decisions/0058-what-one-worker-took.md)."""
        taken_last = await self._facts.each(Fact.POLICIES_TAKEN) if marks else {}
        return [region for region, mark in marks.items() if taken_last.get(region) == mark]

    def _hold(self, policies: Policies) -> None:
        self._held = policies
        self.in_force = policies.in_force

    async def _read_all(
        self, files: Sequence[PublishedFile]
    ) -> tuple[Mapping[PublishedFile, Policy], _Standing | None]:
        known, unfit = dict[PublishedFile, Policy](), None
        for file in files:
            try:
                known[file] = await self._read(file)
            except PolicyRefused as refused:
                if not file.is_shared:
                    raise
                unfit = unfit or self._standing(refused)
        return known, unfit

    async def _read(self, file: PublishedFile) -> Policy:
        """A held file is not checked again."""
        if file in self._known:
            return self._known[file]
        if file.is_shared and self._keys is not None:
            check_authors(file, self._keys)
        policy = await self._read_file(file.name, file.content)
        check_signed(file, policy, self._keys)
        return policy

    async def _changes(
        self, policies: Policies, known: Mapping[PublishedFile, Policy]
    ) -> Sequence[tuple[str, Mark, AuditRow]]:
        """Each region whose policies are others than this hub took last, with its audit record; the
        store knows, also after a restart, which of them are."""
        at = self._clock()
        now = {region: (_TAKEN, mark) for region, mark in _marks(policies).items()}
        before = await self._facts.each(Fact.POLICIES_TAKEN)
        gone = dict.fromkeys(before.keys() - now.keys(), (_WITHDRAWN, NO_POLICIES))
        told = self._provenances(known)
        return [
            (region, mark, taken(action, mark, at, RegionCode(region), told.get(region, UNTOLD)))
            for region, (action, mark) in (now | gone).items()
        ]

    def _provenances(self, known: Mapping[PublishedFile, Policy]) -> Mapping[str, Provenance]:
        """Of each region's highest version, against the highest that is held."""
        before = highest_versions(self._held) if self._known else {}
        return {
            policy.region: Provenance(
                signed_by(file, self._keys), *compared(before.get(policy.region), policy)
            )
            for file, policy in sorted(known.items(), key=lambda each: each[1].version.version)
        }

    async def _record(self, policies: Policies, known: Mapping[PublishedFile, Policy]) -> None:
        """That none is taken back; what is not shared yet is shared by the same COMMIT."""
        highest = highest_versions(policies)
        for region, mark in (await self._facts.each(Fact.POLICY)).items():
            _check_not_back(region, mark, highest.get(region))
        marks = {
            region: Mark(policy.version.version, policy.version.digest)
            for region, policy in highest.items()
        }
        along = None if self._shared is None else self._shared.share(known)
        for region, mark in (await self._facts.advance_each(Fact.POLICY, marks, along)).items():
            _check_not_back(region, mark, highest.get(region))


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
        reason = f"第{mark.version}版不见了 version {mark.version} is gone"
        raise PolicyRefused(region, 0, PolicyFault.WITHDRAWN, reason, region=region)
    version = policy.version
    forked = version.version == mark.version and version.digest != mark.digest
    if forked or version.version < mark.version:
        reason = (
            f"第{mark.version}版曾以另一内容生效 "
            f"version {mark.version} of {region} was in force here with another content"
        )
        raise PolicyRefused(region, 0, PolicyFault.VERSION_DOES_NOT_RISE, reason, region=region)
