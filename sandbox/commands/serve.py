"""What ``tongxing serve --sandbox`` runs: a hub of a state directory, between three issuers."""

from pathlib import Path

from rich.console import Console

from tongxing.gateway.cli.local import read_settings
from tongxing.gateway.cli.serve import run_hub
from tongxing.sandbox.commands.federation import (
    ISSUER_PORTS,
    POPULATION,
    SEED,
    prepared,
    reference_issuers,
)
from tongxing.sandbox.commands.guide import print_guide
from tongxing.sandbox.commands.processes import terminated_like_interrupted
from tongxing.sandbox.provisioning.state import write_credentials


def serve_sandbox(directory: Path) -> None:
    layout = prepared(directory)
    settings = read_settings(layout.settings)

    def announce(url: str) -> None:
        print_guide(Console(), url, write_credentials(layout, url))

    with (
        terminated_like_interrupted(),
        reference_issuers(layout, ISSUER_PORTS, SEED, POPULATION),
    ):
        run_hub(settings, announce)
