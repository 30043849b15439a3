"""Somebody else waits for the hub: a thread that asks, so that a code is answered in time."""

from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

from tongxing.gateway.gate.asked_hub import HubUnreachable

T = TypeVar("T")


class Deputy(Generic[T]):
    """Does one piece of work at a time. Its thread ends with the process, whatever it waits for."""

    def __init__(self, name: str) -> None:
        self._given: SimpleQueue[tuple[Callable[[], T], SimpleQueue[T | Exception]]] = SimpleQueue()
        self._is_free = True
        Thread(target=self._work, name=name, daemon=True).start()

    def do(self, work: Callable[[], T], within_seconds: float) -> T:
        """What ``work`` gives. Raises what it raises; HubUnreachable if it takes longer, or if the
        piece before has not ended yet."""
        if not self._is_free:
            raise HubUnreachable
        self._is_free = False
        result: SimpleQueue[T | Exception] = SimpleQueue()
        self._given.put((work, result))
        try:
            outcome = result.get(timeout=within_seconds)
        except Empty:
            raise HubUnreachable from None
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def _work(self) -> None:
        while True:
            work, result = self._given.get()
            try:
                outcome: T | Exception = work()
            except Exception as error:  # noqa: BLE001 - it is raised where the answer is waited for
                outcome = error
            self._is_free = True
            result.put(outcome)
