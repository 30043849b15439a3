"""Two workers of one hub before one issuer: who asks, who waits, and what nobody shares."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from tests.adapters.federation import KEYS, SCANS
from tests.adapters.people import AT, GATE, WANG, ZHAO
from tests.adapters.signers import trust_list
from tests.answering.guessing import strangers
from tests.answering.held_issuer import (
    ISSUER,
    Held,
    asking,
    held,
    keyed,
    link_to,
    moment,
    outcomes,
)
from tests.connection import PATIENCE_SECONDS
from tests.sharing.own_redis import OwnRedis
from tests.sharing.workers import SPACE, Worker, running
from tongxing.adapters.adapter import Adapter
from tongxing.adapters.dialect import Answer, ByCode
from tongxing.adapters.wire import HttpRequest, HttpResponse, Transport, Unreachable
from tongxing.gateway.answering.asked import KeyedQuestion, Moment
from tongxing.gateway.answering.issuer_link import IssuerLink
from tongxing.gateway.answering.statement_cache import StatementKey
from tongxing.gateway.sharing.redis_line import KEYS_AT_ONCE
from tongxing.schema import Outcome, TravelDocument

pytestmark = pytest.mark.processes

VERIFIED = [Outcome.VERIFIED]
SHORT_SECONDS = 8.0
"""The deadline of requests that have to wait until a lease ends, or is waited for no longer: then
there is a quarter of it left."""


@dataclass
class Hub:
    """``one`` and ``other`` are its workers' ways to the issuer."""

    redis: OwnRedis
    workers: Sequence[Worker]
    links: Sequence[IssuerLink]

    @property
    def one(self) -> IssuerLink:
        return self.links[0]

    @property
    def other(self) -> IssuerLink:
        return self.links[1]

    @property
    def exchanges(self) -> int:
        assert all(set(worker.exchanges) <= {"GOOD"} for worker in self.workers)
        return sum(worker.exchanges.total() for worker in self.workers)


def linked(worker: Worker, adapter: Adapter, **parts: Any) -> IssuerLink:
    return IssuerLink(adapter, **(parts | {"cache": worker.cache, "shared": worker.shared}))


@pytest.fixture
def issuer() -> Held:
    return held()


@pytest.fixture
def readers() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as threads:
        yield threads


@pytest.fixture
def transport(issuer: Held) -> Transport:
    return issuer


@pytest.fixture
async def hub(
    own_redis: OwnRedis, transport: Transport, readers: ThreadPoolExecutor
) -> AsyncIterator[Hub]:
    own_redis.start()
    workers = [Worker(own_redis.url), Worker(own_redis.url)]
    links = [link_to(transport, readers, partial(linked, worker)) for worker in workers]
    async with running(*workers):
        yield Hub(own_redis, workers, links)
        for link in links:
            await link.close()


async def known(
    link: IssuerLink, at: Moment, *asked: TravelDocument
) -> tuple[Sequence[KeyedQuestion], Mapping[str, Answer]]:
    """What a worker knows without asking the issuer."""
    wanted = keyed(*asked)
    await link.learn(wanted, at)
    return wanted, await link.recall(wanted, at)


async def told(hub: Hub, *asked: TravelDocument, client: str = "city") -> Mapping[str, Answer]:
    """What the issuer answers to the first worker, once the others can know."""
    answers = await asking(hub.one, moment(client), *asked)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while hub.one._queue._under_way:
            await asyncio.sleep(0.001)
    return answers


async def following(hub: Hub) -> None:
    """Returns when a worker waits for another one."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not sum(worker.results["FOLLOWED"] for worker in hub.workers):
            await asyncio.sleep(0.002)


async def test_one_worker_asks_for_both(hub: Hub, issuer: Held) -> None:
    first = asking(hub.one, moment(), WANG)
    await issuer.came()
    second = asking(hub.other, moment(), WANG)
    await following(hub)
    issuer.open()
    for answers in (await first, await second):
        assert outcomes(answers, WANG) == VERIFIED
    assert len(issuer.asked) == 1


async def test_what_one_was_told_the_other_finds(hub: Hub, issuer: Held) -> None:
    issuer.open()
    answers = await told(hub, WANG)
    wanted, found = await known(hub.other, moment(), WANG)
    assert found[wanted[0].ref].source == answers[wanted[0].ref].source
    assert len(issuer.asked) == 1


async def test_who_is_about_to_ask_is_told_too(hub: Hub, issuer: Held) -> None:
    issuer.open()
    await told(hub, WANG)
    assert outcomes(await asking(hub.other, moment(), WANG), WANG) == VERIFIED
    assert len(issuer.asked) == 1


async def test_what_is_kept_here_is_not_looked_for(hub: Hub, issuer: Held) -> None:
    issuer.open()
    await told(hub, WANG)
    before = hub.exchanges
    for _ in range(100):
        assert await hub.one.recall(keyed(WANG), moment())
    assert hub.exchanges == before


async def test_clients_share_nothing_between_workers(hub: Hub, issuer: Held) -> None:
    issuer.open()
    await told(hub, WANG)
    _, found = await known(hub.other, moment("station"), WANG)
    assert found == {}
    await asking(hub.other, moment("station"), WANG)
    assert len(issuer.asked) == 2


async def test_a_client_that_is_told_by_another_worker_is_shown_nothing_of_a_neighbor(
    hub: Hub, issuer: Held
) -> None:
    """Both ask at the same moment, and one of them is told what it was told before: what the
    issuer says to the other then is not the first one's."""
    issuer.open()
    await told(hub, WANG)
    first = asking(hub.other, moment("city"), WANG)
    second = asking(hub.other, moment("station"), WANG)
    (ref,) = (each.ref for each in keyed(WANG))
    answers = await first
    await second
    kept = (await hub.other.recall(keyed(WANG), moment("city")))[ref].read
    read = answers[ref].read
    assert kept is not None
    assert read is not None
    assert kept.statement == read.statement
    assert len(issuer.asked) == 2


async def test_a_scan_is_an_event_of_its_own(hub: Hub, issuer: Held) -> None:
    issuer.open()
    before = hub.exchanges
    for link in hub.links:
        await asking(link, moment(), ByCode(SCANS[ISSUER], GATE))
    assert len(issuer.asked) == 2
    assert hub.exchanges == before


async def test_everybody_at_once_costs_one_call(hub: Hub, issuer: Held) -> None:
    everybody = [asking(link, moment(), WANG) for _ in range(300) for link in hub.links]
    await issuer.came()
    await following(hub)
    issuer.open()
    for answers in await asyncio.gather(*everybody):
        assert outcomes(answers, WANG) == VERIFIED
    assert len(issuer.asked) == 1


async def test_of_many_who_look_for_the_same_one_looks(hub: Hub, issuer: Held) -> None:
    issuer.open()
    await told(hub, WANG)
    before = hub.exchanges
    found = await asyncio.gather(*(known(hub.other, moment(), WANG) for _ in range(300)))
    assert all(len(answers) == 1 for _, answers in found)
    assert hub.exchanges - before == 1


async def test_a_manifest_costs_few_exchanges(hub: Hub, issuer: Held) -> None:
    issuer.open()
    people = strangers(1_000)
    before = hub.exchanges
    answers = await told(hub, *people)
    assert set(outcomes(answers, *people)) == {Outcome.NOT_ENROLLED}
    claimed_and_told = 2 * (len(issuer.asked) + 2 * len(people) // KEYS_AT_ONCE)
    assert hub.exchanges - before <= claimed_and_told
    before = hub.exchanges
    _, found = await known(hub.other, moment(), *people)
    assert len(found) == len(people)
    assert hub.exchanges - before <= len(people) / KEYS_AT_ONCE + 1


async def test_what_a_worker_that_died_was_asking_is_asked_by_the_next(
    hub: Hub, issuer: Held
) -> None:
    """The lease of the one that died ends by itself, and of the others one gets it."""
    issuer.open()
    (asked,) = keyed(WANG)
    assert asked.holder is not None
    dead, key = hub.workers[0], StatementKey("city", ISSUER, asked.ref)
    with dead.shared.claiming({key: asked.holder}) as claimed:
        await dead.shared.claim(claimed, SHORT_SECONDS / 4)
    assert claimed.is_known
    answers = await asking(hub.other, moment(seconds=SHORT_SECONDS), WANG)
    assert hub.workers[1].results["FOLLOWED"] >= 1
    assert outcomes(answers, WANG) == VERIFIED
    assert len(issuer.asked) == 1


@pytest.mark.parametrize("lease", ["", "a lease+"])
async def test_a_lease_without_an_end_is_not_waited_for_until_the_deadline(
    hub: Hub, issuer: Held, lease: str
) -> None:
    issuer.open()
    (asked,) = keyed(WANG)
    name = hub.workers[0].shared._name(StatementKey("city", ISSUER, asked.ref))
    hub.redis.run("SET", f"{SPACE}:lease:{name}", lease)
    answers = await asking(hub.one, moment(seconds=SHORT_SECONDS), WANG)
    assert hub.workers[0].results["FOLLOWED"] >= 1
    assert outcomes(answers, WANG) == VERIFIED


async def test_who_follows_waits_no_longer_than_its_own_deadline(hub: Hub, issuer: Held) -> None:
    first = asking(hub.one, moment(), WANG)
    await issuer.came()
    loop = asyncio.get_running_loop()
    at = moment(seconds=0.2)
    answers = await asking(hub.other, at, WANG)
    assert outcomes(answers, WANG) == [Outcome.TIMED_OUT]
    assert loop.time() < at.deadline + PATIENCE_SECONDS / 2
    issuer.open()
    assert outcomes(await first, WANG) == VERIFIED


@dataclass
class FailsOnce:
    """The first exchange fails once somebody else waits for it."""

    answering: Transport
    go: asyncio.Event = field(default_factory=asyncio.Event)
    calls: int = 0

    async def send(self, request: HttpRequest, *, deadline: float) -> HttpResponse:
        self.calls += 1
        if self.calls == 1:
            await self.go.wait()
            raise Unreachable
        return await self.answering.send(request, deadline=deadline)


class TestAnIssuerThatFailsOnce:
    @pytest.fixture
    def transport(self, issuer: Held) -> FailsOnce:
        return FailsOnce(issuer.answering)

    async def test_who_waited_for_another_asks_itself(self, hub: Hub, transport: FailsOnce) -> None:
        first = asking(hub.one, moment(), WANG)
        while not transport.calls:
            await asyncio.sleep(0.001)
        second = asking(hub.other, moment(), WANG)
        await following(hub)
        transport.go.set()
        assert outcomes(await first, WANG) == [Outcome.BUSY]
        assert outcomes(await second, WANG) == VERIFIED
        assert transport.calls == 2


async def test_without_the_server_each_asks_for_itself(hub: Hub, issuer: Held) -> None:
    hub.redis.kill()
    for worker in hub.workers:
        await worker.came(here=False)
    issuer.open()
    for link in hub.links:
        assert outcomes(await asking(link, moment(), WANG), WANG) == VERIFIED
    assert len(issuer.asked) == 2


async def test_after_a_correction_all_ask_anew(hub: Hub, issuer: Held) -> None:
    issuer.open()
    await told(hub, WANG, ZHAO)
    (about_wang, _), found = await known(hub.other, moment(), WANG, ZHAO)
    assert len(found) == 2
    assert about_wang.holder is not None
    await hub.one.forget_everywhere(about_wang.holder.ref)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(await hub.other.recall(keyed(WANG, ZHAO), moment())) == 2:
            await asyncio.sleep(0.002)
    for link in hub.links:
        _, found = await known(link, moment(), WANG, ZHAO)
        assert about_wang.ref not in found
        assert len(found) == 1


async def test_what_was_asked_before_a_correction_is_told_nobody(hub: Hub, issuer: Held) -> None:
    """Whichever worker hears of it first; and who asks after it waits for nobody who asked
    before."""
    before = asking(hub.one, moment(), WANG)
    await issuer.came()
    (about_wang,) = keyed(WANG)
    assert about_wang.holder is not None
    await hub.other.forget_everywhere(about_wang.holder.ref)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not hub.workers[0].cache.was_outdated(ISSUER, about_wang.holder):
            await asyncio.sleep(0.002)
    after = asking(hub.other, moment(), WANG)
    await issuer.came(2)
    issuer.let_go(0)
    assert outcomes(await before, WANG) == VERIFIED
    for link in hub.links:
        assert (await known(link, moment(), WANG))[1] == {}
    issuer.open()
    assert outcomes(await after, WANG) == VERIFIED
    while hub.other._queue._under_way:
        await asyncio.sleep(0.001)
    for link in hub.links:
        assert len((await known(link, moment(), WANG))[1]) == 1


async def test_what_is_found_is_believed_by_the_trust_list_of_the_moment(
    hub: Hub, issuer: Held
) -> None:
    issuer.open()
    await told(hub, WANG)
    signers = {name: [key] for name, key in KEYS.items()}
    turned = trust_list(signers, revoked=frozenset({ISSUER}), version=2)
    assert (await known(hub.other, moment(listed=turned), WANG))[1] == {}
    refused = await asking(hub.other, moment(listed=turned), WANG)
    assert outcomes(refused, WANG) == [Outcome.BAD_SIGNATURE]


async def test_what_is_found_ends_with_its_own_time(hub: Hub, issuer: Held) -> None:
    issuer.open()
    await told(hub, WANG)
    hub.workers[1].at = AT + timedelta(days=1)
    assert (await known(hub.other, moment(), WANG))[1] == {}
