"""The supervisor of several workers: who is started, replaced and ended, and in which order."""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.connection import PATIENCE_SECONDS
from tongxing.gateway.cli.workers import Supervisor, Worker, WorkerFailed

pytestmark = pytest.mark.processes

PROGRAM = """\
import os, signal, sys, time
from contextlib import suppress
journal, listener = sys.argv[1:]
def note(what):
    with open(journal, "a") as file:
        file.write(f"{what} {os.getpid()}\\n")
def end(*_):
    note("ends")
    sys.exit()
signal.signal(signal.SIGTERM, end)
os.fstat(int(listener))
if os.path.exists(journal + ".broken"):
    sys.exit(1)
note("ready")
with suppress(BrokenPipeError):  # its supervisor may be gone already
    print("ready", flush=True)
while os.read(0, 1):
    pass
note("alone")
"""


class Journal:
    """What the workers say of themselves, in order."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "journal"
        self.path.touch()
        self.broken = directory / "journal.broken"

    def lines(self) -> list[tuple[str, int]]:
        found = (line.split() for line in self.path.read_text().splitlines())
        return [(what, int(number)) for what, number in found]

    def of(self, what: str) -> list[int]:
        return [number for said, number in self.lines() if said == what]

    def await_count(self, what: str, count: int) -> list[int]:
        for _ in range(int(PATIENCE_SECONDS * 20)):
            if len(found := self.of(what)) >= count:
                return found
            time.sleep(0.05)
        raise AssertionError(self.lines())


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with closing(socket.create_server(("127.0.0.1", 0))) as made:
        yield made


def supervisor(journal: Journal, listener: socket.socket, count: int = 2) -> Supervisor:
    number = str(listener.fileno())
    command = (sys.executable, "-c", PROGRAM, str(journal.path), number)
    return Supervisor(
        count, lambda: Worker(command, [listener]), grace_seconds=10.0, on_end=lambda _: None
    )


def meanwhile(do: "Step") -> threading.Thread:
    """Signals reach the main thread, where the supervisor runs; it ends when ``do`` has ended."""

    def run() -> None:
        try:
            do()
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


class Step:
    """Something that a thread does; what it raises is raised by ``check``."""

    def __init__(self) -> None:
        self.error: BaseException | None = None

    def __call__(self) -> None:
        try:
            self.do()
        except BaseException as error:  # noqa: BLE001 - raised again by check
            self.error = error

    def do(self) -> None:
        raise NotImplementedError

    def check(self) -> None:
        if self.error is not None:
            raise self.error


def run(over: Supervisor, step: Step) -> None:
    threads: list[threading.Thread] = []
    over.run(lambda: threads.append(meanwhile(step)))
    for thread in threads:
        thread.join()
    step.check()


def test_it_is_ready_when_all_are_and_ends_them_all(
    journal: Journal, listener: socket.socket
) -> None:
    class Look(Step):
        def do(self) -> None:
            assert len(journal.of("ready")) == 3
            assert not journal.of("ends")

    run(supervisor(journal, listener, 3), Look())
    assert sorted(journal.of("ends")) == sorted(journal.of("ready"))


def test_one_that_is_killed_is_replaced(journal: Journal, listener: socket.socket) -> None:
    class Kill(Step):
        def do(self) -> None:
            killed, other = journal.of("ready")
            os.kill(killed, signal.SIGKILL)
            assert journal.await_count("ready", 3)[:2] == [killed, other]
            assert not journal.of("ends")

    run(supervisor(journal, listener), Kill())
    assert len(journal.of("ends")) == 2


def test_a_restart_begins_each_new_one_before_it_ends_the_old(
    journal: Journal, listener: socket.socket
) -> None:
    class Restart(Step):
        def do(self) -> None:
            os.kill(os.getpid(), signal.SIGHUP)
            journal.await_count("ends", 2)

    run(supervisor(journal, listener), Restart())
    said = [what for what, _ in journal.lines()]
    assert said[:6] == ["ready", "ready", "ready", "ends", "ready", "ends"]
    assert set(journal.of("ends")[:2]) == set(journal.of("ready")[:2]), "the oldest first"


def test_a_restart_that_brings_nothing_up_takes_nothing_down(
    journal: Journal, listener: socket.socket
) -> None:
    class Restart(Step):
        def do(self) -> None:
            journal.broken.touch()
            os.kill(os.getpid(), signal.SIGHUP)
            time.sleep(2.0)
            assert len(journal.of("ready")) == 2
            assert not journal.of("ends")

    run(supervisor(journal, listener), Restart())
    assert len(journal.of("ends")) == 2


def test_one_of_the_first_that_does_not_start_ends_the_others(
    journal: Journal, listener: socket.socket
) -> None:
    journal.broken.touch()
    with pytest.raises(WorkerFailed):
        supervisor(journal, listener).run(lambda: None)
    assert not journal.of("ready")


def test_one_that_is_killed_as_the_end_comes_is_not_replaced(
    journal: Journal, listener: socket.socket
) -> None:
    """Nor does the end wait for the pause before that, which may be long."""
    started: list[Worker] = []
    number = str(listener.fileno())
    command = (sys.executable, "-c", PROGRAM, str(journal.path), number)

    def start() -> Worker:
        started.append(Worker(command, [listener]))
        return started[-1]

    def kill_one() -> None:
        os.kill(started[0].number, signal.SIGKILL)

    def end(_: int) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    Supervisor(2, start, grace_seconds=10.0, on_end=end).run(kill_one)
    assert len(started) == 2


def test_a_machine_without_a_process_to_spare_ends_nothing_and_is_asked_again(
    journal: Journal, listener: socket.socket
) -> None:
    refusals = [BlockingIOError(11, "no process to spare") for _ in range(2)]

    class RestartAndKill(Step):
        def do(self) -> None:
            allowed.clear()
            os.kill(os.getpid(), signal.SIGHUP)
            for _ in range(int(PATIENCE_SECONDS * 20)):
                if len(refusals) < 2:
                    break
                time.sleep(0.05)
            os.kill(journal.of("ready")[0], signal.SIGKILL)
            journal.await_count("ready", 3)
            assert not journal.of("ends")

    allowed = [True]
    number = str(listener.fileno())
    command = (sys.executable, "-c", PROGRAM, str(journal.path), number)

    def start() -> Worker:
        if not allowed and refusals:
            raise refusals.pop()
        return Worker(command, [listener])

    over = Supervisor(2, start, grace_seconds=10.0, on_end=lambda _: None)
    run(over, RestartAndKill())
    assert not refusals


def test_workers_learn_that_their_supervisor_is_gone(
    journal: Journal, listener: socket.socket
) -> None:
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            supervisor(journal, listener).run(lambda: None)
        os._exit(0)
    journal.await_count("ready", 2)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert sorted(journal.await_count("alone", 2)) == sorted(journal.of("ready"))
