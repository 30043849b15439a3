"""Puts the stage up: a state directory, three issuers and a hub as processes, and takes it down."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tongxing.gateway.cli.hub_client import HubClient
from tongxing.gateway.cli.terminal import now
from tongxing.sandbox.commands.federation import FREE_PORTS, POPULATION, SEED, reference_issuers
from tongxing.sandbox.commands.processes import Child, running
from tongxing.sandbox.demo.issuers import ReferenceIssuer
from tongxing.sandbox.demo.stage import Stage
from tongxing.sandbox.issuers.population import Population
from tongxing.sandbox.issuers.records import IssuerName
from tongxing.sandbox.provisioning.clients import CITY_SYSTEM, COORDINATOR, DISTRICT, TRANSPORT_HUB
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.state import provision, write_credentials, write_settings


@dataclass(frozen=True, slots=True)
class Theater:
    stage: Stage
    hub_url: str
    credentials: Mapping[str, Path]


@contextmanager
def theater() -> Iterator[Theater]:
    """Everything runs on free loopback ports out of a directory of its own; both are gone
    afterwards, whatever happened. Raises CommandFailed."""
    with ExitStack() as stack:
        directory = stack.enter_context(TemporaryDirectory(prefix="tongxing-demo-"))
        layout = provision(Path(directory), now())
        urls = stack.enter_context(reference_issuers(layout, FREE_PORTS, SEED, POPULATION))
        hub_url = stack.enter_context(_hub(layout, write_settings(layout, urls, port=0)))
        credentials = write_credentials(layout, hub_url)
        clients = {
            name: stack.enter_context(closing(HubClient.from_file(file, now)))
            for name, file in credentials.items()
        }
        yield Theater(_stage(layout, urls, clients), hub_url, credentials)


@contextmanager
def _hub(layout: Layout, settings: Path) -> Iterator[str]:
    arguments = ["serve", "--settings", str(settings)]
    with running(
        [Child("hub", "tongxing.gateway.cli", arguments, layout.logs / "hub.log")]
    ) as announced:
        yield str(announced[0]["url"])


def _stage(
    layout: Layout, urls: Mapping[IssuerName, str], clients: Mapping[str, HubClient]
) -> Stage:
    return Stage(
        city=clients[CITY_SYSTEM.id],
        transport=clients[TRANSPORT_HUB.id],
        coordinator=clients[COORDINATOR.id],
        district=clients[DISTRICT.id],
        issuers={
            name: ReferenceIssuer(url, layout.issuer_credential(name).read_text("ascii").strip())
            for name, url in urls.items()
        },
        population=Population(SEED, POPULATION),
        database=layout.database,
        hub_key=layout.hub_public_key,
    )
