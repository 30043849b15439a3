"""``python -m benchmarks.hops``: what a hop between two hubs costs.

Three hubs beside each other and the same reference issuers: a city's hub asks the issuers itself, a
province's asks them all through the city's, and a nation's all through the province's. Each hub is
asked about travelers of whom nobody has heard before, in rounds that alternate: one at a time,
which gives the time that an answer takes, and sixteen at a time, which gives the rate. What is
compared is the median of the rounds.
"""

import asyncio
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import aiohttp

from tongxing.gateway.cli.hub_client import HubClient
from tongxing.gateway.cli.operations import TRAVELER
from tongxing.gateway.cli.terminal import now
from tongxing.gateway.operation.files import replace
from tongxing.sandbox.demo.stage import document_fields
from tongxing.sandbox.provisioning.clients import CITY_SYSTEM
from tongxing.sandbox.provisioning.hubs import (
    Behind,
    SandboxHub,
    another_hub,
    let_ask,
    write_hub_settings,
)
from tongxing.sandbox.provisioning.processes import (
    FREE_PORTS,
    SEED,
    Child,
    reference_issuers,
    running,
)
from tongxing.sandbox.provisioning.state import provision
from tongxing.sandbox.town.documents import Document
from tongxing.sandbox.town.population import Population
from tongxing.sandbox.town.records import IssuerName

HUBS = (("tongxing-city", "321100"), ("tongxing-province", "320000"), ("tongxing-nation", "000000"))
"""In the order in which each asks the one before."""

POPULATION = 20_000
ROUNDS = 3
ALONE = 30
TOGETHER = 160
AT_ONCE = 16
MILLI = 1e3


@dataclass
class Hub:
    """``hops`` lie between it and the hub that asks the issuers; the lists have an entry for each
    round: seconds for an answer, and answers in a second."""

    hops: int
    url: str
    client: HubClient
    seconds: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)


def main() -> None:
    with _hubs() as hubs:
        population = Population(SEED, POPULATION)
        documents = (population.person(each).document for each in range(POPULATION))
        for hub in hubs:
            _ask(hub, [next(documents) for _ in range(AT_ONCE)], AT_ONCE)
        for _ in range(ROUNDS):
            for hub in hubs:
                _round(hub, documents)
        _print(hubs)


def _round(hub: Hub, documents: Iterator[Document]) -> None:
    hub.seconds.append(median(_ask(hub, [next(documents) for _ in range(ALONE)], 1)))
    many, began = [next(documents) for _ in range(TOGETHER)], time.monotonic()
    _ask(hub, many, AT_ONCE)
    hub.rates.append(len(many) / (time.monotonic() - began))


def _print(hubs: Sequence[Hub]) -> None:
    print(f"hops, cold: medians of {ROUNDS} rounds of {ALONE} and {TOGETHER}")
    direct = hubs[0]
    parts: dict[str, float] = {}
    for hub in hubs:
        seconds, rate = median(hub.seconds), median(hub.rates)
        slower, fewer = seconds / median(direct.seconds), median(direct.rates) / rate
        print(
            f"  {hub.hops} hops  {seconds * MILLI:>6.1f} ms  {slower:>4.2f} ×"
            f"  {rate:>6.0f} answers/s  1/{fewer:.2f}"
        )
        parts |= {
            f"hops_{hub.hops}_ms": seconds * MILLI,
            f"hops_{hub.hops}_per_s": rate,
            f"hops_{hub.hops}_times": slower,
        }
    print(json.dumps({"value": parts["hops_1_times"], "parts": parts}))


def _ask(hub: Hub, documents: Sequence[Document], at_once: int) -> list[float]:
    """How long each answer took."""
    return asyncio.run(_ask_all(hub.url, hub.client.token(), documents, at_once))


async def _ask_all(
    url: str, token: str, documents: Sequence[Document], at_once: int
) -> list[float]:
    """Raises RuntimeError at the first answer that is none."""
    left, took = iter(documents), list[float]()
    headers = {"authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers) as session:

        async def ask() -> None:
            for document in left:
                began = time.monotonic()
                async with session.post(f"{url}/graphql", json=_question(document)) as response:
                    body = await response.text()
                took.append(time.monotonic() - began)
                if '"errors"' in body or "TIMED_OUT" in body or '"sources"' not in body:
                    raise RuntimeError(f"not an answer: {body[:300]}")

        await asyncio.gather(*(ask() for _ in range(at_once)))
    return took


def _question(document: Document) -> Mapping[str, object]:
    asked = {
        "document": document_fields(document),
        "purpose": "ENTRY",
        "receivingRegion": "321100",
    }
    return {"query": TRAVELER, "variables": {"input": asked}}


@contextmanager
def _hubs() -> Iterator[Sequence[Hub]]:
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory(prefix="tongxing-hops-")))
        at = now()
        first = provision(directory / "first", at)
        made = [another_hub(first, *each, directory / each[0], at) for each in HUBS]
        for passing, asking in pairwise(made):
            let_ask(asking, passing, list(IssuerName), at)
        urls = stack.enter_context(reference_issuers(first, FREE_PORTS, SEED, POPULATION))
        hubs: list[Hub] = []
        for hops, hub in enumerate(made):
            behind = [Behind(made[hops - 1], hubs[-1].url, list(IssuerName))] if hubs else []
            write_hub_settings(hub, {} if hubs else urls, behind)
            (announced,) = stack.enter_context(running([_served(hub)]))
            client = _client(hub, str(announced["url"]))
            stack.enter_context(closing(client))
            hubs.append(Hub(hops, str(announced["url"]), client))
        yield hubs


def _served(hub: SandboxHub) -> Child:
    arguments = ["serve", "--settings", str(hub.layout.settings)]
    return Child(hub.id, "tongxing.gateway.cli", arguments, hub.layout.logs / "hub.log")


def _client(hub: SandboxHub, url: str) -> HubClient:
    file = hub.layout.client_credentials(CITY_SYSTEM.id)
    credentials = {
        "hub": url,
        "audience": hub.id,
        "client_id": CITY_SYSTEM.id,
        "key": hub.layout.client_key(CITY_SYSTEM.id).name,
    }
    replace(file, json.dumps(credentials).encode())
    return HubClient.from_file(file, now)


if __name__ == "__main__":
    main()
