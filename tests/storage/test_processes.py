"""Several processes on one file: one chain, one first use, one registry."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.back_ends import open_database
from tests.storage.mortal import append, append_until_killed, use_each_once
from tests.storage.processes import reports, start
from tests.storage.records import AT, SIGNER
from tests.storage.registrations import client
from tongxing.gateway.storage.audit import AuditFilter, AuditLog
from tongxing.gateway.storage.clients import ClientRegistry
from tongxing.gateway.storage.slices import Slice

pytestmark = pytest.mark.processes


async def test_two_that_append_make_one_chain(path: Path) -> None:
    await open_database(path, signer=SIGNER).close()
    started = [start(append, path, name, 150) for name in ("one", "two")]
    marks = [mark for _, pipe in started for [mark] in reports(pipe)]
    for process, _ in started:
        process.join()
    async with open_database(path, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        await log.verify(marks)
        page = await log.page(AuditFilter(client_id="two"), Slice(200))
    assert sorted(mark.index for mark in marks) == list(range(300))
    assert len(page.items) == 150


async def test_of_two_that_use_the_same_each_key_is_first_once(path: Path) -> None:
    await open_database(path, signer=SIGNER).close()
    keys = [f"jti-{number}" for number in range(300)]
    started = [start(use_each_once, path, order) for order in (keys, keys[::-1], keys)]
    firsts = [key for _, pipe in started for first in reports(pipe) for key in first]
    for process, _ in started:
        process.join()
    assert sorted(firsts) == sorted(keys)


async def test_a_client_is_revoked_while_another_process_writes_without_pause(path: Path) -> None:
    async with open_database(path, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        registry = ClientRegistry(database)
        process, pipe = start(append_until_killed, path)
        pipe.recv()
        try:
            assert await registry.add(client(), actor="cli", request_id="a")
            at = AT + timedelta(days=1)
            assert await registry.revoke("city-system", at=at, actor="cli", request_id="b")
            assert await registry.find("city-system") is None
        finally:
            process.kill()
            reports(pipe)
            process.join()
        await log.verify()
