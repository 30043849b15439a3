"""Coroutines that the library makes and may drop before they have begun.

If one of several fields fails, graphql-core cancels what waits for the others. A task that is
cancelled before its first step never comes to await the coroutine that it was made for, and Python
warns of each, whenever it is collected. Responsible for closing these when the operation has ended;
then nothing of it goes on either.
"""

from inspect import CORO_CREATED, getcoroutinestate, isawaitable
from types import CoroutineType
from typing import Any


class Unbegun:
    """Of one run. The library asks ``is_awaitable`` of all that it may have to wait for."""

    def __init__(self) -> None:
        self._seen: list[CoroutineType[Any, Any, Any]] = []

    def is_awaitable(self, value: object) -> bool:
        if value.__class__ is CoroutineType:
            self._seen.append(value)
            return True
        return isawaitable(value)

    def close(self) -> None:
        for each in self._seen:
            if getcoroutinestate(each) == CORO_CREATED:
                each.close()
        self._seen.clear()
