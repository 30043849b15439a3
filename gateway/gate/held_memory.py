"""What the gate knows now, shared by the two threads that ask the hub and the one that answers."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from threading import Lock
from typing import Any

from tongxing.gateway.gate.gate_memory import GateMemory
from tongxing.keys.pass_check import GateKnowledge
from tongxing.keys.status_list import StatusList


class HeldMemory:
    """``steady`` gives seconds that nobody can set. ``seen_at``: a time that this gate's own clock
    has shown before, in Unix seconds. A clock that shows less than it must is behind; only a list
    that the hub has just signed says that it is right after all."""

    def __init__(
        self, memory: GateMemory, steady: Callable[[], float], at: datetime, seen_at: float = 0
    ) -> None:
        self._memory = memory
        self._steady = steady
        self._lock = Lock()
        self._anchor = max(seen_at, at.timestamp()) - steady()

    @property
    def now(self) -> GateMemory:
        return self._memory

    def change(self, **changes: Any) -> None:
        with self._lock:
            self._memory = replace(self._memory, **changes)

    def take_list(self, state: StatusList, at: datetime) -> None:
        """``state`` has just come, and fits the clock."""
        with self._lock:
            memory = self._memory
            self._anchor = at.timestamp() - self._steady()
            self._memory = replace(
                memory,
                lists={**memory.lists, state.uri: state},
                newest=max(memory.newest, state.iat),
                refused=None,
            )

    def has_seen(self, signed_at: int) -> None:
        """The hub has signed this time, and this clock has not reached it."""
        with self._lock:
            newest = max(self._memory.newest, signed_at)
            self._memory = replace(self._memory, newest=newest)

    def latest(self) -> float:
        """The time that it must be at least, in Unix seconds, by the steady clock."""
        return self._anchor + self._steady()

    def knowledge(self) -> GateKnowledge | None:
        """None if the hub's keys were never read."""
        return self._memory.knowledge(self.latest())
