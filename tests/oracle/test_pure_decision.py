"""The decision against a second account of it, over cases that nobody thought of.

``ORACLE_CASES`` says how many (``make soak``); without it 100,000. A failing case is printed whole,
and its seed makes it again.
"""

import os
from collections import Counter
from random import Random

import pytest

from tests.oracle.comparison import differences
from tests.oracle.generated import Stocks
from tests.oracle.translated import Translator, answer_of, every_place
from tongxing.gateway.recognition.decide import recognize
from tongxing.schema import Color

CASES = int(os.environ.get("ORACLE_CASES", "100000"))
AT_ONCE = 10_000
FIRST_SEED = 20200309
SHOWN = 3
"""Differences that a failure prints: they often have one cause."""


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + -(-CASES // AT_ONCE)))
def test_the_hub_decides_as_the_oracle_does(seed: int) -> None:
    random, translator = Random(seed), Translator()
    cases = Stocks.of(random).cases([both.place for both in every_place()], random)
    colors: Counter[str] = Counter()
    wrong = []
    for _ in range(AT_ONCE):
        index, case = next(cases)
        both = every_place()[index]
        answer = answer_of(recognize(translator.case(case), both.policy))
        colors[answer.color] += 1
        if found := differences(case, both.place, answer):
            wrong.append((both.name, found, case, answer))
    assert wrong[:SHOWN] == [], f"{len(wrong)} of {AT_ONCE}"
    assert set(colors) == {color.value for color in Color}
    assert min(colors.values()) > AT_ONCE // 20, "the cases do not reach every color"
