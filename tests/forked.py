"""``python -m`` as processes forked from one that has imported the product already.

Importing is most of what a start costs: 1.1 of the 1.5 seconds of processor time of a hub. After
the fork it is the command itself, with a process id, an environment and signals of its own. That a
bare interpreter gets there too is tested in ``tests/cli``, which starts commands as people do.
"""

import multiprocessing
import os
import runpy
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_CONTEXT = multiprocessing.get_context("forkserver")
PRELOADED = ["tests.preloaded", "tests.storage.mortal"]


@dataclass(frozen=True)
class Forked:
    """A running command. The methods do what those of ``subprocess.Popen`` do."""

    _process: ForkServerProcess
    _output: Connection

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def first_line(self) -> bytes:
        """Of standard output; empty if the process ended without one."""
        with open(self._output.fileno(), "rb", buffering=0, closefd=False) as output:
            return output.readline()

    def send_signal(self, number: int) -> None:
        if self._process.is_alive():
            os.kill(self.pid, number)

    def wait(self, seconds: float) -> int:
        """The exit status; a negative one is the number of the signal that ended the process."""
        self._process.join(seconds)
        assert self._process.exitcode is not None, "the process did not end"
        return self._process.exitcode

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Whatever happened, the process is gone."""
        self.send_signal(signal.SIGKILL)
        self._process.join()
        self._process.close()
        self._output.close()


def start(module: str, *arguments: str, errors: Path, **environment: str) -> Forked:
    """``python -m module arguments``; what it writes to standard error is appended to ``errors``,
    and ``environment`` is added to the environment of the tests."""
    _CONTEXT.set_forkserver_preload(PRELOADED)
    ours, its = _CONTEXT.Pipe(duplex=False)
    whole = {**os.environ, **environment}
    process = _CONTEXT.Process(target=_run, args=(module, arguments, its, errors, whole))
    process.start()
    its.close()
    return Forked(process, ours)


def _run(
    module: str,
    arguments: tuple[str, ...],
    output: Connection,
    errors: Path,
    environment: Mapping[str, str],
) -> None:
    with errors.open("ab") as file:
        os.dup2(file.fileno(), 2)
    os.dup2(output.fileno(), 1)
    output.close()
    sys.stdout = open(1, "w", buffering=1, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, encoding="utf-8", closefd=False)  # noqa: SIM115
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def end() -> None:
    """Ends the process that all others are forked from and waits for it: only then does what they
    cost count as processor time of the tests."""
    server: Any = forkserver._forkserver
    server._stop()
