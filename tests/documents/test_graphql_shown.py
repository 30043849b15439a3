"""What the pages and the client programs show of GraphQL fits the schema: documents, parts of
documents, and names."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLNamedType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    build_schema,
    get_named_type,
    parse,
    validate,
)

from tests.graphql.schema_changes import places
from tongxing.gateway.graphql.root import graphql_schema
from tongxing.gateway.graphql.strawberry_internals import core_schema

ROOT = Path(__file__).parents[2]
SCHEMA = core_schema(graphql_schema())
THERE_ARE = frozenset(places(build_schema(graphql_schema().as_str(), assume_valid_sdl=True)))

OF_THE_CODE = (
    "docs/architecture.md",
    "docs/decisions/",
    "docs/performance.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
)
"""Pages that speak of classes, some of which the schema has under another name."""


def _names() -> Iterator[str]:
    for file in [*ROOT.glob("*.md"), *ROOT.glob("clients/*.md"), *ROOT.glob("docs/**/*.md")]:
        yield str(file.relative_to(ROOT))


PAGES = sorted(_names())
FOR_CLIENTS = [name for name in PAGES if not name.startswith(OF_THE_CODE)]


@cache
def page(name: str) -> str:
    """Without what is said of other times: released versions, and the old side of a table from old
    to new, which have tests of their own."""
    text = (ROOT / name).read_text("utf-8")
    if name == "CHANGELOG.md":
        return text.partition("\n## 0.1.0 ")[0]
    return text.partition("\n## 6. ")[0] if name == "docs/schema-changes.md" else text


_FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:^ {4}.*\n|^\n)+", re.MULTILINE)
_BEGIN = re.compile(r"^(?:\{$|(?:query|mutation|subscription|fragment)\b.*\{)", re.MULTILINE)
_OF_ANOTHER_LANGUAGE = {"json", "toml", "yaml", "sh", "text", "python"}


def documents(text: str) -> Iterator[str]:
    """Each block that is GraphQL, by its mark or by how one of its lines begins."""
    for language, block in _FENCED.findall(text):
        if language == "graphql":
            yield block
        elif language not in _OF_ANOTHER_LANGUAGE:
            yield from _from_its_beginning(block)
    for block in _INDENTED.findall(_FENCED.sub("", text)):
        yield from _from_its_beginning(dedent(block))


def _from_its_beginning(block: str) -> Iterator[str]:
    found = _BEGIN.search(block)
    if found is not None:
        yield block[found.start() :]


def faults(document: str) -> list[str]:
    try:
        return [fault.message for fault in validate(SCHEMA, parse(document))]
    except GraphQLError as fault:
        return [fault.message]


SHOWN = [(name, shown) for name in PAGES for shown in documents(page(name))]


@pytest.mark.parametrize(("name", "shown"), SHOWN, ids=[name for name, _ in SHOWN])
def test_a_document_that_a_page_shows_is_valid(name: str, shown: str) -> None:
    assert faults(shown) == []


OPERATIONS = {
    file.stem: file.read_text("utf-8") for file in ROOT.glob("clients/operations/*.graphql")
}


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_an_operation_of_the_client_programs_is_valid(name: str) -> None:
    """The fragment with all that use it."""
    if name == "recognition":
        assert faults("\n".join(OPERATIONS.values())) == []
    elif "...Shown" not in OPERATIONS[name]:
        assert faults(OPERATIONS[name]) == []


_PART = re.compile(r"`((?:\.\.\. on )?[A-Za-z.]* ?\{ [^`]*\})`")
_NOT_OF_GRAPHQL = re.compile(r"[=\":,]")


def parts(text: str) -> Iterator[str]:
    """Selections in a sentence, such as ``hub { version }``: names alone, with nothing left to be
    asked for but what the sentence is about."""
    yield from (part for part in _PART.findall(text) if not _NOT_OF_GRAPHQL.search(part))


def names_that_are_missing(part: str) -> list[str]:
    """Of the type that it fits best; it says no type if it begins with a field."""
    beginning, _, rest = part.removeprefix("... on ").partition("{")
    first, *path = beginning.strip().split(".")
    selection = "".join(f"{{ {field} " for field in path) + f"{{{rest}" + " }" * len(path)
    if first in SCHEMA.type_map:
        return list(_missing(SCHEMA.type_map[first], selection))
    whole = f"{{ {first} {selection} }}" if first else selection
    return min((list(_missing(type_, whole)) for type_ in SCHEMA.type_map.values()), key=len)


def _missing(type_: GraphQLNamedType, selection: str) -> Iterator[str]:
    (operation,) = parse(selection).definitions
    assert isinstance(operation, OperationDefinitionNode)
    yield from _missing_below(type_, operation.selection_set)


def _missing_below(type_: GraphQLNamedType, selected: SelectionSetNode) -> Iterator[str]:
    fields: dict[str, Any] = getattr(type_, "fields", {})
    for node in selected.selections:
        if isinstance(node, InlineFragmentNode) and node.type_condition is not None:
            name = node.type_condition.name.value
            yield from _missing_below(SCHEMA.type_map[name], node.selection_set)
        elif isinstance(node, FieldNode) and node.name.value not in fields:
            yield f"{type_.name}.{node.name.value}"
        elif isinstance(node, FieldNode) and node.selection_set is not None:
            below = get_named_type(fields[node.name.value].type)
            yield from _missing_below(below, node.selection_set)


PARTS = [(name, part) for name in PAGES for part in parts(page(name))]


@pytest.mark.parametrize(("name", "part"), PARTS, ids=[part for _, part in PARTS])
def test_a_part_of_a_document_in_a_sentence_has_names_of_the_schema(name: str, part: str) -> None:
    assert names_that_are_missing(part) == []


_PLACE = re.compile(r"`([A-Z][a-z]\w*\.[a-z]\w*)`")
_CALLED = re.compile(r"`([a-z]\w*)\((\w+:?(?:, \w+:?)*)\)`")


def places_that_are_missing(text: str) -> list[str]:
    """``Type.field``, and ``field(argument)``."""
    owners = {place.partition(".")[2] for place in THERE_ARE}
    called = [
        f"{field}({argument.rstrip(':')}:)"
        for field, arguments in _CALLED.findall(text)
        for argument in arguments.split(", ")
    ]
    named = [place for place in _PLACE.findall(text) if place not in THERE_ARE]
    return named + [each for each in called if each not in owners]


@pytest.mark.parametrize("name", FOR_CLIENTS)
def test_a_field_that_a_page_for_clients_names_is_there(name: str) -> None:
    assert places_that_are_missing(page(name)) == []
