"""Whom a place asks about whom, by its policy's word and by division code."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.recognition.given import SHIPPED, shipped
from tongxing.gateway.policy.policy_file import read_policy
from tongxing.gateway.recognition.circle import EVERY_LEVEL, Circle, Speakers, Whereabouts
from tongxing.schema import COUNTRY, RecognitionMode, RegionCode, contains
from tongxing.schema.issuer import IssuerLevel

CITY, PROVINCE, NATIONAL = IssuerLevel


@dataclass(frozen=True)
class Named:
    level: str
    regions: tuple[str, ...]


FEDERATION = {
    "national": Named("national", ("000000",)),
    "sukangma": Named("province", ("320000",)),
    "zhenjiang": Named("city", ("321100",)),
    "nanjing-jurong": Named("city", ("320100", "321183")),
    "shanghai": Named("province", ("310000",)),
    "zhejiang": Named("province", ("330000",)),
    "hangzhou": Named("city", ("330100",)),
    "anhui": Named("province", ("340000",)),
    "hubei": Named("province", ("420000",)),
    "wuhan": Named("city", ("420100",)),
    "beijing": Named("province", ("110000",)),
}
SPEAKERS = Speakers(FEDERATION)
NOBODY = Circle(
    everyone=False,
    named=frozenset(),
    parties=frozenset(),
    holder_home=frozenset(),
    receiving_place=frozenset(),
)


def asked(circle: Circle, receiving: str, home: str | None = None) -> set[str]:
    where = Whereabouts(RegionCode(receiving), None if home is None else RegionCode(home))
    return set(circle.asks(where, SPEAKERS))


def places(*levels: IssuerLevel) -> Circle:
    return replace(NOBODY, receiving_place=frozenset(levels))


def homes(*levels: IssuerLevel) -> Circle:
    return replace(NOBODY, holder_home=frozenset(levels))


def parties(*regions: str) -> Circle:
    return replace(NOBODY, parties=frozenset(map(RegionCode, regions)))


CASES: dict[str, tuple[Circle, str, str | None, set[str]]] = {
    "nobody is asked by a circle of nobody": (NOBODY, "321100", "420102", set()),
    "whoever is named is asked about everybody": (
        replace(NOBODY, named=frozenset({"beijing", "not-listed"})),
        "321100",
        None,
        {"beijing", "not-listed"},
    ),
    "a party is its province's issuer and none of its cities'": (
        parties("330000", "420000"),
        "321100",
        None,
        {"zhejiang", "hubei"},
    ),
    "a city that is a party is its own issuer and its province's": (
        parties("420100"),
        "321100",
        None,
        {"hubei", "wuhan"},
    ),
    "no party makes the national code one": (parties("110000"), "321100", None, {"beijing"}),
    "the receiving place's own, its province's and the national one": (
        places(*EVERY_LEVEL),
        "321102",
        "420102",
        {"zhenjiang", "sukangma", "national"},
    ),
    "of a province also its cities'": (
        places(CITY, PROVINCE),
        "320000",
        None,
        {"zhenjiang", "sukangma", "nanjing-jurong"},
    ),
    "without the level of the city no city's": (places(PROVINCE), "320000", None, {"sukangma"}),
    "of the holder's home the levels that are said": (
        homes(CITY, PROVINCE),
        "321100",
        "420102",
        {"hubei", "wuhan"},
    ),
    "of the home of another city of the province only the province's": (
        homes(CITY, PROVINCE),
        "321100",
        "420302",
        {"hubei"},
    ),
    "of a home that no issuer speaks for none": (homes(CITY, PROVINCE), "321100", "650102", set()),
    "a document without a home has none to ask": (homes(*EVERY_LEVEL), "321100", None, set()),
}


@pytest.mark.parametrize("claim", CASES)
def test_a_circle_asks(claim: str) -> None:
    circle, receiving, home, expected = CASES[claim]
    assert asked(circle, receiving, home) == expected


REGIONS = [COUNTRY, "320000", "321100", "321102", "321183", "330106", "420000", "420102", "650102"]


def spoken_for(place: str, *, parts: bool) -> set[str]:
    """By the rule's own words, one issuer after the other."""
    found = set()
    for issuer, each in FEDERATION.items():
        for region in ("000000",) if each.level == "national" else each.regions:
            of_whole = contains(RegionCode(region), RegionCode(place))
            of_part = contains(RegionCode(place), RegionCode(region))
            if of_whole or (parts and of_part):
                found.add(issuer)
    return found


@pytest.mark.parametrize("region", REGIONS)
def test_the_index_of_places_says_what_the_list_says(region: str) -> None:
    place = RegionCode(region)
    assert SPEAKERS.of_whole(place) == spoken_for(region, parts=False)
    assert SPEAKERS.of_any_part(place) == spoken_for(region, parts=True)


LEVELS = st.frozensets(st.sampled_from(list(IssuerLevel)))
CIRCLES = st.builds(
    Circle,
    everyone=st.just(value=False),
    named=st.frozensets(st.sampled_from(sorted(FEDERATION))),
    parties=st.frozensets(st.sampled_from([RegionCode(each) for each in REGIONS])),
    holder_home=LEVELS,
    receiving_place=LEVELS,
)


@given(CIRCLES, CIRCLES, st.sampled_from(REGIONS), st.sampled_from([None, *REGIONS[3:]]))
def test_a_circle_with_more_in_it_asks_no_fewer(
    one: Circle, other: Circle, receiving: str, home: str | None
) -> None:
    both = Circle(
        everyone=False,
        named=one.named | other.named,
        parties=one.parties | other.parties,
        holder_home=one.holder_home | other.holder_home,
        receiving_place=one.receiving_place | other.receiving_place,
    )
    assert asked(both, receiving, home) == asked(one, receiving, home) | asked(
        other, receiving, home
    )


@given(CIRCLES, st.sampled_from(REGIONS), st.sampled_from([None, *REGIONS[3:]]))
def test_whoever_is_asked_is_asked_for_a_reason_that_the_circle_says(
    circle: Circle, receiving: str, home: str | None
) -> None:
    of_home = set() if home is None else spoken_for(home, parts=False)
    of_parties = set().union(*(spoken_for(each, parts=False) for each in circle.parties))
    for issuer in asked(circle, receiving, home) - circle.named:
        level = IssuerLevel(FEDERATION[issuer].level)
        here = level in circle.receiving_place and issuer in spoken_for(receiving, parts=True)
        at_home = level in circle.holder_home and issuer in of_home
        party = level is not NATIONAL and issuer in of_parties
        assert here or at_home or party


@pytest.mark.parametrize("receiving", ["321100", "320000"])
@pytest.mark.parametrize("mode", RecognitionMode)
def test_a_file_without_the_key_asks_as_its_mode_did_before_there_was_one(
    mode: RecognitionMode, receiving: str
) -> None:
    circle = Circle.unsaid(mode, frozenset({"beijing"}))
    if mode is RecognitionMode.SHARE:
        assert circle.everyone
    else:
        here = spoken_for(receiving, parts=True)
        assert asked(circle, receiving, "420102") == here | {"beijing", "national"}


RELIED_ON = {
    "shanghai-1": {"national", "sukangma", "zhejiang", "anhui"},
    "zhenjiang-1": {"sukangma", "national"},
}


@pytest.mark.parametrize("name", RELIED_ON)
def test_whoever_a_policy_relies_on_is_asked_by_name(name: str) -> None:
    assert shipped(name).circle.named == RELIED_ON[name]


def test_the_home_issuer_of_an_order_is_asked_by_name() -> None:
    text = (SHIPPED / "zhenjiang-1.toml").read_text("utf-8")
    text = text.replace('"most-restrictive"', '"home-issuer-first"\nrelaxes = true')
    text = text.replace('mandatory = ["suk', 'home = "zhenjiang"\nmandatory = ["suk')
    assert "zhenjiang" in read_policy("draft.toml", text.encode()).circle.named


DELTA = {"shanghai", "sukangma", "zhejiang", "anhui"}
WHO_IS_ASKED: dict[str, dict[str | None, set[str]]] = {
    "zhenjiang-1": {
        None: {"zhenjiang", "nanjing-jurong", "sukangma", "national"} | DELTA,
        "420102": {"zhenjiang", "nanjing-jurong", "sukangma", "national", "hubei", "wuhan"} | DELTA,
    },
    "shanghai-1": {
        None: {"national"} | DELTA,
        "420102": {"national", "hubei"} | DELTA,
    },
    "hefei-1": {None: {"anhui", "national"}, "420102": {"anhui", "national"}},
    "shandong-1": {None: {"national"}, "420102": {"national"}},
}


@pytest.mark.parametrize(
    ("name", "home"), [(n, home) for n, cases in WHO_IS_ASKED.items() for home in cases]
)
def test_a_shipped_policy_asks(name: str, home: str | None) -> None:
    policy = shipped(name)
    assert asked(policy.circle, policy.region, home) == WHO_IS_ASKED[name][home]


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("*.toml")), ids=lambda file: file.stem)
def test_every_shipped_policy_says_whom_it_asks_and_what_a_fault_means(file: object) -> None:
    policy = shipped(file.stem)  # type: ignore[attr-defined]
    assert not policy.circle.everyone
    assert policy.issuers.optional_fault is not None
