"""Starts the functions of ``mortal.py`` as processes, quickly: forked from one that imported
everything beforehand."""

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Any

_CONTEXT = multiprocessing.get_context("forkserver")


def start(target: Callable[..., None], *arguments: Any) -> tuple[ForkServerProcess, Connection]:
    """The process, and the end of the pipe on which it reports; its own end is its last
    argument."""
    _CONTEXT.set_forkserver_preload(["tests.storage.mortal", "tests.cli.dying_copies"])
    mine, theirs = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=target, args=(*arguments, theirs))
    process.start()
    theirs.close()
    return process, mine


def reports(pipe: Connection) -> list[Any]:
    """All that was reported until the process ended or was killed."""
    received = []
    try:
        while True:
            received.append(pipe.recv())
    except EOFError:
        return received
    finally:
        pipe.close()
