"""The order of colors and the nesting of places, on which every decision rests."""

import itertools

import pytest

from tongxing.schema import COUNTRY, Color, RegionCode, contains, most_restrictive, region_code

NESTING = [
    ("a place contains itself", "321100", "321100", True),
    ("a province contains its cities", "320000", "321100", True),
    ("a city contains its districts", "321100", "321102", True),
    ("a city does not contain its province", "321100", "320000", False),
    ("provinces are apart", "320000", "330000", False),
    ("a prefecture 10 is not its province", "321000", "321100", False),
    ("the country contains all", "000000", "321102", True),
    ("nothing but the country contains the country", "320000", "000000", False),
]


@pytest.mark.parametrize(
    ("outer", "inner", "expected"), [row[1:] for row in NESTING], ids=[row[0] for row in NESTING]
)
def test_nesting(outer: str, inner: str, expected: bool) -> None:  # noqa: FBT001
    assert contains(RegionCode(outer), RegionCode(inner)) is expected


@pytest.mark.parametrize(
    "text", ["32110", "3211000", "32110a", "\uff13\uff12\uff11\uff11\uff10\uff10", "", " 321100"]
)
def test_what_is_no_region_code(text: str) -> None:
    with pytest.raises(ValueError, match="GB/T 2260"):
        region_code(text)


def test_country_is_a_region() -> None:
    assert region_code("000000") == COUNTRY


def test_unknown_takes_a_green_away_and_lifts_nothing() -> None:
    assert most_restrictive([Color.GREEN, Color.UNKNOWN]) is Color.UNKNOWN
    assert most_restrictive([Color.YELLOW, Color.UNKNOWN]) is Color.YELLOW
    assert most_restrictive([Color.RED, Color.UNKNOWN]) is Color.RED


def test_no_evidence_is_no_color() -> None:
    assert most_restrictive([]) is Color.UNKNOWN


def test_the_order_of_sources_does_not_matter() -> None:
    for colors in itertools.permutations(Color, 3):
        assert most_restrictive(colors) is most_restrictive(reversed(colors))
