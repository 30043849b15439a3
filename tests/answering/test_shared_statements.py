"""Whoever can read and write all that lies at the Redis server learns nothing, and makes the hub
believe nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from secrets import token_bytes

import pytest
from redis import Redis

from tests.adapters.people import AT, WANG
from tests.connection import PATIENCE_SECONDS
from tests.holder_keys import one
from tests.sharing.own_redis import OwnRedis
from tests.sharing.workers import LIFETIME_SECONDS, SPACE, Worker, running
from tongxing.adapters.dialect import Statement
from tongxing.gateway.answering.shared_statements import CLOCKS_DIFFER
from tongxing.gateway.answering.statement_cache import StatementKey
from tongxing.keys import HolderKey, HolderRef

pytestmark = pytest.mark.processes

HOLDER = one(HolderRef("A" * 22))
KEY = StatementKey("city-system", "zhenjiang", "a question")
STATED = Statement("zhenjiang", "form", AT, (WANG.name.encode(), WANG.number.encode()), ())
NEIGHBORS = {
    "client": KEY._replace(client_id="transport-hub"),
    "issuer": KEY._replace(issuer="national"),
    "question": KEY._replace(ref="another question"),
}


@dataclass
class Hostile:
    """Somebody with all rights at the server."""

    redis: OwnRedis

    def value(self, worker: Worker, key: StatementKey = KEY) -> bytes:
        found: bytes = self.redis.run("GET", place_of(worker, key))
        return found

    def put(self, worker: Worker, value: bytes, key: StatementKey = KEY) -> None:
        with Redis(port=self.redis.port) as server:
            server.set(place_of(worker, key), value)

    def all_of_it(self) -> bytes:
        with Redis(port=self.redis.port) as server:
            names = list(server.scan_iter())
            assert names
            return b"\n".join(b"%s %s" % (name, server.dump(name)) for name in names)


def place_of(worker: Worker, key: StatementKey) -> str:
    return f"{SPACE}:value:{worker.shared._name(key)}"


@pytest.fixture
def hostile(own_redis: OwnRedis) -> Hostile:
    own_redis.start()
    return Hostile(own_redis)


@pytest.fixture
async def worker(hostile: Hostile) -> AsyncIterator[Worker]:
    """Has put a statement there."""
    made = Worker(hostile.redis.url)
    async with running(made):
        await tell(made)
        yield made


async def tell(worker: Worker, key: StatementKey = KEY, statement: Statement = STATED) -> None:
    with worker.shared.claiming({key: HOLDER}) as claimed:
        await worker.shared.claim(claimed, PATIENCE_SECONDS)
        await worker.shared.tell(claimed, {key: (statement, HOLDER)})


async def found(url: str, key: StatementKey = KEY, **changed: object) -> object:
    """By another worker, which has nothing of its own."""
    other = Worker(url, **changed)  # type: ignore[arg-type]
    async with running(other):
        await other.shared.find([key])
        return await other.cache.get(key)


async def test_another_worker_finds_it(worker: Worker) -> None:
    assert await found(worker.url) == STATED


async def test_what_lies_there_names_nobody_and_nothing(worker: Worker, hostile: Hostile) -> None:
    await worker.shared.forget("zhenjiang", HOLDER.ref)
    there = hostile.all_of_it()
    plain = (WANG.name, WANG.number, HOLDER.ref, *KEY, "form")
    assert [each for each in plain if each.encode() in there] == []


async def test_the_same_statement_never_looks_the_same(worker: Worker, hostile: Hostile) -> None:
    """Nobody can see that an issuer has said the same again."""
    before = hostile.value(worker)
    hostile.redis.run("FLUSHALL")
    await tell(worker)
    assert hostile.value(worker) != before


@pytest.mark.parametrize("key", NEIGHBORS.values(), ids=NEIGHBORS)
async def test_a_statement_cannot_be_moved_to_another(
    worker: Worker, hostile: Hostile, key: StatementKey
) -> None:
    hostile.put(worker, hostile.value(worker), key)
    assert await found(worker.url, key) is None
    assert await found(worker.url) == STATED


FORGED: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda value: b"",
    "nonsense": lambda value: token_bytes(len(value)),
    "shorter than a seal": lambda value: value[:20],
    "cut short": lambda value: value[:-1],
    "longer": lambda value: value + b"\0",
    "another bit in the nonce": lambda value: bytes([value[0] ^ 1]) + value[1:],
    "another bit in the text": lambda value: value[:30] + bytes([value[30] ^ 1]) + value[31:],
    "another bit in the tag": lambda value: value[:-1] + bytes([value[-1] ^ 1]),
    "a megabyte": lambda value: value + bytes(1_000_000),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
async def test_a_forged_statement_is_none_and_the_next_true_one_takes_its_place(
    worker: Worker, hostile: Hostile, forge: Callable[[bytes], bytes]
) -> None:
    hostile.put(worker, forge(hostile.value(worker)))
    assert await found(worker.url) is None
    await tell(worker)
    assert await found(worker.url) == STATED


async def test_a_hub_with_another_key_finds_nothing(worker: Worker) -> None:
    assert await found(worker.url, key=KEY) == STATED
    other = Worker(worker.url, key=HolderKey(b"o" * 32))
    async with running(other):
        await other.shared.find([KEY])
        assert await other.cache.get(KEY) is None
        assert place_of(other, KEY) != place_of(worker, KEY)


async def test_an_ended_statement_that_is_put_back_is_none(
    worker: Worker, hostile: Hostile
) -> None:
    with worker.shared.claiming({KEY: HOLDER}) as claimed:
        claimed.bid.now = float(hostile.redis.run("TIME")[0]) - LIFETIME_SECONDS
        old = worker.shared._sealed(KEY, STATED, HOLDER, claimed.bid.now)
    assert old is not None
    hostile.put(worker, old)
    assert await found(worker.url) is None


@pytest.mark.parametrize(
    ("apart", "is_found"),
    [
        (timedelta(seconds=LIFETIME_SECONDS) + CLOCKS_DIFFER, True),
        (timedelta(seconds=LIFETIME_SECONDS + 1) + CLOCKS_DIFFER, False),
        (-timedelta(seconds=LIFETIME_SECONDS + 1) - CLOCKS_DIFFER, False),
    ],
    ids=["as old as it may be", "older", "from the future"],
)
async def test_a_server_that_lies_about_its_time_makes_nothing_younger(
    worker: Worker, apart: timedelta, *, is_found: bool
) -> None:
    """By the hub's own clock, too, a statement ends."""
    statement = await found(worker.url, at=AT + apart)
    assert statement == (STATED if is_found else None)


async def test_only_the_hub_says_what_is_to_be_forgotten(worker: Worker, hostile: Hostile) -> None:
    heard: list[HolderRef] = []
    true = asyncio.Event()

    async def forget(holder: HolderRef) -> None:
        heard.append(holder)
        true.set()

    other = Worker(worker.url)
    other.shared.on_forgotten("zhenjiang", forget)
    async with running(other):
        with Redis(port=hostile.redis.port) as server:
            for word in (b"", b"nonsense", token_bytes(80), hostile.value(worker)):
                server.publish(f"{SPACE}:forget", word)
        await worker.shared.forget("elsewhere", HOLDER.ref)
        await worker.shared.forget("zhenjiang", HOLDER.ref)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await true.wait()
    assert heard == [HOLDER.ref]


async def test_what_is_too_large_is_not_shared(worker: Worker, hostile: Hostile) -> None:
    large = replace(STATED, parts=(bytes(200_000),))
    await tell(worker, NEIGHBORS["question"], large)
    assert await found(worker.url, NEIGHBORS["question"]) is None
    assert hostile.redis.run("EXISTS", place_of(worker, NEIGHBORS["question"])) == 0
