"""A changed function put in the place of the one that is in memory.

Responsible for the functions alone. What runs once, while a file is imported, cannot be changed
afterwards: then the file has to be imported anew (``trial``).
"""

import gc
from collections.abc import Iterator, Mapping, Sequence
from functools import _lru_cache_wrapper
from inspect import CO_OPTIMIZED
from types import CodeType, FunctionType

Live = Mapping[CodeType, Sequence[FunctionType]]


class ImportAnew(Exception):
    """The change is in what an import does, or in what no function in memory was made of."""


def functions_of(module: str) -> Live:
    """The functions of ``module`` that are in memory, by their code."""
    found: dict[CodeType, list[FunctionType]] = {}
    gc.unfreeze()  # what tests/garbage.py has put aside
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and each.__module__ == module:
            found.setdefault(each.__code__, []).append(each)
    return found


def forget_results() -> None:
    """What was computed and kept before a change says nothing about it."""
    gc.unfreeze()
    for each in gc.get_objects():
        if isinstance(each, _lru_cache_wrapper):
            each.cache_clear()


def put(old: CodeType, new: CodeType, live: Live) -> None:
    """Raises ImportAnew."""
    pairs = [(before, after) for before, after in _changed(old, new) if before in live]
    if not pairs:
        raise ImportAnew
    for before, after in pairs:
        for function in live[before]:
            try:
                function.__code__ = after
            except ValueError:  # it closes over other names now
                raise ImportAnew from None


def _changed(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    if old == new:
        return
    within = list(zip(_codes(old), _codes(new), strict=False))
    alike = [c.co_qualname for c in _codes(old)] == [c.co_qualname for c in _codes(new)]
    if old.co_flags & CO_OPTIMIZED:
        yield old, new
        within = within if alike else []
    elif not alike or _itself(old) != _itself(new):
        raise ImportAnew
    for before, after in within:
        yield from _changed(before, after)


def _codes(code: CodeType) -> list[CodeType]:
    return [each for each in code.co_consts if isinstance(each, CodeType)]


def _itself(code: CodeType) -> tuple[object, ...]:
    consts = [None if isinstance(each, CodeType) else (type(each), each) for each in code.co_consts]
    return code.co_code, code.co_names, code.co_exceptiontable, consts
