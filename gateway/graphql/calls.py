"""How a writer calls the resolver of a field below the root: the same function as the library.

Responsible for the call, with as little ceremony as the declaration of the field allows, and for
keeping what it gives (``run``). Refuses the fields that have to be waited for.
"""

import inspect
from collections.abc import Callable
from typing import Any, cast

from graphql import FieldNode, GraphQLField, get_argument_values
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import StrawberryResolver

from tongxing.gateway.graphql.run import Run

Call = Callable[[Any, Run], Any]
"""From the value that has the field, to the value of the field."""

_Resolve = Callable[[Any, Run], Any]


def call_of(field: GraphQLField, declared: StrawberryField, node: FieldNode) -> Call | None:
    """None if the value has to be waited for."""
    if declared.is_async or field.resolve is None:
        return None
    return _kept(_bare(declared) or _ceremonious(field, node), node)


def _kept(resolve: _Resolve, node: FieldNode) -> Call:
    def call(source: Any, run: Run) -> Any:
        if run.is_again:
            return run.given(source, node, lambda: _call(source, run))
        return _call(source, run)

    def _call(source: Any, run: Run) -> Any:
        try:
            value = resolve(source, run)
        except Exception as error:
            run.keep_error(source, node, error)
            raise
        run.keep(source, node, value)
        return value

    return call


def _bare(declared: StrawberryField) -> _Resolve | None:
    """The function itself, if Strawberry would add nothing to the call: no arguments to convert, no
    permissions and no extensions."""
    resolver = declared.base_resolver
    if resolver is None or declared.arguments or declared.extensions:
        return None
    if declared.permission_classes:
        return None
    function = cast("Callable[..., Any]", resolver.wrapped_func)
    match _parameters(resolver):
        case ["source"]:
            return lambda source, _run: function(source)
        case ["source", "info"]:
            return lambda source, run: function(source, run.info)
        case _:
            return None


def _parameters(resolver: StrawberryResolver[Any]) -> list[str]:
    """What each parameter of the resolver takes; empty if one of them cannot be given by place."""
    takes = {
        parameter.name: what
        for parameter, what in (
            (resolver.self_parameter, "source"),
            (resolver.root_parameter, "source"),
            (resolver.parent_parameter, "source"),
            (resolver.info_parameter, "info"),
        )
        if parameter is not None
    }
    function = cast("Callable[..., Any]", resolver.wrapped_func)
    parameters = inspect.signature(function).parameters.values()
    if any(each.kind is not each.POSITIONAL_OR_KEYWORD for each in parameters):
        return []
    return [takes.get(each.name, "") for each in parameters]


def _ceremonious(field: GraphQLField, node: FieldNode) -> _Resolve:
    """Through Strawberry's own function, which converts the arguments."""

    def resolve(source: Any, run: Run) -> Any:
        arguments = get_argument_values(field, node, run.variables)
        return field.resolve(source, run.info, **arguments)  # type: ignore[misc]

    return resolve
