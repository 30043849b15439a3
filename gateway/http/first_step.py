"""Work that mostly has nothing to wait for, and a limit for the times when it has.

A timer for each request would cost more than what it limits. Responsible for running the first
step of a coroutine at once, and for the rest of it, if there is any, running inside what limits it.
"""

from collections.abc import Callable, Coroutine, Generator
from contextlib import AbstractAsyncContextManager
from types import coroutine
from typing import Any, TypeVar

T = TypeVar("T")

Limit = Callable[[], AbstractAsyncContextManager[object]]


async def limited(work: Coroutine[Any, Any, T], limit: Limit) -> T:
    """The result of ``work``; from its first wait on it is inside what ``limit`` makes."""
    try:
        waited_for = work.send(None)
    except StopIteration as ended:
        result: T = ended.value
        return result
    async with limit():
        return await _rest(work, waited_for)


@coroutine
def _rest(work: Coroutine[Any, Any, T], waited_for: Any) -> Generator[Any, Any, T]:
    """What ``await`` does, from the second step on: whatever happens to the wait happens to
    ``work``."""
    try:
        while True:
            try:
                sent = yield waited_for
            except GeneratorExit:
                work.close()
                raise
            except BaseException as error:  # noqa: BLE001 - handed on
                waited_for = work.throw(error)
            else:
                waited_for = work.send(sent)
    except StopIteration as ended:
        result: T = ended.value
        return result
