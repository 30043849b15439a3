"""Documents that hold texts and comments are remembered without them, and answered as ever."""

import gc
import json
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import datetime
from inspect import isawaitable
from time import monotonic
from types import FunctionType, MethodType, ModuleType
from typing import Any

import msgspec
import pytest
import strawberry
from graphql import GraphQLSchema
from hypothesis import given
from hypothesis import strategies as st
from strawberry.schema.config import StrawberryConfig

from tongxing.gateway.errors import Refused
from tongxing.gateway.graphql.document_errors import RefusedDocument
from tongxing.gateway.graphql.documents import PreparedDocuments, SentDocument
from tongxing.gateway.graphql.execution import Execution
from tongxing.gateway.graphql.prepared_operation import PreparedOperation
from tongxing.gateway.graphql.strawberry_internals import core_schema
from tongxing.gateway.turns import Turns
from tongxing.schema import SCALARS, Color, RegionCode


@strawberry.input
class Wanted:
    number: str
    name: str = "nobody"
    place: RegionCode | None = None
    at: datetime | None = None
    color: Color | None = None
    more: list[str] | None = None


@strawberry.input(one_of=True)
class OneOf:
    text: str | None = strawberry.UNSET
    id: strawberry.ID | None = strawberry.UNSET


@strawberry.type
class Query:
    @strawberry.field
    def said(self, text: str = "nothing", more: list[list[str | None]] | None = None) -> str:
        return repr((text, more))

    @strawberry.field
    def identified(self, id: strawberry.ID) -> str:  # noqa: A002 - the name in the SDL
        return repr(id)

    @strawberry.field
    def asked(self, input: Wanted) -> str:  # noqa: A002 - the name in the SDL
        return repr(input)

    @strawberry.field
    def either(self, input: OneOf) -> str:  # noqa: A002 - the name in the SDL
        return repr((input.text, input.id))

    @strawberry.field
    def fails(self, text: str) -> str:
        raise ValueError(text)

    @strawberry.field
    def itself(self, text: str = "") -> "Query":
        return Query()


SCHEMA = core_schema(strawberry.Schema(Query, config=StrawberryConfig(scalar_map=dict(SCALARS))))


def _documents() -> PreparedDocuments:
    return PreparedDocuments(SCHEMA, introspection=True)


async def _answer(sent: SentDocument, variables: Mapping[str, object]) -> object:
    execution = Execution(SCHEMA, Turns(monotonic), name_the_schema=True)
    given = {**variables, **sent.texts}
    operation = await execution.prepare(sent.prepared.operation(None), given)
    result = operation.run(None)
    result = await result if isawaitable(result) else result
    errors = [(e.message, e.locations, e.path) for e in result.errors or ()]
    return msgspec.json.encode(result.data), errors


async def _outcome(
    documents: PreparedDocuments, text: str, variables: Mapping[str, object], *, anew: bool
) -> object:
    try:
        sent = SentDocument(documents.make(text)) if anew else documents.prepare(text)
        return await _answer(sent, variables)
    except RefusedDocument as refused:
        return refused.code, refused.errors
    except Refused as refused:
        return refused.code, refused.details


ASKED = {
    "a text": '{ said(text: "%s") }',
    "after a comment": '# %s\n{ said(text: "%s") } # more',
    "the same text twice": '{ said(text: "%s") b: said(text: "%s") }',
    "in a list of lists": '{ said(more: [["%s", null], ["x"]]) }',
    "a text for a list": '{ said(more: "%s") }',
    "an id": '{ identified(id: "%s") }',
    "the same text of two types": '{ said(text: "%s") identified(id: "%s") }',
    "in an input": '{ asked(input: {number: "%s", name: "x", color: RED, more: ["%s"]}) }',
    "beside a region code": '{ asked(input: {number: "%s", place: "321100"}) }',
    "a place that may not fit": '{ asked(input: {number: "1", place: "%s"}) }',
    "a time that may not fit": '{ asked(input: {number: "1", at: "%s"}) }',
    "one of": '{ either(input: {text: "%s"}) }',
    "one of, an id": '{ either(input: {id: "%s"}) }',
    "two of one": '{ either(input: {id: "%s", text: "x"}) }',
    "a color in quotes": '{ asked(input: {number: "1", color: "%s"}) }',
    "beside a variable": 'query ($input: String = "d") { said(text: $input) b: said(text: "%s") }',
    "as a default": 'query ($input: String = "%s") { said(text: $input) }',
    "beside a bad variable": 'query ($input: Wanted!) { asked(input: $input) said(text: "%s") }',
    "in a fragment": '{ ...A } fragment A on Query { said(text: "%s") itself { b: said } }',
    "in two operations": 'query A { said(text: "%s") } query B { said }',
    "one field, two texts": '{ said(text: "%s") said(text: "x") }',
    "one field, one text": '{ said(text: "%s") said(text: "%s") }',
    "an error behind it": '{ said(text: "%s") b: fails(text: "%s") }',
    "a wrong field behind it": '{ said(text: "%s") nothing }',
    "a block": '{ said(text: """%s""") }',
    "a number": '{ identified(id: 1234567) said(text: "%s") }',
    "of the meta fields": '{ __type(name: "%s") { name } }',
}
TEXTS = (
    "x",
    "y",
    "王",
    "321100",
    "",
    "321102",
    "RED",
    "2020-03-01T00:00:00Z",
    "Query",
    "a # b",
    "x",
)


@pytest.mark.parametrize("document", ASKED.values(), ids=ASKED)
async def test_a_remembered_document_is_answered_as_one_made_anew(document: str) -> None:
    documents = _documents()
    for text in TEXTS:
        asked = document.replace("%s", text)
        for variables in ({}, {"input": "v"}, {"0 String!": "z"}):
            before = await _outcome(documents, asked, variables, anew=True)
            assert await _outcome(documents, asked, variables, anew=False) == before


def _prepared(documents: PreparedDocuments, document: str, text: str) -> object:
    return documents.prepare(document.replace("%s", text)).prepared


SHARED = ("a text", "after a comment", "in an input", "one of", "in a fragment")


@pytest.mark.parametrize("which", SHARED)
def test_texts_of_one_length_share_a_document_from_the_second_on(which: str) -> None:
    documents = _documents()
    first, *later = (_prepared(documents, ASKED[which], text) for text in "yzuv")
    assert first is not later[0]
    assert later[0] is later[1] is later[2]


def test_a_long_document_with_texts_is_made_anew() -> None:
    """To lift its texts besides would hold the event loop up."""
    documents = _documents()
    long = '{ said(text: "%s") ' + "".join(f"...A{n} " for n in range(9)) + "}"
    fields = "itself { " * 9 + "said" + " }" * 9
    for number in range(9):
        long += f" fragment A{number} on Query {{ {fields} b{number}: {fields} }}"
    made = [_prepared(documents, long, text) for text in "yzuv"]
    assert len(set(map(id, made))) == len(made)


def test_comments_alone_share_it_from_the_first_on() -> None:
    documents = _documents()
    one, two = "{ said # a\n}", "{ said # the number of somebody\n}"
    assert documents.prepare(one).prepared is documents.prepare(two).prepared


SECRET = "王小红11010119900307761X"
NUMBER = "110101199003077"

PLACES = (
    '{ said(text: "%s") }',
    "{ said } # %s",
    '{ said(text: """%s""") }',
    '{ said(text: "\\t%s") }',
    '{ asked(input: {number: "%s", name: "x"}) }',
    '# %s\n{ ...A } fragment A on Query { said(text: "%s") }',
    'query ($a: String = "%s") { said(text: $a) }',
    f"{{ identified(id: {NUMBER}) }}",
    f"{{ n{NUMBER}: said }}",
    f"query Q{NUMBER} {{ said }}",
    '{ nothing(text: "%s") }',
    '{ said(text: "%s" }',
)


def _reached(root: object) -> Iterator[object]:
    """Whatever ``root`` keeps alive, but for code and classes: they are of the program."""
    seen, waiting = {id(root)}, deque([root])
    while waiting:
        found = waiting.popleft()
        yield found
        if isinstance(found, FunctionType):
            below: list[Any] = [found.__closure__, found.__defaults__]
        elif isinstance(found, ModuleType | type | GraphQLSchema):
            below = []
        elif isinstance(found, MethodType):
            below = [found.__self__]
        else:
            below = gc.get_referents(found)
        fresh = [each for each in below if id(each) not in seen]
        seen.update(map(id, fresh))
        waiting.extend(fresh)


@given(st.lists(st.tuples(st.sampled_from(PLACES), st.booleans()), min_size=1, max_size=6))
def test_nothing_that_may_name_a_traveler_is_remembered(sent: list[tuple[str, bool]]) -> None:
    documents = _documents()
    for place, again in sent:
        for _ in range(1 + 3 * again):
            try:
                operation = documents.prepare(place.replace("%s", SECRET)).prepared.operation(None)
                assert isinstance(operation, PreparedOperation)
            except Refused:
                continue
    for found in _reached(documents):
        if isinstance(found, str):
            assert "王小红" not in found
            assert NUMBER not in found


def test_that_walk_finds_what_is_remembered() -> None:
    """It would find a text if one were kept: that of a field is."""
    documents = _documents()
    documents.prepare("{ seen: said }")
    assert any(isinstance(found, str) and "seen" in found for found in _reached(documents))


def test_printing_shows_no_text() -> None:
    documents = _documents()
    for _ in range(3):
        sent = documents.prepare(f'{{ said(text: "{SECRET}") }}')
    assert SECRET in json.dumps(dict(sent.texts), ensure_ascii=False)
    assert SECRET not in repr(sent)
