"""How a plan calls the resolver of a field: the same function that the library calls.

Responsible for the call, with as little ceremony as the declaration of the field allows, and for
keeping what it gives (``run``). Refuses the fields that have to be waited for.
"""

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple, cast

from graphql import FieldNode, GraphQLField

from tongxing.gateway.graphql.arguments import Arguments, arguments_of
from tongxing.gateway.graphql.inputs import inputs_of
from tongxing.gateway.graphql.run import Run
from tongxing.gateway.graphql.strawberry_internals import DeclaredField, DeclaredResolver

Call = Callable[[Any, Run], Any]
"""From the value that has the field, to the value of the field."""


class Resolver(NamedTuple):
    """How the resolver of a field is called: what it takes (``inputs``) is made of the arguments of
    the field, coerced."""

    inputs: Callable[[Arguments], Arguments]
    call: Callable[[Any, Run, Arguments], Any]


def call_of(field: GraphQLField, declared: DeclaredField, node: FieldNode) -> Call | None:
    """None if the value has to be waited for."""
    if declared.is_async:
        return None
    resolver, arguments = resolver_of(field, declared), arguments_of(field, node)

    def call(source: Any, run: Run) -> Any:
        if run.is_again:
            return run.given(source, node, lambda: _call(source, run))
        return _call(source, run)

    def _call(source: Any, run: Run) -> Any:
        given = arguments(run.variables)
        try:
            value = resolver.call(source, run, resolver.inputs(given))
        except Exception as error:
            run.keep_error(source, node, error)
            raise
        run.keep(source, node, value)
        return value

    return call


def resolver_of(field: GraphQLField, declared: DeclaredField) -> Resolver:
    return _bare(field, declared) or _ceremonious(field)


def _bare(field: GraphQLField, declared: DeclaredField) -> Resolver | None:
    """The function itself, if Strawberry would add nothing to the call: no permissions and no
    extensions."""
    resolver, inputs = declared.base_resolver, inputs_of(field)
    if resolver is None or inputs is None or declared.extensions or declared.permission_classes:
        return None
    function = cast("Callable[..., Any]", resolver.wrapped_func)
    match _taken_by_place(resolver):
        case ["source"]:
            return Resolver(inputs, lambda source, _run, given: function(source, **given))
        case ["source", "info"]:
            return Resolver(inputs, lambda source, run, given: function(source, run.info, **given))
        case _:
            return None


def _taken_by_place(resolver: DeclaredResolver[Any]) -> list[str]:
    """What the first parameters of the resolver take that are no arguments of the field; empty if
    they are not the first ones."""
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
    parameters = list(inspect.signature(function).parameters.values())[: len(takes)]
    if any(each.kind is not each.POSITIONAL_OR_KEYWORD for each in parameters):
        return []
    return [takes.get(each.name, "") for each in parameters]


def _ceremonious(field: GraphQLField) -> Resolver:
    """Through Strawberry's own function."""

    def resolve(source: Any, run: Run, given: Arguments) -> Any:
        return field.resolve(source, run.info, **given)  # type: ignore[misc]

    return Resolver(lambda given: given, resolve)
