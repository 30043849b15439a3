"""What is set aside and what counts, and the contradictions that stop the hub itself."""

from dataclasses import replace

import pytest

from tests.recognition.given import (
    AT,
    BY_DOCUMENT,
    code,
    greens,
    outcome,
    shipped,
    stated,
    verified,
)
from tongxing.gateway.recognition.finding import Finding
from tongxing.gateway.recognition.hearing import Hearing, InconsistentSources, hear
from tongxing.gateway.recognition.policy import Policy
from tongxing.schema import Color, Outcome, SourceAnswer, Via
from tongxing.schema.case import Case

G, R = Color.GREEN, Color.RED
SHANGHAI = shipped("shanghai-1")


def heard(policy: Policy, *sources: SourceAnswer) -> Hearing:
    return hear(Case(sources, BY_DOCUMENT, AT), policy)


def issuers(findings: list[Finding]) -> list[str | None]:
    return [finding.issuer for finding in findings]


def test_what_an_optional_issuer_lost_stays_aside_and_a_mandatory_one_s_counts(
    zhenjiang: Policy,
) -> None:
    lapsed = [stated(issuer, G, hours=30) for issuer in ("zhenjiang", "national")]
    found = heard(zhenjiang, *greens("sukangma"), *lapsed)
    assert issuers(found.standing) == ["sukangma", "national"]
    assert issuers(found.aside) == ["zhenjiang"]


def test_a_lapsed_green_beside_one_that_holds_stays_aside(zhenjiang: Policy) -> None:
    of_zhenjiang = [code("zhenjiang", G), code("zhenjiang", G, hours=30)]
    found = heard(zhenjiang, verified(*of_zhenjiang), *greens("sukangma", "national"))
    assert issuers(found.aside) == ["zhenjiang"]
    twice = verified(code("sukangma", G), code("sukangma", G, hours=30))
    found = heard(zhenjiang, twice, *greens("national"))
    assert issuers(found.standing) == ["sukangma", "national"]
    assert issuers(found.aside) == ["sukangma"]


def test_an_optional_issuer_that_is_silent_stays_aside(zhenjiang: Policy) -> None:
    silent = outcome("zhenjiang", Outcome.TIMED_OUT)
    found = heard(zhenjiang, silent, *greens("sukangma"), stated("national", G, hours=30))
    assert issuers(found.standing) == ["sukangma", "national"]
    assert issuers(found.aside) == ["zhenjiang"]


def test_a_red_of_any_place_is_a_word_of_its_issuer(zhenjiang: Policy) -> None:
    """Only greens need a place that carries: the green that lapsed stays aside."""
    said = verified(code("national", R, place="420000"), code("national", G, hours=300))
    found = heard(zhenjiang, *greens("sukangma"), said)
    assert issuers(found.standing) == ["sukangma", "national"]
    assert issuers(found.aside) == ["national"]


FOREIGN: dict[str, SourceAnswer] = {
    "its answer": replace(verified(code("zhejiang", R)), issuer=code("sukangma", R).issuer),
    "its list": replace(
        verified(code("zhejiang", R)), issuer=code("sukangma", R).issuer, via=Via.LIST
    ),
}


@pytest.mark.parametrize("where", FOREIGN)
def test_another_issuer_s_code_stops_the_answer_in(where: str) -> None:
    with pytest.raises(InconsistentSources):
        heard(SHANGHAI, *greens("national"), FOREIGN[where])
