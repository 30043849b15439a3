"""How often operators are told of a refusal that stands, of a file that is looked at again and
again."""

from datetime import datetime, timedelta
from typing import Generic, TypeVar

T = TypeVar("T")

AGAIN_AFTER = timedelta(hours=1)
"""Between two events about one refusal that stands: a line every two seconds hides the others."""


class ToldAgain(Generic[T]):
    """Remembers what was told last. A refusal says all that would make it another one: its reason,
    and what was refused."""

    def __init__(self) -> None:
        self._told: tuple[T, datetime] | None = None

    def is_due(self, standing: T | None, at: datetime) -> bool:
        """Whether ``standing``, which stands at ``at``, is to be told now. None: no refusal stands;
        the next one is told at once."""
        if standing is None:
            self._told = None
            return False
        if self._told is not None and self._told[0] == standing:
            since = at - self._told[1]
            if timedelta(0) <= since < AGAIN_AFTER:
                return False
        self._told = standing, at
        return True
