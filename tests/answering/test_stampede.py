"""Everybody asks about the same person at once: each issuer is asked once, and everybody is
answered, with records of their own.

``STAMPEDE`` says how many ask; ``make soak`` has ten thousand of them.
"""

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.adapters.federation import NONCE, dialect, federated
from tests.adapters.people import AT, WANG
from tests.adapters.signers import ISSUERS
from tests.answering.test_hub import REGION, Trusting, link, opened
from tests.back_ends import open_database
from tests.recognition.given import shipped
from tongxing.adapters.adapter import Adapter
from tongxing.adapters.dialect import ByDocument
from tongxing.adapters.wire import HttpRequest, HttpResponse, Transport
from tongxing.gateway.answering.hub import Hub
from tongxing.gateway.answering.inquiry import Asker, Inquiry
from tongxing.gateway.answering.issuer_link import IssuerLink
from tongxing.gateway.policy.in_force import Policies
from tongxing.gateway.storage.audit import AuditFilter, AuditLog, OutcomeRecord
from tongxing.gateway.storage.slices import Slice
from tongxing.schema import Color, Outcome, Purpose, Recognition

ASKERS = int(os.environ.get("STAMPEDE", "300"))
DEADLINE_SECONDS = 60.0 + ASKERS / 20

PAGE = 1_000
CALLS = {"zhenjiang": 1, "sukangma": 1, "national": 2}
"""Of one question to each issuer."""

POLICY = replace(shipped("zhenjiang-1"), valid_from=AT, valid_until=AT + timedelta(days=1))
POLICIES = Policies.of({"1.toml": POLICY})


@dataclass
class Waiting:
    """An issuer that answers when it is told to, and counts its calls."""

    answering: Transport
    go: asyncio.Event = field(default_factory=asyncio.Event)
    calls: int = 0
    first: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, request: HttpRequest, *, deadline: float) -> HttpResponse:
        self.calls += 1
        await (self.first if self.calls == 1 else self.go).wait()
        return await self.answering.send(request, deadline=deadline)

    def let_go(self) -> None:
        """Answer whatever comes."""
        self.first.set()
        self.go.set()


@pytest.fixture
def issuers() -> dict[str, Waiting]:
    return {name: Waiting(federated(name).issuer) for name in ISSUERS}


@pytest.fixture
def links(issuers: Mapping[str, Waiting]) -> Iterator[dict[str, IssuerLink]]:
    with ThreadPoolExecutor(1) as readers:
        yield {
            name: link(
                Adapter(dialect(name), issuer, lambda: NONCE),
                readers,
                kept_seconds=DEADLINE_SECONDS,
            )
            for name, issuer in issuers.items()
        }


class Unchanging(Trusting):
    def __init__(self) -> None:
        super().__init__(now=True)


@asynccontextmanager
async def hub_of(directory: Path, links: dict[str, IssuerLink]) -> AsyncIterator[Hub]:
    async with opened(
        directory, Unchanging(), links, lambda: AT, POLICIES, deadline_seconds=DEADLINE_SECONDS
    ) as hub:
        yield hub


async def stampede(
    hub: Hub, issuers: Mapping[str, Waiting], clients: Sequence[str]
) -> list[Recognition]:
    """Everybody's answer. The issuers answer once everybody's question is recorded."""
    asking = [
        asyncio.create_task(ask(hub, clients[number % len(clients)], f"request-{number}"))
        for number in range(ASKERS)
    ]
    while any(not issuer.calls for issuer in issuers.values()):
        await asyncio.sleep(0.01)
    for issuer in issuers.values():
        issuer.let_go()
    return await asyncio.gather(*asking)


async def ask(hub: Hub, client: str, request: str) -> Recognition:
    inquiry = Inquiry(ByDocument(WANG), REGION, Purpose.ENTRY)
    (answer,) = await hub.recognize([inquiry], Asker(client, request))
    assert isinstance(answer, Recognition)
    return answer


async def answered_in(directory: Path) -> Counter[tuple[str, str]]:
    """How many outcomes there are of each client's each request."""
    found: Counter[tuple[str, str]] = Counter()
    async with open_database(directory / "state" / "hub.sqlite3") as database:
        log, after = await AuditLog.open(database), 0
        while entries := (await log.page(AuditFilter(), Slice(PAGE, after=after))).items:
            after = entries[-1].index
            records = (entry.record for entry in entries)
            outcomes = (record for record in records if isinstance(record, OutcomeRecord))
            found.update((record.client_id, record.request_id) for record in outcomes)
    return found


@pytest.mark.parametrize("clients", [("city",), ("city", "station", "province")], ids=len)
async def test_one_client_asks_each_issuer_once_however_many_ask(
    tmp_path: Path,
    issuers: dict[str, Waiting],
    links: dict[str, IssuerLink],
    clients: Sequence[str],
) -> None:
    async with hub_of(tmp_path, links) as hub:
        answers = await stampede(hub, issuers, clients)
    for name, issuer in issuers.items():
        assert issuer.calls <= len(clients) * CALLS[name], name
    assert {answer.color for answer in answers} == {Color.GREEN}
    outcomes = {source.outcome for answer in answers for source in answer.sources}
    assert outcomes == {Outcome.VERIFIED}
    assert len({answer.audit_index for answer in answers}) == ASKERS
    made = await answered_in(tmp_path)
    assert len(made) == sum(made.values()) == ASKERS
    assert {client for client, _ in made} == set(clients)
