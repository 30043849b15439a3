"""``tongxing serve``: the hub, until SIGTERM or Ctrl-C.

Says on standard output, in one JSON line, where it listens. ``--sandbox`` makes a state directory
and runs the three reference issuers beside the hub.
"""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gateway.cli.federation import ISSUER_PORTS, POPULATION, SEED, prepared, reference_issuers
from gateway.cli.hub_process import run_hub
from gateway.cli.processes import terminated_like_interrupted
from gateway.cli.sandbox_guide import print_guide
from gateway.cli.settings_file import (
    STATE_DIRECTORY,
    DirectoryOption,
    SettingsOption,
    read_settings,
)
from gateway.provisioning.state import write_credentials


def serve(
    *,
    settings: SettingsOption = None,
    sandbox: Annotated[
        bool,
        typer.Option(
            "--sandbox", help="连同三个参考发码机构 With the three reference issuers beside it"
        ),
    ] = False,
    directory: DirectoryOption = STATE_DIRECTORY,
) -> None:
    if sandbox:
        _serve_sandbox(directory)
        return
    ready = read_settings(settings)
    run_hub(ready, lambda url: typer.echo(json.dumps({"hub": ready.hub.id, "url": url})))


def _serve_sandbox(directory: Path) -> None:
    layout = prepared(directory)
    settings = read_settings(layout.settings)

    def announce(url: str) -> None:
        print_guide(Console(), url, write_credentials(layout, url))

    with (
        terminated_like_interrupted(),
        reference_issuers(layout, ISSUER_PORTS, SEED, POPULATION),
    ):
        run_hub(settings, announce)
