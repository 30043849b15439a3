"""The bench of the workshop: one draft at a time, one of each client, and nobody is kept out."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from tests.policy.directory import ANNA, Heard, opened, put
from tests.policy.test_policy_files import PLAIN
from tongxing.gateway.policy.workshop import CLIENTS_AT_ONCE, Busy, Workshop
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.audit import AuditLog
from tongxing.keys import RootKeys, TrustStore
from tongxing.keys.signing import Es256Signer

ROOT = Es256Signer.generate()
NO_TRUST = TrustStore(RootKeys(1, {ROOT.key_id: ROOT.public_key}), at_least_version=0)
utc_now = partial(datetime.now, UTC)

CLIENTS = [f"client-{n}" for n in range(CLIENTS_AT_ONCE)]


@pytest.fixture
async def workshop(tmp_path: Path) -> AsyncIterator[Workshop]:
    put(tmp_path, "a.toml", PLAIN, ANNA)
    async with Database.open(tmp_path / "hub.sqlite3") as database:
        policies = await opened(tmp_path, database, Heard())
        yield Workshop(policies, await AuditLog.open(database), NO_TRUST, utc_now)


async def test_clients_get_the_bench_in_the_order_in_which_they_came(workshop: Workshop) -> None:
    had: list[str] = []

    async def work(client: str) -> None:
        async with workshop.turn(client):
            had.append(client)
            await asyncio.sleep(0)
            assert had[-1] == client

    await asyncio.gather(*(work(client) for client in CLIENTS))
    assert had == CLIENTS


async def test_a_client_has_one_draft_at_a_time_and_the_others_one_each(
    workshop: Workshop,
) -> None:
    waiting = []
    async with workshop.turn(CLIENTS[0]):
        with pytest.raises(Busy):
            await workshop.turn(CLIENTS[0]).__aenter__()
        waiting = [
            asyncio.create_task(workshop.turn(client).__aenter__()) for client in CLIENTS[1:]
        ]
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await workshop.turn("one too many").__aenter__()
        for each in waiting:
            each.cancel()
        await asyncio.wait(waiting)
    async with workshop.turn("one too many"):
        pass
