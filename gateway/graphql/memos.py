"""What was found of a request that is the same each time it comes.

The steps on the road of a request note here what follows from its bytes, from the rights of its
token and from the schema alone; if the same comes again, each takes from here what it noted. What
depends on the moment is never a memo: who is registered and who is stopped, which documents are
trusted, policies, trust list, times, limits. Refuses to know what the steps find.
"""

from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Memo(Generic[T]):
    """One kind of memo; of each request there is one value of it, or none."""

    __slots__ = ()


class Memos:
    """Of one request. Printing it shows nothing of a traveler."""

    __slots__ = ("_noted",)

    def __init__(self) -> None:
        self._noted: dict[Memo[Any], Any] = {}

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._noted)

    def get(self, memo: Memo[T]) -> T | None:
        return self._noted.get(memo)

    def note(self, memo: Memo[T], value: T) -> None:
        self._noted[memo] = value
