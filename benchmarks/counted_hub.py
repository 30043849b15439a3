"""Becomes a hub under callgrind: ``python -m benchmarks.counted_hub <out> serve --settings FILE``.

Says where it will listen before it does, because it takes a minute to start. Counting is switched
on from outside, once what is hot is hot.
"""

import json
import os
import socket
import sys
from pathlib import Path

VALGRIND = ("valgrind", "--quiet", "--tool=callgrind", "--instr-atstart=no")
HUB = "tongxing.gateway.cli"
ANY_PORT = "port = 0\n"


def run() -> None:
    file, *arguments = sys.argv[1:]
    port = _free_port()
    settings = Path(arguments[-1])
    settings.write_text(settings.read_text("utf-8").replace(ANY_PORT, f"port = {port}\n"), "utf-8")
    print(json.dumps({"url": f"http://127.0.0.1:{port}"}), flush=True)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    hub = [sys.executable, "-P", "-m", HUB, *arguments]
    os.execvp(VALGRIND[0], [*VALGRIND, f"--callgrind-out-file={file}", *hub])  # noqa: S606


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


if __name__ == "__main__":
    run()
