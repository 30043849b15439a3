"""What the workers take and how many there are, looked at while they run."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from time import monotonic

from tests.soak.stage import Stage

LOOK_SECONDS = 1.0
SAMPLE_SECONDS = 10.0
MOST_MEGABYTES = 500
"""For one worker with the bounds of ``stage``."""


@dataclass(frozen=True, slots=True)
class Sample:
    """``megabytes`` that each living worker keeps in memory, the largest first."""

    at_second: int
    megabytes: Sequence[int]


@dataclass
class Watcher:
    """``longest_short_seconds`` is the longest time with fewer workers than wanted."""

    stage: Stage
    samples: list[Sample] = field(default_factory=list)
    longest_short_seconds: float = 0.0
    largest: int = 0
    _ends: Event = field(default_factory=Event)
    _thread: Thread | None = None

    def start(self) -> None:
        self._thread = Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> None:
        self._ends.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        began = short_since = monotonic()
        sampled = -SAMPLE_SECONDS
        while not self._ends.wait(LOOK_SECONDS):
            now = monotonic()
            workers = self.stage.workers()
            if len(workers) >= self.stage.count:
                short_since = now
            self.longest_short_seconds = max(self.longest_short_seconds, now - short_since)
            if now - sampled >= SAMPLE_SECONDS:
                sampled = now
                self._sample(int(now - began), [worker.number for worker in workers])

    def _sample(self, at_second: int, numbers: Sequence[int]) -> None:
        sizes = sorted((_megabytes(number) for number in numbers), reverse=True)
        self.samples.append(Sample(at_second, sizes))
        self.largest = max(self.largest, *sizes, 0)

    def faults(self) -> list[str]:
        if self.largest > MOST_MEGABYTES:
            return [f"a worker has taken {self.largest} MB"]
        return []


def _megabytes(number: int) -> int:
    """0 if the process is gone."""
    try:
        lines = Path(f"/proc/{number}/status").read_text("ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return 0
    kilobytes = next((line.split()[1] for line in lines if line.startswith("VmRSS:")), "0")
    return int(kilobytes) // 1024
