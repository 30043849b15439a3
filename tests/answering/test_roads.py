"""Questions that have come by different roads: none leaves with another or stands in its way."""

import asyncio
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from tests.adapters.federation import federated
from tests.adapters.people import STRANGER, WANG, ZHAO
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
from tongxing.adapters.dialect import Answer
from tongxing.adapters.wire import HttpRequest, HttpResponse
from tongxing.gateway.answering.issuer_link import IssuerLink
from tongxing.gateway.answering.issuer_streams import ROADS_OF_ONE
from tongxing.gateway.answering.road import ROAD, Road
from tongxing.schema import Outcome, TravelDocument

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
    link: IssuerLink, road: Road, *asked: TravelDocument, client: str = "the-last-hub"
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
