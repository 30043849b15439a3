"""``tongxing serve --workers N``: a supervisor, and N times the hub beneath it."""

import os
import signal
import sys
import threading
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from prometheus_client.multiprocess import mark_process_dead

from tongxing.gateway.cli.failing import CommandFailed
from tongxing.gateway.cli.workers import Supervisor, Worker, WorkerFailed
from tongxing.gateway.http.server import (
    Announce,
    CannotListen,
    Listeners,
    announced,
    opened_listeners,
)
from tongxing.gateway.settings import Settings

FIGURES_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""By which the library for figures is told where processes count together."""


def run_workers(settings: Settings, file: Path, count: int, announce: Announce) -> None:
    """Returns after a clean shutdown. Raises CommandFailed if the workers do not start."""
    check_database(settings)
    figures = mkdtemp(prefix="tongxing-figures-")
    os.environ[FIGURES_VARIABLE] = figures
    try:
        _supervise(settings, file, count, announce)
    except CannotListen as error:
        raise CommandFailed(f"无法监听，请改端口 {error}") from None
    except WorkerFailed:
        raise CommandFailed(
            "工作进程未能启动，原因见上 a worker did not start: see above"
        ) from None
    finally:
        rmtree(figures, ignore_errors=True)


def check_database(settings: Settings) -> None:
    """Raises CommandFailed for a file. A worker looks as well: since the supervisor did, the
    settings may have changed, and then each would answer from a file."""
    if settings.database.url is None:
        raise CommandFailed(
            '多个工作进程须用 PostgreSQL，请设 database = "postgresql://…" '
            'several workers need PostgreSQL: set database = "postgresql://…"'
        )


def _supervise(settings: Settings, file: Path, count: int, announce: Announce) -> None:
    with opened_listeners(settings) as listeners:
        program = (sys.executable, "-P", "-m", "tongxing.gateway.cli", "serve")
        command = (*program, "--settings", str(file), *_handing_over(listeners))
        Supervisor(
            count,
            lambda: Worker(command, filter(None, listeners)),
            grace_seconds=settings.limits.shutdown_seconds,
            on_end=mark_process_dead,
        ).run(lambda: announce(announced(listeners)))


def _handing_over(listeners: Listeners) -> tuple[str, ...]:
    """What a worker is told of the sockets that it is given."""
    public = ("--listener", str(listeners.public.fileno()))
    if listeners.operation is None:
        return public
    return (*public, "--operation-listener", str(listeners.operation.fileno()))


def end_with_standard_input() -> None:
    """End cleanly when the supervisor is gone: nobody would replace or stop this process."""

    def wait() -> None:
        while os.read(sys.stdin.fileno(), 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="supervisor", daemon=True).start()
