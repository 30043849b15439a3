"""A change feed followed: from where, how far, and what is done of it exactly once."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.adapters.feed_issuer import GREEN, ISSUER, FeedIssuer
from tests.adapters.people import STRANGER, WANG, ZHAO, resident
from tests.answering.feed_given import SECONDS, FollowingHub, following
from tests.back_ends import run_sql
from tests.holder_keys import epochs_from, keys_of
from tongxing.adapters.issuer_feed import CHANGES_AT_ONCE
from tongxing.adapters.zhenjiang import subject
from tongxing.gateway.answering.feed_following import BEGUN_BEFORE, LONGEST_REST_SECONDS
from tongxing.gateway.answering.feed_holders import NOTED_FOR, UNASKED_FOR
from tongxing.gateway.followup.arrival_columns import KEPT_FOR
from tongxing.keys import base64url
from tongxing.schema import Color, Outcome, TravelDocument

HOURS, SECOND, DAYS = timedelta(hours=1), timedelta(seconds=1), timedelta(days=1)


@pytest.fixture
def city() -> FeedIssuer:
    return FeedIssuer()


@pytest.fixture
async def hub(tmp_path: Path, city: FeedIssuer) -> AsyncIterator[FollowingHub]:
    async with following(tmp_path, city) as hub:
        await hub.next_in()
        yield hub


def people(number: int) -> list[TravelDocument]:
    born = (1950 + each // 28 for each in range(number))
    days = (each % 28 + 1 for each in range(number))
    each_born = zip(born, days, strict=True)
    return [resident(f"321102{year}01{day:02d}001", "张三") for year, day in each_born]


async def test_a_change_reaches_those_who_were_asked_about(
    hub: FollowingHub, city: FeedIssuer
) -> None:
    wang = await hub.answer(WANG)
    city.turn(STRANGER)
    city.turn(WANG)
    assert await hub.next_in() == SECONDS
    assert hub.told.said == [(wang.ref, Color.RED)]
    assert await hub.number() == 2
    (word,) = await hub.words.of(wang)
    assert (word.told_at, word.source.codes[0].color) == (city.now, Color.RED)


async def test_nothing_is_done_twice(hub: FollowingHub, city: FeedIssuer) -> None:
    await hub.answer(WANG)
    city.turn(WANG)
    for _ in range(3):
        await hub.next_in()
    assert len(hub.told.said) == 1
    assert hub.events == [("begun", 0), ("taken", 1)]


async def test_another_process_reads_on(hub: FollowingHub, city: FeedIssuer) -> None:
    await hub.answer(WANG)
    other = FollowingHub(hub.database, city)
    city.turn(WANG)
    await hub.next_in()
    city.turn(WANG, GREEN)
    await other.next_in()
    await hub.next_in()
    assert [color for _, color in hub.told.said + other.told.said] == [Color.RED, Color.GREEN]
    assert other.events == [("taken", 1)]


async def test_of_two_that_read_the_same_piece_one_takes_it(
    hub: FollowingHub, city: FeedIssuer
) -> None:
    """The lease only spares work (decision 51)."""
    wang, other = await hub.answer(WANG), FollowingHub(hub.database, city)
    city.turn(WANG)
    before = (await hub.store.state(ISSUER, city.now)).mark
    assert before is not None
    await hub.next_in()
    after = (await hub.store.state(ISSUER, city.now)).mark
    assert after is not None
    late = other.store.move(
        ISSUER, before, after, take=lambda _: other.told.said.append((wang.ref, Color.RED))
    )
    assert not await late
    assert not other.told.said


async def test_what_was_killed_in_between_is_done_whole_the_next_time(
    hub: FollowingHub, city: FeedIssuer
) -> None:
    wang = await hub.answer(WANG)
    zhao = await hub.answer(ZHAO)
    city.turn(WANG)
    city.turn(ZHAO)
    left = iter([True, False])

    def killed() -> None:
        if not next(left):
            raise KeyError("killed between two changes")

    hub.told.kill = killed
    assert await hub.next_in() == SECONDS
    assert hub.events[-1] == ("refused", "NOT_RECORDED")
    assert await hub.number() == 0
    assert await hub.words.of(wang) == []
    again = FollowingHub(hub.database, city)
    await again.next_in()
    assert again.told.said == [(wang.ref, Color.RED), (zhao.ref, Color.RED)]
    assert await again.number() == 2


async def test_catching_up_goes_piece_by_piece_without_a_rest(
    hub: FollowingHub, city: FeedIssuer
) -> None:
    crowd = people(2 * CHANGES_AT_ONCE)
    for each in crowd:
        await hub.answer(each)
        city.turn(each)
    waits = [await hub.next_in() for _ in range(3)]
    assert waits == [0.0, 0.0, SECONDS]
    assert len(hub.told.said) == len(crowd) == await hub.number()


async def test_a_feed_is_begun_with_what_it_told_in_the_last_hour(
    tmp_path: Path, city: FeedIssuer
) -> None:
    crowd, now = people(1_000), city.now
    for number, each in enumerate(crowd):
        city.now = now - BEGUN_BEFORE + (number - 937) * SECOND
        city.turn(each)
    city.now = now
    async with following(tmp_path, city) as hub:
        await hub.answer(crowd[-1])
        await hub.next_in()
        assert hub.events == [("begun", 937), ("taken", 63)]
        assert len(hub.told.said) == 1
        assert len(city.asked) < 25


async def test_a_feed_that_was_dead_at_the_start_is_begun_at_the_start(
    tmp_path: Path, city: FeedIssuer
) -> None:
    """People are asked about meanwhile."""
    async with following(tmp_path, city) as hub:
        city.fault = Outcome.TIMED_OUT
        await hub.next_in()
        wang = await hub.answer(WANG)
        city.now += SECOND
        city.turn(WANG)
        city.now += 5 * HOURS
        city.turn(STRANGER)
        city.fault = None
        await hub.next_in()
        assert hub.told.said == [(wang.ref, Color.RED)]


Turn = Callable[[FeedIssuer], object]


def restored(city: FeedIssuer) -> None:
    """From a backup that lacks the last one."""
    city.told.pop()


def another(city: FeedIssuer) -> None:
    """From a backup, and then it went on."""
    restored(city)
    city.turn(STRANGER)
    city.turn(WANG, GREEN)


def numbers_again(city: FeedIssuer) -> None:
    city.told.clear()
    city.turn(WANG, GREEN)


def left_out(city: FeedIssuer) -> None:
    city.turn(STRANGER)
    city.turn(WANG, GREEN, seq=9)


def falls(city: FeedIssuer) -> None:
    city.turn(WANG, GREEN, seq=2)


BROKEN: dict[str, tuple[Turn, str]] = {
    "it has fewer changes than it had": (restored, "GONE_BACK"),
    "its numbers begin again": (numbers_again, "GONE_BACK"),
    "the last one that was read is another one now": (another, "FORKED"),
    "a number is left out": (left_out, "GAP"),
    "a number comes again": (falls, "GONE_BACK"),
    "it is silent": (lambda city: setattr(city, "fault", Outcome.TIMED_OUT), "TIMED_OUT"),
    "it lets nobody in": (lambda city: setattr(city, "fault", Outcome.NO_ACCESS), "NO_ACCESS"),
    "another key signs": (
        lambda city: setattr(city, "bend", lambda claims: {**claims, "iss": "sukangma"}),
        "BAD_SIGNATURE",
    ),
}


@pytest.mark.parametrize(("turn", "code"), BROKEN.values(), ids=list(BROKEN))
async def test_a_feed_that_does_not_follow_turns_nobody(
    hub: FollowingHub, city: FeedIssuer, turn: Turn, code: str
) -> None:
    wang = await hub.answer(WANG)
    for person in (ZHAO, WANG):
        city.turn(person)
    await hub.next_in()
    read_at = (await hub.store.state(ISSUER, city.now)).read_at
    city.now += SECOND
    turn(city)
    waits = [await hub.next_in() for _ in range(4)]
    assert waits == [SECONDS, 2 * SECONDS, LONGEST_REST_SECONDS, LONGEST_REST_SECONDS]
    assert {event for event in hub.events if event[0] == "refused"} == {("refused", code)}
    assert hub.told.said == [(wang.ref, Color.RED)]
    assert (await hub.store.state(ISSUER, city.now)).read_at == read_at
    alarms = await hub.database.fetch("SELECT kind, issuer FROM trust_alarms")
    is_rewritten = code in {"GONE_BACK", "FORKED", "GAP"}
    assert alarms == [("FEED_REWRITTEN", ISSUER)] * is_rewritten


async def test_a_feed_that_is_well_again_is_read_on(hub: FollowingHub, city: FeedIssuer) -> None:
    wang = await hub.answer(WANG)
    city.turn(ZHAO)
    await hub.next_in()
    (gone,) = city.told
    city.told.clear()
    await hub.next_in()
    city.told.append(gone)
    city.turn(WANG)
    assert await hub.next_in() == SECONDS
    assert hub.told.said == [(wang.ref, Color.RED)]


async def test_an_operator_has_a_feed_begun_again_at_what_it_told_since_it_was_read(
    hub: FollowingHub, city: FeedIssuer
) -> None:
    wang = await hub.answer(WANG)
    city.turn(ZHAO)
    city.turn(ZHAO)
    await hub.next_in()
    city.told.clear()
    city.now += HOURS / 2
    city.turn(WANG)
    city.now += 9 * HOURS
    await hub.next_in()
    assert hub.events[-1] == ("refused", "GONE_BACK")
    assert await hub.store.begin_again(ISSUER)
    await hub.next_in()
    assert hub.told.said == [(wang.ref, Color.RED)]


async def test_one_that_nobody_has_followed_cannot_be_begun_again(hub: FollowingHub) -> None:
    assert not await hub.store.begin_again("sukangma")


async def test_a_bad_change_hides_none_after_it(hub: FollowingHub, city: FeedIssuer) -> None:
    zhao = await hub.answer(ZHAO)
    city.turn(WANG, iss="sukangma")
    await hub.next_in()
    assert hub.events[-1] == ("refused", "BAD_SIGNATURE")
    city.turn(ZHAO)
    await hub.next_in()
    assert hub.told.said == [(zhao.ref, Color.RED)]
    assert hub.events[-2:] == [("taken", 1), ("passed over", "BAD_SIGNATURE")]


async def test_a_change_is_found_over_a_rotation_of_the_holder_key(
    tmp_path: Path, city: FeedIssuer
) -> None:
    """Asked about in one epoch, turned in the next; and the place that was read is still known."""
    keys = keys_of(epochs_from({1: city.now - DAYS, 2: city.now + DAYS}))
    async with following(tmp_path, city) as first:
        hub = FollowingHub(first.database, city, keys)
        city.turn(ZHAO)
        await hub.next_in()
        before = await hub.answer(WANG)
        city.now += 2 * DAYS
        city.turn(WANG)
        await hub.next_in()
        assert hub.told.said == [(before.ref, Color.RED)]
        after = hub.holder(WANG)
        assert after.ref != before.ref
        assert len(await hub.words.of(after)) == 1
        city.turn(WANG, GREEN)
        await hub.next_in()
        assert ("refused", "FORKED") not in hub.events


async def test_a_change_that_comes_before_the_first_answer_is_told_with_it(
    hub: FollowingHub, city: FeedIssuer
) -> None:
    """The answer's statement may be older, and was on its way."""
    city.turn(WANG)
    await hub.next_in()
    assert hub.told.said == []
    wang = await hub.answer(WANG)
    assert hub.told.said == [(wang.ref, Color.RED)]
    await hub.answer(WANG)
    assert len(hub.told.said) == 1


async def test_what_is_kept_names_nobody_and_ends(
    hub: FollowingHub, city: FeedIssuer, tmp_path: Path
) -> None:
    await hub.answer(WANG)
    city.turn(WANG)
    city.turn(STRANGER)
    await hub.next_in()
    path = tmp_path / "state" / "hub.sqlite3"
    kept = repr(run_sql(path, "SELECT * FROM feeds"))
    kept += repr(run_sql(path, "SELECT * FROM feed_holders"))
    for person in (WANG, STRANGER):
        name = subject(person)
        octets = repr(base64url.decode(name))[2:-1]
        assert not any(each in kept for each in (name, octets, person.number, person.name))
    assert await hub.store.sweep(city.now + UNASKED_FOR) == 1
    assert await hub.store.sweep(city.now + NOTED_FOR - SECOND) == 0
    assert await hub.store.sweep(city.now + NOTED_FOR) == 1


def test_people_are_noted_for_as_long_as_anything_may_rest_on_their_answer() -> None:
    assert NOTED_FOR > 2 * KEPT_FOR
