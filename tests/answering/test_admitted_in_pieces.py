"""A manifest is admitted piece by piece, and still as one: refused whole, asked only when all of it
is on disk, and counted nobody twice when it comes again after it was cut short.
"""

import asyncio
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from tests.answering.guessing import AT, Guarded, guarded, of_one_prefix, resident, strangers
from tests.back_ends import run_sql
from tests.storage.disk import Disk, Moment, die, fail
from tests.storage.processes import start
from tests.storage.records import intent
from tongxing.adapters.dialect import ByDocument
from tongxing.gateway.answering.guess_guard import ADMITTED_AT_ONCE as PIECE
from tongxing.gateway.answering.guess_guard import ClientStopped
from tongxing.gateway.answering.guesses import Fate, GuessLimits
from tongxing.gateway.answering.inquiry import Asker
from tongxing.gateway.storage.audit import AuditUnavailable
from tongxing.schema import TravelDocument
from tongxing.schema.stopped_client import StopReason

TRAVELERS = 2 * PIECE + 1
"""Fewer than the entries of a block, which the writer would fill in behind them."""

PIECES = 3


async def admit(here: Guarded, documents: Sequence[TravelDocument]) -> None:
    asker = Asker("city", "manifest", len(documents))
    guesses = [here.guard.guess(ByDocument(each), asker, AT) for each in documents]
    await here.guard.admit([intent(each) for each in range(len(documents))], guesses, asker, AT)


def on_disk(path: Path) -> tuple[int, int]:
    """Guesses, and entries of the log, through a connection of its own."""
    ((guesses, entries),) = run_sql(
        path, "SELECT (SELECT count(*) FROM guesses), (SELECT count(*) FROM audit_entries)"
    )
    return guesses, entries


async def test_an_answer_to_another_client_is_committed_between_the_pieces(tmp_path: Path) -> None:
    path = tmp_path / "hub.sqlite3"
    async with guarded(path) as here:
        admitting = asyncio.create_task(admit(here, strangers(TRAVELERS)))
        await asyncio.sleep(0)
        (mark,) = await here.audit.append([intent(1_000, client_id="station")])
        assert not admitting.done()
        await admitting
        assert mark.index == 0, "before the first intent, while guesses were counted"
        more = asyncio.create_task(admit(here, strangers(TRAVELERS, first=TRAVELERS)))
        while on_disk(path)[1] == TRAVELERS + 1:
            await asyncio.sleep(0)
        (mark,) = await here.audit.append([intent(1_001, client_id="station")])
        await more
        assert TRAVELERS < mark.index < 2 * TRAVELERS, "between intents"


async def test_each_piece_is_a_commit_of_its_own(tmp_path: Path) -> None:
    disk = Disk()
    async with guarded(tmp_path / "hub.sqlite3", disk=disk) as here:
        disk.commits = 0
        await admit(here, strangers(TRAVELERS))
        assert disk.commits == 2 * PIECES


async def test_few_are_admitted_by_one_commit(tmp_path: Path) -> None:
    disk = Disk()
    async with guarded(tmp_path / "hub.sqlite3", disk=disk) as here:
        disk.commits = 0
        await admit(here, strangers(PIECE))
        assert disk.commits == 1


async def test_what_is_too_much_refuses_all_of_it_whichever_pieces_it_is_in(
    tmp_path: Path,
) -> None:
    most = GuessLimits().per_prefix
    documents = strangers(TRAVELERS)
    kin = of_one_prefix(most + 1)
    for number, each in enumerate(kin):  # spread over all pieces
        documents[number * (TRAVELERS - 1) // most] = each
    path = tmp_path / "hub.sqlite3"
    async with guarded(path) as here:
        with pytest.raises(ClientStopped):
            await admit(here, documents)
        assert here.told == [("city", StopReason.SAME_PREFIX, most + 1)]
        assert on_disk(path) == (TRAVELERS, 1), "all counted, and only the stop recorded"
        with pytest.raises(ClientStopped):
            await admit(here, strangers(TRAVELERS, first=TRAVELERS))
        assert on_disk(path) == (TRAVELERS, 1)


async def test_just_as_many_as_are_allowed_are_admitted(tmp_path: Path) -> None:
    documents = [*of_one_prefix(GuessLimits().per_prefix), *strangers(TRAVELERS)]
    async with guarded(tmp_path / "hub.sqlite3") as here:
        await admit(here, documents)
        assert not here.told


async def test_one_who_is_in_several_pieces_is_counted_once(tmp_path: Path) -> None:
    path = tmp_path / "hub.sqlite3"
    documents = [resident()] * TRAVELERS
    async with guarded(path) as here:
        await admit(here, documents)
        assert on_disk(path) == (1, TRAVELERS)


async def test_cancelled_between_pieces_nothing_is_recorded_and_nobody_is_counted_twice(
    tmp_path: Path,
) -> None:
    path = tmp_path / "hub.sqlite3"
    documents = strangers(TRAVELERS)
    async with guarded(path) as here:
        admitting = asyncio.create_task(admit(here, documents))
        while on_disk(path)[0] == 0:
            await asyncio.sleep(0)
        admitting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await admitting
        await here.audit.append([intent(1_000)])
        guesses, entries = on_disk(path)
        assert entries == 1
        assert guesses < TRAVELERS
        assert guesses % PIECE == 0
        await admit(here, documents)
        assert on_disk(path) == (TRAVELERS, TRAVELERS + 1)
        assert await here.ask(documents, Fate.CONFIRMED)
        assert on_disk(path)[0] == 0
        await here.audit.verify()


async def _whole_pieces(path: Path) -> None:
    """No intent of one who is not counted, and the log is whole; the same may be asked again."""
    guesses, entries = on_disk(path)
    assert guesses in {*range(0, TRAVELERS, PIECE), TRAVELERS}
    assert entries in {*range(0, TRAVELERS, PIECE), TRAVELERS}
    assert not entries or guesses == TRAVELERS
    async with guarded(path) as here:
        await here.audit.verify()
        await admit(here, strangers(TRAVELERS))
    assert on_disk(path) == (TRAVELERS, entries + TRAVELERS)


@pytest.mark.parametrize("number", range(1, 60, 6))
async def test_a_disk_that_fails_between_pieces_leaves_whole_ones(
    tmp_path: Path, number: int
) -> None:
    path, disk = tmp_path / "hub.sqlite3", Disk()
    async with guarded(path, disk=disk) as here:
        disk.arm(number, Moment.BEFORE, fail)
        try:
            await admit(here, strangers(TRAVELERS))
        except AuditUnavailable:
            assert on_disk(path)[1] < TRAVELERS
        else:
            assert on_disk(path) == (TRAVELERS, TRAVELERS)
    await _whole_pieces(path)


def die_while_admitting(path: Path, number: int, acknowledgements: Connection) -> None:
    async def run() -> None:
        disk = Disk()
        async with guarded(path, disk=disk) as here:
            disk.arm(number, Moment.AFTER, die)
            await admit(here, strangers(TRAVELERS))
            acknowledgements.send(())

    asyncio.run(run())


@pytest.mark.processes
@pytest.mark.parametrize("number", [1, 5, 12, 20, 27, 34, 41, 48])
async def test_killed_between_pieces_what_is_there_is_whole(tmp_path: Path, number: int) -> None:
    path = tmp_path / "hub.sqlite3"
    process, _ = start(die_while_admitting, path, number)
    process.join()
    await _whole_pieces(path)
