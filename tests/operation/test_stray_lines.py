"""What libraries and the interpreter write by themselves becomes events, without their texts."""

import gc
import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.http.small_hub import SECRET, raise_unlisted
from tongxing.gateway.operation.events import FIELDS, Event, EventLog
from tongxing.gateway.operation.stray_lines import told_as_events

AT = datetime(2020, 3, 5, 8, tzinfo=UTC)


def _logs() -> None:
    logging.getLogger("some.library").warning("Invalid request %s", SECRET)


def _logs_an_error() -> None:
    try:
        dict[str, str]()[SECRET]
    except KeyError:
        logging.getLogger("asyncio").exception(SECRET)


def _warns() -> None:
    warnings.warn(SECRET, RuntimeWarning, stacklevel=1)


def _dies() -> None:
    raise ValueError(SECRET)


def _a_thread_dies() -> None:
    thread = threading.Thread(target=_dies, name="operation")
    thread.start()
    thread.join()


class _Unraisable:
    def __del__(self) -> None:
        raise OSError(SECRET)


def _nobody_waits() -> None:
    _Unraisable()
    gc.collect()


def _the_main_thread_dies() -> None:
    try:
        _dies()
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)


STRAY: dict[str, tuple[Callable[[], None], Event, str, str | None]] = {
    "a library's log": (_logs, Event.LIBRARY_LINE, "some.library", None),
    "an error in a library's log": (_logs_an_error, Event.LIBRARY_LINE, "asyncio", "KeyError"),
    "a warning": (_warns, Event.LIBRARY_LINE, "warnings", "RuntimeWarning"),
    "a thread that dies": (_a_thread_dies, Event.THREAD_DIED, "operation", "ValueError"),
    "a finalizer that fails": (_nobody_waits, Event.LIBRARY_LINE, "unraisable", "OSError"),
    "a program that dies": (_the_main_thread_dies, Event.THREAD_DIED, "main", "ValueError"),
}


@pytest.mark.filterwarnings("always")
@pytest.mark.parametrize(("happens", "event", "source", "kind"), STRAY.values(), ids=STRAY)
def test_it_is_one_event(
    capsys: pytest.CaptureFixture[str],
    happens: Callable[[], None],
    event: Event,
    source: str,
    kind: str | None,
) -> None:
    stream = io.StringIO()
    with told_as_events(EventLog(stream, lambda: AT, raise_unlisted)):
        happens()
        happens()
    (line,) = stream.getvalue().splitlines()
    told = json.loads(line)
    assert (told["event"], told["source"], told["error_type"]) == (event.value, source, kind)
    assert set(told) <= {"at", "event", "level", *FIELDS[event]}
    assert told["where"]
    assert SECRET not in line
    assert capsys.readouterr().err == ""


def test_what_is_no_warning_is_not_told() -> None:
    stream = io.StringIO()
    with told_as_events(EventLog(stream, lambda: AT, raise_unlisted)):
        logging.getLogger("uvicorn.error").info("Started")
    assert stream.getvalue() == ""


def test_afterwards_everything_is_as_before() -> None:
    hooks = (sys.excepthook, threading.excepthook, sys.unraisablehook, warnings.showwarning)
    handlers = logging.getLogger().handlers[:]
    with told_as_events(EventLog(io.StringIO(), lambda: AT, raise_unlisted)):
        pass
    after = (sys.excepthook, threading.excepthook, sys.unraisablehook, warnings.showwarning)
    assert after == hooks
    assert logging.getLogger().handlers == handlers
