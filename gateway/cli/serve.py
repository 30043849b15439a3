"""``tongxing serve``: runs the hub until SIGTERM or Ctrl-C.

Prints its address on standard output, as one JSON line. ``--sandbox`` makes a state directory and
runs three reference issuers beside the hub; that part comes with the sandbox.
"""

import json
import socket
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated

import typer

from tongxing.gateway.app import CannotStart, open_app
from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.local import (
    STATE_DIRECTORY,
    DirectoryOption,
    SettingsOption,
    read_settings,
    settings_path,
)
from tongxing.gateway.cli.many_workers import (
    check_database,
    end_with_standard_input,
    run_workers,
)
from tongxing.gateway.http.server import (
    Announce,
    Announced,
    CannotListen,
    Listeners,
    serve_app,
)
from tongxing.gateway.settings import Settings

MOST_WORKERS = 128

SANDBOX = "tongxing.sandbox"
"""The group of the entry point ``serve``, which runs a hub beside reference issuers."""


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
    workers: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=1,
            max=MOST_WORKERS,
            help="工作进程数，多于一个须用 PostgreSQL How many processes; more than one need "
            "PostgreSQL",
        ),
    ] = 1,
    listener: Annotated[int | None, typer.Option("--listener", hidden=True)] = None,
    operation_listener: Annotated[
        int | None, typer.Option("--operation-listener", hidden=True)
    ] = None,
) -> None:
    if sandbox:
        _serve_sandbox(directory)
        return
    ready = read_settings(settings)

    def announce(announced: Announced) -> None:
        addresses = {key: url for key, url in announced._asdict().items() if url is not None}
        typer.echo(json.dumps({"hub": ready.hub.id, **addresses}))

    if workers > 1:
        run_workers(ready, settings_path(settings), workers, announce)
    elif listener is None:
        run_hub(ready, announce)
    else:
        check_database(ready)
        end_with_standard_input()
        operation = None if operation_listener is None else _given(operation_listener)
        run_hub(ready, announce, Listeners(_given(listener), operation))


def _given(listener: int) -> socket.socket:
    return socket.socket(fileno=listener)


def run_hub(settings: Settings, announce: Announce, listeners: Listeners | None = None) -> None:
    """Returns after a clean shutdown. ``listeners`` listen already. Raises CommandFailed if the hub
    does not start."""
    try:
        serve_app(settings, open_app, announce, listeners)
    except CannotListen as error:
        raise CommandFailed(f"无法监听，请改端口 {error}") from None
    except CannotStart as error:
        raise CommandFailed(
            f"平台无法启动，请运行 `tongxing doctor` 查看原因 the hub cannot start: {error}; "
            "`tongxing doctor` says more"
        ) from None


def _serve_sandbox(directory: Path) -> None:
    for entry in entry_points(group=SANDBOX, name="serve"):
        entry.load()(directory)
        return
    raise CommandFailed(
        "没有安装沙箱，请安装完整的程序包 the sandbox is not installed; install the whole package"
    )
