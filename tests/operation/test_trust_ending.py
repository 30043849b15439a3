"""A trust list that runs out under a running hub says so days ahead, and goes on saying it."""

from datetime import UTC, datetime, timedelta

from tongxing.gateway.operation.trust_ending import TrustEnding

END = datetime(2020, 4, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Told:
    def __init__(self) -> None:
        self.lines: list[tuple[int, float]] = []
        self.ends: list[datetime] = []

    def trust_list_ending(self, version: int, seconds: float) -> None:
        self.lines.append((version, seconds))

    def trust_list_ends(self, at: datetime) -> None:
        self.ends.append(at)


def _looked(*lefts: timedelta, version: int = 7) -> list[float]:
    """The hours that were left when a line was written, looking at these moments."""
    told = Told()
    ending = TrustEnding(told)
    for left in lefts:
        ending.look(version, END, END - left)
    return [seconds / 3_600 for _, seconds in told.lines]


def test_nothing_is_said_while_there_is_time() -> None:
    assert _looked(30 * DAY, 8 * DAY, 7 * DAY + HOUR) == []


def test_it_is_said_days_ahead_and_more_often_towards_the_end() -> None:
    every_ten_minutes = [timedelta(minutes=10 * n) for n in range(8 * 24 * 6, -1, -1)]
    assert _looked(*every_ten_minutes) == [168, 72, 24, 6, 1, 0]


def test_it_is_said_once_for_each_step_however_often_it_is_looked() -> None:
    assert _looked(*[3 * DAY] * 100) == [72]


def test_a_hub_that_starts_late_says_it_at_once() -> None:
    assert _looked(2 * HOUR) == [2]


def test_after_the_end_it_is_said_every_hour() -> None:
    past = [-timedelta(minutes=n) for n in range(181)]
    assert _looked(*past) == [0, -1, -2, -3]


def test_a_new_list_begins_anew() -> None:
    told = Told()
    ending = TrustEnding(told)
    ending.look(7, END, END - HOUR)
    ending.look(8, END + 30 * DAY, END - HOUR)
    ending.look(8, END + 30 * DAY, END + 29 * DAY)
    assert told.lines == [(7, 3_600), (8, 86_400)]
    assert told.ends[-1] == END + 30 * DAY
