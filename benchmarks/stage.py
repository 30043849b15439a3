"""What is measured, as running processes: three issuers, a hub, its peers, and two servers that do
nothing of their own: one that answers anything (``ceiling``), one that repeats what the issuers
said (``replaying``). Set up with the same parts as the demo.
"""

import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import httpx2

from benchmarks.cores import Cores, Program, children, running_on
from benchmarks.peers.table import PEERS, Peer
from benchmarks.recording import as_json, record
from benchmarks.wire import Person
from tongxing.gateway.cli.hub_client import HubClient
from tongxing.gateway.cli.terminal import now
from tongxing.sandbox.provisioning.clients import CITY_SYSTEM, COORDINATOR, TRANSPORT_HUB
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.processes import (
    FREE_PORTS,
    SEED,
    Child,
    reference_issuers,
    running,
)
from tongxing.sandbox.provisioning.state import provision, write_credentials, write_settings
from tongxing.sandbox.town.documents import Document
from tongxing.sandbox.town.population import Population
from tongxing.sandbox.town.records import IssuerName

ROOT = Path(__file__).resolve().parents[1]

POPULATION = 200_000
"""More travelers than a whole run asks about, so that no cold question is ever asked again."""

ANSWER_BYTES = 4_000
"""Of the server that does nothing: about as much as one recognition in full."""

HUB = "tongxing.gateway.cli"


START_SECONDS = 300
"""Hive Gateway takes twenty on a busy machine, a hub under callgrind more than a minute."""

REPLAYING = "replaying"

UNHURRIED_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Server:
    """A measured program and the address of its GraphQL endpoint."""

    program: Program
    url: str


@dataclass(frozen=True, slots=True)
class Stage:
    """``programs`` are the processes by name; ``city`` is the client that asks, ``neighbors`` are
    others that may ask about the same travelers. ``servers`` are those of them that answer
    questions, peers included."""

    cores: Cores
    hub_url: str
    servers: Mapping[str, Server]
    city: HubClient
    neighbors: Sequence[HubClient]
    programs: Mapping[str, Program]
    population: Population
    issuer_urls: Mapping[IssuerName, str]
    replaying_url: str
    layout: Layout

    @property
    def hub(self) -> Program:
        return self.programs["hub"]

    def move_all_to(self, cores: frozenset[int]) -> None:
        for program in self.programs.values():
            program.move_to(cores)

    def restore(self) -> None:
        """Everybody back to their core."""
        others = {*(name.value for name in IssuerName), REPLAYING}
        for name, program in self.programs.items():
            program.move_to(self.cores.others if name in others else self.cores.hub)

    def issuer_cpu(self) -> float:
        """Processor seconds of the three issuers together."""
        return sum(self.programs[name.value].cpu().all for name in IssuerName)

    def calls(self) -> int:
        """Calls that were counted, by the issuers and by who repeats them, all endpoints
        together."""
        real = sum(
            self._counted(url, self.layout.issuer_credential(name).read_text("ascii").strip())
            for name, url in self.issuer_urls.items()
        )
        return real + self._counted(self.replaying_url, "nobody")

    @staticmethod
    def _counted(url: str, credential: str) -> int:
        answer = httpx2.get(
            f"{url}/sandbox/calls",
            headers={"Authorization": f"Bearer {credential}"},
            trust_env=False,
        )
        calls: Mapping[str, int] = answer.raise_for_status().json()["calls"]
        return sum(calls.values())

    def misbehave(self, issuer: IssuerName, switch: Mapping[str, object] | None) -> None:
        """Switches a fault of an issuer on; None ends all that it has."""
        credential = self.layout.issuer_credential(issuer).read_text("ascii").strip()
        httpx2.request(
            "DELETE" if switch is None else "POST",
            f"{self.issuer_urls[issuer]}/sandbox/misbehavior",
            json=switch,
            headers={"Authorization": f"Bearer {credential}"},
            trust_env=False,
        ).raise_for_status()


@contextmanager
def stage(
    hub_module: str = HUB,
    hub_arguments: Sequence[str] = (),
    *,
    hot_peers: Sequence[str] = (),
    cold_peers: Sequence[str] = (),
    edit_settings: Callable[[Path], None] | None = None,
) -> Iterator[Stage]:
    """Everything on free loopback ports and out of a directory that is gone afterwards. The hub is
    run as ``hub_module``, whose own ``hub_arguments`` come first. A peer that is wanted both hot
    and cold runs twice if it asks other issuers then. Raises CommandFailed."""
    cores = Cores.split()
    with ExitStack() as stack:
        directory = stack.enter_context(TemporaryDirectory(prefix="tongxing-bench-"))
        layout = provision(Path(directory), now())
        population = Population(SEED, POPULATION)
        with running_on(cores.others):
            urls = stack.enter_context(reference_issuers(layout, FREE_PORTS, SEED, POPULATION))
            replaying = _replaying(layout, urls, population)
            (repeated,) = stack.enter_context(running([replaying]))
        replaying_url = str(repeated["url"])
        settings = write_settings(layout, urls, port=0)
        if edit_settings is not None:
            edit_settings(settings)
        peers = [
            *(
                _peer(layout, PEERS[name], _asked_hot(PEERS[name], urls, replaying_url), name)
                for name in hot_peers
            ),
            *(_peer(layout, PEERS[name], urls, cold_name(name)) for name in cold_peers),
        ]
        servers = [
            Child(
                "hub",
                hub_module,
                [*hub_arguments, "serve", "--settings", str(settings)],
                layout.logs / "hub.log",
                ROOT,
            ),
            Child(
                "ceiling",
                "benchmarks.ceiling",
                [str(ANSWER_BYTES)],
                layout.logs / "ceiling.log",
                ROOT,
            ),
            *peers,
        ]
        with running_on(cores.hub):
            announced = stack.enter_context(running(servers))
        started = [(name.value, urls[name]) for name in urls]
        started += [(REPLAYING, replaying_url)]
        started += [
            (server.name, str(said["url"])) for server, said in zip(servers, announced, strict=True)
        ]
        programs = dict(zip((name for name, _ in started), children(), strict=True))
        at = dict(started)
        for server in servers:
            _wait_for(programs[server.name], at[server.name], server.log)
        credentials = write_credentials(layout, at["hub"])
        stack.enter_context(running_on(cores.others))
        city, *neighbors = (
            stack.enter_context(closing(HubClient.from_file(credentials[client.id], now)))
            for client in (CITY_SYSTEM, TRANSPORT_HUB, COORDINATOR)
        )
        yield Stage(
            cores=cores,
            hub_url=at["hub"],
            servers={
                server.name: Server(programs[server.name], f"{at[server.name]}/graphql")
                for server in servers
            },
            city=city,
            neighbors=neighbors,
            programs=programs,
            population=population,
            issuer_urls=urls,
            replaying_url=replaying_url,
            layout=layout,
        )


def unhurried(settings: Path) -> None:
    """For a hub that a slow machine, or a profiler, takes beyond its own deadline."""
    text = settings.read_text("utf-8")
    settings.write_text(f"deadline_seconds = {UNHURRIED_SECONDS}\n{text}", "utf-8")


def cold_name(peer: str) -> str:
    """Of the process of a peer that asks the reference issuers in cold measurements."""
    return f"{peer}, cold"


def known_to_all(population: Population, numbers: Iterator[int]) -> Document:
    """The first of these of whom all three issuers hold a record."""
    persons = (population.person(number) for number in numbers)
    return next(person.document for person in persons if len(person.records) == 3)


def _replaying(layout: Layout, urls: Mapping[IssuerName, str], population: Population) -> Child:
    document = known_to_all(population, iter(range(population.size)))
    person = Person(document.kind.value, document.number, document.name)
    recorded = layout.directory / "recorded.json"
    recorded.write_text(json.dumps(as_json(record(layout, urls, person))), "utf-8")
    log = layout.logs / "replaying.log"
    return Child(REPLAYING, "benchmarks.replaying", [str(recorded)], log, ROOT)


def _asked_hot(
    peer: Peer, urls: Mapping[IssuerName, str], replaying_url: str
) -> Mapping[IssuerName, str]:
    return dict.fromkeys(urls, replaying_url) if peer.replayed else urls


def _peer(layout: Layout, peer: Peer, urls: Mapping[IssuerName, str], name: str) -> Child:
    addresses = json.dumps({issuer.value: url for issuer, url in urls.items()})
    log = layout.logs / f"{name}.log"
    arguments = [peer.name, str(layout.directory), addresses]
    return Child(name, "benchmarks.peers.starting", arguments, log, ROOT)


def _wait_for(program: Program, url: str, log: Path) -> None:
    """A server that is another program says where it will listen before it does."""
    where = urlsplit(url)
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up and not program.has_ended():
        with suppress(OSError), socket.create_connection((where.hostname, where.port or 80)):
            return
        time.sleep(0.1)
    raise RuntimeError(f"nothing listens at {url}; the end of its log: {log.read_text()[-2000:]}")
