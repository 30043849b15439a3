"""What is seen of a holder who has arrived: verified, about this person, and true now."""

from dataclasses import replace
from datetime import timedelta

import pytest
from strawberry import ID

from tests.adapters.people import AT
from tongxing.gateway.answering.sightings import stated_now
from tongxing.schema import (
    Basis,
    Color,
    Evidence,
    HealthCode,
    Outcome,
    RegionCode,
    SourceAnswer,
    Via,
)

MINUTE = timedelta(minutes=1)
GREEN = HealthCode(
    color=Color.GREEN,
    raw_value="绿码",
    issuer=ID("zhenjiang"),
    issuing_place=RegionCode("321102"),
    basis=[Basis.DATA_NORMAL],
    as_of=AT - MINUTE,
)
RED = replace(GREEN, color=Color.RED)


def source(*codes: HealthCode, via: Via = Via.LIVE) -> SourceAnswer:
    return SourceAnswer(
        issuer=ID("zhenjiang"),
        outcome=Outcome.VERIFIED,
        evidence=Evidence.SIGNED,
        codes=list(codes),
        via=via,
    )


CASES: dict[str, tuple[SourceAnswer, list[Color]]] = {
    "a green": (source(GREEN), [Color.GREEN]),
    "a green that ends later": (
        source(replace(GREEN, valid_until=AT + MINUTE)),
        [Color.GREEN],
    ),
    "a green that has ended": (source(replace(GREEN, valid_until=AT)), []),
    "a green that begins later": (source(replace(GREEN, as_of=AT + MINUTE)), []),
    "a red that has ended": (source(replace(RED, valid_until=AT)), [Color.RED]),
    "a red that begins later": (source(replace(RED, as_of=AT + MINUTE)), [Color.RED]),
    "a green and a red for one place": (source(GREEN, RED), [Color.RED]),
    "a value that cannot be read": (source(replace(GREEN, color=Color.UNKNOWN)), []),
    "a red on a daily list": (source(RED, via=Via.LIST), []),
}


@pytest.mark.parametrize(("given", "expected"), CASES.values(), ids=CASES)
def test_is_seen_as(given: SourceAnswer, expected: list[Color]) -> None:
    assert [entry.color for entry in stated_now([given], AT)] == expected
