"""One mutant in a process of its own: imported in place of its file, and tried by the tests.

Nothing on disk is changed. What no mutant touches is imported once, before the processes part.
Refuses to run inside the ordinary tests.
"""

import ast
import os
import signal
import sys
import time
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType

import aiohttp  # noqa: F401
import cryptography.x509  # noqa: F401
import hypothesis  # noqa: F401
import pytest
import starlette.applications  # noqa: F401
import strawberry  # noqa: F401
import uvicorn  # noqa: F401

SECONDS = 180
"""What takes longer counts as noticed: a mutant that never ends is one."""

Stages = tuple[tuple[str, ...], ...]
"""Tests that run one after the other, the quickest first, until one fails."""

QUIET = ["-x", "-q", "--no-header", "--assert=plain", "-p", "no:cacheprovider"]


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, tree: ast.Module) -> None:
        super().__init__(name, path)
        self._tree = tree

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._tree, self.get_filename(fullname), "exec")


class _Instead(MetaPathFinder):
    def __init__(self, name: str, tree: ast.Module) -> None:
        self._name = name
        self._tree = tree

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._name:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(fullname, spec.origin, self._tree)
        return spec


def start(name: str, tree: ast.Module, stages: Stages) -> int:
    """A child process that runs ``stages`` with module ``name`` as ``tree``; its id."""
    child = os.fork()
    if child == 0:
        try:
            os._exit(_tried(name, tree, stages))
        finally:
            os._exit(1)
    return child


def _tried(name: str, tree: ast.Module, stages: Stages) -> int:
    sys.meta_path.insert(0, _Instead(name, tree))
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    signal.alarm(SECONDS)
    return int(any(pytest.main([*QUIET, *tests]) != 0 for tests in stages))


def ended() -> tuple[int, bool]:
    """Wait for any child: its id, and whether all its tests passed."""
    child, status = os.wait()
    return child, os.waitstatus_to_exitcode(status) == 0


def now() -> float:
    return time.monotonic()
