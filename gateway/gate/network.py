"""Whether the hub can be reached, and a thread that looks at it again and again.

The hub is connected to when it is first asked, in a thread: what that takes to import costs no code
its answer.
"""

from collections.abc import Callable
from random import uniform
from threading import Event, Thread

from tongxing.gateway.gate.asked_hub import AskedHub, GateStopped, HubBusy, HubUnreachable, StopCode
from tongxing.gateway.gate.gate_memory import GateMemory
from tongxing.gateway.gate.gate_place import GatePlace
from tongxing.gateway.gate.handing_in import hand_in
from tongxing.gateway.gate.held_memory import HeldMemory
from tongxing.gateway.gate.kept_decisions import KeptState
from tongxing.gateway.gate.looking import Clock, Looking

LOOK_SECONDS = 15.0
"""As often as a hub makes a new state of its lists (docs/passes.md)."""

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
"""Between two tries while the hub is down; each pause is twice the one before."""


class Network:
    """``connect`` makes the way to the hub anew for each thread. Raises GateStopped."""

    def __init__(self, connect: Callable[[], AskedHub]) -> None:
        self._connect = connect
        self._hub: AskedHub | None = None
        self._is_up: bool | None = None
        self._soon = Event()

    def hub(self) -> AskedHub:
        """For the thread that asks about codes."""
        if self._hub is None:
            self._hub = self._connect()
        return self._hub

    def another(self) -> AskedHub:
        """For the thread that looks."""
        return self._connect()

    @property
    def is_online(self) -> bool:
        return self._is_up is True

    @property
    def is_known_to_be_down(self) -> bool:
        return self._is_up is False

    def is_up(self) -> None:
        self._is_up = True

    def is_down(self) -> None:
        self._is_up = False
        self.look_soon()

    def look_soon(self) -> None:
        self._soon.set()

    def wait(self, failures: int) -> None:
        """Until the next look; less if somebody cannot wait, but never without a pause."""
        self._soon.clear()
        pause = LOOK_SECONDS
        if failures:
            pause = min(FIRST_PAUSE_SECONDS * 2 ** (failures - 1), LONGEST_PAUSE_SECONDS)
            Event().wait(FIRST_PAUSE_SECONDS)
        self._soon.wait(uniform(0.75, 1.25) * pause)  # noqa: S311 - so that gates do not come at once


class GateWatch:
    """Looks, hands in and keeps, until the process ends."""

    def __init__(
        self,
        *,
        network: Network,
        held: HeldMemory,
        kept: KeptState,
        place: GatePlace,
        clock: Clock,
        kept_as: GateMemory,
    ) -> None:
        self._network = network
        self._held = held
        self._kept = kept
        self._place = place
        self._clock = clock
        self._kept_as = kept_as
        self._hub: AskedHub | None = None

    def start(self) -> None:
        Thread(target=self._go_on, name="tongxing-look", daemon=True).start()

    def _go_on(self) -> None:
        failures = 0
        while True:
            failures = 0 if self.look() else failures + 1
            self._network.wait(failures)

    def look(self) -> bool:
        """Whether the hub was there. Whatever was learned is kept."""
        try:
            self._look()
            self._network.is_up()
        except HubUnreachable:
            self._network.is_down()
        except HubBusy:
            pass
        except GateStopped as stopped:
            self._held.change(stopped=stopped.code)
        except OSError:
            pass  # the disk is full: what is known is known until the end of the process
        else:
            self._keep()
            return True
        self._keep()
        return False

    def _look(self) -> None:
        if self._hub is None:
            self._hub = self._network.another()
        Looking(self._hub, self._held, self._place, self._clock).look()
        try:
            hand_in(self._hub, self._kept, self._place, self._clock)
        except GateStopped as stopped:
            if stopped.code is not StopCode.CLIENT_FORBIDDEN:
                raise  # a client that may not hand in keeps its decisions, and may verify passes

    def _keep(self) -> None:
        memory = self._held.now
        try:
            self._kept.keep_seen(self._held.latest())
            if memory != self._kept_as:
                self._kept.keep_memory(memory)
                self._kept_as = memory
        except OSError:
            return
