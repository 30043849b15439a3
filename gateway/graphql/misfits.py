"""Which value inside an argument or a variable does not fit its type, and what would have fitted.

Responsible for the place of a misfit and for its code. Refuses to decide whether a value fits:
graphql-core did, and is asked again about the one that it refused, because its error says the place
only in a text that quotes the value. A name that a client made up is in no path.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from graphql import (
    ArgumentNode,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    ValueNode,
    VariableValues,
    get_named_type,
    get_nullable_type,
    is_enum_type,
    is_input_object_type,
    is_nullable_type,
    is_required_input_field,
    validate_input_literal,
    validate_input_value,
)

from tongxing.gateway.errors import Details, ErrorCode, Path
from tongxing.schema.divisions import UnknownDivision
from tongxing.schema.time_words import TimeOutsideCalendar, TimeWithoutZone

OF_SCALARS: Mapping[type[Exception], ErrorCode] = MappingProxyType(
    {
        TimeWithoutZone: ErrorCode.TIME_WITHOUT_ZONE,
        TimeOutsideCalendar: ErrorCode.TIME_OUTSIDE_CALENDAR,
        UnknownDivision: ErrorCode.REGION_UNKNOWN,
    }
)
"""What a scalar's parser may raise, if that has a code of its own. Any other error of a parser is
INVALID_VALUE."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """``path`` is made of what the client wrote. ``missing`` is the member that it did not write,
    and ``allowed`` what would have fitted: both tell more of the schema than the client knew."""

    code: ErrorCode
    path: Path
    missing: Path = ()
    allowed: tuple[str, ...] = ()

    def details(self, argument: str, field: str | None = None, *, name_the_schema: bool) -> Details:
        if not name_the_schema:
            return Details(field, argument, self.path)
        return Details(field, argument, self.path + self.missing, allowed=self.allowed)


def misfit_of_value(value: object, kind: GraphQLInputType) -> Misfit | None:
    """The first in ``value``, which is JSON, or Undefined if it was not given."""
    return _first(
        value, kind, lambda stop: validate_input_value(value, kind, stop, hide_suggestions=True)
    )


def misfit_of_literal(
    node: ValueNode, kind: GraphQLInputType, variables: VariableValues | None = None
) -> Misfit | None:
    """The first in ``node``. Without ``variables`` those that it uses are taken to fit."""
    return _first(
        node,
        kind,
        lambda stop: validate_input_literal(node, kind, stop, variables, hide_suggestions=True),
    )


def place_of(node: ValueNode, arguments: Iterable[ArgumentNode]) -> tuple[str, Path] | None:
    """The one of ``arguments`` that ``node`` is part of, and the way to it."""
    for argument in arguments:
        path = _path_to(node, argument.value)
        if path is not None:
            return argument.name.value, path
    return None


def _path_to(node: ValueNode, around: ValueNode) -> Path | None:
    if around is node:
        return ()
    inner: Iterable[tuple[str | int, ValueNode]] = ()
    if isinstance(around, ObjectValueNode):
        inner = ((each.name.value, each.value) for each in around.fields)
    elif isinstance(around, ListValueNode):
        inner = enumerate(around.values)
    ways = ((step, _path_to(node, value)) for step, value in inner)
    return next(((step, *way) for step, way in ways if way is not None), None)


OnError = Callable[[GraphQLError, list[str | int]], None]


class _FirstMisfit(Exception):
    """Ends the library's check at the first misfit: the thousandth costs as much as the first."""

    def __init__(self, path: Path, reason: Exception | None) -> None:
        super().__init__()
        self.path = path
        self.reason = reason


def _first(
    given: object, kind: GraphQLInputType, check: Callable[[OnError], None]
) -> Misfit | None:
    def stop(error: GraphQLError, path: list[str | int]) -> None:
        raise _FirstMisfit(tuple(path), error.original_error)

    try:
        check(stop)
    except _FirstMisfit as met:
        return _misfit(given, kind, met)
    return None


def _misfit(given: object, kind: GraphQLInputType, met: _FirstMisfit) -> Misfit:
    value, expected = _at(given, kind, met.path)
    members, named = _members(value), get_named_type(expected)
    if members is not None and is_input_object_type(named):
        return _of_object(members, named, met.path)
    if _is_null(value) and is_nullable_type(expected):
        # Null fits, so this is the one member that has to be given, of a @oneOf object.
        _, around = _at(given, kind, met.path[:-1])
        return _exactly_one(get_named_type(around), met.path[:-1])
    for reason, code in OF_SCALARS.items():
        if isinstance(met.reason, reason):
            return Misfit(code, met.path)
    allowed = tuple(named.values) if is_enum_type(named) else (str(expected),)
    return Misfit(ErrorCode.INVALID_VALUE, met.path, allowed=allowed)


def _of_object(members: Collection[str], kind: GraphQLInputObjectType, path: Path) -> Misfit:
    """The library looks for members that are missing before those that are unknown."""
    for name, field in kind.fields.items():
        if name not in members and is_required_input_field(field):
            return Misfit(ErrorCode.INVALID_VALUE, path, (name,), (str(field.type),))
    if all(name in kind.fields for name in members):
        return _exactly_one(kind, path)
    return Misfit(ErrorCode.INVALID_VALUE, path, allowed=tuple(kind.fields))


def _exactly_one(kind: Any, path: Path) -> Misfit:
    return Misfit(ErrorCode.EXACTLY_ONE, path, allowed=tuple(kind.fields))


def _at(given: object, kind: Any, path: Path) -> tuple[object, GraphQLInputType]:
    """What is at ``path`` in ``given``, and the type that is expected there. Each step exists: the
    library took it."""
    for step in path:
        given = _step(given, step)
        if isinstance(step, int):
            kind = get_nullable_type(kind).of_type
        else:
            kind = get_named_type(kind).fields[step].type
    return given, kind


def _step(given: Any, step: Any) -> object:
    match given:
        case ObjectValueNode():
            return next(each.value for each in given.fields if each.name.value == step)
        case ListValueNode():
            return given.values[step]
        case _:
            return given[step]


def _members(given: object) -> Collection[str] | None:
    if isinstance(given, ObjectValueNode):
        return {each.name.value for each in given.fields}
    return given.keys() if isinstance(given, dict) else None


def _is_null(given: object) -> bool:
    return given is None or isinstance(given, NullValueNode)
