"""The city's own door: a city behind HTTP finds what a city in the same process finds."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.sandbox.clients import running
from tongxing.gateway.cli.failing import CommandFailed
from tongxing.sandbox.city.books import Figure
from tongxing.sandbox.city.city import City
from tongxing.sandbox.city.store import Store
from tongxing.sandbox.five_days.acts import Shows, Steps
from tongxing.sandbox.five_days.cast import Deed, Report
from tongxing.sandbox.five_days.days import BEGIN_UNIX, DAY_HOURS, FiveDays
from tongxing.sandbox.five_days.in_books import play
from tongxing.sandbox.replay.city_door import CityDoor
from tongxing.sandbox.replay.kept_connection import KeptConnection
from tongxing.sandbox.town.population import Population
from tongxing.sandbox.town.records import day_of

pytestmark = pytest.mark.processes

SEED = 7
REPORT = Report(
    applied=240,
    shown=0,
    converted=9,
    from_high_risk=8,
    from_worst_hit=5,
    declared_falsely=6,
    turned_red=3,
)
"""Few people, among whom every part is played several times."""


def _in_one_process(directory: Path) -> dict[Figure, int]:
    store = Store.open(directory / "books.sqlite3")
    city = City(store, Population(SEED, REPORT.applied), BEGIN_UNIX, is_enrolled=False)
    play(city, REPORT, SEED)
    counted = city.tally.totals()
    city.close()
    return counted


async def _through_the_door(door: CityDoor, today: int) -> dict[Figure, int]:
    """``today`` is the real day, on which this city lives all the time."""
    days = FiveDays(REPORT, SEED, lambda _hour: today)
    for hour, acts in enumerate(days.hours()):
        if hour % DAY_HOURS == 0:
            await door.break_day()
        for act in acts:
            if not isinstance(act, Shows):
                await door.carry_out(act)
    return await door.figures()


async def test_its_figures_are_those_of_a_city_in_this_process(tmp_path: Path) -> None:
    options = ("--seed", str(SEED), "--population", str(REPORT.applied), "--new-code")
    with running("zhenjiang", tmp_path, *options) as issuer:
        connection = KeptConnection(issuer.url)
        door = CityDoor(connection, issuer.credential, Population(SEED, REPORT.applied))
        try:
            counted = await _through_the_door(door, day_of(int(datetime.now(UTC).timestamp())))
        finally:
            await connection.close()
    in_one = _in_one_process(tmp_path)
    of_both = set(Figure) - {Figure.SHOWN}
    assert {each: counted[each] for each in of_both} == {each: in_one[each] for each in of_both}
    assert all(counted[each] == getattr(REPORT, each) for each in of_both)


async def test_nobody_has_a_code_before_declaring(tmp_path: Path) -> None:
    with running("zhenjiang", tmp_path, "--seed", str(SEED), "--new-code") as issuer:
        connection = KeptConnection(issuer.url)
        door = CityDoor(connection, issuer.credential, Population(SEED, REPORT.applied))
        try:
            assert set((await door.figures()).values()) == {0}
            await door.carry_out(Steps(0, Deed.APPLY))  # not possible now: a part of the days
            wrong = CityDoor(connection, "wrong", Population(SEED, REPORT.applied))
            with pytest.raises(CommandFailed, match="401"):
                await wrong.carry_out(Steps(0, Deed.APPLY))
        finally:
            await connection.close()
