"""What libraries and the interpreter would write to standard error by themselves, as events.

A collector reads every line of the hub as JSON. Responsible for the log records and warnings of
libraries, and for errors that end a thread or nobody waits for. Refuses their texts, which may hold
what was sent or asked: who wrote, where, and the type of an error are enough to find it.
"""

import logging
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from tongxing.gateway.operation.events import Event, EventLog, shown
from tongxing.gateway.operation.seldom import Seldom

LEAST_LEVEL = logging.WARNING


class StrayLines(logging.Handler):
    """Tells ``log``: at most one line a minute of each place, with how often it came."""

    def __init__(self, log: EventLog) -> None:
        super().__init__(LEAST_LEVEL)
        self._log = log
        self._seldom = Seldom()
        self._one_at_a_time = threading.RLock()

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        where = f"{Path(record.pathname).stem}:{record.lineno}"
        kind = None if error is None else type(error)
        self._tell(Event.LIBRARY_LINE, record.name, where, kind)

    def warn(
        self,
        _message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        *_shown: object,
    ) -> None:
        """In place of ``warnings.showwarning``."""
        self._tell(Event.LIBRARY_LINE, "warnings", f"{Path(filename).stem}:{lineno}", category)

    def died(
        self, kind: type[BaseException], _error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """In place of ``sys.excepthook``."""
        self._tell(Event.THREAD_DIED, "main", _place(trace), kind)

    def thread_died(self, told: threading.ExceptHookArgs) -> None:
        name = "" if told.thread is None else told.thread.name
        self._tell(Event.THREAD_DIED, name, _place(told.exc_traceback), told.exc_type)

    def unraisable(self, told: Any) -> None:
        """In place of ``sys.unraisablehook``."""
        self._tell(Event.LIBRARY_LINE, "unraisable", _place(told.exc_traceback), told.exc_type)

    def _tell(
        self, event: Event, source: str, where: str | None, kind: type[BaseException] | None
    ) -> None:
        with self._one_at_a_time:
            number = self._seldom.happened((event, source, where), self._log.clock())
            if number is None:
                return
            error_type = None if kind is None else kind.__qualname__
            self._log.error(
                event,
                source=shown(source),
                where=shown(where),
                error_type=shown(error_type),
                number=number,
            )


def _place(trace: TracebackType | None) -> str | None:
    """Module and line of the innermost frame."""
    frames = list(traceback.walk_tb(trace))
    if not frames:
        return None
    frame, line = frames[-1]
    return f"{frame.f_globals.get('__name__', '')}:{line}"


@contextmanager
def told_as_events(log: EventLog) -> Iterator[None]:
    """As long as the context lasts, and in all threads."""
    stray, root = StrayLines(log), logging.getLogger()
    before = root.handlers[:], warnings.showwarning
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    root.handlers[:] = [stray]
    warnings.showwarning = stray.warn  # type: ignore[assignment]  # its names are hidden
    sys.excepthook, threading.excepthook = stray.died, stray.thread_died
    sys.unraisablehook = stray.unraisable
    try:
        yield
    finally:
        root.handlers[:], warnings.showwarning = before
        sys.excepthook, threading.excepthook, sys.unraisablehook = hooks
