"""The steps in which the hub's keys change, made by an operator at one of its machines.

Responsible for their order. A private key is a file before anybody is told of it, and it is on
every machine before it is used; what is stated is signed by the key in use before and after the
step, and is there for all processes at once. A step that was broken off can be made again. Refuses
to delete private keys: what they were good for is known only to people.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import NamedTuple

from tongxing.gateway.operation.followed_hub_keys import sign_log_with
from tongxing.gateway.operation.hub_key_files import keep_key
from tongxing.gateway.settings import KeySettings
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.forgotten import note_forgotten_again
from tongxing.gateway.storage.hub_key_store import HubKeyStore
from tongxing.keys.hub_key_set import (
    HEARS_WITHIN,
    HubKeySet,
    StatedKey,
    StepRefusal,
    StepRefused,
    announced,
    retired,
    revoked,
    successor,
    used,
)
from tongxing.keys.hub_key_statement import certify_hub_key, sign_key_set
from tongxing.keys.hub_keys import THE_BEGINNING, HubKeys
from tongxing.keys.signing import HubSigner, Sm2Signer
from tongxing.keys.suites import PublicKey, SuiteName


class KeyIsMissing(Exception):
    """A private key is missing on this machine, or where a process of the hub runs."""

    def __init__(self, key_id: str, workers: Sequence[str]) -> None:
        super().__init__(f"{key_id} is missing at {', '.join(workers)}")
        self.key_id = key_id
        self.workers = workers


class MadeElsewhere(Exception):
    """Another step was made at the same time; look at the keys again."""


HERE = "这台机器 this machine"


class HubKeySteps(NamedTuple):
    """``keys`` know the newest statement in ``database``. All steps raise StepRefused,
    KeyIsMissing, MadeElsewhere, StorageUnavailable, OSError."""

    keys: HubKeys
    database: Database
    settings: KeySettings
    clock: Callable[[], datetime]

    async def announce(self, suite: SuiteName) -> StatedKey:
        """A new key, or the one that a broken step left here: its file first, then the
        statement."""
        known, at = self._known(suite), await self._now()
        signer = self._unannounced(known, suite) or _MAKERS[suite]()
        keep_key(self.settings.hub if suite is SuiteName.ES256 else self.settings.sm2, signer)
        key = StatedKey(
            public_key=signer.public_key,
            certificate=self._certificate(signer.public_key),
            log_certificate=self._log_certificate(signer),
            announced_at=at,
        )
        await self._state(announced(known, key), at)
        return key

    async def use(self, key_id: str, *, anyway: bool) -> None:
        """``anyway``: processes without the key go on with the one before until that ends."""
        at = await self._now()
        key = self.keys.current.find(key_id)
        step = used(self.keys.current, key_id, self._certificate(key.public_key), at)
        await self._check_held(key, at, anyway=anyway)
        await self._state(step, at)

    async def retire(self, key_id: str) -> None:
        at = await self._now()
        await self._state(retired(self.keys.current, key_id, at), at)

    async def revoke(self, key_id: str, *, anyway: bool) -> None:
        """If the key is in use, processes without its successor answer nothing until they have
        it."""
        known, at = self.keys.current, await self._now()
        key, step = known.find(key_id), revoked(known, key_id, at)
        heir = successor(known, key.suite, at)
        if key.is_in_use and heir is not None:
            await self._check_held(heir, at, anyway=anyway)
        await self._state(step, at)

    async def _now(self) -> datetime:
        """Whole seconds, as they are stated. A clock that is behind would end what the key before
        has signed while processes still sign with it."""
        at = self.clock().replace(microsecond=0)
        holders = await HubKeyStore(self.database).holders(at)
        if any(holder.seen_at > at + HEARS_WITHIN for holder in holders):
            raise StepRefused(StepRefusal.CLOCK_BEHIND)
        return at

    def _known(self, suite: SuiteName) -> HubKeySet:
        """With the SM2 key of the settings, which counts before anything is stated of it."""
        known, first = self.keys.current, self.keys.held.first_sm2
        if suite is SuiteName.ES256 or first is None or known.in_use(suite) is not None:
            return known
        sm2 = StatedKey(
            public_key=self.keys.held.sm2[first].public_key,
            announced_at=THE_BEGINNING,
            signing_at=THE_BEGINNING,
        )
        return replace(known, keys=(*known.keys, sm2))

    def _unannounced(self, known: HubKeySet, suite: SuiteName) -> HubSigner | Sm2Signer | None:
        held: Mapping[str, HubSigner | Sm2Signer]
        held = self.keys.held.hub if suite is SuiteName.ES256 else self.keys.held.sm2
        stated = {key.key_id for key in known.keys}
        return next((held[key_id] for key_id in sorted(held) if key_id not in stated), None)

    def _certificate(self, key: PublicKey) -> str:
        known = self.keys.current
        return certify_hub_key(self._held(known.signing), known.hub_id, key)

    def _log_certificate(self, signer: HubSigner | Sm2Signer) -> str | None:
        return self.keys.log_certificate(signer) if isinstance(signer, HubSigner) else None

    def _held(self, key: StatedKey) -> HubSigner:
        found = self.keys.held.hub.get(key.key_id)
        if found is None:
            raise KeyIsMissing(key.key_id, [HERE])
        return found

    async def _check_held(self, key: StatedKey, at: datetime, *, anyway: bool) -> None:
        """The key is here, and at every process that runs."""
        held = self.keys.held
        if key.key_id not in (*held.hub, *held.sm2):
            raise KeyIsMissing(key.key_id, [HERE])
        holders = await HubKeyStore(self.database).holders(at)
        without = [holder.worker for holder in holders if key.key_id not in holder.keys]
        if without and not anyway:
            raise KeyIsMissing(key.key_id, without)

    async def _state(self, step: HubKeySet, at: datetime) -> None:
        """Signed by the key in use before and after the step. The log is signed with the latter
        from this very record on, and so is how far it is forgotten."""
        before, after = self._held(self.keys.current.signing), self._held(step.signing)
        signers = {each.key_id: each for each in (before, after)}
        statement = sign_key_set(step, list(signers.values()))
        log_signer = self.keys.log_signer_of(after)
        self.database.sign_with(log_signer, self.keys.of_log(), self.keys.of_heads())
        along = partial(note_forgotten_again, log_signer)
        if not await HubKeyStore(self.database).add(step.version, statement, at, along):
            raise MadeElsewhere
        self.keys.take(statement)
        sign_log_with(self.database, self.keys)


_MAKERS: Mapping[SuiteName, Callable[[], HubSigner | Sm2Signer]] = {
    SuiteName.ES256: HubSigner.generate,
    SuiteName.SM2_SM3: Sm2Signer.generate,
}
