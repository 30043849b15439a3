"""One mutant in a process of its own, tried by tests until one fails.

Nothing on disk is changed. The tests are collected once, and each process parts from there with one
function changed; if the change is in what an import does, it imports everything of ours anew.
Refuses to run inside the ordinary tests.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

import hypothesis
import pytest

from tests.mutation.in_place import ImportAnew, Live, put

PROCESSOR_SECONDS = 120
"""For all the tests of one mutant. What takes longer counts as noticed: a mutant that never ends is
one. It is processor time, so that a busy machine changes no result."""

SECONDS = 1200
"""The same for a mutant that waits for what never comes."""

ALONE = ["-x", "-q", "-s", "--no-header", "--assert=plain", "-p", "no:cacheprovider"]
LIGHT = ["--noconftest", "-p", "tests.recognition.shipped_policies"]
"""Without what only the tests that start a hub need."""

OURS = ("tongxing", "tests.")
BROKEN = 70
"""The exit status of a process that could not try its mutant at all."""


class CannotBeTried(Exception):
    """The tool is at fault: it must not look as if a test had noticed the mutant."""


@dataclass(frozen=True)
class Changed:
    """A module as it is and as it is tried."""

    module: str
    old: CodeType
    new: CodeType
    live: Live


@dataclass(frozen=True)
class Result:
    """``by`` is the test that noticed; empty if the change left no test to say so. ``seconds`` is
    the processor time of each test."""

    noticed: bool
    by: str
    seconds: dict[str, float]


@dataclass(frozen=True)
class Running:
    child: int
    told: Path


class Hearing:
    """Hears which test failed first; a file that cannot be read counts as a test."""

    def __init__(self) -> None:
        self.failed = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._hear(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._hear(report)

    def _hear(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid


class Collected(Hearing):
    """The tests of some files, collected once; hands them to ``then`` instead of running them."""

    def __init__(self, then: Callable[[Sequence[pytest.Item]], None]) -> None:
        super().__init__()
        self.error: BaseException | None = None
        self._then = then

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self._then(session.items)
        return True

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        self.error = excinfo.value


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, code: CodeType) -> None:
        super().__init__(name, path)
        self._code = code

    def get_code(self, fullname: str) -> CodeType:
        return self._code


class _Instead(MetaPathFinder):
    def __init__(self, name: str, code: CodeType) -> None:
        self._name = name
        self._code = code

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._name:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(fullname, spec.origin, self._code)
        return spec


def collect(files: Sequence[str], collected: Collected) -> None:
    # The first example that fails is enough, and a run finds what the last one found.
    hypothesis.settings.register_profile(
        "mutants",
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[hypothesis.HealthCheck.too_slow],
    )
    hypothesis.settings.load_profile("mutants")
    _run(files, collected)
    if collected.error is not None:
        raise collected.error


def start(
    changed: Changed | None, tests: Sequence[pytest.Item], heard: Collected, *, is_thorough: bool
) -> Running:
    """A child process that runs ``tests`` with ``changed``, until one fails. If ``is_thorough``,
    what passes with the function changed in memory is tried as it would be imported as well."""
    told = Path(".build") / "mutants" / f"{time.monotonic_ns()}.json"
    told.parent.mkdir(parents=True, exist_ok=True)
    child = os.fork()
    if child == 0:
        try:
            os._exit(_tried(changed, tests, heard, told, is_thorough=is_thorough))
        finally:
            os._exit(BROKEN)
    return Running(child, told)


def _tried(
    changed: Changed | None,
    tests: Sequence[pytest.Item],
    heard: Collected,
    told: Path,
    *,
    is_thorough: bool,
) -> int:
    signal.alarm(SECONDS)
    signal.setitimer(signal.ITIMER_PROF, PROCESSOR_SECONDS)
    seconds: dict[str, float] = {}
    if changed is None and _run([*_names(tests), "--collect-only"], Hearing()) != 0:
        return BROKEN
    is_put = changed is None or _is_put(changed)
    failed = is_put and _one_fails(tests, heard, seconds)
    by = heard.failed
    # A function may have had its effect already, while a file was imported.
    if changed is not None and not failed and (is_thorough or not is_put):
        by, failed = _anew(changed, tests)
    told.write_text(json.dumps([by, seconds]), "utf-8")
    return int(failed)


def _is_put(changed: Changed) -> bool:
    try:
        put(changed.old, changed.new, changed.live)
    except ImportAnew:
        return False
    return True


def _one_fails(tests: Sequence[pytest.Item], heard: Collected, seconds: dict[str, float]) -> bool:
    for test, following in zip(tests, [*tests[1:], None], strict=True):
        began = time.process_time()
        test.config.hook.pytest_runtest_protocol(item=test, nextitem=following)
        seconds[test.nodeid] = time.process_time() - began
        if heard.failed:
            return True
    return False


def _anew(changed: Changed, tests: Sequence[pytest.Item]) -> tuple[str, bool]:
    sys.meta_path.insert(0, _Instead(changed.module, changed.new))
    for name in [name for name in sys.modules if name.startswith(OURS)]:
        if not name.startswith("tests.mutation"):
            del sys.modules[name]
    anew = Hearing()
    status = _run(_names(tests), anew)
    by = anew.failed or ("the import" if status else "")
    return by, status != 0


def _names(tests: Sequence[pytest.Item]) -> Sequence[str]:
    """Those that pytest finds again; a test whose name has a bracket or a backslash among its
    parameters is left to the trials in memory."""
    names = dict.fromkeys(test.nodeid for test in tests)
    return [name for name in names if name.count("[") < 2 and "\\" not in name]


def _run(arguments: Sequence[str], plugin: object) -> int:
    with Path(os.devnull).open("w") as silent, redirect_stdout(silent), redirect_stderr(silent):
        return pytest.main([*ALONE, *LIGHT, *arguments], [plugin])


def ended(running: Sequence[Running]) -> tuple[Running, Result]:
    """Wait for any of them."""
    child, code = os.wait()
    trial = next(each for each in running if each.child == child)
    status = os.waitstatus_to_exitcode(code)
    if status == BROKEN:
        raise CannotBeTried
    by, seconds = json.loads(trial.told.read_text("utf-8")) if trial.told.exists() else ("", {})
    trial.told.unlink(missing_ok=True)
    return trial, Result(status != 0, by, seconds)
