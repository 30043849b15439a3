"""Run one reference issuer: ``python -m tongxing.sandbox.issuers zhenjiang --directory D``.

The rim: arguments, the real clock, the socket and signals. It prints one line of JSON on standard
output: where it listens, or the error that keeps it from listening. SIGTERM and SIGINT end it with
status 0.
"""

import argparse
import json
import os
import signal
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import NoReturn

import uvicorn

from tongxing.sandbox.issuers.keystore import ensure_issuer
from tongxing.sandbox.issuers.opening import create_app
from tongxing.sandbox.issuers.server import SandboxApp
from tongxing.sandbox.town.records import IssuerName

_HOST = "127.0.0.1"
_BACKLOG = 2_048
_SHUTDOWN_SECONDS = 1
DEFAULT_POPULATION = 20_000


def main() -> None:
    arguments = _parser().parse_args()
    issuer = IssuerName(arguments.issuer)
    # First of all: if the port is taken by another issuer, its files must not be touched.
    listener = _listen(arguments.port)
    ensure_issuer(arguments.directory, issuer)
    app = create_app(
        issuer,
        arguments.directory,
        seed=arguments.seed,
        population=arguments.population,
        clock=lambda: datetime.now(UTC),
    )
    port = listener.getsockname()[1]
    ready = {"issuer": issuer, "url": f"http://{_HOST}:{port}", "population": arguments.population}
    try:
        _serve(app, listener, json.dumps(ready))
    finally:
        app.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tongxing.sandbox.issuers", description=__doc__)
    parser.add_argument("issuer", choices=[issuer.value for issuer in IssuerName])
    parser.add_argument("--directory", type=Path, required=True, help="keys and credentials")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--population", type=int, default=DEFAULT_POPULATION)
    return parser


def _listen(port: int) -> socket.socket:
    """Bound and listening before the line is printed, so that its reader can connect."""
    # The protocol is named because asyncio sets TCP_NODELAY only on sockets that declare TCP;
    # without it every answer waits 40 ms for an acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_HOST, port))
    except OSError as error:
        reason = (
            f"无法监听端口 {port}，如另有沙箱在运行，请先结束它 "
            f"cannot listen on {_HOST} port {port} ({os.strerror(error.errno or 0)}); if another "
            "sandbox is running, end it first"
        )
        _say(json.dumps({"error": reason}))
        sys.exit(reason)
    listener.listen(_BACKLOG)
    return listener


def _serve(app: SandboxApp, listener: socket.socket, ready: str) -> None:
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        # Issuers cut answers off on purpose; the server would report each one as an error.
        log_level="critical",
        server_header=False,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )
    # The server raises the signal again after its shutdown; without these handlers the process
    # would end as if killed.
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    _say(ready)
    uvicorn.Server(config).run(sockets=[listener])


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(0)


if __name__ == "__main__":
    main()
