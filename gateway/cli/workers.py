"""Several workers on one machine: the hub's own program as often as asked, over one socket.

The supervisor opens the socket and answers nothing. Every worker is given the socket, says on its
standard output when it can answer, and is replaced if it ends. On SIGHUP each is replaced by one
that has read the settings anew: first the new one answers, then the old one is asked to end, so no
request is refused meanwhile. Responsible for that alone; what workers have in common lies in the
database (docs/decisions/0048-a-supervisor-of-our-own.md).
"""

import select
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

READY_SECONDS = 60.0
"""How long a worker may take to start."""

PATIENCE_SECONDS = 5.0
"""Beyond the time that a worker gives the requests that it still answers."""

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0
LIVED_LONG_SECONDS = 60.0
"""Before a worker is replaced that has ended by itself: the pause doubles with each that did not
live so long. One that cannot start, as long as the database is away, costs a second or two of
processor time: a tenth of a core, and the database is noticed after ten seconds."""

LOOK_SECONDS = 0.5


class WorkerFailed(Exception):
    """A worker did not start; it has said why on its standard error."""


class Worker:
    """A process that runs ``command``; it is given ``listeners``. Its standard input ends with the
    supervisor, however that ends."""

    def __init__(self, command: Sequence[str], listeners: Iterable[socket.socket]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=[listener.fileno() for listener in listeners],
        )
        self.began = time.monotonic()

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    @property
    def number(self) -> int:
        """Of the process."""
        return self._process.pid

    def await_ready(self, is_ending: Callable[[], bool]) -> None:
        """Raises WorkerFailed."""
        output = self._process.stdout
        until = time.monotonic() + READY_SECONDS
        while output is not None and time.monotonic() < until and not is_ending():
            if select.select([output], [], [], LOOK_SECONDS)[0]:
                if output.readline():
                    return
                break
        self.kill()
        raise WorkerFailed

    def ask_to_end(self) -> None:
        with suppress(ProcessLookupError):
            self._process.terminate()

    def await_end(self, seconds: float) -> None:
        """It is killed if it takes longer."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
        self._close()

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()
        self._process.wait()
        self._close()

    def _close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


class Supervisor:
    """``start`` makes a worker; ``on_end`` hears the number of a process that has ended.
    ``grace_seconds`` is what workers give to the requests that they still answer."""

    def __init__(
        self,
        count: int,
        start: Callable[[], Worker],
        *,
        grace_seconds: float,
        on_end: Callable[[int], object],
    ) -> None:
        self._count = count
        self._start = start
        self._grace_seconds = grace_seconds
        self._on_end = on_end
        self._workers: list[Worker] = []
        self._pause = FIRST_PAUSE_SECONDS
        self._ends = False
        self._restarts = False

    def run(self, on_ready: Callable[[], object]) -> None:
        """Until SIGTERM or SIGINT. Raises WorkerFailed if one of the first does not start."""
        with self._signals():
            try:
                self._workers = [self._start() for _ in range(self._count)]
                for worker in self._workers:
                    worker.await_ready(lambda: self._ends)
                on_ready()
                while not self._ends:
                    self._look()
            finally:
                self._end_all()

    def _look(self) -> None:
        time.sleep(LOOK_SECONDS)
        if self._restarts and not self._ends:
            self._restarts = False
            self._replace_all()
        for place, worker in enumerate(self._workers):
            if worker.has_ended and not self._ends:
                worker.await_end(0.0)
                self._on_end(worker.number)
                self._pause_after(worker)
                if not self._ends:
                    with suppress(OSError):  # no memory or no process to spare: tried again
                        self._workers[place] = self._start()

    def _pause_after(self, ended: Worker) -> None:
        """Before another takes the place of one that has ended by itself."""
        if time.monotonic() - ended.began > LIVED_LONG_SECONDS:
            self._pause = FIRST_PAUSE_SECONDS
        until = time.monotonic() + self._pause
        while not self._ends and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, LOOK_SECONDS))  # a signal does not end a sleep
        self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)

    def _replace_all(self) -> None:
        """One after another. If a new one does not start, those that run go on."""
        for place, worker in enumerate(self._workers):
            try:
                following = self._start()
                following.await_ready(lambda: self._ends)
            except (WorkerFailed, OSError):
                return
            self._workers[place] = following
            worker.ask_to_end()
            worker.await_end(self._grace_seconds + PATIENCE_SECONDS)
            self._on_end(worker.number)

    def _end_all(self) -> None:
        for worker in self._workers:
            worker.ask_to_end()
        for worker in self._workers:
            worker.await_end(self._grace_seconds + PATIENCE_SECONDS)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        handlers: dict[signal.Signals, Callable[[int, FrameType | None], None] | signal.Handlers]
        handlers = {
            signal.SIGINT: self._end,
            signal.SIGTERM: self._end,
            signal.SIGHUP: self._restart,
            signal.SIGUSR1: signal.SIG_IGN,
            signal.SIGUSR2: signal.SIG_IGN,
        }
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self._ends = True

    def _restart(self, _number: int, _frame: FrameType | None) -> None:
        self._restarts = True
