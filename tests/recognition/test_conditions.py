"""What a rule asks of a finding, where the answer is easily the wrong way round."""

from dataclasses import replace

import pytest

from tests.recognition.given import AT, BY_DOCUMENT, code
from tongxing.gateway.recognition.conditions import When, conditions_of
from tongxing.gateway.recognition.finding import Finding
from tongxing.schema import Basis, Color

WARM, CONTACT = Basis.ON_SITE_TEMPERATURE, Basis.CLOSE_CONTACT
ONLY_WARM = When(basis_only=(WARM,))

BASES: dict[str, tuple[list[Basis], bool]] = {
    "this basis alone fits": ([WARM], True),
    "the same basis twice fits": ([WARM, WARM], True),
    "another basis beside it does not": ([WARM, CONTACT], False),
    "another basis does not": ([CONTACT], False),
    "no basis at all does not": ([], False),
}


def resting_on(basis: list[Basis]) -> Finding:
    stated = replace(code("national", Color.YELLOW), basis=basis)
    return Finding(
        Color.YELLOW, None, "national", True, BY_DOCUMENT, AT, stated=stated, behind=None
    )


@pytest.mark.parametrize("claim", BASES)
def test_only_these_bases(claim: str) -> None:
    basis, fits = BASES[claim]
    (condition,) = conditions_of(ONLY_WARM)
    assert condition.holds(resting_on(basis)) is fits
