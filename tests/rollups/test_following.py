"""The log is counted behind it: once, whole, and nothing about fewer than ten people."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta

import pytest

from tests.rollups.given import (
    NOON,
    ZHENJIANG,
    Counting,
    Said,
    answer,
    append,
    down,
    people,
    report,
)
from tests.storage.disk import Disk, Moment
from tests.storage.records import refusal
from tongxing.gateway.rollups.cell_store import CellStore
from tongxing.gateway.rollups.cells import LEAST_PEOPLE
from tongxing.gateway.rollups.counted_facts import CellTable
from tongxing.gateway.rollups.figure_sums import Figures, Wanted, median_age, median_wait
from tongxing.gateway.rollups.following import ENTRIES_AT_ONCE
from tongxing.gateway.rollups.periods import begin_of, end_of, whole_steps
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.audit import AuditLog
from tongxing.gateway.storage.faults import StorageUnavailable
from tongxing.schema import COUNTRY, Color, Outcome, RegionCode
from tongxing.schema.audit_words import CorrectionAction
from tongxing.schema.figure_period import FigureStep

HOUR = timedelta(hours=1)
LATER = NOON + timedelta(days=60)
EVERYWHERE = (COUNTRY,)
MISSED: Said = {"zhenjiang": Outcome.TIMED_OUT, "sukangma": Color.GREEN}
AGAINST: Said = {"sukangma": Color.RED, "zhenjiang": Color.GREEN}


def in_step(step: FigureStep, at: datetime = NOON, region: RegionCode | None = None) -> Wanted:
    begin = begin_of(step, at)
    period = whole_steps(step, begin, end_of(step, begin))
    return Wanted(period, EVERYWHERE, region)


async def asked(cells: CellStore, step: FigureStep, at: datetime = NOON) -> dict[str, int]:
    """How often by issuer, in the step of ``at``."""
    found: Counter[str] = Counter()
    for each in await Figures(cells).asked(in_step(step, at)):
        found[each.issuer] += each.numbers.count
    return dict(found)


async def test_what_ten_people_were_told_is_shown_by_the_hour(
    audit: AuditLog, counting: Counting
) -> None:
    await append(audit, [r for p in people(10) for r in answer(p, NOON + p * timedelta(minutes=1))])
    await counting.count(NOON + 2 * HOUR)
    (national, zhenjiang) = await Figures(counting.cells).asked(in_step(FigureStep.HOUR))
    assert (national.issuer, zhenjiang.issuer) == ("sukangma", "zhenjiang")
    assert (zhenjiang.region, zhenjiang.place) == (ZHENJIANG, "321102")
    assert (zhenjiang.outcome, zhenjiang.color) == (Outcome.VERIFIED, "GREEN")
    assert zhenjiang.numbers.count == 10
    assert (median_wait(zhenjiang.numbers), median_age(zhenjiang.numbers)) == (0.2, 900.0)


@pytest.mark.parametrize("step", FigureStep)
async def test_fewer_people_are_shown_in_no_step(
    audit: AuditLog, counting: Counting, step: FigureStep
) -> None:
    often = [answer(p, NOON + n * HOUR) for p in people(LEAST_PEOPLE - 1) for n in range(3)]
    await append(audit, [record for each in often for record in each])
    await counting.count(LATER)
    assert await asked(counting.cells, step) == {}


SPREAD = {
    "over hours they are shown by the day": (HOUR, FigureStep.DAY, FigureStep.HOUR),
    "over days they are shown by the month": (24 * HOUR, FigureStep.MONTH, FigureStep.DAY),
}


@pytest.mark.parametrize(("apart", "shown", "hidden"), SPREAD.values(), ids=SPREAD)
async def test_ten_people(
    audit: AuditLog,
    counting: Counting,
    apart: timedelta,
    shown: FigureStep,
    hidden: FigureStep,
) -> None:
    records = [r for p in people(10) for r in answer(p, NOON + p % 4 * apart)]
    await append(audit, sorted(records, key=lambda record: record.at))
    await counting.count(LATER)
    assert await asked(counting.cells, shown) == {"zhenjiang": 10, "sukangma": 10}
    assert await asked(counting.cells, hidden) == {}


async def test_the_same_people_in_two_steps_are_in_both_and_a_longer_one_is_their_sum(
    audit: AuditLog, counting: Counting
) -> None:
    records = [r for n in (0, 1) for p in people(12) for r in answer(p, NOON + n * HOUR)]
    few = [r for p in people(3, first=20) for r in answer(p, NOON + 2 * HOUR)]
    await append(audit, [*records, *few])
    await counting.count(LATER)
    assert await asked(counting.cells, FigureStep.HOUR) == {"zhenjiang": 10, "sukangma": 10}
    assert await asked(counting.cells, FigureStep.HOUR, NOON + 2 * HOUR) == {}
    for step in (FigureStep.DAY, FigureStep.MONTH):
        assert await asked(counting.cells, step) == {"zhenjiang": 20, "sukangma": 20}


async def test_once_ten_people_are_counted_nobody_is_known_and_with_the_month_all_are_forgotten(
    audit: AuditLog, counting: Counting, database: Database
) -> None:
    await append(audit, [r for p in people(30) for r in answer(p, NOON)])
    await append(audit, [r for p in people(2) for r in answer(p, NOON, MISSED)])
    await counting.count(NOON)
    open_cells = await database.fetch("SELECT length(content) FROM rollup_open")
    assert max(size for (size,) in open_cells) < 60
    await counting.count(LATER)
    assert await database.fetch("SELECT 1 FROM rollup_open") == []


async def test_an_hour_is_shown_once_it_is_over_and_then_never_changes(
    audit: AuditLog, counting: Counting
) -> None:
    await append(audit, [r for p in people(10) for r in answer(p, NOON)])
    await counting.count(NOON + HOUR)
    assert await asked(counting.cells, FigureStep.HOUR) == {}
    assert not await Figures(counting.cells).is_whole(in_step(FigureStep.HOUR).period)
    await counting.count(NOON + 2 * HOUR)
    assert await asked(counting.cells, FigureStep.HOUR) == {"zhenjiang": 10, "sukangma": 10}
    assert await Figures(counting.cells).is_whole(in_step(FigureStep.HOUR).period)
    await append(audit, [r for p in people(20, first=50) for r in answer(p, NOON)])
    await counting.count(LATER)
    assert await asked(counting.cells, FigureStep.HOUR) == {"zhenjiang": 10, "sukangma": 10}
    late = NOON + HOUR
    assert await asked(counting.cells, FigureStep.HOUR, late) == {"zhenjiang": 20, "sukangma": 20}


async def test_a_log_that_was_there_before_is_counted_in_its_own_time(
    audit: AuditLog, counting: Counting
) -> None:
    hours = (LATER - NOON) // (100 * HOUR)
    days = [answer(p, NOON + n * 100 * HOUR) for n in range(hours) for p in people(11)]
    await append(audit, [record for each in days for record in each])
    await counting.count(LATER + HOUR)
    for n in range(hours):
        found = await asked(counting.cells, FigureStep.HOUR, NOON + n * 100 * HOUR)
        assert found == {"zhenjiang": 10, "sukangma": 10}


async def test_one_entry_of_a_clock_that_was_wrong_closes_nothing_early(
    audit: AuditLog, counting: Counting
) -> None:
    wrong = answer(99, NOON + timedelta(days=50))
    days = [answer(p, NOON + n * 24 * HOUR) for n in range(2) for p in people(150)]
    await append(audit, [*wrong, *(record for each in days for record in each)])
    await counting.count(LATER)
    for n in range(2):
        found = await asked(counting.cells, FigureStep.HOUR, NOON + n * 24 * HOUR)
        assert found == {"zhenjiang": 150, "sukangma": 150}


async def test_people_that_no_issuer_knows_do_not_make_a_cell_of_ten(
    audit: AuditLog, counting: Counting
) -> None:
    nobody = {"zhenjiang": Outcome.NOT_ENROLLED, "sukangma": Outcome.NOT_ENROLLED}
    await append(audit, [r for p in people(40) for r in answer(p, NOON, nobody)])
    await counting.count(LATER)
    assert await asked(counting.cells, FigureStep.MONTH) == {}


async def test_an_issuer_that_fails_for_all_is_shown(audit: AuditLog, counting: Counting) -> None:
    down_for_all = {"zhenjiang": Outcome.TIMED_OUT, "sukangma": Outcome.BUSY}
    await append(audit, [r for p in people(20) for r in answer(p, NOON, down_for_all)])
    await counting.count(NOON + 2 * HOUR)
    sukangma, zhenjiang = await Figures(counting.cells).health(in_step(FigureStep.HOUR))
    assert (zhenjiang.asked.count, zhenjiang.failed) == (20, 20)
    assert {outcome: n.count for outcome, n in sukangma.outcomes.items()} == {Outcome.BUSY: 20}


async def test_a_place_sees_what_was_asked_there_and_in_it(
    audit: AuditLog, counting: Counting
) -> None:
    for region in ("321100", "321102", "330000"):
        many = [answer(p, NOON, region=RegionCode(region)) for p in people(10)]
        await append(audit, [record for each in many for record in each])
    await counting.count(NOON + 2 * HOUR)
    period = in_step(FigureStep.HOUR).period
    figures = Figures(counting.cells)

    async def seen(regions: tuple[str, ...], region: str | None = None) -> list[str]:
        mine = tuple(map(RegionCode, regions))
        wanted = Wanted(period, mine, None if region is None else RegionCode(region))
        return sorted({each.region for each in await figures.asked(wanted)})

    assert await seen(("320000",)) == ["321100", "321102"]
    assert await seen(("321102", "330000")) == ["321102", "330000"]
    assert await seen(("321102", "330000"), "320000") == ["321102"]
    assert await seen(("320000",), "330000") == []
    assert await seen(()) == []


async def test_rules_and_what_a_new_version_changed(audit: AuditLog, counting: Counting) -> None:
    old = [answer(p, NOON, version=1) for p in people(20)]
    same = [answer(p, NOON + HOUR, version=2) for p in people(10)]
    other = [
        answer(p, NOON + HOUR, MISSED, version=2, rule="unknown-inspect")
        for p in people(10, first=10)
    ]
    await append(audit, [record for each in (*old, *same, *other) for record in each])
    await counting.count(LATER)
    found = await Figures(counting.cells).decided(in_step(FigureStep.MONTH))
    assert [(f.version, f.rule, f.count, f.share, f.share_before) for f in found] == [
        (1, "green-admit", 20, 1.0, None),
        (2, "green-admit", 10, 0.5, 1.0),
        (2, "unknown-inspect", 10, 0.5, 0.0),
    ]


async def test_refusals_are_counted_by_their_code(audit: AuditLog, counting: Counting) -> None:
    await append(audit, [refusal(number) for number in range(12)])
    await counting.count(LATER)
    (found,) = await Figures(counting.cells).refused(in_step(FigureStep.MONTH))
    assert (found.region, found.code, found.count) == ("310000", "REGION_NOT_GRANTED", 10)


async def test_corrections_are_counted_once_with_how_long_the_issuer_took(
    audit: AuditLog, counting: Counting
) -> None:
    day = timedelta(days=1)
    taken = [report(p, NOON, CorrectionAction.REPORTED, "sukangma") for p in people(12)]
    decided = [report(p, NOON + day, CorrectionAction.ACCEPTED, "sukangma") for p in people(12)]
    again = [report(p, NOON + 2 * day, CorrectionAction.ACCEPTED, "sukangma") for p in people(12)]
    await append(audit, [*taken, *decided, *again])
    await counting.count(LATER)
    (health,) = await Figures(counting.cells).health(in_step(FigureStep.MONTH))
    assert health.corrections[CorrectionAction.REPORTED].count == 10
    assert health.corrections[CorrectionAction.ACCEPTED].count == 10
    assert median_age(health.decided) == day.total_seconds()


async def test_two_workers_count_nothing_twice(
    audit: AuditLog, counting: Counting, database: Database
) -> None:
    other = Counting(database, audit, down)
    await append(audit, [r for n in range(60) for p in people(11) for r in answer(p, NOON)])
    await asyncio.gather(counting.count(NOON + 2 * HOUR), other.count(NOON + 2 * HOUR))
    assert await asked(counting.cells, FigureStep.HOUR) == {"zhenjiang": 660, "sukangma": 660}


@pytest.mark.parametrize("moment", Moment)
async def test_stopped_at_each_statement_nothing_is_lost_or_doubled(
    audit: AuditLog, counting: Counting, disk: Disk, moment: Moment, database: Database
) -> None:
    hours = [answer(p, NOON + n * HOUR) for n in range(3) for p in people(11 if n else 4)]
    against = [answer(p, NOON + 3 * HOUR, AGAINST) for p in people(10)]
    settled = [answer(p, NOON + 4 * HOUR) for p in people(10)]
    await append(audit, [r for each in (*hours, *against, *settled) for r in each])
    stopped = 0
    for statement in range(1, 400, 2):
        disk.arm(statement, moment, fail_here)
        try:
            await counting.count(LATER)
        except StorageUnavailable:
            stopped += 1
            disk.disarm()
            counting.begin_anew()
            continue
        break
    disk.disarm()
    assert stopped > 10
    await counting.count(LATER)
    assert await asked(counting.cells, FigureStep.HOUR, NOON + HOUR) == {
        "zhenjiang": 10,
        "sukangma": 10,
    }
    assert sum((await asked(counting.cells, FigureStep.MONTH)).values()) == 2 * 40
    ((settled_rows, all_rows),) = await database.fetch(
        "SELECT count(right_issuer), count(*) FROM disagreements"
    )
    assert (settled_rows, all_rows) == (10, 10)


def fail_here() -> None:
    raise StorageUnavailable("the test stops it here")


async def test_a_long_log_is_counted_in_pieces(audit: AuditLog, counting: Counting) -> None:
    await append(audit, [r for p in people(ENTRIES_AT_ONCE) for r in answer(p, NOON)])
    assert await counting.follower.step()
    assert (await counting.cells.counted()).next_index == ENTRIES_AT_ONCE
    await counting.count(NOON + 2 * HOUR)
    assert (await counting.cells.counted()).next_index == 2 * ENTRIES_AT_ONCE
    (*_, zhenjiang) = await Figures(counting.cells).asked(in_step(FigureStep.HOUR))
    assert sum(zhenjiang.numbers.waited) == ENTRIES_AT_ONCE


async def test_a_year_is_read_from_fewer_cells_than_a_day(
    audit: AuditLog, counting: Counting
) -> None:
    """Twelve months against twenty-four hours, whatever was asked meanwhile."""
    day = [answer(p, NOON + n * HOUR) for n in range(12) for p in people(10)]
    await append(audit, [record for each in day for record in each])
    await counting.count(LATER)
    hours = in_step(FigureStep.DAY).period._replace(step=FigureStep.HOUR)
    year = whole_steps(FigureStep.MONTH, NOON - timedelta(days=180), NOON + timedelta(days=186))
    of_day = await counting.cells.sealed(CellTable.ASKED, hours, EVERYWHERE)
    of_year = await counting.cells.sealed(CellTable.ASKED, year, EVERYWHERE)
    assert len(of_day) == 12 * 2
    assert len(of_year) == 2
