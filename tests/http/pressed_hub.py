"""A hub and its clients without a machine: time passes in steps, and a processor is shared by all
that are inside.

What the real door adds to ``Admission`` is only waiting, so what holds here holds there.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tongxing.gateway.http.admission import Admission
from tongxing.gateway.http.waiting_room import Shed, Visitor

STEP_SECONDS = 0.01
DEADLINE_SECONDS = 3.0
MOST = 1_024


@dataclass
class Became:
    """What became of a client's requests: seconds from when they came."""

    asked: int = 0
    answered: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)

    @property
    def in_time(self) -> int:
        return sum(seconds <= DEADLINE_SECONDS for seconds in self.answered)


@dataclass
class PressedHub:
    """An answer takes ``work`` seconds of the one processor, and ``wait`` seconds of nothing, for
    issuers. A turn of its loop is one step of ``turn_part`` of the work of all that are inside."""

    work: float
    wait: float = 0.0
    turn_part: float = 1 / 4
    most: int = MOST
    at: float = 1_000.0
    of: dict[str, Became] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.admission = Admission(self.most, DEADLINE_SECONDS)
        self.left: dict[Visitor, float] = {}
        self.waited_for: list[tuple[float, Visitor]] = []

    def ask(self, name: str, number: int = 1, *, is_known: bool = True) -> None:
        became = self.of.setdefault(name, Became())
        for _ in range(number):
            visitor = Visitor(name, is_known, self.at)
            became.asked += 1
            reason = self.admission.ask(visitor, self.at)
            if reason is not None:
                became.refused.append(0.0)
            elif visitor.begun_at is not None:
                self.left[visitor] = self.work

    def outstanding(self, name: str) -> int:
        became = self.of.setdefault(name, Became())
        return became.asked - len(became.answered) - len(became.refused)

    def step(self) -> None:
        self.at += STEP_SECONDS
        self._work(STEP_SECONDS)
        waits, self.waited_for = self.waited_for, []
        for until, visitor in waits:
            if until <= self.at:
                self._end(visitor)
            else:
                self.waited_for.append((until, visitor))
        turn = self.work * self.turn_part * len(self.left)
        self._decide(self.admission.turned(turn, self.at))
        self._decide(self.admission.decided(self.at))

    def run(self, seconds: float, arriving: Callable[[], None] = lambda: None) -> None:
        for _ in range(round(seconds / STEP_SECONDS)):
            arriving()
            self.step()

    def _work(self, seconds: float) -> None:
        """All that are inside get equal parts; who is done makes room for the others."""
        while self.left and seconds > 1e-9:
            part = min(seconds / len(self.left), *self.left.values())
            seconds -= part * len(self.left)
            for visitor in list(self.left):
                self.left[visitor] -= part
                if self.left[visitor] <= 1e-9:
                    del self.left[visitor]
                    self._wait(visitor)

    def _wait(self, visitor: Visitor) -> None:
        if self.wait:
            self.waited_for.append((self.at + self.wait, visitor))
        else:
            self._end(visitor)

    def _end(self, visitor: Visitor) -> None:
        self.of[visitor.name].answered.append(self.at - visitor.came_at)
        self.admission.end(visitor, self.at)
        self._decide(self.admission.decided(self.at))

    def _decide(self, decided: Iterator[tuple[Visitor, Shed | None]]) -> None:
        for visitor, reason in decided:
            if reason is None:
                self.left[visitor] = self.work
            else:
                self.of[visitor.name].refused.append(self.at - visitor.came_at)


class Loop:
    """An open loop of ``rate`` requests a second."""

    def __init__(self, hub: PressedHub, name: str, rate: float, *, is_known: bool = True) -> None:
        self._hub = hub
        self._name = name
        self._rate = rate
        self._is_known = is_known
        self._due = 0.0

    def __call__(self) -> None:
        self._due += self._rate * STEP_SECONDS
        number = int(self._due)
        self._due -= number
        self._hub.ask(self._name, number, is_known=self._is_known)


class Connections:
    """A closed loop on so many connections; one that was refused comes again after a second."""

    def __init__(self, hub: PressedHub, name: str, number: int) -> None:
        self._hub = hub
        self._name = name
        self._number = number
        self._back: list[float] = []

    def __call__(self) -> None:
        refused = len(self._hub.of.setdefault(self._name, Became()).refused)
        self._back += [self._hub.at + 1.0] * (refused - len(self._back))
        away = sum(back > self._hub.at for back in self._back)
        self._hub.ask(self._name, self._number - self._hub.outstanding(self._name) - away)
