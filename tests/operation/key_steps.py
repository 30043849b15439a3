"""Steps of the hub's keys at a machine whose directory is ``directory``; also as a process that is
killed in the middle of one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

from tests.storage.disk import Disk, Moment, die
from tongxing.gateway.operation.followed_hub_keys import sign_log_with, take_newest
from tongxing.gateway.operation.hub_key_files import HubKeyFiles
from tongxing.gateway.operation.hub_key_steps import HubKeySteps
from tongxing.gateway.settings import KeySettings
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.audit import AuditLog
from tongxing.gateway.storage.hub_key_store import HubKeyStore
from tongxing.keys.hub_keys import HubKeys
from tongxing.keys.suites import SuiteName

AT = datetime(2026, 3, 6, 10, 0, tzinfo=UTC)


def keys_in(directory: Path) -> KeySettings:
    keys = directory / "keys"
    return KeySettings(hub=keys / "hub.pem", sm2=keys / "sm2.pem", holder=keys / "holder.key")


def database_in(directory: Path) -> Path:
    return directory / "state" / "hub.sqlite3"


@asynccontextmanager
async def steps_in(directory: Path, disk: Disk | None = None) -> AsyncIterator[HubKeySteps]:
    settings = keys_in(directory)
    keys = HubKeys("hub", "hub/audit", HubKeyFiles(settings).read(), lambda: AT)
    path = database_in(directory)
    opened = Database.open(path) if disk is None else Database.open(path, disk.connect)
    async with opened as database:
        await take_newest(keys, HubKeyStore(database), None)
        sign_log_with(database, keys)
        await AuditLog.open(database)
        yield HubKeySteps(keys, database, settings, lambda: AT)


async def take(step: str, steps: HubKeySteps) -> None:
    if step == "announce":
        await steps.announce(SuiteName.ES256)
        return
    known = steps.keys.current
    if step == "use":
        await steps.use(known.keys[-1].key_id, anyway=False)
    else:
        await steps.revoke(known.signing.key_id, anyway=False)


def die_at(
    directory: Path, step: str, number: int, moment: Moment, acknowledgements: Connection
) -> None:
    """Take ``step``, and die at the n-th statement of it."""

    async def run() -> None:
        disk = Disk()
        async with steps_in(directory, disk) as steps:
            disk.arm(number, moment, die)
            await take(step, steps)
            acknowledgements.send(steps.keys.current.version)

    asyncio.run(run())
