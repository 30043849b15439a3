"""An oracle that never disagrees would pass everything: it must see each of these bugs."""

from itertools import islice
from random import Random

import pytest

from tests.oracle.comparison import differences
from tests.oracle.generated import Stocks
from tests.oracle.planted import PLANTED
from tests.oracle.translated import Translator, answer_of, every_place

TRIED = 3_000
"""Cases in which a bug has to show; most show in the first hundred."""


@pytest.mark.parametrize("bug", PLANTED)
def test_the_oracle_sees_that(bug: str) -> None:
    random, translator, decide = Random(7), Translator(), PLANTED[bug]()
    cases = Stocks.of(random).cases([both.place for both in every_place()], random)
    for index, case in islice(cases, TRIED):
        both = every_place()[index]
        answer = answer_of(decide(translator.case(case), both.policy))
        if differences(case, both.place, answer):
            return
    pytest.fail(f"not seen in {TRIED} cases")


def test_there_are_enough_of_them() -> None:
    assert len(PLANTED) >= 20
