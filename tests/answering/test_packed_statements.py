"""A statement that is kept packed is verified and read like one that was kept taken apart."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import pytest

from tests.adapters.federation import KEYS, federated
from tests.adapters.signers import trust_list
from tests.answering.test_hub import Trusting, Unwatched, opened, recognized
from tongxing.gateway.answering.clock_evidence import ClockEvidence
from tongxing.gateway.answering.issuer_link import IssuerLink
from tongxing.gateway.answering.statement_cache import READ_BYTES, StatementCache
from tongxing.schema import Outcome

ISSUERS = ("zhenjiang", "sukangma", "national", "anhui")
REVOKED = trust_list({name: [key] for name, key in KEYS.items()}, revoked=frozenset({"zhenjiang"}))


class Counting(Unwatched):
    def __init__(self) -> None:
        self.asked = 0

    def issuer_answered(self, issuer: str, outcome: Outcome, seconds: float) -> None:
        self.asked += 1


@pytest.fixture
def watch() -> Counting:
    return Counting()


@pytest.fixture
def links(watch: Counting) -> Iterator[dict[str, IssuerLink]]:
    """With room for packed statements alone."""
    cache = StatementCache(
        lifetime_seconds=30, room_of_client=2 * READ_BYTES, room=1_000_000, clock=monotonic
    )
    with ThreadPoolExecutor(1) as readers:
        yield {
            issuer: IssuerLink(
                federated(issuer).adapter,
                cache=cache,
                readers=readers,
                evidence=ClockEvidence(lambda _: None),
                watch=watch,
                clock=monotonic,
            )
            for issuer in ISSUERS
        }


async def test_nobody_is_asked_again_and_the_answer_is_the_same(
    tmp_path: Path, links: dict[str, IssuerLink], watch: Counting
) -> None:
    async with opened(tmp_path, Trusting(now=True), links) as hub:
        first, second = await recognized(hub), await recognized(hub)
    assert first.sources == second.sources
    assert {source.outcome for source in second.sources} == {Outcome.VERIFIED}
    assert watch.asked == len(first.sources) > 1


async def test_a_packed_statement_counts_no_longer_than_its_key(
    tmp_path: Path, links: dict[str, IssuerLink]
) -> None:
    async with opened(tmp_path, Trusting(now=True), links) as hub:
        assert (await recognized(hub)).sources[0].outcome is Outcome.VERIFIED
    async with opened(tmp_path, Trusting(REVOKED, now=True), links) as hub:
        source = (await recognized(hub)).sources[0]
    assert (source.issuer, source.outcome) == ("zhenjiang", Outcome.BAD_SIGNATURE)
