"""How the words are declared: one class is both the value in Python and the type in the SDL."""

from collections.abc import Callable
from typing import TypeVar, dataclass_transform

import strawberry

T = TypeVar("T")


@dataclass_transform(
    kw_only_default=True, frozen_default=True, field_specifiers=(strawberry.field,)
)
def value(*, description: str, name: str | None = None) -> Callable[[type[T]], type[T]]:
    """Declare an output type of the SDL whose instances are not changed once made.

    Frozen for the type checker only, because Strawberry makes the dataclass and makes no frozen
    ones. ``description`` stands in the SDL, Chinese first; ``name`` where Python needs another.
    """
    return strawberry.type(name=name, description=description)
