"""Time that goes on only while it is meant to."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stopwatch:
    """``clock`` gives seconds and never goes back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._before = 0.0
        self._began: float | None = None

    @property
    def seconds(self) -> float:
        return self._before + (0.0 if self._began is None else self._clock() - self._began)

    @contextmanager
    def running(self) -> Iterator[None]:
        """One block after another, none within another."""
        self._began = self._clock()
        try:
            yield
        finally:
            self._before, self._began = self.seconds, None
