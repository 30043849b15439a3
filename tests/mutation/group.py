"""The files that the same tests try, one mutant after the other."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from os import cpu_count
from pathlib import Path

import pytest

from tests.mutation import noticed
from tests.mutation.in_place import forget_results, functions_of
from tests.mutation.mutants import Mutant, mutants
from tests.mutation.tally import Tally, tell
from tests.mutation.trial import Changed, Collected, Result, Running, collect, ended, start
from tests.mutation.tried import Tests

ROOT = Path(__file__).resolve().parents[2]
AT_ONCE = cpu_count() or 1
QUICK_SECONDS = 0.05


@dataclass(frozen=True)
class Mode:
    """``is_quick``: with the quick tests alone. ``only_open``: without what a test has noticed in
    an earlier run."""

    is_quick: bool
    only_open: bool


class Group:
    """The files that the same tests try."""

    def __init__(self, files: Sequence[str], tests: Tests, tally: Tally, mode: Mode) -> None:
        self._files = files
        self._tests = tests
        self._tally = tally
        self._mode = mode
        self._before = noticed.read()
        self._kills = Counter[tuple[str, str]]()
        self._seconds: Mapping[str, float] = {}
        self._passes_unchanged = False

    def all_tried(self) -> bool:
        self._collected = Collected(self._try)
        collect(self._tests, self._collected)
        return self._passes_unchanged

    def _try(self, items: Sequence[pytest.Item]) -> None:
        forget_results()
        known = noticed.seconds() if self._mode.is_quick else {}
        unknown = [item for item in items if item.nodeid not in known]
        if unknown:
            unchanged = start(None, unknown, self._collected, is_thorough=False)
            _, result = ended([unchanged])
            if result.noticed:
                tell(f"fails: {result.by}")
                return
            noticed.keep_seconds(result.seconds)
            known = known | result.seconds
        self._passes_unchanged, self._seconds = True, known
        for mutant, each in self._results(items):
            self._tally.count(mutant, each)

    def _results(self, items: Sequence[pytest.Item]) -> Iterator[tuple[Mutant, Result]]:
        """Each mutant with what came of it, as they end."""
        running: dict[Running, Mutant] = {}
        for mutant, changed in self._changes():
            if len(running) == AT_ONCE:
                yield self._next(running)
            tests = self._ordered(items, mutant)
            trial = start(changed, tests, self._collected, is_thorough=not self._mode.is_quick)
            running[trial] = mutant
        while running:
            yield self._next(running)

    def _next(self, running: dict[Running, Mutant]) -> tuple[Mutant, Result]:
        trial, result = ended(list(running))
        mutant = running.pop(trial)
        if result.by:
            self._kills[mutant.file, result.by] += 1
            if result.by != self._before.get(mutant.key):
                noticed.keep(mutant.key, result.by)
        return mutant, result

    def _changes(self) -> Iterator[tuple[Mutant, Changed]]:
        for file in self._files:
            source = (ROOT / file).read_text("utf-8")
            name = f"tongxing.{file.removesuffix('.py').replace('/', '.')}"
            path = str(import_module(name).__file__)
            old, live = compile(source, path, "exec"), functions_of(name)
            for mutant in mutants(file, source):
                if self._mode.only_open and mutant.key in self._before:
                    self._tally.count(mutant, Result(True, self._before[mutant.key], {}))
                    continue
                yield mutant, Changed(name, old, compile(mutant.tree, path, "exec"), live)

    def _ordered(self, items: Sequence[pytest.Item], mutant: Mutant) -> Sequence[pytest.Item]:
        """The test that noticed it before, then those that notice much in this file and take little
        time. A mutant that is listed is tried by the quick ones."""
        first = self._before.get(mutant.key)
        is_quick = self._mode.is_quick or mutant.key in self._tally.reasons

        def order(item: pytest.Item) -> float:
            seconds = self._seconds[item.nodeid]
            return seconds / (1 + 20 * self._kills[mutant.file, item.nodeid])

        chosen = [i for i in items if not is_quick or self._seconds[i.nodeid] < QUICK_SECONDS]
        rest = sorted((i for i in chosen if i.nodeid != first), key=order)
        return [*(i for i in items if i.nodeid == first), *rest]
