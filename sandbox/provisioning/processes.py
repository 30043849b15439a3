"""Child processes: started, waited for until they announce themselves, and ended.

A child prints one JSON line on its standard output: where it listens, or the ``error`` that keeps
it from listening. Its standard error goes to a file, so that the terminal belongs to the command.
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

from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.settings_file import ENVIRONMENT_PREFIX
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.town.records import IssuerName

STARTUP_SECONDS = 60
"""Generous: a small machine imports four Python programs at once."""

SHUTDOWN_SECONDS = 15
"""More than the hub's own default of 10, so that it is never killed while it still answers."""

FREE_PORTS = dict.fromkeys(IssuerName, 0)
SEED = 20200301
POPULATION = 20_000


class DidNotStart(CommandFailed):
    """Says why, or names the log."""


@dataclass(frozen=True, slots=True)
class Child:
    """``module`` is run with ``python -P -m``: a file in the working directory that has the name of
    a library is not run instead of it. ``found_in`` is where to look for it besides, if it is not
    installed. Its standard error goes to ``log``."""

    name: str
    module: str
    arguments: Sequence[str]
    log: Path
    found_in: Path | None = None


@contextmanager
def running(children: Sequence[Child]) -> Iterator[list[Mapping[str, object]]]:
    """Run ``children`` side by side; yields what each announced, and always ends them all. Raises
    DidNotStart if one does not."""
    with ExitStack() as stack:
        processes = [stack.enter_context(_process(child)) for child in children]
        stack.callback(_terminate, processes)
        yield [_announcement(*pair) for pair in zip(children, processes, strict=True)]


@contextmanager
def _process(child: Child) -> Iterator[subprocess.Popen[bytes]]:
    with child.log.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and modules
            [sys.executable, "-P", "-m", child.module, *child.arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            env=_environment(child),
            start_new_session=True,
        )
    with process:
        try:
            yield process
        finally:
            _end(process)


def _environment(child: Child) -> dict[str, str]:
    """A child gets everything from its settings file and arguments; a variable meant for another
    hub must not reach it."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(ENVIRONMENT_PREFIX)}
    found_in = {} if child.found_in is None else {"PYTHONPATH": str(child.found_in)}
    return kept | found_in | {"PYTHONUNBUFFERED": "1"}


def _terminate(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """All at once, so that they end side by side before any is waited for."""
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
        raise DidNotStart(
            f"{child.name} 没有启动，请看它的日志 did not start; its log is {child.log}"
        )
    if "error" in announced:
        raise DidNotStart(
            f"{child.name} 没有启动，请照原因处理 did not start: {announced['error']}"
        )
    return announced


def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    """The first line of ``process``; empty if it ends or stays silent too long."""
    assert process.stdout is not None  # noqa: S101 - it was started with a pipe
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        return process.stdout.readline() if selector.select(STARTUP_SECONDS) else b""


@contextmanager
def terminated_like_interrupted() -> Iterator[None]:
    """SIGTERM and a closed terminal unwind like Ctrl-C, so that every child is ended."""
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
    """Does what SIGTERM does at this moment: a hub in this process first finishes its answers."""
    signal.raise_signal(signal.SIGTERM)


@contextmanager
def reference_issuers(
    layout: Layout,
    ports: Mapping[IssuerName, int],
    seed: int,
    population: int,
    *,
    code_is_new: bool = False,
) -> Iterator[Mapping[IssuerName, str]]:
    """Run the three issuers; yields their addresses, and ends them in the end. ``code_is_new``: at
    the city nobody has a code before they declare."""
    numbers = {"--seed": seed, "--population": population}
    more = ["--new-code"] if code_is_new else []
    children = [
        _issuer(layout, name, numbers | {"--port": port}, more) for name, port in ports.items()
    ]
    with running(children) as announced:
        yield {name: str(said["url"]) for name, said in zip(ports, announced, strict=True)}


def _issuer(
    layout: Layout, name: IssuerName, numbers: Mapping[str, int], more: Sequence[str]
) -> Child:
    arguments = [name.value, "--directory", str(layout.issuers), *more]
    for option, number in numbers.items():
        arguments += [option, str(number)]
    return Child(
        name.value, "tongxing.sandbox.issuers", arguments, layout.logs / f"{name.value}.log"
    )
