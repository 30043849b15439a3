"""One soak from beginning to end: start, load, faults, checks, report."""

import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from tests.oracle.places import place_of
from tests.soak.checking import check_arrivals, check_log, ended, recovered, unexpected
from tests.soak.faults import FAULTS
from tests.soak.injector import Injector
from tests.soak.judging import Judge
from tests.soak.ledger import Ledger
from tests.soak.load import Load, figures
from tests.soak.log_check import LogCheck
from tests.soak.report import Report
from tests.soak.setting import Setting
from tests.soak.stage import DEADLINE_SECONDS, KEPT_SECONDS, POPULATION, Stage, stage
from tests.soak.told import Deeds, Published
from tests.soak.truth import Truth
from tests.soak.watching import Watcher
from tongxing.gateway.settings import SHIPPED_POLICIES

CHECKED_EVERY_SECONDS = 600.0
SAID_EVERY_SECONDS = 60.0
OLDER_SECONDS = KEPT_SECONDS + DEADLINE_SECONDS + 1.0
"""How old a statement may be: kept, and asked for that long before; dates have whole seconds."""

Say = Callable[[str], object]


@dataclass(frozen=True)
class Wanted:
    """``plan`` names kinds of faults that come first; ``directory`` is empty."""

    directory: Path
    seconds: float
    workers: int
    seed: int
    plan: Sequence[str] = ()


def soak(wanted: Wanted, say: Say) -> Report:
    """Ends early, and with a report, if it is interrupted."""
    ledger = Ledger(wanted.directory / "ledger.jsonl")
    truth, deeds = Truth(wanted.seed, POPULATION), Deeds()
    deeds.policies.append(Published(1, 0.0))
    deeds.trust_lists.append(Published(1, 0.0))
    began = monotonic()
    with stage(wanted.directory, wanted.workers, wanted.seed) as made:
        place = place_of(SHIPPED_POLICIES / "zhenjiang-1.toml")
        load = Load.of(made, ledger, Judge(truth, deeds, place, OLDER_SECONDS), wanted.seed)
        setting = Setting(made, truth, deeds, ledger)
        injector = Injector(setting, FAULTS, wanted.seed, wanted.plan)
        watcher = Watcher(made)
        watcher.start()
        run = _Run(wanted, made, load, ledger, injector, say)
        try:
            run.play()
        finally:
            injector.close()
            watcher.stop()
            made.workers()
            ledger.violates([*ended(made), *unexpected(made), *watcher.faults()])
            shutil.copy(made.server.log, wanted.directory / "postgresql.log")
        return Report(
            seed=wanted.seed,
            seconds=monotonic() - began,
            workers=wanted.workers,
            ledger=ledger,
            watcher=watcher,
            told=figures(load),
            log=run.log,
        )


@dataclass
class _Run:
    wanted: Wanted
    stage: Stage
    load: Load
    ledger: Ledger
    injector: Injector
    say: Say
    log: LogCheck | None = None

    def play(self) -> None:
        with self.load.running():
            with suppress(KeyboardInterrupt):
                self._under_faults()
            self.injector.stop()
            self.ledger.violates(recovered(self.stage, self.ledger))
            self.ledger.violates(self.load.settle())
            self._check()
            if self.log is not None:
                self.ledger.violates(check_arrivals(self.stage, self.load, self.log))

    def _under_faults(self) -> None:
        ends = monotonic() + self.wanted.seconds
        checked = said = monotonic()
        self.injector.start()
        while monotonic() < ends:
            sleep(min(1.0, max(0.0, ends - monotonic())))
            if monotonic() - said >= SAID_EVERY_SECONDS:
                said = monotonic()
                self.say(self._progress(ends - said))
            if monotonic() - checked >= CHECKED_EVERY_SECONDS and monotonic() < ends:
                paused = monotonic()
                self.injector.stop()
                self.ledger.violates(recovered(self.stage, self.ledger))
                self._check()
                checked = monotonic()
                ends += checked - paused
                self.injector.start()

    def _check(self) -> None:
        self.log, faults = check_log(self.stage, self.ledger)
        self.ledger.violates(faults)
        self.say(f"log: {self.log.entries} entries, {self.log.found} answers found in it")

    def _progress(self, left: float) -> str:
        ledger = self.ledger
        return (
            f"{left / 60:.0f} min left: {sum(ledger.faults.values())} faults, "
            f"{sum(ledger.colors.values())} answers {dict(ledger.colors)}, "
            f"{sum(ledger.refusals.values())} refused, {len(ledger.violations)} violations"
        )
