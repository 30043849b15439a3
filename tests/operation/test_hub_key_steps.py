"""A step of the hub's keys that is broken off leaves the state before it or the one after it, and
can be made again; two at once are one."""

from datetime import timedelta
from pathlib import Path
from shutil import copytree

import pytest

from tests.operation.key_steps import AT, database_in, die_at, keys_in, steps_in, take
from tests.storage.disk import Moment
from tests.storage.processes import reports, start
from tongxing.gateway.operation.followed_hub_keys import HubKeysRefused, take_newest
from tongxing.gateway.operation.hub_key_files import file_of_key, later_files
from tongxing.gateway.operation.hub_key_steps import KeyIsMissing, MadeElsewhere
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.audit import AuditLog
from tongxing.gateway.storage.hub_key_store import HubKeyStore, KeyHolder
from tongxing.gateway.storage.seen_versions import SeenVersions
from tongxing.keys.hub_key_set import HEARS_WITHIN, HubKeyState, StepRefused
from tongxing.keys.hub_keys import HubKeys
from tongxing.keys.signing import HubSigner, Sm2Signer
from tongxing.keys.suites import SuiteName


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    keys = keys_in(tmp_path)
    keys.hub.parent.mkdir()
    keys.hub.write_bytes(HubSigner.generate().to_pem())
    keys.sm2.write_bytes(Sm2Signer.generate().to_pem())
    return tmp_path


async def verified(machine: Path) -> tuple[int, list[HubKeyState]]:
    """The version of the set and the states in it, once the log was checked with its keys."""
    async with steps_in(machine) as steps:
        log = await AuditLog.open(steps.database)
        await log.verify()
        known = steps.keys.current
        return known.version, [key.state(AT) for key in known.keys]


BEFORE = {"announce": [], "use": ["announce"], "revoke": ["announce"]}
AFTER = {
    "announce": [HubKeyState.SIGNING, HubKeyState.ANNOUNCED],
    "use": [HubKeyState.VERIFYING, HubKeyState.SIGNING],
    "revoke": [HubKeyState.REVOKED, HubKeyState.SIGNING],
}


async def _before(step: str, machine: Path) -> Path:
    """Such a machine right before ``step``."""
    here = machine / "before"
    copytree(keys_in(machine).hub.parent, keys_in(here).hub.parent)
    async with steps_in(here) as steps:
        for each in BEFORE[step]:
            await take(each, steps)
    return here


@pytest.mark.processes
@pytest.mark.parametrize("moment", Moment)
@pytest.mark.parametrize("step", BEFORE)
async def test_killed_at_each_statement_a_step_is_made_or_not(
    machine: Path, step: str, moment: Moment
) -> None:
    before = await _before(step, machine)
    for number in range(1, 40):
        here = copytree(before, machine / str(number))
        process, pipe = start(die_at, here, step, number, moment)
        acknowledged = reports(pipe)
        process.join()
        version, states = await verified(here)
        is_made = version == len(BEFORE[step]) + 1
        assert is_made or not acknowledged
        if not is_made:
            async with steps_in(here) as steps:
                await take(step, steps)
            version, states = await verified(here)
        assert (version, states) == (len(BEFORE[step]) + 1, AFTER[step])
        assert len(later_files(keys_in(here).hub)) == 1
        if process.exitcode == 0:
            break
    assert process.exitcode == 0
    assert number > 4


async def test_two_operators_do_not_both_make_the_next_step(machine: Path) -> None:
    async with steps_in(machine) as one, steps_in(machine) as other:
        await one.announce(SuiteName.ES256)
        with pytest.raises(MadeElsewhere):
            await other.announce(SuiteName.ES256)


async def test_a_key_is_used_only_where_it_is_and_where_every_process_has_it(
    machine: Path,
) -> None:
    async with steps_in(machine) as steps:
        key = await steps.announce(SuiteName.ES256)
        with pytest.raises(KeyIsMissing) as refused:
            await steps.use(key.key_id, anyway=False)
        assert len(refused.value.workers) == 1
    async with steps_in(machine) as steps:
        store = HubKeyStore(steps.database)
        await store.tell(KeyHolder("elsewhere/1", frozenset({"another"}), AT))
        with pytest.raises(KeyIsMissing) as refused:
            await steps.use(key.key_id, anyway=False)
        assert refused.value.workers == ["elsewhere/1"]
        await store.tell(KeyHolder("elsewhere/1", frozenset({key.key_id}), AT))
        await steps.use(key.key_id, anyway=False)
        assert steps.keys.signer.key_id == key.key_id


async def test_a_machine_that_has_no_key_of_the_hub_does_not_believe_the_database(
    machine: Path,
) -> None:
    async with steps_in(machine) as steps:
        await steps.announce(SuiteName.ES256)
    keys_in(machine).hub.write_bytes(HubSigner.generate().to_pem())
    for file in later_files(keys_in(machine).hub):
        file.unlink()
    with pytest.raises(HubKeysRefused):
        async with steps_in(machine):
            """It does not get so far."""


async def test_a_file_that_is_half_copied_is_passed_over(machine: Path) -> None:
    named = keys_in(machine).hub
    file_of_key(named, "half").write_bytes(named.read_bytes()[:40])
    async with steps_in(machine) as steps:
        assert list(steps.keys.held.hub) == [HubSigner.from_pem(named.read_bytes()).key_id]


async def test_a_log_of_before_goes_on_and_its_head_is_signed_anew(machine: Path) -> None:
    """A hub of the state before: one key, of which nothing is stated."""
    signer = HubSigner.from_pem(keys_in(machine).hub.read_bytes()).log_signer("hub/audit")
    async with Database.open(database_in(machine), signer=signer) as database:
        await AuditLog.open(database)
    assert await verified(machine) == (0, [HubKeyState.SIGNING])
    async with steps_in(machine) as steps:
        await take("announce", steps)
    async with steps_in(machine) as steps:
        await take("use", steps)
        head = steps.database.signed_head
        assert head is not None
    assert (await verified(machine))[0] == 2


async def test_a_clock_that_is_behind_the_hubs_makes_no_step(machine: Path) -> None:
    async with steps_in(machine) as steps:
        ahead = AT + HEARS_WITHIN
        for late in (timedelta(), timedelta(seconds=1)):
            holder = KeyHolder("elsewhere/1", frozenset(), ahead + late)
            await HubKeyStore(steps.database).tell(holder)
            if not late:
                await steps.announce(SuiteName.ES256)
        with pytest.raises(StepRefused, match="CLOCK_BEHIND"):
            await steps.announce(SuiteName.ES256)


async def test_a_database_that_was_put_back_is_refused_by_a_machine_that_saw_more(
    machine: Path,
) -> None:
    seen = SeenVersions(machine / "seen")
    async with steps_in(machine) as steps:
        await take("announce", steps)
        store = HubKeyStore(steps.database)
        await take_newest(steps.keys, store, seen)
        older = HubKeys("hub", "hub/audit", steps.keys.held, lambda: AT)
        await take_newest(older, store, seen)
        await store.forget()
        with pytest.raises(HubKeysRefused, match="put back"):
            await take_newest(HubKeys("hub", "hub/audit", steps.keys.held, lambda: AT), store, seen)
