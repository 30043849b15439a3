"""One set of cases for what is kept of issuers' statements, over the memory of one process and over
two workers that share theirs: what is put at one of them is looked for at the other."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Protocol

import pytest

from tests.adapters.people import AT, WANG
from tests.connection import PATIENCE_SECONDS
from tests.holder_keys import one
from tests.sharing.own_redis import OwnRedis
from tests.sharing.workers import LIFETIME_SECONDS, Worker, running
from tongxing.adapters.dialect import ByDocument, Reading, ReadStatement, Statement
from tongxing.gateway.answering.statement_cache import StatementCache, StatementKey
from tongxing.keys import Holder, HolderRef
from tongxing.schema import Outcome

HOLDER, ANOTHER = one(HolderRef("A" * 22)), one(HolderRef("C" * 22))
ISSUERS = ("city", "province")
STATED = Statement("city", "form", AT, (b"statement", b"\x00\xff"), ("bound", "to"))


def read(statement: Statement) -> ReadStatement:
    reading = Reading(Outcome.VERIFIED, AT)
    question = ByDocument(WANG)
    return ReadStatement(statement, question, (), reading, statement.digest(), is_signed=True)


class Kept(Protocol):
    async def put(
        self, key: StatementKey, holder: Holder = HOLDER, *, seconds_ago: float = 0.0
    ) -> None:
        """Its issuer was asked and answered so long ago."""
        ...

    async def find(self, key: StatementKey) -> Statement | None: ...

    async def forget(self, issuer: str, holder: Holder) -> None: ...


class InOneProcess:
    def __init__(self) -> None:
        self.seconds = 1_000.0
        self.cache = StatementCache(
            lifetime_seconds=LIFETIME_SECONDS,
            room_of_client=1_000_000,
            room=1_000_000,
            clock=lambda: self.seconds,
        )

    async def put(
        self, key: StatementKey, holder: Holder = HOLDER, *, seconds_ago: float = 0.0
    ) -> None:
        asked_at, self.seconds = self.seconds - seconds_ago, self.seconds - seconds_ago
        statement = read(replace(STATED, issuer=key.issuer))
        await self.cache.put(key, statement, holder, asked_at=asked_at)
        self.seconds += seconds_ago + 0.001

    async def find(self, key: StatementKey) -> Statement | None:
        found = await self.cache.get(key)
        return found.statement if isinstance(found, ReadStatement) else found

    async def forget(self, issuer: str, holder: Holder) -> None:
        await self.cache.forget(issuer, holder.ref)
        self.seconds += 0.001


class InTwoWorkers:
    def __init__(self, one: Worker, other: Worker) -> None:
        self._one, self._other = one, other
        self._heard = asyncio.Event()
        for issuer in ISSUERS:
            other.shared.on_forgotten(issuer, self._hears(issuer))

    async def put(
        self, key: StatementKey, holder: Holder = HOLDER, *, seconds_ago: float = 0.0
    ) -> None:
        shared = self._one.shared
        with shared.claiming({key: HOLDER}) as claimed:
            await shared.claim(claimed, PATIENCE_SECONDS)
            claimed.bid.now -= seconds_ago
            await shared.tell(claimed, {key: (replace(STATED, issuer=key.issuer), holder)})

    async def find(self, key: StatementKey) -> Statement | None:
        await self._other.shared.find([key])
        found = await self._other.cache.get(key)
        assert not isinstance(found, ReadStatement)
        return found

    async def forget(self, issuer: str, holder: Holder) -> None:
        self._heard.clear()
        await self._one.shared.forget(issuer, holder.ref)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._heard.wait()

    def _hears(self, issuer: str) -> Callable[[HolderRef], Awaitable[None]]:
        async def forget(holder: HolderRef) -> None:
            await self._other.cache.forget(issuer, holder)
            self._heard.set()

        return forget


over_redis = pytest.param("over Redis", marks=pytest.mark.processes)


@pytest.fixture(params=["in one process", over_redis])
async def kept(request: pytest.FixtureRequest) -> AsyncIterator[Kept]:
    if request.param == "in one process":
        yield InOneProcess()
        return
    redis: OwnRedis = request.getfixturevalue("own_redis")
    redis.start()
    one, other = Worker(redis.url), Worker(redis.socket_url.replace("db=1", "db=0"))
    async with running(one, other):
        yield InTwoWorkers(one, other)


def key(client: str = "one", issuer: str = "city", ref: str = "a") -> StatementKey:
    return StatementKey(client, issuer, ref)


async def held(kept: Kept, *keys: StatementKey) -> list[StatementKey]:
    return [each for each in keys if await kept.find(each) is not None]


async def test_a_statement_is_given_as_it_was_received(kept: Kept) -> None:
    await kept.put(key())
    assert await kept.find(key()) == STATED


@pytest.mark.parametrize(
    ("seconds", "is_held"),
    [(0.0, True), (LIFETIME_SECONDS / 2, True), (LIFETIME_SECONDS, False), (86_400.0, False)],
)
async def test_a_statement_is_kept_for_its_lifetime(
    kept: Kept, seconds: float, *, is_held: bool
) -> None:
    await kept.put(key(), seconds_ago=seconds)
    assert bool(await held(kept, key())) is is_held


@pytest.mark.parametrize(
    "other",
    [key(client="another"), key(issuer="province"), key(ref="b")],
    ids=["client", "issuer", "question"],
)
async def test_what_was_kept_for_one_is_not_found_by_another(
    kept: Kept, other: StatementKey
) -> None:
    await kept.put(key())
    assert await held(kept, other) == []
    await kept.put(other)
    assert await held(kept, key(), other) == [key(), other]


async def test_what_is_outdated_is_forgotten_for_every_client(kept: Kept) -> None:
    keys = [key(client=client) for client in ("one", "another")]
    for each in keys:
        await kept.put(each)
    assert await held(kept, *keys) == keys
    await kept.forget("city", HOLDER)
    assert await held(kept, *keys) == []


async def test_what_was_never_looked_at_is_forgotten_too(kept: Kept) -> None:
    await kept.put(key())
    await kept.forget("city", HOLDER)
    assert await held(kept, key()) == []


async def test_only_the_statements_of_this_issuer_about_this_holder_are_forgotten(
    kept: Kept,
) -> None:
    elsewhere, of_another = key(issuer="province"), key(ref="c")
    await kept.put(key())
    await kept.put(elsewhere)
    await kept.put(of_another, ANOTHER)
    await kept.forget("city", HOLDER)
    assert await held(kept, key(), elsewhere, of_another) == [elsewhere, of_another]


async def test_what_was_asked_before_it_was_outdated_does_not_count(kept: Kept) -> None:
    await kept.forget("city", HOLDER)
    await kept.put(key(), seconds_ago=1.0)
    assert await held(kept, key()) == []


async def test_what_was_asked_since_counts(kept: Kept) -> None:
    await kept.put(key(), seconds_ago=1.0)
    await kept.forget("city", HOLDER)
    await kept.put(key())
    # A statement counts as older by the time that the look at the server took: after a slow look it
    # may seem to be from before. The next look finds it.
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await held(kept, key()) != [key()]:
            await asyncio.sleep(0)
