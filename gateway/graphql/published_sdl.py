"""The SDL as it is published to clients, and to what composes supergraphs; and their digests.

What the hub serves, what ``tongxing sdl`` prints and what ``schema/schema.graphql`` holds are the
same bytes, so that one digest says of all of them which schema it is. Both texts are cut out of the
one that Strawberry prints: clients get nothing that only gateways read, and a subgraph gets its
directives from the federation specification.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import strawberry
from graphql import (
    DirectiveDefinitionNode,
    DirectiveNode,
    FieldDefinitionNode,
    Node,
    SchemaDefinitionNode,
    StringValueNode,
    TypeDefinitionNode,
    Visitor,
    parse,
    visit,
)

from tongxing.keys import base64url

GATEWAY_TYPES = frozenset({"_Any", "_Entity", "_Service", "RecognitionRegion"})
GATEWAY_FIELDS = frozenset({"_entities", "_service"})
GATEWAY_DIRECTIVES = frozenset({"key", "shareable", "tag", "inaccessible", "policy"})
"""What clients do not read."""

OF_FEDERATION = frozenset({"requiresScopes", "authenticated"})
"""Directives that the federation specification defines; a subgraph imports them."""

OF_ACCESS = frozenset({*OF_FEDERATION, "policy"})
"""Directives that say who may ask. A gateway that cannot enforce them does not start with them."""


@dataclass(frozen=True, slots=True)
class PublishedSdl:
    text: bytes
    sha256: bytes

    @property
    def digest(self) -> str:
        """43 base64url characters: what a client pins."""
        return base64url.encode(self.sha256)


def published_sdl(schema: strawberry.Schema) -> PublishedSdl:
    """For clients. Printing takes some milliseconds: once for each schema, not for each request."""
    return _published(schema, _is_for_gateways)


def subgraph_sdl(schema: strawberry.Schema) -> PublishedSdl:
    """For composing a supergraph."""
    return _published(schema, _is_of_the_specification)


def openly_said(schema: strawberry.Schema) -> PublishedSdl:
    """As ``subgraph_sdl``, without saying who may ask. The hub enforces it all the same."""
    return _published(schema, lambda node: _is_of_the_specification(node) or _is_of_access(node))


def _published(schema: strawberry.Schema, is_left_out: Callable[[Node], bool]) -> PublishedSdl:
    text = f"{_without(schema.as_str(), is_left_out)}\n".encode()
    return PublishedSdl(text, hashlib.sha256(text).digest())


def _is_for_gateways(node: Node) -> bool:
    match node:
        case SchemaDefinitionNode():
            return True
        case DirectiveNode():
            return node.name.value in GATEWAY_DIRECTIVES
        case FieldDefinitionNode():
            return node.name.value in GATEWAY_FIELDS
        case TypeDefinitionNode():
            return node.name.value in GATEWAY_TYPES
    return False


def _is_of_the_specification(node: Node) -> bool:
    return isinstance(node, DirectiveDefinitionNode) and node.name.value in OF_FEDERATION


def _is_of_access(node: Node) -> bool:
    """As an application, or in the list of what is imported."""
    match node:
        case DirectiveNode():
            return node.name.value in OF_ACCESS
        case StringValueNode():
            return node.value.removeprefix("@") in OF_ACCESS and node.value.startswith("@")
    return False


def _without(sdl: str, is_left_out: Callable[[Node], bool]) -> str:
    """``sdl`` without these parts of it, and without the space before them."""
    cuts = _Cuts(is_left_out)
    visit(parse(sdl), cuts)
    return "".join(_pieces(sdl, cuts.places)).strip()


def _pieces(text: str, places: list[tuple[int, int]]) -> Iterator[str]:
    begin = 0
    for start, end in places:
        yield text[begin:start].rstrip()
        begin = end
    yield text[begin:]


class _Cuts(Visitor):
    """The places of what is left out, in the order of the text."""

    def __init__(self, is_left_out: Callable[[Node], bool]) -> None:
        super().__init__()
        self.places: list[tuple[int, int]] = []
        self._is_left_out = is_left_out

    def enter(self, node: Node, *_: object) -> object:
        if not self._is_left_out(node) or node.loc is None:
            return None
        self.places.append((node.loc.start, node.loc.end))
        return self.SKIP
