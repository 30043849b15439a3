"""The five days in their order: an hour's deeds, then its scans, then the log is read.

Nothing tells issuers or hub that it is March 2020: whatever happens, happens at the real moment,
and they judge by their own clocks. Order, hours and their sizes are those of the five days.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, suppress
from datetime import datetime
from itertools import chain, islice

from tongxing.gateway.cli.failing import CommandFailed
from tongxing.sandbox.five_days.acts import Act, Shows
from tongxing.sandbox.five_days.days import AS_OF_HOURS, DAY_HOURS, HOURS, FiveDays
from tongxing.sandbox.provisioning.clients import CITY_SYSTEM, COORDINATOR, TRANSPORT_HUB
from tongxing.sandbox.replay.city_door import CityDoor
from tongxing.sandbox.replay.gates import GATES, Gate, Operator, Phones
from tongxing.sandbox.replay.kept_connection import KeptConnection
from tongxing.sandbox.replay.log_reading import LogReading
from tongxing.sandbox.replay.replayed import Replayed
from tongxing.sandbox.replay.staging import Staged
from tongxing.sandbox.town.population import Population
from tongxing.sandbox.town.records import day_of

SCANS_AT_MOST_UNREAD = 2_000
"""Then the gates rest until these are found in the log: what is remembered of answers is bounded,
and a token, good for five minutes, is renewed."""

WATCHED_EVERY_SECONDS = 1.0

_OPERATORS = ((CITY_SYSTEM, "VENUE"), (TRANSPORT_HUB, "TRANSPORT"))
"""Gates of both by turns: those of markets and offices in the city's own system, and the
station's."""

Watch = Callable[[], None]


class Replay:
    """``watch`` is called every second. ``now`` is aware."""

    def __init__(
        self, replayed: Replayed, seed: int, staged: Staged, now: Callable[[], datetime]
    ) -> None:
        self._replayed = replayed
        crowd = Population(seed, replayed.report.applied)
        self._days = FiveDays(replayed.report, seed, lambda _hour: day_of(int(now().timestamp())))
        self._connections: list[KeptConnection] = []
        to_city, to_hub = staged.city_url, staged.hub_url
        self._door = CityDoor(self._connection(to_city), staged.city_credential, crowd)
        document = staged.scan_document
        self._operators = [
            Operator(staged.clients[who.id], purpose, document) for who, purpose in _OPERATORS
        ]
        phones = Phones(staged.city_credential, crowd)
        self._gates = [
            Gate(
                self._operators[number % len(self._operators)],
                phones,
                self._connection(to_city),
                self._connection(to_hub),
                replayed.scans,
            )
            for number in range(GATES)
        ]
        self._log = LogReading(staged.clients[COORDINATOR.id])

    def _connection(self, url: str) -> KeptConnection:
        connection = KeptConnection(url)
        self._connections.append(connection)
        return connection

    async def run(self, watch: Watch) -> None:
        """Raises CommandFailed. What is cut short leaves no connection open."""
        async with AsyncExitStack() as stack:
            for connection in self._connections:
                stack.push_async_callback(connection.close)
            watching = asyncio.create_task(_watching(watch))
            stack.callback(watching.cancel)
            for hour, acts in enumerate(self._days.hours()):
                await self._note_figures(hour)
                await self._live(hour, acts)
                self._replayed.hours = hour + 1
            await self._note_figures(HOURS)
            await self._read_the_log()

    async def _note_figures(self, hour: int) -> None:
        """Those that the report gives as of the beginning of ``hour``."""
        wanted = [figure for figure, at in AS_OF_HOURS.items() if at == hour]
        if wanted:
            figures = await self._door.figures()
            self._replayed.counted |= {figure: figures[figure] for figure in wanted}

    async def _live(self, hour: int, acts: Iterator[Act]) -> None:
        with self._replayed.days.running():
            people = await self._begun(hour, acts)
        while some := list(islice(people, SCANS_AT_MOST_UNREAD)):
            for operator in self._operators:
                await operator.renew()
            with self._replayed.days.running():
                await self._scan(some)
            if len(self._replayed.scans.unread) >= SCANS_AT_MOST_UNREAD:
                await self._read_the_log()

    async def _begun(self, hour: int, acts: Iterator[Act]) -> Iterator[int]:
        """The people who show their codes in this hour, once everything else in it is done."""
        if hour % DAY_HOURS == 0:
            await self._door.break_day()
        for act in acts:
            if isinstance(act, Shows):
                rest = (each.person for each in acts if isinstance(each, Shows))
                return chain([act.person], rest)
            await self._door.carry_out(act)
            self._replayed.deeds += 1
        return iter(())

    async def _scan(self, people: list[int]) -> None:
        """All gates take the next from the one queue."""
        queue = iter(people)
        try:
            async with asyncio.TaskGroup() as group:
                for gate in self._gates:
                    group.create_task(gate.work(queue))
        except* CommandFailed as failed:
            first = failed.exceptions[0]
        else:
            return
        raise first

    async def _read_the_log(self) -> None:
        with self._replayed.reading.running():
            await asyncio.to_thread(self._log.look_for, self._replayed.scans)


async def _watching(watch: Watch) -> None:
    with suppress(asyncio.CancelledError):
        while True:
            watch()
            await asyncio.sleep(WATCHED_EVERY_SECONDS)
