"""``tongxing sandbox``: the three reference issuers, until SIGTERM or Ctrl-C."""

from rich.console import Console

from gateway.cli.federation import (
    ISSUER_PORTS,
    POPULATION,
    SEED,
    PopulationOption,
    SeedOption,
    prepared,
    reference_issuers,
)
from gateway.cli.processes import terminated_like_interrupted, wait_for_the_end
from gateway.cli.sandbox_guide import program
from gateway.cli.settings_file import STATE_DIRECTORY, DirectoryOption


def sandbox(
    directory: DirectoryOption = STATE_DIRECTORY,
    seed: SeedOption = SEED,
    population: PopulationOption = POPULATION,
) -> None:
    layout = prepared(directory)
    console = Console()
    with (
        terminated_like_interrupted(),
        reference_issuers(layout, ISSUER_PORTS, seed, population) as urls,
    ):
        for name, url in urls.items():
            console.print(f"{name.value}: {url}", highlight=False)
        console.print(
            f"运行互认平台 run the hub: {program()} serve --settings {layout.settings}",
            highlight=False,
            soft_wrap=True,
        )
        wait_for_the_end()
