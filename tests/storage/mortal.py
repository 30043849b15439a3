"""Processes that tests kill, or run beside each other: each is one function, told what to do."""

import asyncio
import resource
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path

from tests.back_ends import open_database
from tests.storage.disk import Disk, Moment, die
from tests.storage.projection import is_filled_in
from tests.storage.records import AT, SIGNER, intent, outcome
from tongxing.gateway.storage.audit import AuditLog, AuditMark, AuditUnavailable
from tongxing.gateway.storage.indexing import BLOCK_ENTRIES
from tongxing.gateway.storage.replay import ReplayList
from tongxing.gateway.storage.sqlite_engine import SqliteEngine

APPENDERS = 4


def append_until_killed(path: Path, acknowledgements: Connection) -> None:
    """Append as fast as it goes; say what is durable the moment that it is said to be."""

    async def append(log: AuditLog, numbers: Iterator[int]) -> None:
        for number in numbers:
            acknowledgements.send(await log.append([intent(number), outcome(number)]))

    async def run() -> None:
        async with open_database(path, signer=SIGNER) as database:
            log = await AuditLog.open(database)
            numbers = count()
            await asyncio.gather(*(append(log, numbers) for _ in range(APPENDERS)))

    asyncio.run(run())


def die_at(path: Path, number: int, moment: Moment, acknowledgements: Connection) -> None:
    """Append once, then die at the n-th statement from there."""

    async def run() -> None:
        disk = Disk()
        async with open_database(path, disk, signer=SIGNER) as database:
            log = await AuditLog.open(database)
            acknowledgements.send(await log.append([intent(1)]))
            disk.arm(number, moment, die)
            for further in (2, 3):
                acknowledgements.send(await log.append([intent(further), outcome(further)]))

    asyncio.run(run())


def die_at_upgrade(path: Path, number: int, _: Connection) -> None:
    """At the n-th statement of what opens the database."""
    disk = Disk()
    disk.arm(number, Moment.AFTER, die)
    SqliteEngine(path, disk.connect).prepare()


def die_at_filling(path: Path, number: int, moment: Moment, acknowledgements: Connection) -> None:
    """Append what makes a block whole, then die at the n-th statement from there."""

    async def run() -> None:
        disk = Disk()
        async with open_database(path, disk, signer=SIGNER) as database:
            log = await AuditLog.open(database)
            [*_, last] = await log.append([intent(2)] * (BLOCK_ENTRIES - 1))
            await is_filled_in(path, last.index + 1)
            disk.arm(number, moment, die)
            [mark] = await log.append([outcome(1)])
            acknowledgements.send([mark])
            await is_filled_in(path, mark.index + 1)
            await database.write(lambda _: None)

    asyncio.run(run())


def die_half_written(path: Path, acknowledgements: Connection) -> None:
    """Die before COMMIT with pages of the transaction already in the file."""

    async def run() -> None:
        disk = Disk()
        disk.cache_pages = 1
        async with open_database(path, disk, signer=SIGNER) as database:
            log = await AuditLog.open(database)
            disk.arm("COMMIT", Moment.BEFORE, die)
            acknowledgements.send(await log.append([intent(number) for number in range(1_000)]))

    asyncio.run(run())


def die_with_what_was_handed_over(path: Path, at: str, acknowledgements: Connection) -> None:
    """Append once, then die when much was asked for in one turn of the loop: before any of it was
    handed to the writer ("asked"), or with all of it in one transaction ("COMMIT")."""

    async def append(log: AuditLog, number: int) -> None:
        acknowledgements.send(await log.append([intent(number), outcome(number)]))

    async def run() -> None:
        disk = Disk()
        async with open_database(path, disk, signer=SIGNER) as database:
            log = await AuditLog.open(database)
            await append(log, 1)
            if at != "asked":
                disk.arm(at, Moment.BEFORE, die)
            waiting = [asyncio.create_task(append(log, number)) for number in range(100)]
            await asyncio.sleep(0)
            if at == "asked":
                die()
            await asyncio.gather(*waiting)

    asyncio.run(run())


def append(path: Path, client_id: str, groups: int, results: Connection) -> None:
    async def run() -> None:
        async with open_database(path, signer=SIGNER) as database:
            log = await AuditLog.open(database)
            for number in range(groups):
                results.send(await log.append([intent(number, client_id=client_id)]))

    asyncio.run(run())
    results.close()


def use_each_once(path: Path, keys: list[str], results: Connection) -> None:
    async def run() -> None:
        async with open_database(path, signer=SIGNER) as database:
            replay = ReplayList(database, lambda: AT)
            ends = AT + timedelta(minutes=5)
            first = await asyncio.gather(*(replay.first_use(key, ends) for key in keys))
            results.send([key for key, is_first in zip(keys, first, strict=True) if is_first])

    asyncio.run(run())


def write_with_little_room(path: Path, steps: int, results: Connection) -> None:
    """The kernel itself cuts writes off at a file size; each step leaves a little more room."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    async def write() -> None:
        failures = 0
        acknowledged: list[AuditMark] = []
        async with open_database(path, signer=SIGNER) as database:
            log = await AuditLog.open(database)
            acknowledged += await log.append([intent()] * 20)
            for step in range(steps):
                resource.setrlimit(resource.RLIMIT_FSIZE, (512 + step * 3_000, hard))
                try:
                    acknowledged += await log.append([intent(step)] * 20)
                except AuditUnavailable:
                    failures += 1
                resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, hard))
                acknowledged += await log.append([intent(step)])
        results.send((failures, acknowledged))

    asyncio.run(write())
