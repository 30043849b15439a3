"""Becomes a peer: ``python -m benchmarks.peers.starting <name> <state directory> <JSON of urls>``.

Says where it will listen and turns into the peer's own program, which keeps the process id: what
it costs is read from ``/proc``.
"""

import json
import os
import socket
import sys
from pathlib import Path

from benchmarks.peers.installing import PYTHON
from benchmarks.peers.start import Start
from benchmarks.peers.table import PEERS

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    name, directory, urls = sys.argv[1:]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    start = Start(Path(directory), json.loads(urls), port)
    command = PEERS[name].command(start)
    print(json.dumps({"url": f"http://127.0.0.1:{port}"}), flush=True)
    # The announcement was all that its standard output is for.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    path = os.pathsep.join((str(ROOT), str(PYTHON)))
    os.execvpe(command[0], list(command), {**os.environ, "PYTHONPATH": path})  # noqa: S606


if __name__ == "__main__":
    main()
