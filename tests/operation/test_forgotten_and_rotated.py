"""How far a log is forgotten is believed after the hub's key has changed, also if the log was
restored."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.operation.key_steps import database_in
from tests.operation.rotated_log import local_keys, machine_with_keys, note_is_believed, rotate
from tests.storage.records import AT, intent
from tongxing.gateway.operation.followed_hub_keys import sign_log_with
from tongxing.gateway.operation.restoring import go_on_anew
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.audit import AuditDamaged, AuditLog
from tongxing.gateway.storage.head_file import head_file_of
from tongxing.gateway.storage.log_beginning import LogBeginning
from tongxing.gateway.storage.log_remains import LogTerms
from tongxing.keys.hub_keys import HubKeys, log_key_of
from tongxing.keys.log_key import verify_log_key

DAYS = 30
LATER = AT + timedelta(days=DAYS + 1)
ENTRIES = 1_200


async def _forgotten(path: Path, keys: HubKeys) -> None:
    async with Database.open(path) as database:
        sign_log_with(database, keys)
        log = await AuditLog.open(database)
        await log.append([intent(number) for number in range(ENTRIES)])
        await log.append([intent(DAYS * 86_400 + number) for number in range(ENTRIES)])
        while (await database.fetch("SELECT until FROM audit_indexed"))[0][0] < ENTRIES:
            await database.write(lambda unit: unit.execute("SELECT 1"))
        terms = LogTerms(timedelta(days=DAYS))
        assert await LogBeginning(database, terms, keys.log_signer()).sweep(LATER) > 0


async def _restored(path: Path, keys: HubKeys) -> str:
    """A backup brings no head file."""
    head_file_of(path).unlink()
    signer = keys.log_signer()
    return await go_on_anew(path, {}, signer=signer, at=LATER, actor="uid:1", request_id="cli-1")


@pytest.mark.parametrize("is_restored", [False, True], ids=["a log", "a restored log"])
async def test_after_a_rotation_the_note_is_signed_by_the_new_key(
    tmp_path: Path,
    is_restored: bool,  # noqa: FBT001 - of the table
) -> None:
    machine = machine_with_keys(tmp_path)
    path, keys = database_in(machine), local_keys(machine, LATER)
    path.parent.mkdir(mode=0o700)
    await _forgotten(path, keys)
    if is_restored:
        await _restored(path, keys)
    async with Database.open(path) as database:
        sign_log_with(database, keys)
        await AuditLog.open(database)
        await rotate(machine, database, keys, LATER)
    async with Database.open(path) as database:
        await note_is_believed(machine, database, LATER)
        await database.write(lambda unit: unit.execute("UPDATE audit_tree SET note = 'none'"))
        with pytest.raises(AuditDamaged):
            await note_is_believed(machine, database, LATER)


async def test_published_keys_vouch_for_the_log_under_its_present_name(tmp_path: Path) -> None:
    machine = machine_with_keys(tmp_path)
    path, keys = database_in(machine), local_keys(machine, LATER)
    path.parent.mkdir(mode=0o700)
    async with Database.open(path) as database:
        sign_log_with(database, keys)
        await AuditLog.open(database)
        await rotate(machine, database, keys, LATER)
    name = await _restored(path, keys)
    async with Database.open(path) as database:
        sign_log_with(database, keys)
        await AuditLog.open(database)
        published = keys.published()
        assert [log_key_of(key).name for key in published] == [name, name]
        of_log = {key.public_key.encoded for key in keys.of_log()}
        for key in published:
            vouched = verify_log_key(str(key.log_certificate), key.public_key)
            assert vouched.public_key.encoded in of_log
        assert {key.name for key in keys.of_log()} == {name}
