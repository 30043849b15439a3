"""``make mutants``: change the decision core and the trust in signatures, one thing at a time.

Each change must make a test fail, or be listed in ``equivalent.toml`` with the reason why it
changes nothing. Arguments name files; without any, all of them are tried. The exit status is 1 if a
mutant passes that is not listed, or if a listed one is there no more.
"""

import ast
import os
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from tests.mutation.mutants import Mutant, mutants
from tests.mutation.trial import Stages, ended, now, start

ROOT = Path(__file__).resolve().parents[2]
EQUIVALENT = Path(__file__).parent / "equivalent.toml"
AT_ONCE = os.cpu_count() or 1


def files(folder: str, names: str) -> tuple[str, ...]:
    return tuple(f"tests/{folder}/test_{name}.py" for name in names.split())


DECISION: Stages = (
    files("recognition", "decisions options until_when conditions hearing"),
    (*files("recognition", "lists explain"), *files("oracle", "rows pure_decision")),
    files("policy", "examples policy_files coverage_is_exact"),
)
KEYS: Stages = (
    files("keys", "verification envelopes"),
    files("keys", "strict_texts detached_signatures channel client_assertions access_tokens"),
)

TRIED: Mapping[str, Stages] = {
    **{
        f"gateway/recognition/{name}.py": DECISION
        for name in (
            "decide hearing ruling finding conditions policy reasons explain facts remedies "
            "smallest_change"
        ).split()
    },
    "keys/verification.py": KEYS,
    "keys/envelope.py": KEYS,
}


def main(wanted: Sequence[str]) -> int:
    os.environ["ORACLE_CASES"] = "10000"
    if not all(unchanged_passes(file) for file in wanted or TRIED):
        sys.stderr.write("the tests fail without any change: mend that first\n")
        return 2
    reasons = listed()
    survivors: list[Mutant] = []
    numbers = Counter[str]()
    for mutant, passed in tried(list(every(wanted or list(TRIED)))):
        numbers[mutant.file] += 1
        sys.stderr.write(f"\r{sum(numbers.values())} tried, {len(survivors)} passed ")
        if passed:
            survivors.append(mutant)
            known = "listed" if mutant.key in reasons else "SURVIVES"
            sys.stdout.write(f"{known}: {mutant.file}:{mutant.line} {mutant.what}: {mutant.text}\n")
            sys.stdout.flush()
    unknown = [mutant for mutant in survivors if mutant.key not in reasons]
    left = {mutant.key for mutant in survivors}
    gone = [key for key in reasons if key[0] in numbers and key not in left]
    report(numbers, survivors, unknown, gone)
    return int(bool(unknown or gone))


@cache
def stages_pass(file: str, stages: Stages) -> bool:
    start(module_of(file), ast.parse((ROOT / file).read_text("utf-8")), stages)
    return ended()[1]


def unchanged_passes(file: str) -> bool:
    return stages_pass(next(each for each in TRIED if TRIED[each] is TRIED[file]), TRIED[file])


def module_of(file: str) -> str:
    return f"tongxing.{file.removesuffix('.py').replace('/', '.')}"


def every(files: Sequence[str]) -> Iterator[Mutant]:
    for file in files:
        yield from mutants(file, (ROOT / file).read_text("utf-8"))


def tried(waiting: list[Mutant]) -> Iterator[tuple[Mutant, bool]]:
    """Each with whether it passed all tests, as they end."""
    running: dict[int, Mutant] = {}
    waiting.reverse()
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            mutant = waiting.pop()
            child = start(module_of(mutant.file), mutant.tree, TRIED[mutant.file])
            running[child] = mutant
        child, passed = ended()
        yield running.pop(child), passed


def listed() -> dict[tuple[str, str, str], str]:
    told = tomllib.loads(EQUIVALENT.read_text("utf-8"))
    return {(m["file"], m["line"], m["what"]): m["because"] for m in told.get("mutant", [])}


def report(
    numbers: Mapping[str, int],
    survivors: Sequence[Mutant],
    unknown: Sequence[Mutant],
    gone: Sequence[tuple[str, str, str]],
) -> None:
    left = Counter(mutant.file for mutant in survivors)
    rows = [f"{file}: {number - left[file]} of {number}" for file, number in numbers.items()]
    total, lost = sum(numbers.values()), len(survivors)
    rows.append(f"killed {total - lost} of {total}; {lost - len(unknown)} listed as equivalent")
    rows += [f"listed, and not there or killed: {key}" for key in gone]
    sys.stdout.write("\n".join(rows) + f"\n{now() - BEGAN:.0f} s\n")


BEGAN = now()

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
