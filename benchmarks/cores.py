"""Which processor runs what, and how much processor time each program used.

Reads Linux's ``/proc``. Processor time is what a ratio is best made of where other work runs beside
the measurement: it counts what the program itself did.
"""

import os
import signal
import threading
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_NANOSECONDS = 1e9


@dataclass(frozen=True, slots=True)
class Cores:
    """``hub`` is for what is measured; ``others`` for the issuers and for who asks."""

    hub: frozenset[int]
    others: frozenset[int]

    @classmethod
    def split(cls) -> "Cores":
        """One core for the hub, the rest for the others; where there is one, all share it."""
        first, *rest = sorted(os.sched_getaffinity(0))
        return cls(frozenset({first}), frozenset(rest or [first]))

    @property
    def all(self) -> frozenset[int]:
        return self.hub | self.others


@contextmanager
def running_on(cores: AbstractSet[int]) -> Iterator[None]:
    """This thread, and every process that it starts meanwhile, stays on ``cores``."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@dataclass(frozen=True, slots=True)
class CpuSeconds:
    """``main`` is the first thread, which runs the event loop; ``all`` every thread."""

    main: float
    all: float

    def since(self, before: "CpuSeconds") -> "CpuSeconds":
        return CpuSeconds(self.main - before.main, self.all - before.all)


@dataclass(frozen=True, slots=True)
class Program:
    """A running child process."""

    pid: int

    def begin_profile(self) -> None:
        """For a program that was started under a profiler (``profiled_hub``)."""
        os.kill(self.pid, signal.SIGRTMIN)

    def move_to(self, cores: AbstractSet[int]) -> None:
        for thread in self._threads():
            os.sched_setaffinity(int(thread.name), cores)

    def cpu(self) -> CpuSeconds:
        used = {int(thread.name): _run_seconds(thread) for thread in self._threads()}
        return CpuSeconds(used[self.pid], sum(used.values()))

    def has_ended(self) -> bool:
        return "State:\tZ" in Path(f"/proc/{self.pid}/status").read_text("ascii")

    def _threads(self) -> list[Path]:
        return list(Path(f"/proc/{self.pid}/task").iterdir())


def _run_seconds(thread: Path) -> float:
    """The first number of ``schedstat``: nanoseconds on a processor."""
    return int((thread / "schedstat").read_text("ascii").split()[0]) / _NANOSECONDS


def children() -> list[Program]:
    """The child processes of this thread, oldest first."""
    listed = Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text("ascii")
    return [Program(int(pid)) for pid in listed.split()]
