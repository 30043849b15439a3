"""The hub's own keys, followed for as long as it runs: what is stated of them in the database, and
which of them lie on this machine.

Responsible for a new key being used within seconds of its statement, without a restart, and for the
log being signed with the same one. A statement that is not believed changes nothing. A machine
without the key in use goes on with the one before as long as that counts, and then records nothing,
so answers nothing.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from tongxing.gateway.operation.hub_key_files import HubKeyFiles
from tongxing.gateway.storage import Database, Mark, StorageUnavailable
from tongxing.gateway.storage.hub_key_store import PRESENT_FOR, HubKeyStore, KeyHolder
from tongxing.gateway.storage.news import NewsEar
from tongxing.gateway.storage.seen_versions import SeenVersions
from tongxing.keys.hub_key_statement import InvalidStatement
from tongxing.keys.hub_keys import HubKeys, NoSigningKey
from tongxing.keys.signing import InvalidPrivateKey

LOOK_SECONDS = 5.0
"""Between two looks at this machine's files, and into the database if others' news is not
heard."""

TELL_EVERY = PRESENT_FOR / 3

SEEN_KEYS = "hub_keys"


class HubKeysRefused(ValueError):
    """The hub cannot run with its keys; the text says what to do."""


class HubKeyWatch(Protocol):
    def hub_keys_changed(self, version: int) -> None: ...

    def hub_keys_refused(self) -> None:
        """What the database states of the hub's keys is not believed."""
        ...

    def hub_key_missing(self, *, is_missing: bool) -> None:
        """The key that the hub signs with is not on this machine; or it is again."""
        ...


class FollowedHubKeys:
    """``worker`` names this process; ``seen`` is None if no other machine has a part in the hub.
    ``clock`` gives aware UTC times."""

    def __init__(
        self,
        keys: HubKeys,
        files: HubKeyFiles,
        database: Database,
        ear: NewsEar,
        *,
        worker: str,
        seen: SeenVersions | None,
        watch: HubKeyWatch,
        clock: Callable[[], datetime],
    ) -> None:
        self._keys = keys
        self._files = files
        self._database = database
        self._store = HubKeyStore(database)
        self._ear = ear
        self._worker = worker
        self._seen = seen
        self._watch = watch
        self._clock = clock
        self._refused: str | None = None
        self._was_missing = False
        self._told_at: datetime | None = None

    async def begin(self) -> None:
        """Before anything is read from the log. Raises HubKeysRefused, StorageUnavailable,
        OSError."""
        await take_newest(self._keys, self._store, self._seen)
        sign_log_with(self._database, self._keys)

    async def follow(self) -> None:
        """For as long as the hub runs."""
        try:
            while True:
                with suppress(StorageUnavailable, OSError):
                    await self.look()
                await self._ear.wait(LOOK_SECONDS)
        finally:
            with suppress(StorageUnavailable):
                await self._store.leave(self._worker)

    async def look(self) -> None:
        """Take what has changed. Raises StorageUnavailable, OSError."""
        came = await asyncio.to_thread(self._files.changed)
        if came:
            with suppress(InvalidPrivateKey, FileNotFoundError):
                self._keys.hold(await asyncio.to_thread(self._files.read))
        taken = await self._looked_at_shared()
        self._sign()
        if came or taken or self._is_due():
            await self._tell()

    async def _looked_at_shared(self) -> bool:
        """Whether another set is used from now on."""
        if not self._ear.is_due():
            return False
        with self._ear.looking():
            statement = await self._store.newest()
            if statement is None or statement == self._refused:
                return False
            try:
                is_new = self._keys.take(statement)
            except InvalidStatement:
                self._refused = statement
                self._watch.hub_keys_refused()
                return False
            if is_new:
                self._watch.hub_keys_changed(self._keys.current.version)
                await _has_seen(self._seen, self._keys, statement)
            return is_new

    def _sign(self) -> None:
        sign_log_with(self._database, self._keys)
        is_missing = self._keys.is_behind
        if is_missing is not self._was_missing:
            self._was_missing = is_missing
            self._watch.hub_key_missing(is_missing=is_missing)

    def _is_due(self) -> bool:
        return self._told_at is None or self._clock() - self._told_at >= TELL_EVERY

    async def _tell(self) -> None:
        at = self._clock()
        await self._store.tell(KeyHolder(self._worker, self._keys.held_and_known(), at))
        self._told_at = at


async def take_newest(keys: HubKeys, store: HubKeyStore, seen: SeenVersions | None) -> None:
    """What the database states, at the start. Raises HubKeysRefused, StorageUnavailable,
    OSError."""
    statement = await store.newest()
    try:
        if statement is not None:
            keys.take(statement)
        version, is_behind = keys.current.version, keys.is_behind
    except (InvalidStatement, NoSigningKey):
        raise HubKeysRefused(_NOT_OURS) from None
    held = None if seen is None else (await asyncio.to_thread(seen.read)).get(SEEN_KEYS)
    if held is not None and version < held.version:
        raise HubKeysRefused(_ROLLED_BACK)
    if is_behind:
        raise HubKeysRefused(
            f"本机没有平台现用的私钥 {keys.current.signing.key_id}，请从另一台机器复制其文件 "
            "the key that the hub signs with is not on this machine: copy its file from another one"
        )
    if statement is not None:
        await _has_seen(seen, keys, statement)


def sign_log_with(database: Database, keys: HubKeys) -> None:
    """The log is signed with the key in use, under its present name, and checked with all that
    count."""
    keys.name_log(database.named(keys.first_log_name))
    try:
        database.sign_with(keys.log_signer(), keys.of_log(), keys.of_heads())
    except NoSigningKey:
        database.sign_no_more()


async def _has_seen(seen: SeenVersions | None, keys: HubKeys, statement: str) -> None:
    if seen is not None:
        mark = Mark(keys.current.version, sha256(statement.encode("ascii")).hexdigest())
        await asyncio.to_thread(seen.rise, {SEEN_KEYS: mark})


_NOT_OURS = (
    "数据库中的平台密钥清单不是用本机的私钥签名的：请复制现用的私钥 what the database states of "
    "the hub's keys is not signed by a key on this machine: copy them from another machine"
)
_ROLLED_BACK = (
    "数据库中的平台密钥清单比本机见过的旧：库被恢复到从前 the database states older keys of the "
    "hub than this machine has seen: it was put back to an earlier state"
)
