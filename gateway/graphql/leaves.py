"""How a leaf is checked and written, as lines of source: scalars and enums.

Responsible for the lines giving exactly what the library's own completion of the leaf gives, or
raising. Refuses to know objects and lists (``writers``).
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from math import isfinite
from uuid import UUID

from graphql import (
    GraphQLBoolean,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
)

from tongxing.gateway.graphql.compiled import Source
from tongxing.gateway.graphql.run import Unusual
from tongxing.gateway.graphql.strawberry_internals import StrawberryEnum

LEAST_INT, MOST_INT = -(2**31), 2**31 - 1
"""GraphQL specification, Int."""

PLAIN = frozenset({str, int, float, bool, bytes, datetime, date, time, timedelta, Decimal, UUID})
"""Classes of values that a scalar may get. An exception or an awaitable, which the library takes
for something else, is none of them."""


def write_leaf(source: Source, kind: GraphQLLeafType, variable: str) -> bool:
    """The lines that replace the value in ``variable``, which is not None, with what the answer
    holds. True if that is a text."""
    if isinstance(kind, StrawberryEnum):
        source.line(f"{variable} = {source.bind(_table(kind))}[id({variable})]")
        return True
    exact = _exact(kind)
    if exact is not None:
        _require(source, f"{variable}.__class__ is not {source.bind(exact)}")
        if kind is GraphQLInt:
            _require(source, f"not {LEAST_INT} <= {variable} <= {MOST_INT}")
        if kind is GraphQLFloat:
            _require(source, f"not {source.bind(isfinite)}({variable})")
        return exact is str
    _require(source, f"{variable}.__class__ not in {source.bind(PLAIN)}")
    source.line(f"{variable} = {source.bind(kind.coerce_output_value)}({variable})")
    _require(source, f"{variable}.__class__ is not str")
    return True


def _require(source: Source, unusual: str) -> None:
    with source.block(f"if {unusual}"):
        source.line(f"raise {source.bind(Unusual)}")


_WRITTEN_AS_THEY_ARE: dict[GraphQLLeafType, type] = {
    GraphQLString: str,
    GraphQLID: str,
    GraphQLBoolean: bool,
    GraphQLInt: int,
    GraphQLFloat: float,
}


def _exact(kind: GraphQLLeafType) -> type | None:
    """The class whose values are written as they are: nothing is done to them."""
    if kind in _WRITTEN_AS_THEY_ARE:
        return _WRITTEN_AS_THEY_ARE[kind]
    coerce: object = kind.coerce_output_value
    return coerce if coerce is str or coerce is int else None


def _table(kind: StrawberryEnum) -> dict[int, str]:
    """By the identity of the member, which lives as long as the program: looking up the member
    itself costs three times as much. The library goes through all of them."""
    members: Iterable[Enum] = kind.wrapped_cls
    return {id(member): kind.coerce_output_value(member) for member in members}
