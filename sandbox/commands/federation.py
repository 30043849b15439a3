"""The sandbox federation: its state directory, and its three issuers as running processes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from tongxing.gateway.cli.terminal import now
from tongxing.sandbox.commands.processes import Child, running
from tongxing.sandbox.issuers.records import IssuerName
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.provisioning.state import provision, write_settings

HUB_PORT = 8321
ISSUER_PORTS = {IssuerName.ZHENJIANG: 8331, IssuerName.SUKANGMA: 8332, IssuerName.NATIONAL: 8333}
"""Always the same ones, so that a settings file written once stays true."""

FREE_PORTS = dict.fromkeys(IssuerName, 0)
SEED = 20200301
POPULATION = 20_000

SeedOption = Annotated[
    int, typer.Option(metavar="N", help="人口种子 The seed of the synthetic population")
]
PopulationOption = Annotated[
    int, typer.Option(metavar="N", min=0, help="人口数 How many people the issuers know")
]


def prepared(directory: Path) -> Layout:
    """A state directory whose settings name the issuers at their usual ports."""
    layout = provision(directory, now())
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ISSUER_PORTS.items()}
    write_settings(layout, urls, HUB_PORT)
    return layout


@contextmanager
def reference_issuers(
    layout: Layout, ports: Mapping[IssuerName, int], seed: int, population: int
) -> Iterator[Mapping[IssuerName, str]]:
    """Run the three issuers; gives their addresses, and ends them on the way out."""
    children = [_issuer(layout, name, port, seed, population) for name, port in ports.items()]
    with running(children) as announced:
        yield {name: str(said["url"]) for name, said in zip(ports, announced, strict=True)}


def _issuer(layout: Layout, name: IssuerName, port: int, seed: int, population: int) -> Child:
    numbers = {"--port": port, "--seed": seed, "--population": population}
    arguments = [name.value, "--directory", str(layout.issuers)]
    for option, number in numbers.items():
        arguments += [option, str(number)]
    return Child(
        name.value, "tongxing.sandbox.issuers", arguments, layout.logs / f"{name.value}.log"
    )
