"""Which reds make an alarm: many people, one issuer, one basis, one hour; and nothing else."""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.back_ends import open_database, sqlite_only
from tests.holder_keys import one
from tongxing.gateway.answering.flip_store import (
    EVIDENCE,
    EVIDENCE_MAX_DIGESTS,
    FlipStore,
    Raised,
    add_flips,
)
from tongxing.gateway.answering.mass_flips import LOOKED_BACK, Flip, densest_hour
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.slices import Slice
from tongxing.keys import HolderKey, base64url
from tongxing.schema import Basis, PolicyVersion, RegionCode

AT = datetime(2022, 6, 12, 10, 0, tzinfo=UTC)
PEOPLE = 1_317
"""Zhengzhou, June 2022 (docs/facts.md §6)."""

THRESHOLD = 500
HOLDERS = HolderKey(b"a synthetic key of thirty-two by")
POLICY = PolicyVersion(region=RegionCode("321100"), version=3, digest="d")
HOUR = timedelta(hours=1)


def flip(person: int, turned_at: datetime = AT, **changed: object) -> Flip:
    members: dict[str, object] = {
        "issuer": "zhenjiang",
        "basis": Basis.HIGH_RISK_AREA,
        "holder": one(HOLDERS.ref("PASSPORT", str(person))),
        "turned_at": turned_at,
        "evidence_digest": base64url.encode(person.to_bytes(32)),
        "threshold": THRESHOLD,
        "policy": POLICY,
    }
    return Flip(**(members | changed))  # type: ignore[arg-type]


def over(span: timedelta, people: int = PEOPLE) -> list[Flip]:
    return [flip(person, AT + span * person / people) for person in range(people)]


class Counting(FlipStore):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._written = database

    async def add(self, flips: Sequence[Flip], at: datetime) -> Sequence[Raised]:
        return await self._written.write(partial(add_flips, flips, at))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Counting]:
    async with open_database(tmp_path / "state" / "hub.sqlite3") as database:
        yield Counting(database)


async def add_singly(store: Counting, flips: Iterable[Flip]) -> list[Raised]:
    return [raised for each in flips for raised in await store.add([each], each.turned_at)]


async def test_1317_within_an_hour_are_one_alarm_with_all_of_its_evidence(
    store: Counting,
) -> None:
    flips = over(timedelta(minutes=55))
    raised = await add_singly(store, flips)
    assert raised == [Raised("zhenjiang", "HIGH_RISK_AREA", THRESHOLD + 1)]
    (alarm,) = (await store.page(Slice(10))).items
    assert (alarm.people, alarm.threshold, alarm.policy_number) == (PEOPLE, THRESHOLD, 3)
    assert (alarm.first_at, alarm.last_at) == (flips[0].turned_at, flips[-1].turned_at)
    assert alarm.raised_at <= AT + HOUR
    evidence = (await store.evidence(alarm.number, Slice(20_000))).items
    assert sorted(evidence) == sorted(each.evidence_digest for each in flips)


async def test_one_manifest_can_be_an_alarm(store: Counting) -> None:
    (raised,) = await store.add(over(timedelta(minutes=10), 1_000), AT)
    assert raised.people == 1_000


NO_ALARM = {
    "as many as the threshold": over(timedelta(minutes=10), THRESHOLD),
    "a slow trickle": over(timedelta(hours=20)),
    "one person asked about a thousand times": [flip(1)] * 1_000,
    "one person who flaps": [flip(1, AT + timedelta(seconds=n)) for n in range(1_000)],
    "as many on two bases": [
        flip(person, basis=Basis.SYMPTOMS if person % 2 else Basis.CLOSE_CONTACT)
        for person in range(1_000)
    ],
    "as many by two issuers": [
        flip(person, issuer="sukangma" if person % 2 else "zhenjiang") for person in range(1_000)
    ],
}


@pytest.mark.parametrize("flips", NO_ALARM.values(), ids=NO_ALARM)
async def test_no_alarm(store: Counting, flips: list[Flip]) -> None:
    assert not await store.add(flips, AT + timedelta(hours=20))
    assert not (await store.page(Slice(10))).items


async def test_those_who_travel_later_count_for_the_hour_they_were_turned_in(
    store: Counting,
) -> None:
    """The hub is asked about people when they travel, hours after an issuer turned them red."""
    flips = over(timedelta(minutes=30), THRESHOLD + 50)
    raised = [
        alarm
        for place, each in enumerate(flips)
        for alarm in await store.add([each], AT + timedelta(minutes=place))
    ]
    assert len(raised) == 1


async def test_another_hour_is_another_alarm(store: Counting) -> None:
    first = over(timedelta(minutes=10), 600)
    second = [flip(9_000 + n, AT + timedelta(hours=5), threshold=THRESHOLD) for n in range(600)]
    await store.add(first, AT)
    await store.add(second, AT + timedelta(hours=5))
    page = await store.page(Slice(1))
    assert page.has_next
    (newest,) = page.items
    assert newest.first_at == AT + timedelta(hours=5)
    (oldest,) = (await store.page(Slice(1, after=newest.number))).items
    assert oldest.first_at == AT


async def test_the_strictest_policy_that_saw_it_decides(store: Counting) -> None:
    flips = [flip(person, threshold=10_000) for person in range(20)]
    assert not await store.add(flips, AT)
    (raised,) = await store.add([flip(21, threshold=20)], AT)
    assert raised.people == 21


async def test_after_a_day_nobody_is_remembered(store: Counting) -> None:
    await store.add(over(timedelta(minutes=1), 300), AT)
    later = AT + LOOKED_BACK + HOUR
    await store.add([], later)
    await store.add([], later)
    assert not await store.add(over(timedelta(minutes=1), 300), AT)
    assert not await store.add([flip(5_000 + n) for n in range(THRESHOLD - 300)], AT)


async def test_evidence_is_bounded_and_people_are_still_counted(store: Counting) -> None:
    await store.add(over(timedelta(minutes=5), EVIDENCE_MAX_DIGESTS + 10), AT)
    (alarm,) = (await store.page(Slice(10))).items
    assert alarm.people == EVIDENCE_MAX_DIGESTS + 10
    assert len((await store.evidence(alarm.number, Slice(20_000))).items) == EVIDENCE_MAX_DIGESTS


async def test_evidence_is_read_in_the_order_in_which_it_was_counted(store: Counting) -> None:
    flips = over(timedelta(minutes=55), THRESHOLD + 3)
    await add_singly(store, flips)
    (alarm,) = (await store.page(Slice(10))).items
    whole = await store.evidence(alarm.number, Slice(20_000))
    assert whole.items == [each.evidence_digest for each in flips]
    after, found = None, list[str]()
    while (page := await store.evidence(alarm.number, Slice(200, after=after))).entries:
        assert page.has_previous == (after is not None)
        found += page.items
        after = page.end
    assert found == whole.items
    last = await store.evidence(alarm.number, Slice(3, before=whole.end, is_last=True))
    assert (last.items, last.has_next) == (whole.items[-4:-1], True)


@sqlite_only
async def test_a_page_of_evidence_sorts_nothing(tmp_path: Path) -> None:
    async with open_database(tmp_path / "state" / "hub.sqlite3") as database:
        for wanted in (Slice(10, after=3), Slice(10, before=9, is_last=True)):
            sql = f"EXPLAIN QUERY PLAN {EVIDENCE.page_sql(wanted)}"
            (step,) = await database.fetch(sql, (1, 3, 9, 11))
            assert "alarm_evidence_by_alarm" in step[-1]


async def test_no_such_alarm_has_no_evidence(store: Counting) -> None:
    assert await store.numbered([7]) == {}
    assert (await store.evidence(7, Slice(10))).items == []


turns = st.lists(st.tuples(st.integers(0, 50), st.sampled_from([b"a", b"b", b"c", b"d"]))).map(
    sorted
)


@given(turns=turns, window=st.integers(0, 20))
def test_the_densest_hour_is_the_densest(turns: list[tuple[int, bytes]], window: int) -> None:
    crowd = densest_hour(turns, window)
    by_hand = max(
        (
            len({holder for at, holder in turns if begin <= at <= begin + window})
            for begin, _ in turns
        ),
        default=0,
    )
    assert (crowd.people if crowd else 0) == by_hand
    if crowd:
        assert crowd.last_at - crowd.first_at <= window
