"""The words of an offer never say less than has to hold."""

from datetime import timedelta

import pytest

from tests.recognition.given import AT, shipped
from tongxing.gateway.recognition.new_statements import Wording
from tongxing.gateway.recognition.offer_words import green_need, tidy
from tongxing.schema import Basis

SECOND = timedelta(seconds=1)
BOUNDS = {
    "a whole minute stays": (0, 30, 0),
    "within a minute the next whole one": (10.5, 90, 60),
    "or the next second if that minute is not over": (10.5, 30, 11),
    "a minute that is just over counts": (10, 60, 60),
}


@pytest.mark.parametrize("claim", BOUNDS)
def test_a_bound_is_said_as(claim: str) -> None:
    bound, now, said = BOUNDS[claim]
    assert tidy(AT + bound * SECOND, AT + now * SECOND) == AT + said * SECOND


def test_a_green_whose_basis_matters_says_it() -> None:
    wording = Wording(AT, on_time=False, basis=Basis.CONVERTED)
    said = green_need("national", None, wording, shipped("zhenjiang-1")).text
    assert "states GREEN (converted)" in said.en
    assert "依据为转码" in said.zh
