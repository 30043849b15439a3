"""Child processes of a command: started, waited for until they announce themselves, torn down.

A child says on its standard output, in one JSON line, that it listens and where, or as ``error``
what keeps it from that. Its standard error goes to a file, so that the terminal stays with the
command.
"""

import json
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from tongxing.gateway.cli.terminal import CommandFailed
from tongxing.gateway.settings import ENVIRONMENT_PREFIX

STARTUP_SECONDS = 60
"""Generous: a small machine imports four Python programs at once."""

SHUTDOWN_SECONDS = 15
"""More than the hub's own default of 10, so that it is never killed while it still answers."""


@dataclass(frozen=True, slots=True)
class Child:
    """``module`` is run with ``python -m``; ``log`` takes what it writes on standard error."""

    name: str
    module: str
    arguments: Sequence[str]
    log: Path


@contextmanager
def running(children: Sequence[Child]) -> Iterator[list[Mapping[str, object]]]:
    """Run ``children`` side by side; gives what each announced, and ends them all on the way out,
    however that is. Raises CommandFailed when one does not come up."""
    with ExitStack() as stack:
        processes = [stack.enter_context(_process(child)) for child in children]
        stack.callback(_terminate, processes)
        yield [_announcement(*pair) for pair in zip(children, processes, strict=True)]


@contextmanager
def _process(child: Child) -> Iterator[subprocess.Popen[bytes]]:
    with child.log.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and modules
            [sys.executable, "-m", child.module, *child.arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            env=_environment(),
            start_new_session=True,
        )
    with process:
        try:
            yield process
        finally:
            _end(process)


def _environment() -> dict[str, str]:
    """A child is told everything by its settings file and arguments: a variable that was meant
    for another hub must not reach it."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(ENVIRONMENT_PREFIX)}
    return kept | {"PYTHONUNBUFFERED": "1"}


def _terminate(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """All at once, so that they end side by side before each is waited for."""
    for process in processes:
        process.terminate()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(SHUTDOWN_SECONDS)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        process.kill()


def _announcement(child: Child, process: subprocess.Popen[bytes]) -> Mapping[str, object]:
    line = _first_line(process)
    try:
        announced = json.loads(line)
    except ValueError:
        announced = None
    if not isinstance(announced, dict):
        raise CommandFailed(f"{child.name} did not start; its log is {child.log}")
    if "error" in announced:
        raise CommandFailed(f"{child.name} did not start: {announced['error']}")
    return announced


def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    """What ``process`` says first; nothing when it ends or stays silent too long."""
    assert process.stdout is not None  # noqa: S101 - it was started with a pipe
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        return process.stdout.readline() if selector.select(STARTUP_SECONDS) else b""


@contextmanager
def terminated_like_interrupted() -> Iterator[None]:
    """SIGTERM, and a terminal that is closed, unwind like Ctrl-C does, so that every child is ended
    on the way out."""
    before = signal.signal(signal.SIGTERM, _unwind)
    hung_up = signal.getsignal(signal.SIGHUP)
    if hung_up is not signal.SIG_IGN:  # nohup(1) asked to outlive the terminal
        signal.signal(signal.SIGHUP, _terminate_itself)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        signal.signal(signal.SIGHUP, hung_up)


def _unwind(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _terminate_itself(_number: int, _frame: FrameType | None) -> None:
    """Whatever SIGTERM means at the moment: a hub that runs in here answers first what it is
    answering."""
    signal.raise_signal(signal.SIGTERM)
