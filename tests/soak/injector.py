"""Draws a fault every two seconds and lets it strike; never two at one target."""

import traceback
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from random import Random
from threading import Event, Thread
from time import time

from tests.soak.faults import Fault
from tests.soak.ledger import Struck
from tests.soak.setting import Setting

EVERY_SECONDS = 2.0
MOST_AT_ONCE = 16


class Injector:
    """The same ``seed`` draws the same faults, as far as they last equally long. Those kinds that
    ``plan`` names come first."""

    def __init__(
        self, setting: Setting, faults: Sequence[Fault], seed: int, plan: Iterable[str] = ()
    ) -> None:
        self._setting = setting
        self._faults = faults
        self._plan = deque(plan)
        self._kinds = {fault.kind for fault in faults}
        self._random = Random(f"{seed} faults")
        self._pool = ThreadPoolExecutor(MOST_AT_ONCE)
        self._running: dict[str, Future[None]] = {}
        self._ends = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        self._ends.clear()
        self._setting.hurry.clear()
        self._thread = Thread(target=self._inject)
        self._thread.start()

    def stop(self) -> None:
        """Returns when the last fault is over."""
        self._ends.set()
        self._setting.hurry.set()
        if self._thread is not None:
            self._thread.join()
        wait(self._running.values())

    def close(self) -> None:
        self.stop()
        self._pool.shutdown()

    def strike(self, fault: Fault) -> None:
        """In a thread of its own."""
        self._setting.ledger.strikes(fault.kind)
        random = Random(self._random.random())
        self._running[fault.target] = self._pool.submit(self._struck, fault, random)

    def _inject(self) -> None:
        while not self._ends.wait(EVERY_SECONDS):
            while self._plan and self._plan[0] not in self._kinds:
                self._plan.popleft()  # such as those of Redis, without one
            free = [fault for fault in self._faults if self._is_free(fault.target)]
            planned = [fault for fault in free if self._plan and fault.kind == self._plan[0]]
            if planned:
                self._plan.popleft()
                self.strike(self._random.choice(planned))
            elif free:
                (fault,) = self._random.choices(free, [each.weight for each in free])
                self.strike(fault)

    def _is_free(self, target: str) -> bool:
        running = self._running.get(target)
        return running is None or running.done()

    def _struck(self, fault: Fault, random: Random) -> None:
        try:
            fault.strike(self._setting, random)
        except Exception:  # noqa: BLE001 - whatever it was is told
            fallen = f"the fault {fault.kind} could not be carried out:\n{traceback.format_exc()}"
            self._setting.ledger.violates([fallen])
        else:
            self._setting.ledger.struck(Struck(fault.kind, time(), fault.issuer))
