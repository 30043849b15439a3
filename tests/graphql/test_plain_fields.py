"""The short way of plain fields against the library's own execution: the same bytes, always."""

import enum
from collections.abc import Mapping
from time import monotonic
from typing import Any

import msgspec
import pytest
import strawberry
from graphql import ExecutionResult, Executor, execute, parse
from hypothesis import given
from hypothesis import strategies as st

from tongxing.gateway.graphql.execution import HubExecutor, plain_fields
from tongxing.gateway.graphql.strawberry_internals import StrawberryExecutor, core_schema
from tongxing.gateway.turns import Turns


@strawberry.enum
class Color(enum.Enum):
    GREEN = "green"
    RED = "red"


@strawberry.type
class Leaves:
    text: str
    maybe_text: str | None
    number: int
    flag: bool
    color: Color
    maybe_color: Color | None
    colors: list[Color]
    texts: list[str] | None
    holes: list[int | None]
    id: strawberry.ID

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
FIELDS = "text maybeText number flag color maybeColor colors texts holes id made __typename"
DOCUMENT = parse(
    f"""{{
  maybe {{ {FIELDS} again: color }}
  plain: maybe {{ {FIELDS.replace(" made __typename", "")} again: color }}
  all {{ {FIELDS} ... on Leaves {{ other: texts }} text @skip(if: true) }}
}}"""
)
SOUND: Mapping[str, object] = {
    "text": "a",
    "maybe_text": None,
    "number": 1,
    "flag": True,
    "color": Color.GREEN,
    "maybe_color": None,
    "colors": [Color.RED, Color.GREEN],
    "texts": ["a", "b"],
    "holes": [1, None],
    "id": "x",
}
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=3)
    | st.sampled_from([*Color, ValueError("as a value"), object(), b"bytes", {"a": 1}, (1, "a")]),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


def _run(leaves: Leaves, executor: type[Executor[Any]], **own: Any) -> ExecutionResult:
    result = execute(SCHEMA, DOCUMENT, context_value=leaves, executor_class=executor, **own)
    assert isinstance(result, ExecutionResult)
    return result


def _long(leaves: Leaves) -> ExecutionResult:
    return _run(leaves, StrawberryExecutor)


def _short(leaves: Leaves) -> ExecutionResult:
    own = {"plain_fields": plain_fields(SCHEMA), "turns": Turns(monotonic)}
    return _run(leaves, HubExecutor, **own)


def _bytes(result: ExecutionResult) -> bytes:
    errors = [error.formatted for error in result.errors or ()]
    return msgspec.json.encode({"data": result.data, "errors": errors})


def _leaves(changes: Mapping[str, object]) -> Leaves:
    leaves = object.__new__(Leaves)
    for name, value in {**SOUND, **changes}.items():
        setattr(leaves, name, value)
    return leaves


@given(st.dictionaries(st.sampled_from(sorted(SOUND)), VALUES))
def test_whatever_the_values_are_the_answer_is_the_same(changes: Mapping[str, object]) -> None:
    leaves = _leaves(changes)
    assert _bytes(_short(leaves)) == _bytes(_long(leaves))


@pytest.mark.parametrize("name", SOUND)
def test_an_attribute_that_is_not_there_fails_alike(name: str) -> None:
    leaves = _leaves({})
    delattr(leaves, name)
    result = _short(leaves)
    assert result.errors
    assert _bytes(result) == _bytes(_long(leaves))


def test_only_a_leaf_that_no_resolver_makes_is_plain() -> None:
    names = {name for kind, name in plain_fields(SCHEMA) if kind == "Leaves"}
    assert names == set(FIELDS.split()) - {"made", "__typename"}
    assert {kind for kind, _ in plain_fields(SCHEMA) if not kind.startswith("__")} == {"Leaves"}
