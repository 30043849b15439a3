"""What is set aside and what counts, and the contradictions that stop the hub itself."""

from dataclasses import replace

import pytest

from tests.recognition.given import (
    AT,
    BY_DOCUMENT,
    beside,
    code,
    greens,
    outcome,
    shipped,
    stated,
    verified,
)
from tongxing.gateway.recognition.finding import Cause, Finding
from tongxing.gateway.recognition.hearing import CAUSES, Hearing, InconsistentSources, hear
from tongxing.gateway.recognition.policy import Policy
from tongxing.schema import Color, Outcome, SourceAnswer, Via
from tongxing.schema.case import Case, Circumstances

G, R = Color.GREEN, Color.RED
Told = set[tuple[str | None, Cause | None]]
SHANGHAI = shipped("shanghai-1")


def heard(policy: Policy, *sources: SourceAnswer) -> Hearing:
    return hear(Case(sources, BY_DOCUMENT, AT), policy)


def issuers(findings: list[Finding]) -> list[str | None]:
    return [finding.issuer for finding in findings]


def causes(policy: Policy, looked_at: Circumstances, *sources: SourceAnswer) -> Told:
    found = hear(Case(sources, looked_at, AT), policy)
    return {(finding.issuer, finding.cause) for finding in found.standing}


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


def test_a_green_that_does_not_carry_takes_nothing_away_unless_its_issuer_is_mandatory(
    zhenjiang: Policy,
) -> None:
    province_lapsed = code("zhejiang", G, hours=300, place="330000")
    city = verified(province_lapsed, code("zhejiang", G, place="330300"))
    told = causes(zhenjiang, BY_DOCUMENT, *greens("sukangma", "national"), city)
    assert told == {(issuer, None) for issuer in ("sukangma", "national", "zhejiang")}


def test_a_mandatory_issuer_whose_green_lapsed_is_not_said_to_have_no_record(
    zhenjiang: Policy,
) -> None:
    said = verified(code("national", G, hours=300), code("national", G, place="420000"))
    told = causes(zhenjiang, BY_DOCUMENT, *greens("sukangma"), said)
    assert told == {("sukangma", None), ("national", None), ("national", Cause.STALE)}


def test_beside_an_unmapped_value_a_green_stands_as_it_would_alone(zhenjiang: Policy) -> None:
    """The unmapped value takes it away; what the green contradicts it still contradicts."""
    said = beside(Outcome.UNMAPPED_VALUE, code("national", G))
    found = heard(zhenjiang, *greens("sukangma"), said)
    told = [(finding.issuer, finding.cause, finding.carries) for finding in found.standing]
    assert told == [
        ("sukangma", None, True),
        ("national", None, True),
        ("national", Cause.UNMAPPED_VALUE, True),
    ]


LOST = [what for what in CAUSES if what is not Outcome.UNMAPPED_VALUE]


@pytest.mark.parametrize("what", LOST, ids=lambda what: what.value)
def test_beside_any_other_outcome_a_green_is_one_that_lapsed(
    what: Outcome, zhenjiang: Policy
) -> None:
    found = heard(zhenjiang, *greens("sukangma"), beside(what, code("zhejiang", G)))
    assert "zhejiang" not in {f.issuer for f in found.standing if f.cause is None}
    assert issuers(found.lapsed) == ["zhejiang"]


def test_no_color_beside_another_outcome_is_no_green_that_lapsed(zhenjiang: Policy) -> None:
    said = beside(Outcome.MUST_UPDATE, code("zhejiang", Color.UNKNOWN))
    found = heard(zhenjiang, *greens("sukangma", "national"), said)
    assert (found.lapsed, issuers(found.standing)[-1]) == ([], "zhejiang")


@pytest.mark.parametrize("what", [Outcome.NOT_ENROLLED, Outcome.NOT_THIS_ISSUER])
def test_an_optional_issuer_that_does_not_know_the_holder_is_not_mentioned(
    what: Outcome, zhenjiang: Policy
) -> None:
    found = heard(zhenjiang, *greens("sukangma", "national"), outcome("zhejiang", what))
    assert (issuers(found.standing), found.aside) == (["sukangma", "national"], [])


def test_a_code_counts_or_is_behind_its_finding_and_never_both(zhenjiang: Policy) -> None:
    found = heard(zhenjiang, *greens("sukangma"), stated("national", G, hours=30))
    told = [(f.stated is None, f.behind is None) for f in found.standing]
    assert told == [(False, True), (True, False)]


BY_SCAN = replace(BY_DOCUMENT, document=None, code_issuer="sukangma")


def test_of_a_scan_only_the_issuer_of_the_code_could_have_been_asked(zhenjiang: Policy) -> None:
    told = causes(zhenjiang, BY_SCAN)
    assert told == {
        ("sukangma", Cause.ISSUER_UNAVAILABLE),
        ("national", Cause.HOLDER_UNKNOWN),
    }


def test_a_code_that_no_issuer_claims_passes_nobody_even_if_no_issuer_is_mandatory(
    zhenjiang: Policy,
) -> None:
    issuers = replace(zhenjiang.issuers, mandatory=frozenset())
    policy, claimed_by_none = (
        replace(zhenjiang, issuers=issuers),
        replace(BY_SCAN, code_issuer=None),
    )
    told = causes(policy, claimed_by_none, *greens("zhejiang"))
    assert told == {("zhejiang", None), (None, Cause.NO_RECORD)}
    assert causes(policy, BY_DOCUMENT, *greens("zhejiang")) == {("zhejiang", None)}


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
