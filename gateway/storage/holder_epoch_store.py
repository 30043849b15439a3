"""The epochs of the holder key at rest: each a random secret, sealed under the key of the file.

Responsible for one epoch following another whichever process begins it, and for a secret that opens
under its own number and moment alone. Whoever has the database and not the file has no secret; a
secret that was deleted here is nowhere else. Refuses to know when an epoch is due.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from tongxing.gateway.storage.audit.epoch_record import epoch_record
from tongxing.gateway.storage.columns import as_written, from_microseconds, microseconds, typed
from tongxing.gateway.storage.database import Database
from tongxing.gateway.storage.entries import AuditRow
from tongxing.gateway.storage.faults import StorageDamaged, StorageRefusal, StorageRefused
from tongxing.gateway.storage.news import Topic
from tongxing.gateway.storage.taken import BY_THE_HUB
from tongxing.gateway.storage.writer import UnitOfWork
from tongxing.keys import HolderEpoch, HolderKey
from tongxing.keys.holder import generate_holder_key
from tongxing.keys.sealing import NotSealed
from tongxing.schema.audit_words import AdministrativeAction


@dataclass(frozen=True, slots=True)
class KeptEpoch:
    """``begins`` is that of ``HolderEpoch``; ``since``: from when on it counts as old. None of it
    is secret."""

    number: int
    begins: datetime
    since: datetime


class HolderEpochStore:
    """``file`` is the key that the secrets lie under. All methods raise StorageUnavailable."""

    def __init__(self, database: Database, file: HolderKey) -> None:
        self._database = database
        self._file = file

    async def first(self, at: datetime) -> None:
        """Begin the first epoch if there is none; adopt the file's own key as epoch 0 if there are
        records under it. Raises StorageRefused as ``all``."""
        await self._database.write(partial(_first, self._file, microseconds(at)))

    async def all(self) -> Sequence[HolderEpoch]:
        """None before the hub has run. Raises StorageRefused if a secret lies under the key of
        another file, StorageDamaged if it was changed."""
        rows = await self._database.fetch(_SEALED, (self._file.fingerprint,))
        return [_opened(self._file, *row) for row in rows]

    async def begin(
        self, begins: datetime, after: int, *, at: datetime, actor: str = BY_THE_HUB
    ) -> bool:
        """Announce an epoch behind the number ``after``, to all processes, and record that
        ``actor`` did so ``at``; False if that is no longer the last one, or if the secrets lie
        under two files' keys, of which this process has one."""
        told = epoch_record(AdministrativeAction.HOLDER_EPOCH_BEGUN, after + 1, at, actor)
        sealed = partial(_begin, self._file, microseconds(begins), after, told)
        return await self._database.write(sealed)

    async def begin_anew(self, at: datetime, *, actor: str) -> None:
        """Go on without the epochs that this file does not open, because their file is lost: nobody
        finds the people who were kept under them."""
        await self._database.write(partial(_begin_anew, self._file, at, actor))

    async def listed(self) -> Sequence[KeptEpoch]:
        """By their numbers."""
        return _listed(await self._database.fetch(_EPOCHS))


def _listed(rows: Sequence[Any]) -> Sequence[KeptEpoch]:
    with as_written("holder_epochs"):
        return [
            KeptEpoch(
                typed(number, int),
                from_microseconds(begins_at),
                from_microseconds(begins_at if since is None else since),
            )
            for number, begins_at, since in rows
        ]


def seal(file: HolderKey, number: int, begins_at: int, secret: bytes) -> tuple[int, str, bytes]:
    """The row of ``holder_seals``."""
    sealed = file.sealer().seal(secret, _name(number, begins_at))
    return number, file.fingerprint, sealed


def unseal(file: HolderKey, number: int, begins_at: int, sealed: bytes | None) -> bytes:
    """Raises StorageRefused, StorageDamaged."""
    if sealed is None:
        raise StorageRefused(
            StorageRefusal.OTHER_HUB,
            "持码人密钥文件（keys.holder）打不开此库的密钥，请用现在的那一份 "
            "the secrets of this database lie under another holder file (keys.holder): "
            "use the one that is in force",
        )
    try:
        return file.sealer().open(sealed, _name(number, begins_at))
    except NotSealed:
        raise StorageDamaged("the secret of an epoch was changed") from None


def _first(file: HolderKey, at: int, unit: UnitOfWork) -> None:
    epochs = unit.execute(_EPOCHS)
    if not epochs:
        _add(file, 1, 0, at, unit)
    elif epochs[0][0] == 0 and epochs[0][2] is None:
        # The very file that made the records: the claim to the database says so.
        unit.execute(_ADOPT, (at,))
        unit.execute(_SEAL, seal(file, 0, 0, file.secret))


def _begin(file: HolderKey, begins_at: int, after: int, told: AuditRow, unit: UnitOfWork) -> bool:
    ((last,),) = unit.execute(_LAST)
    ((files,),) = unit.execute(_FILES)
    if last != after or files != 1:
        return False
    _add(file, after + 1, begins_at, begins_at, unit)
    unit.record([told])
    return True


def _begin_anew(file: HolderKey, at: datetime, actor: str, unit: UnitOfWork) -> None:
    lost = unit.execute(_EPOCHS)
    if not lost or unit.execute(_HAS_SEAL, (file.fingerprint,)):
        return
    ((last,),) = unit.execute(_LAST)
    for statement in _LOST:
        unit.execute(statement)
    _add(file, last + 1, 0, microseconds(at), unit)
    destroyed, begun = (
        AdministrativeAction.HOLDER_EPOCH_DESTROYED,
        AdministrativeAction.HOLDER_EPOCH_BEGUN,
    )
    unit.record([epoch_record(destroyed, number, at, actor) for number, *_ in lost])
    unit.record([epoch_record(begun, last + 1, at, actor)])


def _add(file: HolderKey, number: int, begins_at: int, since: int, unit: UnitOfWork) -> None:
    unit.execute(_BEGIN, (number, begins_at, since))
    unit.execute(_SEAL, seal(file, number, begins_at, generate_holder_key()))
    unit.announce(Topic.HOLDER_EPOCHS)


def _opened(
    file: HolderKey, number: int, begins_at: int, since: int | None, sealed: bytes | None
) -> HolderEpoch:
    is_adopted = number > 0 or since is not None
    secret = unseal(file, number, begins_at, sealed) if is_adopted else file.secret
    begins, key = from_microseconds(begins_at), HolderKey(secret, number)
    return HolderEpoch(number, begins, key, from_microseconds(since or begins_at))


def _name(number: int, begins_at: int) -> bytes:
    """What is sealed for one epoch opens for no other, nor for another moment."""
    return f"tongxing holder epoch v1 {number} {begins_at}".encode()


_EPOCHS = """
    SELECT number, begins_at, since FROM holder_epochs WHERE is_destroyed = 0 ORDER BY number
"""
_SEALED = """
    SELECT number, begins_at, since, sealed FROM holder_epochs LEFT JOIN holder_seals
    ON epoch = number AND file_key = ? WHERE is_destroyed = 0 ORDER BY number
"""
_LAST = "SELECT max(number) FROM holder_epochs"
_FILES = "SELECT count(DISTINCT file_key) FROM holder_seals"
_BEGIN = "INSERT INTO holder_epochs (number, begins_at, since) VALUES (?, ?, ?)"
_ADOPT = "UPDATE holder_epochs SET since = ? WHERE number = 0"
_SEAL = "INSERT INTO holder_seals (epoch, file_key, sealed) VALUES (?, ?, ?)"
_HAS_SEAL = "SELECT 1 FROM holder_seals WHERE file_key = ?"
_LOST = (
    "UPDATE holder_epochs SET is_destroyed = 1",
    "DELETE FROM holder_seals",
    "UPDATE lists SET complete = -1",
)
