"""What a rule asks of a finding, where the answer is easily the wrong way round."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from tests.recognition.given import AT, BY_DOCUMENT, code
from tongxing.gateway.recognition.conditions import (
    CONDITIONS,
    ChangesOver,
    When,
    conditions_of,
    duration,
)
from tongxing.gateway.recognition.finding import Cause, Finding
from tongxing.schema import Basis, Color, DocumentKind, Evidence, Purpose, Via
from tongxing.schema.case import ColorChange

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


A_DAY_OLD = replace(
    code("national", Color.YELLOW, hours=24, previous=Color.RED, changed_hours=24), basis=[WARM]
)
STATED = Finding(
    Color.YELLOW,
    None,
    "national",
    True,
    BY_DOCUMENT,
    AT,
    stated=A_DAY_OLD,
    evidence=Evidence.SIGNED,
    newer_green_from=frozenset({"sukangma"}),
    changes=(ColorChange("national", "000000", AT - timedelta(hours=24)),) * 2,
)
SILENT = Finding(
    Color.UNKNOWN,
    Cause.CHANNEL_ONLY,
    "sukangma",
    False,
    replace(BY_DOCUMENT, purpose=Purpose.VENUE, document=None),
    AT,
    behind=A_DAY_OLD,
    evidence=Evidence.CHANNEL,
    via=Via.LIST,
)
"""It has the evidence of a code that does not count."""

FITS_STATED: dict[str, When] = {
    "color": When(color=(Color.YELLOW,)),
    "issuer": When(issuer=("national",)),
    "mandatory": When(mandatory=True),
    "evidence": When(evidence=(Evidence.SIGNED, Evidence.CHANNEL)),
    "via": When(via=(Via.LIVE,)),
    "basis": When(basis=(WARM, CONTACT)),
    "basis_only": ONLY_WARM,
    "age_within": When(age_within="24h"),
    "age_over": When(age_over="86399s"),
    "previous_color": When(previous_color=(Color.RED,)),
    "changed_within": When(changed_within="24h"),
    "changed_over": When(changed_over="1439m"),
    "changes_over": When(changes_over=ChangesOver(times=1, within="24h")),
    "place": When(place=("330000", "000000")),
    "place_outside": When(place_outside=("330000",)),
    "newer_green_from": When(newer_green_from=("sukangma",)),
    "document": When(document=(DocumentKind.RESIDENT_ID,)),
    "purpose": When(purpose=(Purpose.ENTRY,)),
}
FITS_SILENT: dict[str, When] = {
    "because": When(because=(Cause.CHANNEL_ONLY,)),
    "color": When(color=(Color.UNKNOWN,)),
    "mandatory": When(mandatory=False),
    "via": When(via=(Via.LIST,)),
}
MISSES_STATED: dict[str, When] = {
    "an age of exactly the limit is not over it": When(age_over="24h"),
    "an older state is not within": When(age_within="23h"),
    "a change exactly so long ago is not longer ago": When(changed_over="24h"),
    "an older change is not within": When(changed_within="23h"),
    "as many changes as are allowed are no more": When(changes_over=ChangesOver(2, "24h")),
    "changes before the window do not count": When(changes_over=ChangesOver(1, "23h")),
    "another basis": When(basis=(CONTACT,)),
    "another place": When(place=("330000",)),
    "a place inside is not outside": When(place_outside=("330000", "000000")),
    "another previous color": When(previous_color=(Color.GREEN,)),
    "another issuer's newer green": When(newer_green_from=("zhejiang",)),
}


def fits(when: When, finding: Finding) -> bool:
    (condition,) = conditions_of(when)
    return condition.holds(finding)


def test_every_condition_is_tried_here() -> None:
    assert {*FITS_STATED, *FITS_SILENT} == set(CONDITIONS)


@pytest.mark.parametrize("key", FITS_STATED)
def test_what_is_asked_for_fits_and_a_finding_that_states_nothing_does_not(key: str) -> None:
    assert fits(FITS_STATED[key], STATED)
    assert not fits(FITS_STATED[key], SILENT)


@pytest.mark.parametrize("key", FITS_SILENT)
def test_what_is_asked_of_an_answer_without_a_color(key: str) -> None:
    assert fits(FITS_SILENT[key], SILENT)
    assert not fits(FITS_SILENT[key], STATED)


@pytest.mark.parametrize("claim", MISSES_STATED)
def test_that_does_not_fit(claim: str) -> None:
    assert not fits(MISSES_STATED[claim], STATED)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1s", 1), ("90s", 90), ("1m", 60), ("36h", 36 * 3600), ("1d", 86400), ("14d", 14 * 86400)],
)
def test_a_length_is_what_is_written(text: str, seconds: int) -> None:
    assert duration(text) == timedelta(seconds=seconds)


def test_a_rule_counts_up_to_twenty_changes() -> None:
    """More would be written into every receipt of the holder."""
    assert msgspec.convert({"times": 20, "within": "7d"}, ChangesOver).times == 20
    for times in (0, 21):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"times": times, "within": "7d"}, ChangesOver)
