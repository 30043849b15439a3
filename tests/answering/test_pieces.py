"""A manifest in pieces: what is recorded when, and what ends the whole."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import pytest

from tests.adapters.federation import NONCE, dialect, federated
from tests.adapters.people import WANG
from tests.answering.guessing import strangers
from tests.answering.test_hub import REGION, Trusting, link, opened
from tests.answering.test_stampede import POLICIES, Waiting
from tests.connection import PATIENCE_SECONDS
from tests.storage.disk import Disk
from tongxing.adapters.adapter import Adapter
from tongxing.adapters.dialect import ByDocument
from tongxing.gateway.answering.inquiry import Asker, Inquiry
from tongxing.gateway.answering.issuer_link import IssuerLink
from tongxing.gateway.answering.pieces import PIECE, piece_by_piece, pieces_of
from tongxing.schema import Outcome, Purpose, Recognition


@dataclass
class Steps:
    """What happened in which order. ``fails`` is the piece that cannot be recorded; ``held`` holds
    up every record."""

    fails: int | None = None
    held: asyncio.Event = field(default_factory=asyncio.Event)
    happened: list[tuple[str, int]] = field(default_factory=list)

    async def judge(self, places: range) -> range:
        self.happened.append(("judged", places.start))
        return places

    async def record(self, places: range) -> list[int]:
        self.happened.append(("recording", places.start))
        await self.held.wait()
        if self.fails is not None and self.fails in places:
            raise RuntimeError("no record")
        self.happened.append(("recorded", places.start))
        return list(places)


@pytest.mark.parametrize("count", [1, PIECE, PIECE + 1, 5 * PIECE - 1])
async def test_every_place_is_answered_in_order(count: int) -> None:
    steps = Steps()
    steps.held.set()
    assert await piece_by_piece(count, steps.judge, steps.record) == list(range(count))
    assert list(chain.from_iterable(pieces_of(count))) == list(range(count))


async def test_the_next_piece_is_judged_while_one_is_recorded_and_no_two_are_recorded_at_once() -> (
    None
):
    steps = Steps()
    working = asyncio.ensure_future(piece_by_piece(4 * PIECE, steps.judge, steps.record))
    while len(steps.happened) < 3:
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    assert set(steps.happened) == {("judged", 0), ("judged", PIECE), ("recording", 0)}
    steps.held.set()
    await working
    recording = [what for what, _ in steps.happened if what != "judged"]
    assert recording == ["recording", "recorded"] * 4


async def test_a_piece_that_cannot_be_recorded_ends_the_whole() -> None:
    steps = Steps(fails=PIECE)
    steps.held.set()
    with pytest.raises(RuntimeError):
        await piece_by_piece(5 * PIECE, steps.judge, steps.record)
    assert ("recording", 2 * PIECE) not in steps.happened
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_whoever_stops_waiting_leaves_nothing_behind() -> None:
    steps = Steps()
    working = asyncio.ensure_future(piece_by_piece(2 * PIECE, steps.judge, steps.record))
    while ("recording", 0) not in steps.happened:
        await asyncio.sleep(0)
    working.cancel()
    await asyncio.wait({working})
    assert working.cancelled()
    assert asyncio.all_tasks() == {asyncio.current_task()}


SUKANGMA_BATCH = 200


@pytest.fixture
def issuers() -> dict[str, Waiting]:
    return {name: Waiting(federated(name).issuer) for name in ("zhenjiang", "sukangma")}


@pytest.fixture
def links(issuers: dict[str, Waiting]) -> Iterator[dict[str, IssuerLink]]:
    with ThreadPoolExecutor(2) as readers:
        yield {
            name: link(Adapter(dialect(name), issuer, lambda: NONCE), readers)
            for name, issuer in issuers.items()
        }


def manifest(count: int) -> list[Inquiry]:
    people = [WANG, *strangers(count - 1)]
    return [Inquiry(ByDocument(each), REGION, Purpose.ENTRY) for each in people]


async def test_what_has_come_is_recorded_while_the_rest_is_on_its_way(
    tmp_path: Path, issuers: dict[str, Waiting], links: dict[str, IssuerLink]
) -> None:
    """Zhenjiang answers all at once, and Sukangma the first two hundred."""
    count = SUKANGMA_BATCH + PIECE
    disk = Disk()
    hub_of = opened(
        tmp_path,
        Trusting(now=True),
        links,
        policies=POLICIES,
        disk=disk,
        deadline_seconds=10 * PATIENCE_SECONDS,
    )
    async with hub_of as hub:
        asking = asyncio.ensure_future(
            hub.recognize(manifest(count), Asker("city", "request", count))
        )
        issuers["zhenjiang"].let_go()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while issuers["sukangma"].calls < 2:
                await asyncio.sleep(0.01)
            before = disk.said.count("COMMIT")
            issuers["sukangma"].first.set()
            while disk.said.count("COMMIT") < before + SUKANGMA_BATCH // PIECE:
                await asyncio.sleep(0.01)
        assert not asking.done()
        issuers["sukangma"].let_go()
        answers = await asking
    answered = [each for each in answers if isinstance(each, Recognition)]
    assert len(answered) == count
    assert len({each.audit_index for each in answered}) == count
    outcomes = [[source.outcome for source in each.sources] for each in answered]
    assert outcomes[0] == [Outcome.VERIFIED] * 2
    assert outcomes[1:] == [[Outcome.NOT_ENROLLED] * 2] * (count - 1)
