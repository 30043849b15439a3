"""What is measured, as running processes: three issuers, a hub, the peer, and a server that does
nothing; set up with the same parts as the demo.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2

from benchmarks.cores import Cores, Program, children, running_on
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
from tongxing.sandbox.town.population import Population
from tongxing.sandbox.town.records import IssuerName

ROOT = Path(__file__).resolve().parents[1]

POPULATION = 200_000
"""More travelers than a whole run asks about, so that no cold question is ever asked again."""

ANSWER_BYTES = 4_000
"""Of the server that does nothing: about as much as one recognition in full."""

HUB = "tongxing.gateway.cli"


@dataclass(frozen=True, slots=True)
class Stage:
    """``programs`` are the processes by name; ``city`` is the client that asks, ``neighbors`` are
    others that may ask about the same travelers."""

    cores: Cores
    hub_url: str
    peer_url: str
    ceiling_url: str
    city: HubClient
    neighbors: Sequence[HubClient]
    programs: Mapping[str, Program]
    population: Population
    issuer_urls: Mapping[IssuerName, str]
    layout: Layout

    @property
    def hub(self) -> Program:
        return self.programs["hub"]

    @property
    def peer(self) -> Program:
        return self.programs["peer"]

    def move_all_to(self, cores: frozenset[int]) -> None:
        for program in self.programs.values():
            program.move_to(cores)

    def restore(self) -> None:
        """Everybody back to their core."""
        issuers = {name.value for name in IssuerName}
        for name, program in self.programs.items():
            program.move_to(self.cores.others if name in issuers else self.cores.hub)

    def issuer_cpu(self) -> float:
        """Processor seconds of the three issuers together."""
        return sum(self.programs[name.value].cpu().all for name in IssuerName)

    def calls(self) -> int:
        """Calls that the issuers have counted, all endpoints together."""
        return sum(sum(self._counted(name).values()) for name in self.issuer_urls)

    def _counted(self, issuer: IssuerName) -> Mapping[str, int]:
        credential = self.layout.issuer_credential(issuer).read_text("ascii").strip()
        answer = httpx2.get(
            f"{self.issuer_urls[issuer]}/sandbox/calls",
            headers={"Authorization": f"Bearer {credential}"},
            trust_env=False,
        )
        counted: Mapping[str, int] = answer.raise_for_status().json()["calls"]
        return counted


@contextmanager
def stage(hub_module: str = HUB, hub_arguments: Sequence[str] = ()) -> Iterator[Stage]:
    """Everything on free loopback ports and out of a directory that is gone afterwards. The hub is
    run as ``hub_module``, whose own ``hub_arguments`` come first. Raises CommandFailed."""
    cores = Cores.split()
    with ExitStack() as stack:
        directory = stack.enter_context(TemporaryDirectory(prefix="tongxing-bench-"))
        layout = provision(Path(directory), now())
        with running_on(cores.others):
            urls = stack.enter_context(reference_issuers(layout, FREE_PORTS, SEED, POPULATION))
        settings = write_settings(layout, urls, port=0)
        servers = [
            Child(
                "hub",
                hub_module,
                [*hub_arguments, "serve", "--settings", str(settings)],
                layout.logs / "hub.log",
                ROOT,
            ),
            Child(
                "peer",
                "benchmarks.plain_strawberry",
                [directory, json.dumps(urls)],
                layout.logs / "peer.log",
                ROOT,
            ),
            Child(
                "ceiling",
                "benchmarks.ceiling",
                [str(ANSWER_BYTES)],
                layout.logs / "ceiling.log",
                ROOT,
            ),
        ]
        with running_on(cores.hub):
            announced = stack.enter_context(running(servers))
        hub_url, peer_url, ceiling_url = (str(said["url"]) for said in announced)
        names = [*(name.value for name in urls), *(server.name for server in servers)]
        credentials = write_credentials(layout, hub_url)
        stack.enter_context(running_on(cores.others))
        city, *neighbors = (
            stack.enter_context(closing(HubClient.from_file(credentials[client.id], now)))
            for client in (CITY_SYSTEM, TRANSPORT_HUB, COORDINATOR)
        )
        yield Stage(
            cores=cores,
            hub_url=hub_url,
            peer_url=peer_url,
            ceiling_url=ceiling_url,
            city=city,
            neighbors=neighbors,
            programs=dict(zip(names, children(), strict=True)),
            population=Population(SEED, POPULATION),
            issuer_urls=urls,
            layout=layout,
        )
