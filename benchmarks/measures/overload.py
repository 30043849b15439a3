"""More cold questions than the hub can answer: three and ten times as many, in an open and in a
closed loop, beside a client that asks a little.

Every question is about somebody else, so each costs a hub its full work. The peak is what as many
connections as the other rows have bring. Answers count if they come within the deadline, from when
they were due, and 50 ms.
"""

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import uvloop

from benchmarks.goals import CONNECTIONS, Goal
from benchmarks.measure import ask_once
from benchmarks.measures.run import MILLI, Run
from benchmarks.pressing import Pressed, at_rate, on_lines, percentile
from benchmarks.questions import always, of_each_client, of_hub
from benchmarks.rows import Row

IN_TIME_SECONDS = 3.05
SECONDS = 8.0
PEAK_SECONDS = 4.0
TIMES = (3, 10)
MANY_CONNECTIONS = 1_500
SMALL_PER_SECOND = 20.0
"""What the small client asks: hot questions, on a few connections."""

AFTER_SHARE = 0.5
"""Of the peak, after the load has gone."""

WELL_SECONDS = 0.5
"""An answer that comes as soon is a normal one."""

_RATE_AT_MOST = 6_000.0
"""A second, so many questions are made beforehand."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What became of the load, and of the small client beside it."""

    load: Pressed
    small: Pressed

    @property
    def small_p99_ms(self) -> float:
        return percentile(self.small.in_time(IN_TIME_SECONDS), 0.99) * MILLI


def overload(run: Run, goals: Sequence[Goal]) -> list[Row]:
    pressing = Pressing(run)
    pressing.closed(CONNECTIONS[0], 1.0)  # the first seconds are not representative
    peak = pressing.closed(CONNECTIONS[0], PEAK_SECONDS)
    rate = peak.load.goodput(IN_TIME_SECONDS)
    opened = {times: pressing.opened(times * rate, SECONDS) for times in TIMES}
    after = pressing.opened(AFTER_SHARE * rate, SECONDS)
    closed = pressing.closed(MANY_CONNECTIONS, SECONDS)
    parts: dict[str, float] = {
        "peak_per_second": rate,
        "closed_share": closed.load.goodput(IN_TIME_SECONDS) / rate,
        "closed_small_answered": len(closed.small.in_time(IN_TIME_SECONDS)),
        "small_p99_ms_at_peak": peak.small_p99_ms,
        "small_p99_ms_closed": closed.small_p99_ms,
    }
    for times, each in opened.items():
        parts |= _parts(times, each, rate)
    print(f"\noverload: {rate:,.0f} cold answers a second at the peak")
    print("\n".join(f"  {name} {value:,.2f}" for name, value in parts.items()))
    last = opened[TIMES[-1]]
    values = {
        **{f"overload-{times}": parts[f"open_{times}_share"] for times in TIMES},
        "overload-closed": parts["closed_share"],
        "overload-refusal-p99": percentile(last.load.refused, 0.99) * MILLI,
        "overload-small-p99": last.small_p99_ms / peak.small_p99_ms,
        "overload-small-answered": len(last.small.in_time(IN_TIME_SECONDS)) / last.small.due,
        "overload-normal-after": _normal_after(after.load),
    }
    return [Row(goal, values[goal.name], parts) for goal in goals]


def _parts(times: int, each: Beside, rate: float) -> dict[str, float]:
    load = each.load
    in_time = load.in_time(IN_TIME_SECONDS)
    return {
        f"open_{times}_share": load.goodput(IN_TIME_SECONDS) / rate,
        f"open_{times}_due": load.due,
        f"open_{times}_in_time": len(in_time),
        f"open_{times}_late": len(load.answered) - len(in_time),
        f"open_{times}_refused": len(load.refused),
        f"open_{times}_others": load.others,
        f"open_{times}_p99_ms": percentile(in_time, 0.99) * MILLI,
        f"open_{times}_refusal_p50_ms": percentile(load.refused, 0.5) * MILLI,
        f"open_{times}_small_p99_ms": each.small_p99_ms,
        f"open_{times}_small_refused": len(each.small.refused) + each.small.others,
    }


def _normal_after(after: Pressed) -> float:
    """Seconds until the last answer that was not a normal one was asked for."""
    slow = [at for at, took in after.answered if took > WELL_SECONDS]
    bad = len(after.refused) + after.others
    return max([0.0, *slow]) if not bad else max([*slow, SECONDS])


class Pressing:
    def __init__(self, run: Run) -> None:
        self._run = run
        self._url = run.stage.servers["hub"].url
        traveler = run.travelers.known_to_all()
        self._small = of_each_client(run.stage, traveler)[1]
        ask_once(run.stage.hub_url, self._small)

    def opened(self, rate: float, seconds: float) -> Beside:
        rate = min(rate, _RATE_AT_MOST)
        requests = self._made(round(rate * seconds) + 1)
        return self._beside(at_rate(self._url, requests, rate, seconds), seconds)

    def closed(self, connections: int, seconds: float) -> Beside:
        requests = self._made(round(_RATE_AT_MOST / 2 * seconds))
        return self._beside(on_lines(self._url, requests, connections, seconds), seconds)

    def _made(self, number: int) -> Iterator[bytes]:
        stage, travelers = self._run.stage, self._run.travelers
        return iter([of_hub(stage, travelers.next()) for _ in range(number)])

    def _beside(self, load: Coroutine[Any, Any, Pressed], seconds: float) -> Beside:
        async def both() -> Beside:
            small = at_rate(self._url, always(self._small), SMALL_PER_SECOND, seconds)
            return Beside(*await asyncio.gather(load, small))

        return uvloop.run(both())
