"""A log of which a part was forgotten, while the hub's key changes."""

from datetime import datetime
from pathlib import Path

from tests.operation.key_steps import keys_in, take
from tongxing.gateway.operation.followed_hub_keys import sign_log_with, take_newest
from tongxing.gateway.operation.hub_key_files import HubKeyFiles
from tongxing.gateway.operation.hub_key_steps import HubKeySteps
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.audit import AuditLog
from tongxing.gateway.storage.hub_key_store import HubKeyStore
from tongxing.keys.hub_keys import HubKeys
from tongxing.keys.signing import HubSigner, Sm2Signer


def machine_with_keys(directory: Path) -> Path:
    keys = keys_in(directory)
    keys.hub.parent.mkdir(parents=True)
    keys.hub.write_bytes(HubSigner.generate().to_pem())
    keys.sm2.write_bytes(Sm2Signer.generate().to_pem())
    return directory


def local_keys(machine: Path, at: datetime) -> HubKeys:
    return HubKeys("hub", "hub/audit", HubKeyFiles(keys_in(machine)).read(), lambda: at)


async def rotate(machine: Path, database: Database, keys: HubKeys, at: datetime) -> None:
    steps = HubKeySteps(keys, database, keys_in(machine), lambda: at)
    await take("announce", steps)
    keys.hold(HubKeyFiles(keys_in(machine)).read())
    await take("use", steps)


async def note_is_believed(machine: Path, database: Database, at: datetime) -> None:
    """As a process that starts now. Raises AuditDamaged."""
    keys = local_keys(machine, at)
    await take_newest(keys, HubKeyStore(database), None)
    assert keys.current.version == 2
    sign_log_with(database, keys)
    log = await AuditLog.open(database)
    await log.verify()
