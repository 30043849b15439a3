"""What the plan writes against what the library writes: the same bytes, always."""

import enum
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
import strawberry
from graphql import VariableValues, parse
from hypothesis import given
from hypothesis import strategies as st

from tests.graphql.both_ways import assert_alike, by_plan, prepared
from tongxing.gateway.cli.operations import AUDIT, HISTORY, TRAVELER, TRAVELERS, VERIFY_CODE
from tongxing.gateway.graphql.documents import PreparedDocuments
from tongxing.gateway.graphql.root import graphql_schema
from tongxing.gateway.graphql.run import Run
from tongxing.gateway.graphql.strawberry_internals import core_schema


@strawberry.enum
class Color(enum.Enum):
    GREEN = "green"
    RED = "red"


@strawberry.type
class Leaves:
    text: str
    maybe_text: str | None
    number: int
    fraction: float
    flag: bool
    color: Color
    maybe_color: Color | None
    colors: list[Color]
    texts: list[str] | None
    holes: list[int | None]
    id: strawberry.ID
    at: datetime

    @strawberry.field
    def made(self) -> str:
        return "made"


@strawberry.type
class Query:
    @strawberry.field
    def maybe(self, info: strawberry.Info) -> Leaves | None:
        leaves: Leaves = info.context
        return leaves

    @strawberry.field
    def all(self, info: strawberry.Info) -> list[Leaves]:
        return [info.context, info.context]


SCHEMA = core_schema(strawberry.Schema(Query))
FIELDS = (
    "text maybeText number fraction flag color maybeColor colors texts holes id at made __typename"
)
SEVERAL = f"""{{
  maybe {{ {FIELDS} again: color }}
  plain: maybe {{ {FIELDS.replace(" made __typename", "")} again: color }}
  all {{ {FIELDS} ... on Leaves {{ other: texts }} text @skip(if: true) }}
}}"""
ONE = f"{{ maybe {{ {FIELDS} again: color }} }}"
SOUND: Mapping[str, object] = {
    "text": "a",
    "maybe_text": None,
    "number": 1,
    "fraction": 0.5,
    "flag": True,
    "color": Color.GREEN,
    "maybe_color": None,
    "colors": [Color.RED, Color.GREEN],
    "texts": ["a", "b"],
    "holes": [1, None],
    "id": "x",
    "at": datetime(2020, 3, 1, tzinfo=UTC),
}
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=3)
    | st.sampled_from(
        [*Color, ValueError("as a value"), object(), b"bytes", {"a": 1}, (1, "a"), (Color.RED,)]
    ),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


def leaves(values: Mapping[str, object]) -> Leaves:
    made = object.__new__(Leaves)
    for name, value in values.items():
        setattr(made, name, value)
    return made


@pytest.mark.parametrize("document", [ONE, SEVERAL], ids=["one field", "several"])
@given(changes=st.dictionaries(st.sampled_from(sorted(SOUND)), VALUES, max_size=3))
async def test_whatever_the_values_are_the_answer_is_the_same(
    document: str, changes: Mapping[str, object]
) -> None:
    await assert_alike(SCHEMA, document, leaves({**SOUND, **changes}))


@pytest.mark.parametrize("document", [ONE, SEVERAL], ids=["one field", "several"])
@pytest.mark.parametrize("name", SOUND)
async def test_an_attribute_that_is_not_there_fails_alike(name: str, document: str) -> None:
    result = await assert_alike(
        SCHEMA, document, leaves({each: SOUND[each] for each in SOUND if each != name})
    )
    assert result.errors


async def test_sound_values_are_written_by_the_plan_alone() -> None:
    operation, none = prepared(SCHEMA, parse(ONE)), VariableValues({}, {})
    made = await by_plan(operation, SCHEMA, leaves(SOUND))
    only = operation.plan(none).only
    assert only is not None
    assert made.data == {"maybe": Run(None, none).written(only.write, leaves(SOUND))}


async def test_a_document_that_is_met_once_is_not_compiled() -> None:
    operation, none = prepared(SCHEMA, parse(ONE)), VariableValues({}, {})
    plan = operation.plan(none)
    plan.meet()
    assert operation.written_fields == 0
    plan.meet()
    assert operation.written_fields > 0


def test_the_shipped_questions_are_written_by_their_plan() -> None:
    schema, none = core_schema(graphql_schema()), VariableValues({}, {})
    documents = PreparedDocuments(schema, introspection=False)
    for text in (TRAVELER, TRAVELERS, VERIFY_CODE, HISTORY, AUDIT):
        plan = documents.make(text).operation(None).plan(none)
        plan.meet()
        plan.meet()
        assert plan.only is not None
