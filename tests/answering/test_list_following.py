"""When a list is fetched: at the time that the last names, ever less often after failures."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.adapters.people import AT
from tests.answering.list_issuer import line
from tests.answering.test_daily_lists import GOOD, MADE, MIRA, PROVINCE, TRUST, asked, opened
from tests.back_ends import open_database
from tests.recognition.given import shipped
from tongxing.adapters.signed_list import ReceivedList
from tongxing.gateway.answering.daily_lists import DailyLists
from tongxing.gateway.answering.list_following import RETRY_SECONDS, Follower, follow_lists
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.storage.leases import Leases
from tongxing.keys import TrustList
from tongxing.schema import Outcome

DAY = timedelta(hours=24)


@dataclass
class World:
    """The issuer, the trust list, the clock and the operators; ``given`` is what the issuer gives,
    one after the other, the last one for good."""

    given: list[ReceivedList | Outcome]
    at: datetime = AT
    told: list[tuple[str, str | int]] = field(default_factory=list)
    asked: int = 0
    policies: Sequence[Policy] = ()

    async def daily_list(self, *, deadline: float) -> ReceivedList | Outcome:
        self.asked += 1
        return self.given.pop(0) if len(self.given) > 1 else self.given[0]

    def current(self, at: datetime) -> TrustList:
        return TRUST

    def known(self) -> Sequence[Policy]:
        return self.policies

    def list_taken(self, issuer: str, number: int) -> None:
        self.told.append((issuer, number))

    def list_refused(self, issuer: str, code: str) -> None:
        self.told.append((issuer, code))


Body = Callable[[Follower, DailyLists], Awaitable[None]]


def following(path: Path, world: World, body: Body) -> None:
    async def run() -> None:
        async with opened(path / "hub.sqlite3") as lists:
            follower = Follower("sukangma", world, lists, world, world, world, lambda: world.at)
            await body(follower, lists)

    asyncio.run(run())


def test_the_next_attempt_is_at_the_time_that_the_list_names(tmp_path: Path) -> None:
    world = World([GOOD])

    async def body(follower: Follower, _: DailyLists) -> None:
        assert await follower.next_in() == (MADE + DAY - AT).total_seconds()

    following(tmp_path, world, body)
    assert world.told == [("sukangma", 1)]


def test_failures_are_told_and_followed_by_ever_longer_waits(tmp_path: Path) -> None:
    world = World([Outcome.TIMED_OUT])

    async def body(follower: Follower, _: DailyLists) -> None:
        waits = [await follower.next_in() for _ in range(7)]
        assert waits == [*RETRY_SECONDS, RETRY_SECONDS[-1], RETRY_SECONDS[-1]]

    following(tmp_path, world, body)
    assert world.told == [("sukangma", "TIMED_OUT")] * 7


def test_after_a_success_the_waits_begin_anew(tmp_path: Path) -> None:
    world = World([Outcome.BUSY, Outcome.BUSY, GOOD, Outcome.BUSY])

    async def body(follower: Follower, _: DailyLists) -> None:
        waits = [await follower.next_in() for _ in range(4)]
        assert (waits[1], waits[3]) == (RETRY_SECONDS[1], RETRY_SECONDS[0])

    following(tmp_path, world, body)


def test_a_list_that_its_issuer_does_not_renew_is_asked_for_again(tmp_path: Path) -> None:
    world = World([GOOD])

    async def body(follower: Follower, _: DailyLists) -> None:
        await follower.next_in()
        world.at = MADE + DAY
        assert await follower.next_in() == RETRY_SECONDS[0]

    following(tmp_path, world, body)
    assert world.told[-1] == ("sukangma", "NOT_RENEWED")


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (Outcome.MALFORMED, "MALFORMED"),
        (ReceivedList(b"", b""), "BAD_SIGNATURE"),
        (PROVINCE.made(MADE - DAY / 24), "OLDER"),
    ],
    ids=["no list", "an unsigned list", "an earlier list"],
)
def test_a_refused_list_leaves_the_one_that_counts(
    tmp_path: Path, bad: ReceivedList | Outcome, code: str
) -> None:
    world = World([PROVINCE.made(MADE, line("sukangma", MIRA)), bad])

    async def body(follower: Follower, lists: DailyLists) -> None:
        await follower.next_in()
        await follower.next_in()
        assert [bool(answer.codes) for answer in await asked(lists, MIRA)] == [True]

    following(tmp_path, world, body)
    assert world.told[-1] == ("sukangma", code)


async def test_of_two_processes_one_fetches(tmp_path: Path) -> None:
    """Both look once; whoever has the lease asks the issuer, and both use what it gives."""
    path = tmp_path / "hub.sqlite3"
    given = PROVINCE.made(MADE, line("sukangma", MIRA))
    named = [replace(shipped("shanghai-1"), lists=frozenset({"sukangma"}))]
    worlds = [World([given], policies=named) for _ in range(2)]
    async with open_database(path) as database, opened(path) as one, opened(path) as other:
        following = [
            asyncio.create_task(_follow(world, lists, Leases(database, name, lambda: AT)))
            for world, lists, name in zip(worlds, (one, other), ("one", "other"), strict=True)
        ]
        while not any(world.told for world in worlds):
            await asyncio.sleep(0)
        await one.refresh()
        await other.refresh()
        for lists in (one, other):
            assert [bool(answer.codes) for answer in await asked(lists, MIRA)] == [True]
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
    assert sorted(world.asked for world in worlds) == [0, 1]


async def _follow(world: World, lists: DailyLists, leases: Leases) -> None:
    await follow_lists(
        {"sukangma": world},
        lists,
        policies=world,
        trust=world,
        watch=world,
        clock=lambda: AT,
        leases=leases,
    )
