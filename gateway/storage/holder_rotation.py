"""The holder file is replaced: what its key seals is sealed under the new one as well, until every
process runs with that; then the old one opens nothing.

Each step is one COMMIT, and may be repeated. No epoch begins between the two.
"""

from collections.abc import Mapping, Sequence
from functools import partial

from tongxing.gateway.storage.database import Database
from tongxing.gateway.storage.faults import StorageUnavailable
from tongxing.gateway.storage.holder_epoch_store import seal, unseal
from tongxing.gateway.storage.ownership import hand_on, held_holder_key
from tongxing.gateway.storage.writer import UnitOfWork
from tongxing.keys import HolderKey


async def seal_for(database: Database, file: HolderKey, new: HolderKey) -> int:
    """Seal each epoch that ``file`` opens under ``new`` as well; how many. Raises StorageRefused if
    it does not open them, StorageUnavailable."""
    secrets = await _opened(database, file)
    sealed = [seal(new, *each, secret) for each, secret in secrets.items()]
    if not await database.write(partial(_seal, sealed)):
        raise StorageUnavailable(_CHANGED)
    return len(sealed)


class StillInForce(Exception):
    """The file is the one that is to be replaced: leaving the new one would leave the wrong one."""


async def leave(database: Database, file: HolderKey) -> int:
    """From now on only ``file`` opens the epochs, and the database is that of a hub with it; how
    many seals of other files were deleted. Raises StillInForce, StorageRefused if it does not open
    all of them, StorageUnavailable."""
    numbers = [number for number, _ in await _opened(database, file)]
    deleted = await database.write(partial(_leave, file, numbers))
    if deleted is None:
        raise StorageUnavailable(_CHANGED)
    if deleted == _IN_FORCE:
        raise StillInForce
    await database.scrub()
    return deleted


async def _opened(database: Database, file: HolderKey) -> Mapping[tuple[int, int], bytes]:
    """The secret of each epoch, by its number and the moment at which it begins."""
    rows = await database.fetch(_SEALED, (file.fingerprint,))
    return {
        (number, begins_at): unseal(file, number, begins_at, octets)
        for number, begins_at, octets in rows
    }


def _seal(sealed: Sequence[tuple[int, str, bytes]], unit: UnitOfWork) -> bool:
    """Whether these are all; nothing is done if another epoch has come since."""
    if not _are_all([number for number, *_ in sealed], unit):
        return False
    for row in sealed:
        unit.execute(_SEAL, row)
    return True


def _leave(file: HolderKey, numbers: Sequence[int], unit: UnitOfWork) -> int | None:
    if not _are_all(numbers, unit):
        return None
    if held_holder_key(unit) == file.fingerprint and unit.execute(_OTHERS, (file.fingerprint,)):
        return _IN_FORCE
    hand_on(file.fingerprint, unit)
    return len(unit.execute(_LEAVE, (file.fingerprint,)))


def _are_all(numbers: Sequence[int], unit: UnitOfWork) -> bool:
    return [number for (number,) in unit.execute(_NUMBERS)] == list(numbers)


_CHANGED = "an epoch of the holder key has come or gone meanwhile: try again"
_IN_FORCE = -1
_OTHERS = "SELECT 1 FROM holder_seals WHERE file_key <> ? LIMIT 1"
_NUMBERS = "SELECT number FROM holder_epochs WHERE is_destroyed = 0 ORDER BY number"
_SEALED = """
    SELECT number, begins_at, sealed FROM holder_epochs LEFT JOIN holder_seals
    ON epoch = number AND file_key = ? WHERE is_destroyed = 0 ORDER BY number
"""
_SEAL = """
    INSERT INTO holder_seals (epoch, file_key, sealed) VALUES (?, ?, ?)
    ON CONFLICT (epoch, file_key) DO UPDATE SET sealed = excluded.sealed
"""
_LEAVE = "DELETE FROM holder_seals WHERE file_key <> ? RETURNING 1"
