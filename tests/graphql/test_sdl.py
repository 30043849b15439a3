"""The published SDL is the one that is served. After a change: ``make golden`` writes it anew."""

import hashlib
import re
from base64 import urlsafe_b64encode
from pathlib import Path

from graphql import DirectiveDefinitionNode, TypeDefinitionNode, parse

from tongxing.gateway.graphql.published_sdl import (
    GATEWAY_DIRECTIVES,
    GATEWAY_TYPES,
    openly_said,
    published_sdl,
    subgraph_sdl,
)
from tongxing.gateway.graphql.root import graphql_schema

PUBLISHED = Path(__file__).parents[2] / "schema" / "schema.graphql"


def test_the_published_sdl_is_the_schema_that_is_served() -> None:
    assert PUBLISHED.read_bytes() == published_sdl(graphql_schema()).text


def test_its_digest_is_the_one_of_the_file() -> None:
    of_the_file = urlsafe_b64encode(hashlib.sha256(PUBLISHED.read_bytes()).digest())
    assert f"{published_sdl(graphql_schema()).digest}=" == of_the_file.decode("ascii")


def test_the_subgraph_can_be_said_without_who_may_ask_and_with_all_else() -> None:
    """For gateways that do not start with what they cannot enforce."""
    schema = graphql_schema()
    said, bare = (made(schema).text.decode() for made in (subgraph_sdl, openly_said))
    applied = r" @(?:requiresScopes|policy)\([^)]*\)| @authenticated\b"
    imported = r"\s+\"@(?:requiresScopes|policy|authenticated)\""
    assert bare != said
    assert bare == re.sub(f"{applied}|{imported}", "", said)


def test_clients_read_nothing_that_only_gateways_need() -> None:
    document = parse(published_sdl(graphql_schema()).text.decode())
    names = {
        node.name.value
        for node in document.definitions
        if isinstance(node, TypeDefinitionNode | DirectiveDefinitionNode)
    }
    assert names.isdisjoint(GATEWAY_TYPES | GATEWAY_DIRECTIVES)
    assert {"requiresScopes", "authenticated"} <= names
