"""How a process of the sandbox listens, announces itself, and ends.

It prints one line of JSON on standard output: where it listens, or the error that keeps it from
listening. SIGTERM and SIGINT end it with status 0.
"""

import json
import os
import signal
import socket
import sys
from types import FrameType
from typing import Any, NoReturn

import uvicorn

HOST = "127.0.0.1"
_BACKLOG = 2_048
_SHUTDOWN_SECONDS = 1


def listen(port: int) -> socket.socket:
    """Bound and listening before the line is printed, so that its reader can connect."""
    # The protocol is named because asyncio sets TCP_NODELAY only on sockets that declare TCP;
    # without it every answer waits 40 ms for an acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        reason = (
            f"无法监听端口 {port}，如另有沙箱在运行，请先结束它 "
            f"cannot listen on {HOST} port {port} ({os.strerror(error.errno or 0)}); if another "
            "sandbox is running, end it first"
        )
        _say(json.dumps({"error": reason}))
        sys.exit(reason)
    listener.listen(_BACKLOG)
    return listener


def serve(app: Any, listener: socket.socket, ready: str) -> None:
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
