"""The worked examples of docs/recognition.md come out as they are told.

``python -m tests.policy.test_examples`` writes the sentences anew.
"""

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from tests.recognition.given import AT, shipped
from tongxing.gateway.policy.self_tests import case_of
from tongxing.gateway.policy.shape import EffectPart, GivenPart
from tongxing.gateway.policy.shape import TestPart as Given
from tongxing.gateway.recognition.decide import recognize
from tongxing.gateway.recognition.explain import explain
from tongxing.gateway.recognition.policy import ConflictOrder
from tongxing.schema import Color, Decision

DOCUMENT = Path(__file__).parents[2] / "docs" / "recognition.md"
BLOCKS = re.compile(r"```toml\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)
LEAST_EXAMPLES = 10


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    policy: str
    given: tuple[GivenPart, ...]
    order: ConflictOrder = ConflictOrder.MOST_RESTRICTIVE


class Told(NamedTuple):
    example: str
    sentences: str


EXAMPLES = [Told(*found) for found in BLOCKS.findall(DOCUMENT.read_text("utf-8"))]


def sentences(text: str) -> str:
    example = msgspec.convert(tomllib.loads(text), Example)
    policy = replace(shipped(example.policy), conflict_order=example.order)
    nothing = EffectPart(color=Color.UNKNOWN, decision=Decision.INSPECT)
    test = Given(name="example", given=example.given, expect=nothing)
    case = case_of(test, policy, AT)
    lines = explain(recognize(case, policy), case, policy).lines
    return "".join(f"{line.zh}\n{line.en}\n" for line in lines)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= LEAST_EXAMPLES


@pytest.mark.parametrize("told", EXAMPLES, ids=range(1, len(EXAMPLES) + 1))
def test_an_example_comes_out_as_it_is_told(told: Told) -> None:
    assert sentences(told.example) == told.sentences


def main() -> None:
    def again(found: re.Match[str]) -> str:
        return f"```toml\n{found[1]}```\n\n```text\n{sentences(found[1])}```"

    DOCUMENT.write_text(BLOCKS.sub(again, DOCUMENT.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
