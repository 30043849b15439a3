"""What several look up in one turn of the event loop is looked up once, and each is told."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from tongxing.gateway.answering.shared_reading import READ_AT_ONCE, SharedReading
from tongxing.gateway.storage import StorageUnavailable

FAULT = StorageUnavailable("the disk is full")


class Shelf:
    """Holds ``key + 1`` under each even key."""

    def __init__(self) -> None:
        self.read: list[Sequence[int]] = []
        self.fault: Exception | None = None

    async def look_up(self, keys: Sequence[int]) -> Mapping[int, int]:
        self.read.append(keys)
        await asyncio.sleep(0)
        if self.fault is not None:
            raise self.fault
        return {key: key + 1 for key in keys if key % 2 == 0}


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


async def test_those_who_ask_together_read_together(shelf: Shelf) -> None:
    reading = SharedReading(shelf.look_up)
    first, second = await asyncio.gather(reading.of([1, 2]), reading.of([2, 4]))
    assert shelf.read == [[1, 2, 4]]
    assert (first[2], second[2], second[4], first.get(1)) == (3, 3, 5, None)
    await reading.of([6])
    assert shelf.read == [[1, 2, 4], [6]]


async def test_many_are_read_piece_by_piece(shelf: Shelf) -> None:
    wanted = list(range(2 * READ_AT_ONCE + 1))
    found = await SharedReading(shelf.look_up).of(wanted)
    assert len(found) == READ_AT_ONCE + 1
    assert [len(keys) for keys in shelf.read] == [READ_AT_ONCE, READ_AT_ONCE, 1]


async def test_one_that_goes_away_changes_nothing_for_the_others(shelf: Shelf) -> None:
    reading = SharedReading(shelf.look_up)
    gone, stays = (asyncio.ensure_future(reading.of([key])) for key in (2, 4))
    await asyncio.sleep(0)
    gone.cancel()
    assert (await stays)[4] == 5
    assert gone.cancelled()


async def test_each_is_told_of_a_fault_by_an_object_of_its_own(shelf: Shelf) -> None:
    shelf.fault = FAULT
    reading = SharedReading(shelf.look_up)
    told = await asyncio.gather(reading.of([2]), reading.of([4]), return_exceptions=True)
    assert len({id(each) for each in told} | {id(FAULT)}) == 3
    for each in told:
        assert isinstance(each, StorageUnavailable)
        assert each.args == FAULT.args
        assert each.__cause__ is FAULT
