"""How the words are declared: one class is both the value in Python and the type in the SDL.

``Text`` is the smallest of them: a sentence that people see, in Chinese and in English.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar, cast, dataclass_transform

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


def described(name: str, description: str) -> str:
    """A member of an enum with a description of its own in the SDL. Strawberry puts the plain
    text in the member's place when the enum is declared, so it is typed as what it becomes."""
    return cast("str", strawberry.enum_value(name, description=description))


GUARDED: Mapping[str, bool] = MappingProxyType({"tongxing-guarded": True})
"""The metadata of a field that not everybody may ask for who may ask for what it is part of."""


def is_guarded(extensions: Mapping[str, Any]) -> bool:
    """Whether a field of the schema, given by its ``extensions``, was declared with GUARDED."""
    declared = extensions.get("strawberry-definition")
    return declared is not None and "tongxing-guarded" in declared.metadata


@value(description="文本 A sentence in Chinese and in English.")
class Text:
    zh: str
    en: str
