"""The tool itself: a mutant that could not run would count as noticed by every test."""

import ast
from pathlib import Path
from types import ModuleType

import pytest

from tests.mutation.in_place import ImportAnew, functions_of, put
from tests.mutation.mutants import KINDS, keys, mutants
from tests.mutation.tally import listed
from tests.mutation.tried import TRIED

ROOT = Path(__file__).parents[2]
SAMPLE = '''
LIMIT = 3

def judged(values, other=None):
    """Says something."""
    total = 0
    for value in values:
        if value is None or not value > -1:
            continue
        total += value * 2
    largest = max(each for each in values if each and any(values))
    if total > LIMIT:
        raise ValueError("too much")
    print(total if other is None else largest)
    return total
'''


def test_every_kind_of_change_can_be_compiled() -> None:
    found = list(mutants("sample.py", SAMPLE))
    for mutant in found:
        compile(mutant.tree, "sample.py", "exec")
    kinds = {type(node) for node in ast.walk(ast.parse(SAMPLE))}
    assert {kind for kind in KINDS if kind in kinds} == set(KINDS)
    assert len({mutant.key for mutant in found}) == len(found)
    assert len({ast.unparse(mutant.tree) for mutant in found} - {SAMPLE}) > len(KINDS)


def sample() -> ModuleType:
    module = ModuleType("sample")
    exec(compile(SAMPLE, "sample.py", "exec"), module.__dict__)  # noqa: S102
    return module


def test_a_changed_function_takes_the_place_of_the_one_in_memory() -> None:
    module = sample()
    old = compile(SAMPLE, "sample.py", "exec")
    new = compile(SAMPLE.replace("value * 2", "value // 2"), "sample.py", "exec")
    put(old, new, functions_of("sample"))
    assert module.judged([2]) == 1


def test_a_change_of_what_an_import_does_asks_for_another_import() -> None:
    module = sample()
    old = compile(SAMPLE, "sample.py", "exec")
    new = compile(SAMPLE.replace("LIMIT = 3", "LIMIT = 4"), "sample.py", "exec")
    with pytest.raises(ImportAnew):
        put(old, new, functions_of("sample"))
    assert module.LIMIT == 3


def test_every_change_that_is_listed_as_without_effect_is_still_there() -> None:
    files = {file for file, *_ in listed()}
    assert files <= TRIED.keys()
    there = {key for file in files for key in keys(file, (ROOT / file).read_text("utf-8"))}
    assert listed().keys() <= there
    assert all(listed().values())
