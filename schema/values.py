"""How the words are declared: one class is both the value in Python and the type in the SDL.

Responsible for the decorators, for ``Text`` (a sentence that people see, in Chinese and in English)
and for how scalars cross the wire.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NewType, TypeVar, cast, dataclass_transform

import strawberry
from strawberry.types.scalar import ScalarDefinition

from tongxing.schema.place import RegionCode, region_code

T = TypeVar("T")


@dataclass_transform(
    kw_only_default=True, frozen_default=True, field_specifiers=(strawberry.field,)
)
def value(*, description: str, name: str | None = None) -> Callable[[type[T]], type[T]]:
    """Declare an output type of the SDL whose instances are not changed once made.

    Frozen for the type checker only: Strawberry makes the dataclass, and makes no frozen ones.
    ``description`` goes into the SDL, Chinese first. ``name`` is the name in the SDL, if it is not
    the class's.
    """
    return strawberry.type(name=name, description=description)


def described(name: str, description: str) -> str:
    """A member of an enum that has its own description in the SDL. Strawberry replaces it with the
    plain text when the enum is declared, so it is typed as that text."""
    return cast("str", strawberry.enum_value(name, description=description))


GUARDED: Mapping[str, bool] = MappingProxyType({"tongxing-guarded": True})
"""The metadata of a field that needs a further right, besides the right to its type."""


@value(name="BilingualText", description="文本 A sentence in Chinese and in English.")
class Text:
    zh: str
    en: str


AuditIndex = NewType("AuditIndex", int)
"""The place of an entry in the audit log, from 0. Not GraphQL's Int, which ends at 2³¹ − 1: Xi'an's
8 million scans a day would reach that within the year."""

LARGEST_EXACT_IN_JSON = 2**53 - 1


def _audit_index(number: object) -> AuditIndex:
    if type(number) is int and 0 <= number <= LARGEST_EXACT_IN_JSON:
        return AuditIndex(number)
    raise ValueError("an audit index is a whole number between 0 and 2^53 - 1")


SCALARS: Mapping[object, ScalarDefinition] = {
    RegionCode: strawberry.scalar(
        name="RegionCode",
        description="行政区划代码 Six digits of GB/T 2260; 000000 is the whole country.",
        serialize=str,
        parse_value=region_code,
    ),
    AuditIndex: strawberry.scalar(
        name="AuditIndex",
        description="审计序号 The place of an entry in the audit log, from 0, at most 2^53 - 1.",
        serialize=int,
        parse_value=_audit_index,
    ),
}
