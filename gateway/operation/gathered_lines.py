"""Lines of one turn of the event loop, written to their stream together.

A busy hub ends several requests in one turn, and a system call for each line of the log costs more
than the line.
"""

import asyncio
from contextlib import suppress
from threading import get_ident
from typing import TextIO


class GatheredLines:
    """``write`` and ``flush`` of ``stream`` as a logger uses them. What is written before an event
    loop runs, or by another thread than the one that made this, is written at once."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._thread = get_ident()
        self._lines: list[str] = []

    def write(self, line: str) -> int:
        if get_ident() != self._thread or not _turns_here():
            self._stream.write(line)
            return len(line)
        if not self._lines:
            asyncio.get_running_loop().call_soon(self.write_out)
        self._lines.append(line)
        return len(line)

    def flush(self) -> None:
        """Of what does not wait for the end of the turn."""
        if not self._lines:
            self._stream.flush()

    def write_out(self) -> None:
        """All that waits. A line that the disk does not take is lost: none is worth an answer."""
        lines, self._lines = self._lines, []
        with suppress(OSError):
            self._stream.write("".join(lines))
            self._stream.flush()


def _turns_here() -> bool:
    """Whether an event loop runs in this thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
