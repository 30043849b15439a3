"""An answer that grows too large is refused whole, wherever it does."""

import pytest
from graphql import ExecutionResult, parse

from tests.graphql.both_ways import by_plan, prepared
from tests.graphql.test_writers import SCHEMA, SOUND, leaves
from tongxing.gateway.errors import ErrorCode, Refused
from tongxing.gateway.graphql.answer_size import (
    CHARACTERS_OF_A_VALUE,
    MAX_ANSWER_CHARACTERS,
    AnswerSize,
)

HALF = "a" * (MAX_ANSWER_CHARACTERS // 2)
SECOND: dict[str, tuple[dict[str, object], str]] = {
    "in a field beside it": ({"text": HALF, "id": HALF}, "text id"),
    "under another name": ({"text": HALF}, "text again: text"),
    "in a field that may be null": ({"text": HALF, "maybe_text": HALF}, "text maybeText"),
    "in a list": ({"text": HALF, "texts": [HALF]}, "text texts"),
    "beside a field that a resolver makes": ({"text": HALF}, "text again: text made"),
}


async def _answer(document: str, **values: object) -> ExecutionResult:
    operation = prepared(SCHEMA, parse(document))
    return await by_plan(operation, SCHEMA, leaves({**SOUND, **values}))


def _codes(result: ExecutionResult) -> list[ErrorCode]:
    return [
        error.original_error.code
        for error in result.errors or ()
        if isinstance(error.original_error, Refused)
    ]


@pytest.mark.parametrize(("values", "fields"), SECOND.values(), ids=SECOND)
async def test_half_of_it_twice_is_too_much(values: dict[str, object], fields: str) -> None:
    result = await _answer(f"{{ __typename maybe {{ {fields} }} }}", **values)
    assert (result.data, _codes(result)) == (None, [ErrorCode.ANSWER_TOO_LARGE])


async def test_half_of_it_is_not() -> None:
    assert not (await _answer("{ __typename maybe { text made } }", text=HALF)).errors


async def test_an_answer_is_refused_once_however_many_parts_may_be_null() -> None:
    parts = " ".join(f"a{number}: maybe {{ text }}" for number in range(20))
    result = await _answer(f"{{ {parts} }}", text=HALF)
    assert (result.data, _codes(result)) == (None, [ErrorCode.ANSWER_TOO_LARGE])


def test_each_value_counts() -> None:
    size = AnswerSize()
    size.add_values(MAX_ANSWER_CHARACTERS // CHARACTERS_OF_A_VALUE)
    with pytest.raises(Refused):
        size.add_values(1)
