"""Questions that have come by different roads: none leaves with another or stands in its way."""

import asyncio
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from tests.adapters.federation import federated
from tests.adapters.people import GATE, STRANGER, WANG, ZHAO
from tests.answering.guessing import strangers
from tests.answering.held_issuer import (
    ISSUER,
    Held,
    asking,
    keyed,
    link_to,
    moment,
    outcomes,
)
from tongxing.adapters.dialect import Answer, ByCode
from tongxing.adapters.wire import HttpRequest, HttpResponse
from tongxing.gateway.answering.circuit import FAILURES
from tongxing.gateway.answering.issuer_link import IssuerLink
from tongxing.gateway.answering.issuer_streams import (
    RELAYED_AT_ONCE,
    RELAYED_OF_ONE,
    ROADS_OF_ONE,
    Streams,
)
from tongxing.gateway.answering.lanes import MOST_WAITING_OF_ONE
from tongxing.gateway.answering.open_questions import OpenQuestion, Wait, Waking
from tongxing.gateway.answering.road import ROAD, Road
from tongxing.schema import Outcome, TravelDocument
from tongxing.schema.federation import Reach

FAR: Road = ("a-hub", "another-hub", "the-last-hub")


@dataclass
class Seen(Held):
    """Also keeps by which road each request has come."""

    roads: list[Road] = field(default_factory=list)

    async def send(self, request: HttpRequest, *, deadline: float) -> HttpResponse:
        self.roads.append(ROAD.get())
        return await super().send(request, deadline=deadline)


@pytest.fixture
def issuer() -> Seen:
    return Seen(federated(ISSUER).issuer)


@pytest.fixture
def link(issuer: Seen) -> Iterator[IssuerLink]:
    with ThreadPoolExecutor(1) as readers:
        yield link_to(issuer, readers)


def relayed(
    link: IssuerLink, road: Road, *asked: TravelDocument | ByCode, client: str = "the-last-hub"
) -> "asyncio.Task[Mapping[str, Answer]]":
    before = ROAD.set(road)
    try:
        return asking(link, moment(client), *asked)
    finally:
        ROAD.reset(before)


async def test_what_waits_leaves_with_its_own_road_alone(link: IssuerLink, issuer: Seen) -> None:
    first = asking(link, moment(), ZHAO)
    await issuer.came()
    far, near = relayed(link, FAR, WANG), relayed(link, FAR[2:], WANG)
    own, others = asking(link, moment(), STRANGER), asking(link, moment("hospital"), WANG)
    issuer.open()
    await asyncio.gather(first, far, near, own, others)
    assert sorted(issuer.roads) == [(), (), FAR, FAR[2:]]
    assert [len(people) for people in issuer.people] == [1, 1, 1, 2]
    for answers in (await far, await near, await others):
        assert outcomes(answers, WANG) == [Outcome.VERIFIED]


async def test_what_a_hub_asks_does_not_wait_for_what_it_asks_by_another_road(
    link: IssuerLink, issuer: Seen
) -> None:
    """A loop is refused there; the question by the other road is answered all the same."""
    far = relayed(link, FAR, WANG)
    await issuer.came()
    near = relayed(link, FAR[2:], WANG)
    await issuer.came(2)
    issuer.let_go(1)
    assert outcomes(await near, WANG) == [Outcome.VERIFIED]
    assert not far.done()
    issuer.open()
    assert outcomes(await far, WANG) == [Outcome.VERIFIED]


async def test_a_hub_asks_by_a_few_roads_at_a_time_and_takes_no_room_of_others(
    link: IssuerLink, issuer: Seen
) -> None:
    people = strangers(ROADS_OF_ONE + 1)
    made_up = [
        relayed(link, (f"hub-{number}", "the-last-hub"), person)
        for number, person in enumerate(people)
    ]
    assert outcomes(await made_up[-1], people[-1]) == [Outcome.BUSY]
    other = relayed(link, ("a-third-hub",), WANG, client="a-third-hub")
    own = asking(link, moment(), STRANGER)
    issuer.open()
    assert outcomes(await other, WANG) == [Outcome.VERIFIED]
    await own
    await asyncio.gather(*made_up)
    again = relayed(link, ("hub-again", "the-last-hub"), ZHAO)
    assert outcomes(await again, ZHAO) == [Outcome.VERIFIED]


async def test_a_manifest_of_a_hub_leaves_apart_from_its_single_questions(
    link: IssuerLink, issuer: Seen
) -> None:
    many = relayed(link, FAR, *strangers(30))
    await issuer.came()
    one = relayed(link, FAR, WANG)
    await issuer.came(2)
    issuer.let_go(1)
    assert outcomes(await one, WANG) == [Outcome.VERIFIED]
    issuer.open()
    assert len(await many) == len(keyed(*strangers(30)))


async def test_what_one_hub_asks_leaves_exchanges_for_the_next_one_and_for_own_clients(
    link: IssuerLink, issuer: Seen
) -> None:
    """Scans leave alone, each in an exchange of its own."""
    scans = [ByCode(f"ZJC1.{number}.b.c", GATE) for number in range(60)]
    many = [relayed(link, FAR, scan) for scan in scans]
    await issuer.came(RELAYED_OF_ONE)
    other = relayed(link, ("a-third-hub",), WANG, client="a-third-hub")
    own, manifest = asking(link, moment(), STRANGER), asking(link, moment(), *strangers(30))
    await issuer.came(RELAYED_OF_ONE + 3)
    for number in range(3):
        issuer.let_go(RELAYED_OF_ONE + number)
    await asyncio.gather(other, own, manifest)
    assert len(issuer.asked) == RELAYED_OF_ONE + 3
    issuer.open()
    await asyncio.gather(*many)


async def test_all_hubs_together_leave_exchanges_for_own_clients(
    link: IssuerLink, issuer: Seen
) -> None:
    scans = [ByCode(f"ZJC1.{number}.b.c", GATE) for number in range(60)]
    many = [
        relayed(link, (hub,), scan, client=hub)
        for hub in ("one-hub", "two-hub", "three-hub")
        for scan in scans
    ]
    await issuer.came(RELAYED_AT_ONCE)
    own = asking(link, moment(), WANG)
    await issuer.came(RELAYED_AT_ONCE + 1)
    issuer.let_go(RELAYED_AT_ONCE)
    assert outcomes(await own, WANG) == [Outcome.VERIFIED]
    assert len(issuer.asked) == RELAYED_AT_ONCE + 1
    issuer.open()
    await asyncio.gather(*many)


def test_all_roads_of_a_hub_together_have_the_room_of_one_client() -> None:
    async def fill() -> None:
        streams, (asked,) = Streams(200), keyed(WANG)
        for number in range(MOST_WAITING_OF_ONE):
            wait = waiting((f"hub-{number % 2}", "the-last-hub"), "the-last-hub")
            stream = streams.of(asked, wait, is_manifest=True)
            assert stream is not None
            assert stream.lanes.put("the-last-hub", OpenQuestion(asked, "the-last-hub"))
        for road in (("hub-1", "the-last-hub"), ("hub-2", "the-last-hub")):
            assert streams.of(asked, waiting(road, "the-last-hub"), is_manifest=True) is None
        assert streams.of(asked, waiting(("b-hub",), "b-hub"), is_manifest=True) is not None

    asyncio.run(fill())


def waiting(road: Road, client: str) -> Wait:
    before = ROAD.set(road)
    try:
        return Wait(ISSUER, moment(client), 0.0, Waking(), is_late=False)
    finally:
        ROAD.reset(before)


async def test_an_impatient_hub_closes_the_way_to_nobody_else(
    link: IssuerLink, issuer: Seen
) -> None:
    """It says itself how long it waits, and the silence is not the issuer's."""
    people = strangers(FAILURES)
    for person in people:
        before = ROAD.set(FAR)
        try:
            impatient = asking(link, moment("the-last-hub", 0.02), person)
        finally:
            ROAD.reset(before)
        assert outcomes(await impatient, person) == [Outcome.TIMED_OUT]
    assert link.reach is Reach.ASKED
    issuer.open()
    assert outcomes(await asking(link, moment(), WANG), WANG) == [Outcome.VERIFIED]
