"""The command ``tongxing`` for shells, forked from a process that has imported it.

A page has a hundred commands, and importing is most of what each of them costs. A small script of
that name hands over what a process inherits: arguments, environment, directory, mask of modes and
the three streams. It ends as the command does. ``serve`` is left to the installed command, because
its process id and its signals are its own. That bare interpreters get there too is tested in
``tests/cli``.
"""

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path
from tempfile import TemporaryDirectory

from tests import forked
from tongxing.gateway.cli.main import COMMANDS, main

STREAMS = (0, 1, 2)
LENGTH_BYTES = 4

SCRIPT = """#!{python} -IS
import json, os, socket, sys

if sys.argv[1:2] == ["serve"]:
    os.execv({installed!r}, ["tongxing", *sys.argv[1:]])
mask = os.umask(0)
told = [sys.argv[1:], dict(os.environ), os.getcwd(), mask]
said = json.dumps(told).encode()
with socket.socket(socket.AF_UNIX) as line:
    line.connect({address!r})
    socket.send_fds(line, [len(said).to_bytes({length})], [0, 1, 2])
    line.sendall(said)
    status = line.recv(1)
sys.exit(status[0] if status else "the command was killed")
"""


@contextmanager
def forked_commands() -> Iterator[Path]:
    """The directory of a command ``tongxing``, for ``PATH``."""
    with TemporaryDirectory(prefix="commands-") as name:
        directory = Path(name)
        address = directory / "socket"
        script = directory / "tongxing"
        script.write_text(
            SCRIPT.format(
                python=sys.executable,
                installed=str(Path(sys.executable).with_name("tongxing")),
                address=str(address),
                length=LENGTH_BYTES,
            ),
            "utf-8",
        )
        script.chmod(0o700)
        errors = directory / "errors"
        with forked.start(__name__, str(address), errors=errors) as process:
            assert process.first_line(), errors.read_text("utf-8")
            yield directory


def _serve(address: str) -> None:
    for command in entry_points(group=COMMANDS):
        command.load()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        sys.stdout.write("listening\n")
        while True:
            line, _ = listening.accept()
            if os.fork() == 0:
                _become_a_command(line)
            line.close()
            _bury()


def _bury() -> None:
    """The commands that have ended; then what they cost counts as processor time of the tests."""
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        return


def _become_a_command(line: socket.socket) -> None:
    length, streams, _, _ = socket.recv_fds(line, LENGTH_BYTES, len(STREAMS))
    with line.makefile("rb") as told:
        arguments, environment, directory, mask = json.loads(told.read(int.from_bytes(length)))
    for stream, inherited in zip(STREAMS, streams, strict=True):
        os.dup2(inherited, stream)
        os.close(inherited)
    os.chdir(directory)
    os.umask(mask)
    os.environ.clear()
    os.environ.update(environment)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.argv = ["tongxing", *arguments]
    try:
        main()
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 1
        sys.stdout.flush()
        sys.stderr.flush()
        line.sendall(bytes([status]))
        os._exit(status)


if __name__ == "__main__":
    _serve(sys.argv[1])
