"""What came of the mutants, and which of them are listed as changes without effect."""

import sys
import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from tests.mutation.mutants import Key, Mutant
from tests.mutation.trial import Result

EQUIVALENT = Path(__file__).parent / "equivalent.toml"
OUT, PROGRESS = sys.stdout, sys.stderr


def listed() -> dict[Key, str]:
    told = tomllib.loads(EQUIVALENT.read_text("utf-8"))
    rows = told.get("mutant", [])
    return {(m["file"], m["place"], m["code"], m["what"]): m["because"] for m in rows}


def tell(line: str) -> None:
    OUT.write(f"{line}\n")
    OUT.flush()


class Tally:
    def __init__(self, reasons: Mapping[Key, str]) -> None:
        self.reasons = reasons
        self._numbers = Counter[str]()
        self._survivors: list[Mutant] = []

    def count(self, mutant: Mutant, result: Result) -> None:
        self._numbers[mutant.file] += 1
        if not result.noticed:
            self._survivors.append(mutant)
            known = "listed" if mutant.key in self.reasons else "SURVIVES"
            tell(f"{known}: {mutant.file}:{mutant.line} {mutant.place}: {mutant.what}")
            tell(f"    {mutant.code}")
        PROGRESS.write(f"\r{self._numbers.total()} tried, {len(self._survivors)} passed ")

    def report(self) -> int:
        unknown = [mutant for mutant in self._survivors if mutant.key not in self.reasons]
        left = {mutant.key for mutant in self._survivors}
        gone = [key for key in self.reasons if key[0] in self._numbers and key not in left]
        passed, open_ones = (Counter(m.file for m in each) for each in (self._survivors, unknown))
        for file, number in self._numbers.items():
            equivalent = passed[file] - open_ones[file]
            tell(
                f"{file}: {number - passed[file]} of {number} noticed, {equivalent} without effect"
            )
        total, lost = self._numbers.total(), len(self._survivors)
        tell(f"noticed {total - lost} of {total}; {lost - len(unknown)} listed as without effect")
        for key in gone:
            tell(f"listed, and not there or noticed: {key}")
        return int(bool(unknown or gone))
