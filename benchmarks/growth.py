"""``python -m benchmarks.growth``: the cost of an answer with 3, 10, 34 and 340 connected issuers.

Three of them know the holder, whatever the number.

Four hubs beside each other, with one trust list of 340 issuers, the same reference issuers and the
same federation, differ only in how many issuers they are connected to. All ask everybody whose
membership filter does not say that the holder is unknown there. Rounds alternate; what is compared
is the processor time of the hub for one answer, without what it uses while nobody asks (filters are
fetched every two minutes), which is printed beside it. The calls at the issuers are counted.
"""

import asyncio
import json
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import aiohttp

from benchmarks.cores import Cores, Program, children, running_on
from tongxing.gateway.cli.hub_client import HubClient
from tongxing.gateway.cli.operations import TRAVELER
from tongxing.gateway.cli.terminal import now
from tongxing.sandbox.demo.stage import document_fields
from tongxing.sandbox.federation.members import Member, credential_file, members
from tongxing.sandbox.provisioning.clients import CITY_SYSTEM
from tongxing.sandbox.provisioning.federation import (
    FREE_FEDERATION_PORTS,
    REFERENCE_ISSUERS,
    federation,
    provision_federation,
    write_federation_settings,
)
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.processes import (
    FREE_PORTS,
    SEED,
    Child,
    reference_issuers,
    running,
)
from tongxing.sandbox.provisioning.state import write_credentials
from tongxing.sandbox.town.documents import Document
from tongxing.sandbox.town.population import Population
from tongxing.sandbox.town.records import IssuerName

CONNECTED = (3, 10, 34, 340)
POPULATION = 200_000
ROUNDS = 3
QUESTIONS = 100
"""In one round of one hub."""

AT_ONCE = 16
FILTERS_SECONDS = 60
IDLE_SECONDS = 20
MICRO = 1e6


@dataclass
class Hub:
    """``cost`` are processor seconds for one answer, by kind of question, one for each round."""

    connected: int
    url: str
    program: Program
    log: Path
    idle: float = 0.0
    cost: dict[str, list[float]] = field(default_factory=lambda: {"hot": [], "cold": []})
    calls: dict[str, list[float]] = field(default_factory=lambda: {"hot": [], "cold": []})


@dataclass(frozen=True, slots=True)
class Stage:
    hubs: Sequence[Hub]
    client: HubClient
    counters: Mapping[str, str]
    """Where calls are counted, and the credential."""

    def calls(self) -> int:
        return asyncio.run(_calls(self.counters))


def main() -> None:
    with _stage() as stage:
        travelers = _known_to_all()
        for hub in stage.hubs:
            _await_filters(hub)
            _ask(stage, hub, [next(travelers) for _ in range(AT_ONCE)])
        _look_at_idle(stage.hubs)
        for _ in range(ROUNDS):
            for hub in stage.hubs:
                _round(stage, hub, travelers)
        _print(stage.hubs)


def _look_at_idle(hubs: Sequence[Hub]) -> None:
    before = [hub.program.cpu() for hub in hubs]
    time.sleep(IDLE_SECONDS)
    for hub, cpu in zip(hubs, before, strict=True):
        hub.idle = hub.program.cpu().since(cpu).all / IDLE_SECONDS


def _round(stage: Stage, hub: Hub, travelers: Iterator[Document]) -> None:
    fresh = [next(travelers) for _ in range(QUESTIONS)]
    regulars = [*fresh[:10]] * (QUESTIONS // 10)
    for kind, asked in (("cold", fresh), ("hot", regulars)):
        calls, cpu, began = stage.calls(), hub.program.cpu(), time.monotonic()
        _ask(stage, hub, asked)
        used = hub.program.cpu().since(cpu).all - hub.idle * (time.monotonic() - began)
        hub.cost[kind].append(used / len(asked))
        hub.calls[kind].append((stage.calls() - calls) / len(asked))


def _print(hubs: Sequence[Hub]) -> None:
    grown: dict[str, float] = {}
    for kind in ("hot", "cold"):
        print(f"growth, {kind}: medians of {ROUNDS} rounds of {QUESTIONS}")
        few = median(hubs[0].cost[kind])
        for hub in hubs:
            cost = median(hub.cost[kind])
            print(
                f"  {hub.connected:>4} connected  {cost * MICRO:>8,.0f} µs  {cost / few:>5.2f} ×"
                f"  {median(hub.calls[kind]):.2f} calls  idle {hub.idle:.1%}"
            )
            grown[f"{kind}_{hub.connected}_us"] = cost * MICRO
        grown[kind] = median(hubs[-1].cost[kind]) / few
    print(json.dumps({"value": max(grown["hot"], grown["cold"]), "parts": grown}))


def _ask(stage: Stage, hub: Hub, travelers: Sequence[Document]) -> None:
    asyncio.run(_ask_all(hub.url, stage.client.token(), travelers))


async def _ask_all(url: str, token: str, travelers: Sequence[Document]) -> None:
    """Raises RuntimeError at the first answer that is none."""
    left = iter(travelers)
    headers = {"authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers) as session:

        async def ask() -> None:
            for document in left:
                async with session.post(f"{url}/graphql", json=_question(document)) as response:
                    body = await response.text()
                    if '"errors"' in body or '"TravelerRecognition"' not in body:
                        raise RuntimeError(f"not an answer: {body[:300]}")

        await asyncio.gather(*(ask() for _ in range(AT_ONCE)))


NOT_ASKED = "  notAsked { issuer { id name { zh } } reason }\n"
"""A list of 337 issuers costs what a list of 337 issuers costs: who wants it selects it."""


def _question(document: Document) -> Mapping[str, object]:
    asked = {
        "document": document_fields(document),
        "purpose": "ENTRY",
        "receivingRegion": "321100",
    }
    return {"query": TRAVELER.replace(NOT_ASKED, ""), "variables": {"input": asked}}


async def _calls(counters: Mapping[str, str]) -> int:
    total = 0
    async with aiohttp.ClientSession() as session:
        for url, credential in counters.items():
            headers = {"authorization": f"Bearer {credential}"}
            async with session.get(f"{url}/sandbox/calls", headers=headers) as response:
                calls = (await response.json())["calls"]
                total += calls if isinstance(calls, int) else sum(calls.values())
    return total


def _known_to_all() -> Iterator[Document]:
    population = Population(SEED, POPULATION)
    for number in range(POPULATION):
        person = population.person(number)
        if len(person.records) == REFERENCE_ISSUERS:
            yield person.document


def _await_filters(hub: Hub) -> None:
    """Until every member's filter counts. Raises RuntimeError."""
    for _ in range(FILTERS_SECONDS * 2):
        taken = hub.log.read_text("utf-8").count('"filter_taken"')
        if taken >= hub.connected - REFERENCE_ISSUERS:
            return
        time.sleep(0.5)
    raise RuntimeError(f"only {taken} filters came")


@contextmanager
def _stage() -> Iterator[Stage]:
    cores = Cores.split()
    with ExitStack() as stack:
        directory = stack.enter_context(TemporaryDirectory(prefix="tongxing-growth-"))
        layout = provision_federation(Path(directory), now(), max(CONNECTED))
        wanted = members(max(CONNECTED) - REFERENCE_ISSUERS)
        with running_on(cores.others):
            urls = stack.enter_context(reference_issuers(layout, FREE_PORTS, SEED, POPULATION))
            more = stack.enter_context(federation(layout, FREE_FEDERATION_PORTS, SEED, wanted))
        before = len(children())
        servers = [_hub(layout, urls, more, connected) for connected in CONNECTED]
        with running_on(cores.hub):
            announced = stack.enter_context(running(servers))
        programs = children()[before:]
        hubs = [
            Hub(connected, str(said["url"]), program, server.log)
            for connected, said, program, server in zip(
                CONNECTED, announced, programs, servers, strict=True
            )
        ]
        credentials = write_credentials(layout, hubs[0].url)
        client = HubClient.from_file(credentials[CITY_SYSTEM.id], now)
        stack.enter_context(closing(client))
        stack.enter_context(running_on(cores.others))
        yield Stage(hubs, client, _counters(layout, urls, more))


def _hub(
    layout: Layout, urls: Mapping[IssuerName, str], more: Mapping[Member, str], connected: int
) -> Child:
    """With a database of its own, in which the clients are registered."""
    few = dict(list(more.items())[: connected - REFERENCE_ISSUERS])
    written = write_federation_settings(layout, urls, few, 0).read_text("utf-8")
    settings = layout.directory / f"settings-{connected}.toml"
    settings.write_text(f"{_OWN.format(connected)}{written}", "utf-8")
    for file in layout.directory.glob(f"{layout.database.name}*"):
        name = file.name.replace(layout.database.stem, f"hub-{connected}", 1)
        shutil.copy(file, layout.directory / name)
    arguments = ["serve", "--settings", str(settings)]
    log = layout.logs / f"hub-{connected}.log"
    return Child(f"hub-{connected}", "tongxing.gateway.cli", arguments, log)


_OWN = """\
database = "hub-{}.sqlite3"
deadline_seconds = 30.0
"""
"""On a machine with other work, an answer that is late is no measurement."""


def _counters(
    layout: Layout, urls: Mapping[IssuerName, str], more: Mapping[Member, str]
) -> Mapping[str, str]:
    found = {
        url: layout.issuer_credential(name).read_text("ascii").strip() for name, url in urls.items()
    }
    credential = credential_file(layout.federation).read_text("ascii")
    return found | {url.rpartition("/")[0]: credential for url in more.values()}


if __name__ == "__main__":
    main()
