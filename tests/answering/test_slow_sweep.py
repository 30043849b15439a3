"""A sweep that takes weeks, at the hub: its own clock, an issuer that counts what it is asked."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest

from tests.adapters.federation import Federated, federated
from tests.adapters.people import AT, WANG
from tests.answering.guessing import DAY, of_one_prefix, strangers
from tests.answering.test_hub import REGION, Trusting, Unwatched, opened
from tests.connection import PATIENCE_SECONDS
from tests.recognition.given import shipped
from tongxing.adapters.dialect import ByDocument
from tongxing.gateway.answering.clock_evidence import ClockEvidence
from tongxing.gateway.answering.guess_guard import ClientStopped
from tongxing.gateway.answering.guesses import GuessLimits
from tongxing.gateway.answering.hub import Hub
from tongxing.gateway.answering.inquiry import Asker, Inquiry
from tongxing.gateway.answering.issuer_link import IssuerLink
from tongxing.gateway.answering.statement_cache import StatementCache
from tongxing.gateway.policy.in_force import Policies
from tongxing.schema import Purpose, TravelDocument

LIMITS = GuessLimits()
POLICIES = Policies.of(
    {"1.toml": replace(shipped("zhenjiang-1"), valid_from=AT - DAY, valid_until=AT + 400 * DAY)}
)


class Days:
    """The hub's clock and the issuer's, moved by the test."""

    def __init__(self, issuer: Federated) -> None:
        self._issuer = issuer.issuer
        self.passed = timedelta(0)

    def __call__(self) -> datetime:
        return AT + self.passed

    def pass_by(self, time: timedelta) -> None:
        self.passed += time
        self._issuer.late = self.passed


@pytest.fixture
def zhenjiang() -> Federated:
    return federated("zhenjiang")


@pytest.fixture
def links(zhenjiang: Federated) -> Iterator[dict[str, IssuerLink]]:
    cache = StatementCache(
        lifetime_seconds=30, room_of_client=100_000, room=1_000_000, clock=monotonic
    )
    with ThreadPoolExecutor(1) as readers:
        yield {
            "zhenjiang": IssuerLink(
                zhenjiang.adapter,
                cache=cache,
                readers=readers,
                evidence=ClockEvidence(lambda _: None),
                clock=monotonic,
                watch=Unwatched(),
            )
        }


async def ask(hub: Hub, *documents: TravelDocument) -> bool:
    inquiries = [Inquiry(ByDocument(each), REGION, Purpose.ENTRY) for each in documents]
    try:
        await hub.recognize(inquiries, Asker("city", "request", len(documents)))
    except ClientStopped:
        return False
    return True


async def test_one_number_a_day_is_stopped_in_the_third_week(
    tmp_path: Path, zhenjiang: Federated, links: dict[str, IssuerLink]
) -> None:
    clock = Days(zhenjiang)
    async with opened(tmp_path, Trusting(), links, clock, POLICIES) as hub:
        answered = []
        for document in of_one_prefix(60):
            answered.append(await ask(hub, document))
            clock.pass_by(DAY)
        assert answered.count(True) == LIMITS.per_prefix
        assert len(zhenjiang.issuer.requests) == LIMITS.per_prefix
        assert not await ask(hub, WANG)


async def test_people_whom_an_issuer_confirms_are_neighbors_for_weeks(
    tmp_path: Path, zhenjiang: Federated, links: dict[str, IssuerLink]
) -> None:
    zhenjiang.issuer.people = of_one_prefix(100)
    clock = Days(zhenjiang)
    async with opened(tmp_path, Trusting(), links, clock, POLICIES) as hub:
        for person in zhenjiang.issuer.people:
            assert await ask(hub, person)
            clock.pass_by(DAY / 4)
        assert await ask(hub, *zhenjiang.issuer.people)


async def test_an_issuer_that_says_nothing_useful_stops_no_client(
    tmp_path: Path, zhenjiang: Federated, links: dict[str, IssuerLink]
) -> None:
    zhenjiang.issuer.mangle = lambda _, response: replace(response, body=b"<html>")
    clock = Days(zhenjiang)
    async with opened(tmp_path, Trusting(), links, clock, POLICIES) as hub:
        for document in of_one_prefix(3 * LIMITS.per_prefix):
            assert await ask(hub, document)
        assert await ask(hub, *strangers(500))


async def test_a_sweep_over_everything_is_answered_once_at_the_most(
    tmp_path: Path, zhenjiang: Federated, links: dict[str, IssuerLink]
) -> None:
    """Numbers and names that share nothing look like a coach before the issuers have answered."""
    async with opened(
        tmp_path, Trusting(), links, Days(zhenjiang), POLICIES, deadline_seconds=PATIENCE_SECONDS
    ) as hub:
        assert not await ask(hub, *strangers(1_000))
        assert not await ask(hub, WANG)
