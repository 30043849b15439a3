"""How the words are declared: one class is both the value in Python and the type in the SDL.

Responsible for the decorators, for ``Text``, a sentence that people see in Chinese and
in English.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar, cast, dataclass_transform

import strawberry

from tongxing.schema.supergraph import SHAREABLE

T = TypeVar("T")


@dataclass_transform(
    kw_only_default=True, frozen_default=True, field_specifiers=(strawberry.field,)
)
def value(
    *, description: str, name: str | None = None, directives: Sequence[object] = ()
) -> Callable[[type[T]], type[T]]:
    """Declare an output type of the SDL whose instances are not changed once made.

    Frozen for the type checker only: Strawberry makes the dataclass, and makes no frozen ones.
    ``description`` goes into the SDL, Chinese first. ``name`` is the name in the SDL, if it is not
    the class's. ``directives`` say what it is in a supergraph (``schema.supergraph``).
    """
    return strawberry.type(name=name, description=description, directives=directives)


@dataclass_transform(
    kw_only_default=True, frozen_default=True, field_specifiers=(strawberry.field,)
)
def interface(*, description: str, name: str | None = None) -> Callable[[type[T]], type[T]]:
    """As ``value``, for an interface of the SDL."""
    return strawberry.interface(name=name, description=description)


def described(name: str, description: str) -> str:
    """A member of an enum that has its own description in the SDL. Strawberry replaces it with the
    plain text when the enum is declared, so it is typed as that text."""
    return cast("str", strawberry.enum_value(name, description=description))


@value(
    name="BilingualText",
    description="文本 A sentence in Chinese and in English.",
    directives=(SHAREABLE,),
)
class Text:
    zh: str = strawberry.field(description="中文 In Chinese")
    en: str = strawberry.field(description="英文 In English")
