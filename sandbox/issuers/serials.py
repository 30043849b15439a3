"""The national platform's business serial numbers: given out once, used once at each step.

Under a lock, because a batch uses its number in a thread.
"""

import secrets
import threading
from dataclasses import dataclass, field

SERIAL_LIFETIME_SECONDS = 120
_SERIALS_MAX = 100_000
"""More than this open at once means that somebody asks and never uses them: the oldest go."""


@dataclass(slots=True)
class _Serial:
    random: str
    expires_at: int
    used: set[str] = field(default_factory=set)


class Serials:
    def __init__(self) -> None:
        self._open: dict[str, _Serial] = {}
        self._lock = threading.Lock()

    def give(self, now: int) -> tuple[str, str]:
        """A new serial number and its one-time random number."""
        number, random = secrets.token_hex(16), secrets.token_hex(16)
        with self._lock:
            if len(self._open) >= _SERIALS_MAX:
                del self._open[next(iter(self._open))]
            self._open[number] = _Serial(random, now + SERIAL_LIFETIME_SECONDS)
        return number, random

    def use(self, number: str, random: str, step: str, now: int) -> bool:
        """Whether ``number`` may be used for ``step`` now; afterwards it may not again."""
        with self._lock:
            serial = self._open.get(number)
            if serial is None or serial.random != random or serial.expires_at <= now:
                return False
            if step in serial.used:
                return False
            serial.used.add(step)
            return True

    def close(self, number: str) -> None:
        """Everything that the number was for has been answered."""
        with self._lock:
            self._open.pop(number, None)
