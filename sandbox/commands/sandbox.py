"""``tongxing sandbox``: the three reference issuers, until SIGTERM or Ctrl-C."""

from contextlib import suppress
from threading import Event

from rich.console import Console

from tongxing.gateway.cli.local import STATE_DIRECTORY, DirectoryOption
from tongxing.sandbox.commands.federation import (
    ISSUER_PORTS,
    POPULATION,
    SEED,
    PopulationOption,
    SeedOption,
    prepared,
    reference_issuers,
)
from tongxing.sandbox.commands.guide import program
from tongxing.sandbox.commands.processes import terminated_like_interrupted


def sandbox(
    directory: DirectoryOption = STATE_DIRECTORY,
    seed: SeedOption = SEED,
    population: PopulationOption = POPULATION,
) -> None:
    """运行三个参考发码机构 Run the three reference issuers"""
    layout = prepared(directory)
    with (
        terminated_like_interrupted(),
        reference_issuers(layout, ISSUER_PORTS, seed, population) as urls,
        suppress(KeyboardInterrupt),
    ):
        for name, url in urls.items():
            _say(f"{name.value}: {url}")
        _say(f"运行互认平台 run the hub: {program()} serve --settings {layout.settings}")
        Event().wait()


def _say(text: str) -> None:
    Console().print(text, highlight=False, soft_wrap=True)
