"""Codes come from a pipe or a serial device, until it ends or somebody says stop."""

import os
import pty
import termios
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tongxing.gateway.gate.code_source import (
    BAUDS,
    SERIAL_PAUSE_MS,
    ScannerGone,
    codes,
    serial_device,
    without_echo,
)


class Pipes:
    """``source`` is read by the gate, and ``output`` written; ``stop`` says when to end."""

    def __init__(self) -> None:
        self.source, self.scanner = os.pipe()
        self.turnstile, self.output = os.pipe()
        self.stop, self.stopper = os.pipe()

    def close(self) -> None:
        for each in vars(self).values():
            with suppress(OSError):
                os.close(each)


@pytest.fixture
def pipes() -> Iterator[Pipes]:
    made = Pipes()
    yield made
    made.close()


def test_it_ends_with_its_input_and_takes_the_last_line(pipes: Pipes) -> None:
    os.write(pipes.scanner, b"a\r\n\r\nb")
    os.close(pipes.scanner)
    assert list(codes(pipes.source, pipes.output, pipes.stop)) == ["a", "b"]


def test_a_code_is_there_before_the_next_one_comes(pipes: Pipes) -> None:
    read = codes(pipes.source, pipes.output, pipes.stop)
    for code in ("a", "b", "c"):
        os.write(pipes.scanner, f"{code}\n".encode())
        assert next(read) == code


def test_a_stop_comes_after_the_answer_and_before_the_next_code(pipes: Pipes) -> None:
    os.write(pipes.scanner, b"a\nb\n")
    read = codes(pipes.source, pipes.output, pipes.stop)
    assert next(read) == "a"
    os.write(pipes.stopper, b".")
    assert list(read) == []


def test_a_stop_ends_the_waiting(pipes: Pipes) -> None:
    os.write(pipes.stopper, b".")
    assert list(codes(pipes.source, pipes.output, pipes.stop)) == []


def test_it_ends_once_nobody_reads_what_it_says(pipes: Pipes) -> None:
    os.close(pipes.turnstile)
    assert list(codes(pipes.source, pipes.output, pipes.stop)) == []


@pytest.fixture
def scanner() -> Iterator[tuple[int, str]]:
    """The other end of a serial device, and its path."""
    controller, device = pty.openpty()
    yield controller, os.ttyname(device)
    os.close(device)
    os.close(controller)


def test_a_serial_device_hands_over_what_it_reads_with_or_without_a_mark(
    scanner: tuple[int, str], pipes: Pipes
) -> None:
    controller, path = scanner
    with serial_device(path, 115200) as device:
        read = codes(device, pipes.output, pipes.stop, SERIAL_PAUSE_MS)
        os.write(controller, b"a\r")
        assert next(read) == "a"
        os.write(controller, b"no mark, \x03\x04 nor a signal")
        assert next(read) == "no mark, \x03\x04 nor a signal"


def test_a_serial_device_that_is_unplugged_is_no_end_of_the_input(pipes: Pipes) -> None:
    controller, device = pty.openpty()
    path = os.ttyname(device)
    os.close(device)
    with serial_device(path, 9600) as source:
        os.write(controller, b"a\r")
        read = codes(source, pipes.output, pipes.stop, SERIAL_PAUSE_MS)
        assert next(read) == "a"
        os.close(controller)
        with pytest.raises(ScannerGone):
            next(read)


@pytest.mark.parametrize("baud", BAUDS)
def test_a_serial_device_is_raw_and_has_its_speed(scanner: tuple[int, str], baud: int) -> None:
    with serial_device(scanner[1], baud) as device:
        modes = termios.tcgetattr(device)
        assert modes[4] == modes[5] == BAUDS[baud]
        assert not modes[3] & (termios.ICANON | termios.ECHO | termios.ISIG)


def test_what_is_no_serial_device_is_said(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for path in (file, tmp_path / "missing"):
        with pytest.raises(OSError) as failed, serial_device(str(path), 9600):  # noqa: PT011
            pass
        assert failed.value.filename == str(path)


def test_a_terminal_shows_no_code_and_shows_again_afterwards(scanner: tuple[int, str]) -> None:
    terminal = os.open(scanner[1], os.O_RDWR | os.O_NOCTTY)
    try:
        with without_echo(terminal) as source:
            assert not termios.tcgetattr(source)[3] & termios.ECHO
        assert termios.tcgetattr(terminal)[3] & termios.ECHO
    finally:
        os.close(terminal)


def test_what_is_no_terminal_is_read_as_it_is(pipes: Pipes) -> None:
    with without_echo(pipes.source) as source:
        assert source == pipes.source
