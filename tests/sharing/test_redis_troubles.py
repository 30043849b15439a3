"""Whatever happens to the server: a worker goes on as if it were not there, waits for it a few
times at the most, and finds it again by itself."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from random import Random
from time import monotonic

import pytest

from tests.adapters.people import AT
from tests.connection import PATIENCE_SECONDS
from tests.holder_keys import one
from tests.sharing.own_redis import OwnRedis
from tests.sharing.slow_line import SlowLine, answering, listening
from tests.sharing.workers import Worker, running
from tongxing.adapters.dialect import Statement
from tongxing.gateway.answering.shared_statements import Role
from tongxing.gateway.answering.statement_cache import StatementKey
from tongxing.gateway.sharing.presence import FAILURES
from tongxing.keys import HolderRef

pytestmark = pytest.mark.processes

PATIENT_SECONDS = 0.3
"""For an exchange, on a machine that may be busy."""

HOLDER = one(HolderRef("A" * 22))
STATED = Statement("city", "form", AT, (b"statement",), ())

Trouble = Callable[[OwnRedis], AbstractAsyncContextManager[None]]


def key(number: int) -> StatementKey:
    return StatementKey("one", "city", f"question {number}")


@asynccontextmanager
async def killed(redis: OwnRedis) -> AsyncIterator[None]:
    redis.kill()
    yield
    redis.start()


@asynccontextmanager
async def held(redis: OwnRedis) -> AsyncIterator[None]:
    with redis.held():
        yield


@asynccontextmanager
async def paused(redis: OwnRedis) -> AsyncIterator[None]:
    """Until it goes on by itself."""
    redis.run("CLIENT", "PAUSE", 4_000, "ALL")
    yield


@asynccontextmanager
async def locked(redis: OwnRedis) -> AsyncIterator[None]:
    """It has another password from now on."""
    redis.run("CONFIG", "SET", "requirepass", "another")
    for kind in ("normal", "pubsub"):
        redis.run("CLIENT", "KILL", "TYPE", kind, password="another")
    yield
    redis.run("CONFIG", "SET", "requirepass", "", password="another")


@asynccontextmanager
async def without_rights(redis: OwnRedis) -> AsyncIterator[None]:
    redis.run("ACL", "SETUSER", "default", "-eval")
    yield
    redis.run("ACL", "SETUSER", "default", "+@all")


@asynccontextmanager
async def replica(redis: OwnRedis) -> AsyncIterator[None]:
    """Of a server that is not there: it may be read, and not written."""
    redis.run("REPLICAOF", "127.0.0.1", 1)
    yield
    redis.run("REPLICAOF", "NO", "ONE")


@asynccontextmanager
async def full(redis: OwnRedis) -> AsyncIterator[None]:
    redis.run("CONFIG", "SET", "maxmemory", "1")
    yield
    redis.run("CONFIG", "SET", "maxmemory", "0")


def in_its_place(octets: bytes) -> Trouble:
    @asynccontextmanager
    async def trouble(redis: OwnRedis) -> AsyncIterator[None]:
        redis.kill()
        async with listening(answering(octets), redis.port):
            yield
        redis.start()

    return trouble


AWAY: dict[str, Trouble] = {
    "killed": killed,
    "held by the system": held,
    "paused": paused,
    "another password": locked,
    "no right to scripts": without_rights,
    "hangs up": in_its_place(b""),
    "answers a web page": in_its_place(b"HTTP/1.1 200 OK\r\n\r\n<html>"),
    "answers zeros": in_its_place(bytes(1_000)),
    "answers other types": in_its_place(b"+OK\r\n*3\r\n:1\r\n:2\r\n:3\r\n"),
    "answers nothing to the end": in_its_place(b"$1000000\r\nx"),
    "answers without an end": in_its_place(b"*1000000000\r\n" + b":1\r\n" * 1_000),
    "answers a number that is none": in_its_place(b"$x\r\n"),
}
NOT_WRITABLE: dict[str, Trouble] = {"a replica": replica, "full": full}


@pytest.fixture
def redis(own_redis: OwnRedis) -> OwnRedis:
    own_redis.start("--enable-debug-command", "yes")
    return own_redis


async def claim(worker: Worker, number: int) -> Role:
    with worker.shared.claiming({key(number): HOLDER}) as claimed:
        await worker.shared.claim(claimed, 1.0)
        await worker.shared.tell(claimed, {key(number): (STATED, HOLDER)})
        return claimed.roles[key(number)]


async def found(worker: Worker, number: int) -> object:
    await worker.shared.find([key(number)])
    return await worker.cache.get(key(number))


async def shared_again(one: Worker, other: Worker, first: int) -> bool:
    """Whether what one is told the other finds, at once or in a moment: both look for it again
    after a rest of their own, and a busy machine may take it from them once more."""
    ends = monotonic() + PATIENCE_SECONDS
    for number in range(first, first + 10_000):
        await one.came()
        await other.came()
        if await claim(one, number) is Role.ASK and await found(other, number) == STATED:
            return True
        if monotonic() > ends:
            break
    return False


@pytest.mark.parametrize("trouble", AWAY.values(), ids=AWAY)
async def test_it_is_waited_for_a_few_times_and_then_not_at_all(
    redis: OwnRedis, trouble: Trouble
) -> None:
    one, other = Worker(redis.url, PATIENT_SECONDS), Worker(redis.url, PATIENT_SECONDS)
    async with running(one, other):
        assert await shared_again(one, other, 0)
        before = one.exchanges.copy()
        async with trouble(redis):
            for number in range(100_000, 100_000 + FAILURES):
                assert await found(one, number) is None
                assert await claim(one, number) is Role.ASK
            assert not one.presence.is_here
            told = one.exchanges - before
            assert told.total() - told["GOOD"] <= 2 * FAILURES
            # From here on only trials beside the requests ask it.
            after = one.exchanges.copy()
            for number in range(200_000, 200_100):
                assert await found(one, number) is None
                assert await claim(one, number) is Role.ASK
            asked = one.exchanges - after
            assert asked.total() <= 10, "for 200 requests"
        assert await shared_again(one, other, 300_000)


@pytest.mark.parametrize("trouble", NOT_WRITABLE.values(), ids=NOT_WRITABLE)
async def test_a_server_that_takes_no_writing_is_read_and_nobody_has_a_lease(
    redis: OwnRedis, trouble: Trouble
) -> None:
    one, other = Worker(redis.url, PATIENT_SECONDS), Worker(redis.url, PATIENT_SECONDS)
    async with running(one, other):
        assert await shared_again(one, other, 0)
        async with trouble(redis):
            for number in range(100_000, 100_010):
                assert await claim(one, number) is Role.ASK
                assert await claim(other, number) is Role.ASK
                assert await found(other, number) is None
        assert await shared_again(one, other, 300_000)


async def test_what_is_flushed_is_asked_for_again(redis: OwnRedis) -> None:
    one, other = Worker(redis.url), Worker(redis.url)
    async with running(one, other):
        assert await shared_again(one, other, 0)
        with one.shared.claiming({key(1): HOLDER}) as claimed:
            await one.shared.claim(claimed, 60.0)
            redis.run("FLUSHALL")
            redis.run("SCRIPT", "FLUSH")
            assert await claim(other, 1) is Role.ASK
        assert await shared_again(one, other, 100)


async def test_a_slow_server_is_as_good_as_none_and_used_again_when_it_is_not(
    redis: OwnRedis,
) -> None:
    slow = SlowLine(redis.port)
    async with listening(slow.serve) as port:
        one = Worker(f"redis://127.0.0.1:{port}/0", PATIENT_SECONDS)
        other = Worker(redis.url, PATIENT_SECONDS)
        async with running(one, other):
            assert await shared_again(one, other, 0)
            slow.seconds = 5 * PATIENT_SECONDS
            for number in range(100_000, 100_000 + FAILURES):
                assert await claim(one, number) is Role.ASK
            assert not one.presence.is_here
            slow.seconds = 0.0
            assert await shared_again(one, other, 300_000)


async def test_who_does_not_know_what_became_of_a_claim_lets_go_of_what_it_may_have(
    redis: OwnRedis,
) -> None:
    """The reply was late, and the lease is there: nobody has to wait until it ends."""
    slow = SlowLine(redis.port)
    async with listening(slow.serve) as port:
        one = Worker(f"redis://127.0.0.1:{port}/0", PATIENT_SECONDS)
        other = Worker(redis.url)
        async with running(one, other):
            with one.shared.claiming({key(1): HOLDER}) as claimed:
                slow.seconds = 2 * PATIENT_SECONDS
                await one.shared.claim(claimed, PATIENCE_SECONDS)
                slow.seconds = 0.0
                assert not claimed.is_known
                assert claimed.roles == {key(1): Role.ASK}
                with other.shared.claiming({key(1): HOLDER}) as followed:
                    await other.shared.claim(followed, PATIENCE_SECONDS)
                    assert followed.roles == {key(1): Role.ANOTHER}
                    await one.shared.tell(claimed, {key(1): (STATED, HOLDER)})
                    await followed.told(PATIENCE_SECONDS)
                    assert followed.bid.told.is_set()
            assert await found(other, 1) is None
            assert await claim(other, 1) is Role.ASK


async def test_a_reply_that_comes_late_is_taken_for_no_other(redis: OwnRedis) -> None:
    """What comes after its time belongs to a connection that is not used any more."""
    slow = SlowLine(redis.port)
    async with listening(slow.serve) as port:
        one = Worker(f"redis://127.0.0.1:{port}/0", PATIENT_SECONDS)
        other = Worker(redis.url)
        async with running(one, other):
            for number in range(20):
                await claim(other, number)
            for number in range(20):
                slow.seconds = 2 * PATIENT_SECONDS if number % 3 == 0 else 0.0
                await one.came()
                asked = [one.line.call("ECHO", f"{number} {each}") for each in range(3)]
                for each, reply in enumerate(await asyncio.gather(*asked, return_exceptions=True)):
                    assert isinstance(reply, Exception) or reply == f"{number} {each}".encode()


def _anything(random: Random, depth: int = 0) -> bytes:
    """A reply in the protocol of such a server, to no question that was asked."""
    kind = random.randrange(7 if depth < 3 else 5)
    match kind:
        case 0:
            return b"+OK\r\n"
        case 1:
            return b":%d\r\n" % random.choice([-1, 0, 1, 3, 10**6, 10**12])
        case 2:
            return b"$-1\r\n"
        case 3:
            return b"-%s\r\n" % random.choice([b"ERR no", b"OOM full", b"NOAUTH", b"LOADING"])
        case 4:
            octets = random.choice([b"", b"1", b"1796037160", random.randbytes(100)])
            return b"$%d\r\n%s\r\n" % (len(octets), octets)
    some = [_anything(random, depth + 1) for _ in range(random.randrange(5))]
    return b"*%d\r\n" % len(some) + b"".join(some)


async def test_whatever_it_replies_nobody_is_told_a_statement() -> None:
    random, told = Random(7), Counter[Role]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while asked := await reader.read(65_536):
            writer.write(b"+OK\r\n" * asked.count(b"SETINFO"))
            writer.write(b"".join(_anything(random) for _ in range(asked.count(b"EVAL"))))

    async with listening(serve) as port:
        worker = Worker(f"redis://127.0.0.1:{port}/0", PATIENT_SECONDS)
        for number in range(400):
            worker.presence.came()
            assert await found(worker, number) is None
            worker.presence.came()
            told[await claim(worker, number)] += 1
        await worker.line.close()
    assert told[Role.TOLD] == 0
    assert told[Role.ASK] > 300
    assert set(worker.exchanges) >= {"GOOD", "REFUSED"}


async def test_a_hub_begins_without_it_and_finds_it_later(redis: OwnRedis) -> None:
    redis.kill()
    one, other = Worker(redis.url), Worker(redis.url)
    async with running(one, other, wait=False):
        assert await claim(one, 0) is Role.ASK
        assert not one.exchanges
        redis.start()
        assert await shared_again(one, other, 1)


async def test_what_was_to_be_forgotten_meanwhile_is_told_when_it_is_back(
    redis: OwnRedis,
) -> None:
    """To a worker that was away itself, and to one that comes later."""
    one, other, late = (Worker(redis.url, PATIENT_SECONDS) for _ in range(3))
    heard = asyncio.Event()

    async def forget(holder: HolderRef) -> None:
        assert holder == HOLDER.ref
        heard.set()

    for worker in (other, late):
        worker.shared.on_forgotten("city", forget)
    async with running(one, other):
        redis.kill()
        for worker in (one, other):
            await worker.came(here=False)
        await one.shared.forget("city", HOLDER.ref)
        redis.start()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await heard.wait()
    heard.clear()
    async with running(late):
        assert heard.is_set()
