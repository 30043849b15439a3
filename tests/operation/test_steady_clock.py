"""A clock that jumps is no clock; one that is corrected slowly goes on."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from tongxing.gateway.operation.steady_clock import ClockJumped, SteadyClock

AT = datetime(2020, 3, 9, 2, 0, tzinfo=UTC)


@dataclass
class Machine:
    """``off`` is what its clock shows more than it should."""

    elapsed: float = 0.0
    off: float = 0.0
    jumps: list[float] = field(default_factory=list)

    def utc(self) -> datetime:
        return AT + timedelta(seconds=self.elapsed + self.off)

    def clock(self) -> SteadyClock:
        return SteadyClock(self.utc, lambda: self.elapsed, self.jumps.append)


@pytest.mark.parametrize("off", [7_200.0, -7_200.0, 61.0, -61.0, 1.5, -1.5])
def test_after_a_jump_there_is_no_time_until_the_clock_is_back(off: float) -> None:
    machine = Machine()
    clock = machine.clock()
    for _ in range(3):
        machine.elapsed += 1
        assert clock() == machine.utc()
    machine.off = off
    for _ in range(3):
        machine.elapsed += 1
        with pytest.raises(ClockJumped):
            clock()
        assert not clock.is_steady()
    assert machine.jumps == [pytest.approx(off)]
    machine.off = 0.0
    assert clock.is_steady()
    assert clock() == machine.utc()


def test_slow_corrections_never_add_up_to_a_jump() -> None:
    machine = Machine()
    clock = machine.clock()
    for _ in range(10_000):
        machine.elapsed += 1
        machine.off += 0.0005
        assert clock.is_steady()
    assert machine.jumps == []


def test_a_night_in_which_nobody_asks_is_no_jump() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.elapsed += 36_000
    assert clock() == machine.utc()


def test_small_steps_within_one_look_add_up_to_a_jump() -> None:
    machine = Machine()
    clock = machine.clock()
    steady = []
    for _ in range(4):
        machine.elapsed += 0.01
        machine.off += 0.4
        steady.append(clock.is_steady())
    assert steady == [True, True, False, False]
