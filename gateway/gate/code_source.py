"""Where codes come from: standard input or a serial device, until it ends or somebody says stop."""

import os
import select
import termios
import tty
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from tongxing.gateway.gate.code_lines import CodeLines, LineFault

BAUDS: Mapping[int, int] = MappingProxyType(
    {
        9600: termios.B9600,
        19200: termios.B19200,
        38400: termios.B38400,
        57600: termios.B57600,
        115200: termios.B115200,
    }
)
"""The speeds of serial scanners, by their number of bits a second."""

SERIAL_PAUSE_MS = 200
"""Some scanners send no mark after a code. So long a silence ends it: at 9600 baud a byte takes
one millisecond."""

_READ_BYTES = 64 * 1024


class ScannerGone(Exception):
    """A serial device ends only if somebody unplugs it."""


def codes(
    source: int, output: int, stop: int, pause_ms: int | None = None
) -> Iterator[str | LineFault]:
    """From the descriptor ``source``, until it ends, ``output`` is closed by its reader, or
    ``stop`` can be read. ``pause_ms`` is for a serial device. Raises OSError, ScannerGone."""
    lines = CodeLines()
    poll = select.poll()
    poll.register(source, select.POLLIN)
    poll.register(stop, select.POLLIN)
    poll.register(output, 0)
    while True:
        ready = {each for each, _ in poll.poll(pause_ms if lines.is_open else None)}
        if ready & {stop, output}:
            return
        if source not in ready:
            yield from lines.end()
            continue
        octets = _read(source, is_serial=pause_ms is not None)
        found = lines.feed(octets) if octets else lines.end()
        for code in found:
            yield code
            if {each for each, _ in poll.poll(0)} & {stop, output}:
                return
        if not octets:
            return


def _read(source: int, *, is_serial: bool) -> bytes:
    """Linux tells a serial device that is gone as an end, or as EIO."""
    if not is_serial:
        return os.read(source, _READ_BYTES)
    try:
        octets = os.read(source, _READ_BYTES)
    except OSError:
        raise ScannerGone from None
    if not octets:
        raise ScannerGone
    return octets


@contextmanager
def serial_device(path: str, baud: int) -> Iterator[int]:
    """The descriptor of the device, which hands over bytes as they come. Raises OSError."""
    device = os.open(path, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        try:
            tty.setraw(device, termios.TCSANOW)
            modes = termios.tcgetattr(device)
            modes[_INPUT_SPEED] = modes[_OUTPUT_SPEED] = BAUDS[baud]
            modes[_CONTROL] |= termios.CLOCAL | termios.CREAD
            termios.tcsetattr(device, termios.TCSANOW, modes)
        except termios.error as error:
            raise OSError(*error.args, path) from None
        yield device
    finally:
        os.close(device)


_CONTROL, _INPUT_SPEED, _OUTPUT_SPEED, _LOCAL = 2, 4, 5, 3
"""Places in what ``tcgetattr`` gives."""


@contextmanager
def without_echo(source: int) -> Iterator[int]:
    """``source``; if it is a terminal, it does not show what a scanner types into it."""
    if not os.isatty(source):
        yield source
        return
    before = termios.tcgetattr(source)
    silent = [*before]
    silent[_LOCAL] &= ~termios.ECHO
    termios.tcsetattr(source, termios.TCSANOW, silent)
    try:
        yield source
    finally:
        termios.tcsetattr(source, termios.TCSANOW, before)
