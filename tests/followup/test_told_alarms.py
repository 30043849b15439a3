"""Who follows alarms is told of each once, and of who saw to it, wherever it breaks off."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.back_ends import open_database
from tests.storage.records import AT
from tongxing.gateway.followup.told_alarms import (
    AlarmPlace,
    Happened,
    ToldAlarm,
    ToldAlarms,
    merged,
    place_of,
)
from tongxing.gateway.storage import Database, InvalidCursor
from tongxing.gateway.storage.alarm_acknowledgements import AlarmAcknowledgements
from tongxing.gateway.storage.alarm_list import AlarmList
from tongxing.gateway.storage.audit import AdministrationRecord, AuditLog
from tongxing.gateway.storage.clients.stops import Stop, stop_client
from tongxing.gateway.storage.trust_alarms import Occasion, TrustAlarms
from tongxing.schema.audit_words import AdministrativeAction
from tongxing.schema.stopped_client import StopReason
from tongxing.schema.trust_alarm import TrustAlarmKind

PATIENCE_SECONDS = 60.0
HOUR = timedelta(hours=1)
NOWHERE = AlarmPlace(0, 0, 0, 0)

_TIMES = st.lists(st.integers(0, 9), max_size=6)


@given(st.tuples(_TIMES, _TIMES, _TIMES, _TIMES), st.integers(0, 24))
def test_breaking_off_anywhere_loses_nothing_and_repeats_nothing(
    times: tuple[list[int], ...], broken_off: int
) -> None:
    """Also where the times of a table do not rise with its numbers."""
    lists = [
        [Happened(at, number, f"{kind}:{number}") for number, at in enumerate(of_kind, start=1)]
        for kind, of_kind in enumerate(times)
    ]
    whole = list(merged(lists, NOWHERE))
    assert sorted(each.alarm for each in whole) == sorted(h.alarm for of in lists for h in of)
    first = whole[:broken_off]
    place = place_of(first[-1].place.cursor()) if first else NOWHERE
    behind = [
        [each for each in of_kind if each.number > told]
        for of_kind, told in zip(lists, place, strict=True)
    ]
    assert [*first, *merged(behind, place)] == whole
    for before, after in pairwise(each.place for each in whole):
        assert sum(after) == sum(before) + 1


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "YWUxOjEuMi4z", "YWUxOjEuMi4zLi00", "ZTE6NQ", "cDE6MQ", "é", "YWUxOjEuMi4zLjQuNQ"],
)
def test_what_is_no_cursor_of_alarms_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        place_of(cursor)


class Kept:
    """The alarms of a hub, and two processes that tell of them."""

    def __init__(self, database: Database, audit: AuditLog) -> None:
        self.database = database
        self.trust = TrustAlarms(database)
        self.here, self.beside = (
            ToldAlarms(audit, database, AlarmList(database), monotonic) for _ in range(2)
        )

    async def ending(self, version: int) -> str:
        kind = TrustAlarmKind.TRUST_LIST_ENDING
        await self.trust.raise_once(Occasion(kind=kind, version=version, ends_at=AT + HOUR), AT)
        return f"trust:{version}"

    async def stop(self, number: int) -> str:
        stop = Stop(StopReason.SAME_NAME, 9, 8)
        earlier = AT - HOUR
        await self.database.write(
            lambda unit: stop_client(f"client-{number}", stop, earlier, "r", unit)
        )
        return f"stop:{number}"

    async def see_to(self, alarm: str) -> None:
        record = AdministrationRecord(
            at=AT + HOUR,
            request_id="r",
            client_id="office",
            action=AdministrativeAction.ALARM_ACKNOWLEDGED,
            actor="office",
            alarm=alarm,
        )
        await AlarmAcknowledgements(self.database).acknowledge(record)


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    async with open_database(tmp_path / "state" / "hub.sqlite3") as database:
        yield Kept(database, await AuditLog.open(database))


async def told(
    process: ToldAlarms, count: int, after: AlarmPlace | None = None
) -> Sequence[ToldAlarm]:
    following = process.follow(after)
    async with asyncio.timeout(PATIENCE_SECONDS):
        found = [await anext(following) for _ in range(count)]
    await following.aclose()
    return found


def words(events: Sequence[ToldAlarm]) -> list[tuple[str, bool]]:
    return [(each.alarm, each.is_acknowledged) for each in events]


async def test_open_ones_come_first_then_all_that_happens(kept: Kept) -> None:
    one, two = await kept.ending(1), await kept.ending(2)
    await kept.see_to(one)
    following = kept.here.follow(None)
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert words([await anext(following)]) == [(two, False)]
        waiting = asyncio.create_task(anext(following))
        three = await kept.ending(3)
        assert words([await waiting]) == [(three, False)]
        await kept.see_to(two)
        assert words([await anext(following)]) == [(two, True)]
    await following.aclose()


async def test_what_happened_while_away_comes_once_from_another_process(kept: Kept) -> None:
    """Also a stop that bears an earlier time than what was told already."""
    await kept.ending(1)
    (first,) = await told(kept.here, 1)
    stopped, two = await kept.stop(1), await kept.ending(2)
    await kept.see_to(stopped)
    await kept.beside.check(first.place)
    missed = await told(kept.beside, 3, first.place)
    assert words(missed) == [(stopped, False), (two, False), (stopped, True)]
    for number, each in enumerate(missed[:-1]):
        rest = missed[number + 1 :]
        assert words(await told(kept.here, len(rest), each.place)) == words(rest)


async def test_who_breaks_off_among_the_open_ones_is_told_of_all(kept: Kept) -> None:
    alarms = [await kept.ending(number) for number in (1, 2, 3)]
    (first,) = await told(kept.here, 1)
    again = await told(kept.here, 3, first.place)
    assert [each.alarm for each in again] == alarms


@pytest.mark.parametrize("place", [(9, 0, 0, 0), (0, 9, 0, 0), (0, 0, 9, 0), (0, 0, 0, 9)])
async def test_a_place_that_nothing_has_reached_is_refused(
    kept: Kept, place: tuple[int, int, int, int]
) -> None:
    await kept.ending(1)
    with pytest.raises(InvalidCursor):
        await kept.here.check(AlarmPlace(*place))
