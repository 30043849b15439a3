"""The front of the document: what is refused before validation, and what must pass."""

from contextlib import suppress

import pytest
from graphql import (
    GraphQLError,
    GraphQLSchema,
    Lexer,
    Source,
    TokenKind,
    get_introspection_query,
    parse,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.http.error_shape import assert_errors
from tests.http.hostile_documents import HOSTILE
from tests.http.small_hub import SCHEMA, SmallHub, Stage
from tongxing.gateway.errors import ERRORS, ErrorCode, Refused
from tongxing.gateway.graphql.document_errors import RefusedDocument
from tongxing.gateway.graphql.document_limits import MAX_EXPANDED_FIELDS, check_text, check_tree
from tongxing.gateway.graphql.documents import REMEMBERED_BYTES, TOKEN_BYTES, PreparedDocuments
from tongxing.gateway.settings import Profile

NO_SCHEMA = GraphQLSchema()
"""It has no root type, so whatever comes as far as validation raises TypeError."""


def test_the_control_document_does_come_to_validation() -> None:
    with pytest.raises(TypeError):
        PreparedDocuments(NO_SCHEMA, introspection=True).prepare("{ page }")


@pytest.mark.parametrize(("document", "code"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_document_is_refused_before_validation(document: str, code: ErrorCode) -> None:
    with pytest.raises(Refused) as caught:
        PreparedDocuments(NO_SCHEMA, introspection=True).prepare(document)
    assert caught.value.code is code


@pytest.mark.parametrize("profile", Profile)
def test_a_hostile_document_is_refused_through_http(stage: Stage, profile: Profile) -> None:
    with stage.client_of(SmallHub(profile)) as client:
        client.headers["accept"] = "application/graphql-response+json"
        for document, code in HOSTILE.values():
            answer = client.post("/graphql", json={"query": document})
            assert answer.status_code == ERRORS[code].status
            assert_errors(answer, code)


INTROSPECTIONS = {
    "the standard one": get_introspection_query(),
    "with all that GraphiQL asks for": get_introspection_query(
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
        one_of=True,
    ),
}


@pytest.mark.parametrize("document", INTROSPECTIONS.values(), ids=INTROSPECTIONS)
def test_introspection_passes_in_the_open_profile(stage: Stage, document: str) -> None:
    with stage.client_of(SmallHub()) as client:
        answer = client.post("/graphql", json={"query": document})
    assert answer.json()["data"]["__schema"]["queryType"] == {
        "name": "Query",
        "kind": "OBJECT",
    } or (answer.json()["data"]["__schema"]["queryType"]["name"] == "Query")
    assert "errors" not in answer.json()


INTROSPECTING = {
    "the schema": "{ __schema { description } }",
    "a type": '{ __type(name: "Query") { name } }',
    "behind an alias": "{ a: __schema { description } }",
    "in a fragment": "{ ...A } fragment A on Query { __type(name: 5) { name } }",
    "in a document that is wrong besides": "{ nothing __schema { b } }",
}


@pytest.mark.parametrize("document", INTROSPECTING.values(), ids=INTROSPECTING)
def test_production_does_not_show_the_schema(document: str) -> None:
    with pytest.raises(Refused) as caught:
        PreparedDocuments(NO_SCHEMA, introspection=False).prepare(document)
    assert caught.value.code is ErrorCode.INTROSPECTION_DISABLED


def test_the_name_of_a_type_can_still_be_asked_for_in_production(stage: Stage) -> None:
    with stage.client_of(SmallHub(Profile.PRODUCTION)) as client:
        answer = client.post("/graphql", json={"query": "{ __typename }"})
    assert answer.json() == {"data": {"__typename": "Query"}}


def test_introspection_words_inside_a_string_are_only_a_string() -> None:
    document = '{ greeting(name: "__schema") }'
    assert check_text(document, introspection=False) == parse_tokens(document)


def test_a_document_at_every_limit_passes() -> None:
    aliases = " ".join(f"a{i}: page" for i in range(30))
    spreads = "...A " * 40
    repeated = "page " + "page @include(if: true) " * 20
    fragment = "fragment A on Query { page @include(if: true) greeting @skip(if: false) }"
    document = f"{{ {aliases} {spreads} {repeated} }} {fragment}"
    assert PreparedDocuments(SCHEMA, introspection=True).prepare(document)


def test_a_valid_document_is_prepared_once() -> None:
    documents = PreparedDocuments(SCHEMA, introspection=False)
    first = documents.prepare("{ page }").prepared
    assert documents.prepare("{ page }").prepared is first


def test_only_so_many_documents_are_remembered() -> None:
    documents = PreparedDocuments(SCHEMA, introspection=False)
    filler = "... @include(if: true) { page } " * 40
    first = documents.prepare("{ page }").prepared
    for number in range(REMEMBERED_BYTES // TOKEN_BYTES // 360 + 1):
        documents.prepare(f"query Q{number} {{ {filler} }}")
    assert documents.prepare("{ page }").prepared is not first


def test_a_refused_document_is_refused_again() -> None:
    documents = PreparedDocuments(SCHEMA, introspection=False)
    for _ in range(2):
        with pytest.raises(RefusedDocument):
            documents.prepare("{ nothing }")


PIECES = st.sampled_from(
    [
        *"{}()[]:!$&=|@",
        *("...", "a", "_b1", "0", "-1", "1.5", "2e3", "-0.1E-2", " ", ",", "\n", "\ufeff", "\t"),
        *('"x"', '""', '"\\""', '"\\u0041"', '"""', '""""""', '"""a"b"""', '"""\\""" """'),
        *('"', "\\", "#c\n", "#", "01", "1a", "..", ".", "-", "é", "王", "\x07", "'", '"\\'),
    ]
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_the_front_counts_exactly_the_tokens_that_the_parser_reads(document: str) -> None:
    try:
        expected = parse_tokens(document)
    except GraphQLError:
        return
    try:
        assert check_text(document, introspection=True) == expected
    except Refused as refused:
        # A document that closes what it never opened is refused by the parser's grammar, and one
        # with a bracket too many is not met with twelve pieces.
        pytest.fail(refused.code)


@given(st.text(max_size=60))
def test_no_text_makes_the_front_fail_in_any_other_way(document: str) -> None:
    with suppress(Refused):
        PreparedDocuments(SCHEMA, introspection=False).prepare(document)


def parse_tokens(document: str) -> int:
    """How many tokens the library's own lexer finds, comments included."""
    lexer = Lexer(Source(document))
    count = 0
    token = lexer.token
    while token.kind is not TokenKind.EOF:
        token = lexer.advance()
    while token.prev is not None:
        token = token.prev
        count += token.kind is not TokenKind.SOF
    return count


FIELDS = ("page", "greeting", "client")


@st.composite
def fragments(draw: st.DrawFn) -> list[list[int]]:
    """For each fragment the later fragments that it spreads; a number too large is a field."""
    size = draw(st.integers(1, 8))
    return [
        draw(st.lists(st.integers(index + 1, size + 2), min_size=1, max_size=3))
        for index in range(size)
    ]


@given(fragments())
def test_expanded_fields_are_those_that_spreading_would_give(spreads: list[list[int]]) -> None:
    expected = _spread(spreads, 0)
    document = parse(_written(spreads))
    if expected > MAX_EXPANDED_FIELDS:
        with pytest.raises(Refused):
            check_tree(document)
    else:
        assert check_tree(document) == expected


def _spread(spreads: list[list[int]], index: int) -> int:
    return sum(_spread(spreads, n) if n < len(spreads) else 1 for n in spreads[index])


def _written(spreads: list[list[int]]) -> str:
    texts = [
        f"fragment F{index} on Query {{ "
        + " ".join(
            f"...F{n}" if n < len(spreads) else f"{FIELDS[place]}" for place, n in enumerate(inner)
        )
        + " }"
        for index, inner in enumerate(spreads)
    ]
    return "{ ...F0 }" + "".join(texts)
