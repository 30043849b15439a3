"""What a change of the SDL takes from a client that was built on the SDL of the last release.

``python -m tests.graphql.schema_changes`` prints the SDL of this version, with its version, as the
last release is kept (``schema/released.graphql``); ``make released`` writes it.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from graphql import (
    DirectiveNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    value_from_ast_untyped,
)
from graphql.utilities import (
    DangerousChangeType,
    find_breaking_changes,
    find_dangerous_changes,
)

from tongxing.gateway.graphql.published_sdl import published_sdl
from tongxing.gateway.graphql.root import graphql_schema

EXPECTED = {
    DangerousChangeType.VALUE_ADDED_TO_ENUM,
    DangerousChangeType.TYPE_ADDED_TO_UNION,
    DangerousChangeType.IMPLEMENTED_INTERFACE_ADDED,
    DangerousChangeType.OPTIONAL_INPUT_FIELD_ADDED,
    DangerousChangeType.OPTIONAL_ARG_ADDED,
}
"""Dangerous for a client that did not read docs/schema-changes.md §3: the promise says that these
come."""

SCOPES = "requiresScopes"

_VERSION = re.compile(r"# tongxing (\d+)\.(\d+)\.(\d+)\n")


@dataclass(frozen=True)
class Release:
    """``version`` is that of the last release; ``sdl`` what its hubs served."""

    version: str
    sdl: str

    @classmethod
    def kept(cls, text: str) -> "Release":
        first = _VERSION.match(text)
        if first is None:
            raise ValueError("the first line of a kept SDL says `# tongxing` and the version")
        return cls(".".join(first.groups()), text[first.end() :])

    @classmethod
    def now(cls) -> "Release":
        return cls(version("tongxing"), published_sdl(graphql_schema()).text.decode())

    def text(self) -> str:
        return f"# tongxing {self.version}\n{self.sdl}"


def may_break(before: Release, after: Release) -> bool:
    """By Semantic Versioning: in another major version; before 1.0, in another minor one."""
    return _line(after.version) > _line(before.version)


def _line(number: str) -> tuple[int, ...]:
    """Releases of one line do not break each other's clients."""
    major, minor, _ = map(int, number.split("."))
    return (major,) if major else (0, minor)


def refused_changes(before: Release, after: Release) -> list[str]:
    """What must not happen between the two; empty if ``after`` may break."""
    return [] if may_break(before, after) else list(_changes(before.sdl, after.sdl))


def _changes(before: str, after: str) -> Iterator[str]:
    old, new = build_schema(before), build_schema(after)
    yield from (change.description for change in find_breaking_changes(old, new))
    for danger in find_dangerous_changes(old, new):
        if danger.type not in EXPECTED:
            yield danger.description
    was, described = dict(_described(old)), dict(_described(new))
    for place in was.keys() & described.keys():
        yield from _lost(place, was[place], described[place])


@dataclass(frozen=True)
class _Described:
    """One element of an SDL: what stands beside it."""

    description: str | None
    directives: tuple[DirectiveNode, ...]


def _lost(place: str, was: _Described, described: _Described) -> Iterator[str]:
    if was.description and not described.description:
        yield f"{place} lost its description."
    missing = _unmet(_scopes(was.directives), _scopes(described.directives))
    if missing:
        yield f"{place} asks for other scopes: who had {missing} may read it no more."
    specified = _argument(was.directives, "specifiedBy", "url")
    if specified not in (None, _argument(described.directives, "specifiedBy", "url")):
        yield f"{place} follows another specification."
    if _has(was.directives, "deprecated") and not _has(described.directives, "deprecated"):
        yield f"{place} is not deprecated any more: clients have left it."


_Scopes = frozenset[frozenset[str]]


def _unmet(before: _Scopes, after: _Scopes) -> str:
    """A set of scopes that opened the place and opens it no more; empty if there is none."""
    for had in sorted(before, key=sorted):
        if not any(needed <= had for needed in after):
            return ", ".join(sorted(had)) or "none"
    return ""


def _scopes(directives: tuple[DirectiveNode, ...]) -> _Scopes:
    """Any one of these sets opens the place; without the directive the empty set does."""
    asked = _argument(directives, SCOPES, "scopes")
    return frozenset(frozenset(each) for each in asked) if asked else frozenset([frozenset()])


def _argument(directives: tuple[DirectiveNode, ...], name: str, argument: str) -> Any:
    for directive in directives:
        if directive.name.value == name:
            given = {each.name.value: each.value for each in directive.arguments or ()}
            return value_from_ast_untyped(given[argument]) if argument in given else None
    return None


def _has(directives: tuple[DirectiveNode, ...], name: str) -> bool:
    return any(directive.name.value == name for directive in directives)


def deprecations(sdl: str) -> Mapping[str, str]:
    """By place, the reason of each deprecation."""
    found = {}
    for place, described in _described(build_schema(sdl)):
        if _has(described.directives, "deprecated"):
            found[place] = str(_argument(described.directives, "deprecated", "reason"))
    return found


def places(schema: GraphQLSchema) -> Iterator[str]:
    """Every element of an SDL, by its schema coordinate."""
    yield from (place for place, _ in _described(schema))


def _described(schema: GraphQLSchema) -> Iterator[tuple[str, _Described]]:
    for name, kind in schema.type_map.items():
        if name.startswith("__") or kind.ast_node is None:
            continue
        yield name, _of(kind)
        for member, each in _members(kind).items():
            yield f"{name}.{member}", _of(each)
            for argument, one in getattr(each, "args", {}).items():
                yield f"{name}.{member}({argument}:)", _of(one)


def _members(kind: object) -> Mapping[str, Any]:
    if isinstance(kind, GraphQLEnumType):
        return dict(kind.values)
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
        return dict(kind.fields)
    return {}


def _of(element: Any) -> _Described:
    return _Described(element.description, tuple(element.ast_node.directives or ()))


if __name__ == "__main__":
    sys.stdout.write(Release.now().text())
