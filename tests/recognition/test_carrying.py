"""Which report of an issuer carries its green: one province does not stand for the nation."""

from datetime import timedelta

import pytest

from tests.recognition.given import (
    AT,
    SHIPPED,
    code,
    greens,
    judged,
    outcome,
    shipped,
    stated,
    verified,
)
from tongxing.gateway.policy.policy_file import read_draft, read_policy
from tongxing.gateway.policy.policy_refusal import PolicyFault, PolicyRefused
from tongxing.gateway.recognition.carrying import carrying
from tongxing.gateway.recognition.policy import Policy
from tongxing.schema import Color, Decision, HealthCode, Outcome, ReasonCode

G, Y, R, U = Color.GREEN, Color.YELLOW, Color.RED, Color.UNKNOWN
POLICIES = sorted(file.stem for file in SHIPPED.glob("*.toml"))
OTHERS = ("420000", "510000", "650000")


def report(place: str, color: Color = G, hours: float = 1) -> HealthCode:
    return code("national", color, place=place, hours=hours)


NATION_LAPSED = report("000000", hours=300)


def naming(places: str, name: str = "zhenjiang-1") -> Policy:
    """A shipped policy that says of which places a national green has to be."""
    text = (SHIPPED / f"{name}.toml").read_text("utf-8")
    named = text.replace("[issuers]\n", f"[issuers]\ngreen_from = {{ national = {places} }}\n", 1)
    return read_policy("named.toml", named.encode())


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("places", [OTHERS[:1], OTHERS], ids=["one", "several"])
def test_other_provinces_do_not_stand_for_the_nation(name: str, places: tuple[str, ...]) -> None:
    policy = shipped(name)
    others = greens(*(policy.issuers.mandatory - {"national"}))
    judgement = judged(policy, *others, verified(NATION_LAPSED, *map(report, places)))
    assert (judgement.color, judgement.decision) == (U, Decision.INSPECT)
    assert judgement.decided_by == "national"
    assert ReasonCode.STALE in {reason.code for reason in judgement.reasons}


def test_of_several_places_in_one_province_the_widest_carries() -> None:
    codes = [code("zhejiang", G, place=place) for place in ("330000", "331000", "331002")]
    assert carrying(codes, shipped("zhenjiang-1")) == {"330000"}


def test_an_ended_national_level_is_not_replaced_either() -> None:
    ended = code("national", G, place="000000", valid_hours=-1)
    judgement = judged(
        shipped("zhenjiang-1"), *greens("sukangma"), verified(ended, report("420000"))
    )
    assert (judgement.color, judgement.reasons[0].code) == (U, ReasonCode.CODE_EXPIRED)


def test_the_receiving_places_own_province_carries() -> None:
    heard = [*greens("sukangma"), verified(NATION_LAPSED, report("320000"))]
    assert judged(shipped("zhenjiang-1"), *heard).color is G
    assert judged(naming('["000000"]'), *heard).color is U


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("places", [OTHERS, OTHERS[::-1], ("420000", "420100", "510000")])
def test_no_other_province_stands_for_a_nation_that_is_not_reported(
    name: str, places: tuple[str, ...]
) -> None:
    policy = shipped(name)
    others = greens(*(policy.issuers.mandatory - {"national"}))
    judgement = judged(policy, *others, verified(*map(report, places)))
    assert (judgement.color, judgement.decision) == (U, Decision.INSPECT)
    assert (ReasonCode.NO_RECORD, "national") in {(r.code, r.issuer) for r in judgement.reasons}


def test_the_own_province_carries_beside_others_where_the_nation_is_not_reported() -> None:
    heard = [*greens("sukangma"), verified(*map(report, ("320000", *OTHERS)))]
    assert judged(shipped("zhenjiang-1"), *heard).color is G
    lapsed = [*greens("sukangma"), verified(report("320000", hours=300), *map(report, OTHERS))]
    assert judged(shipped("zhenjiang-1"), *lapsed).color is U


def test_a_policy_can_name_another_province() -> None:
    heard = [*greens("sukangma"), verified(NATION_LAPSED, report("510000"))]
    assert judged(naming('["000000", "510000"]'), *heard).color is G


def test_a_named_place_that_did_not_report_is_no_record() -> None:
    heard = [*greens("sukangma"), verified(report("420000"))]
    judgement = judged(naming('["000000"]'), *heard)
    assert (judgement.color, judgement.reasons[0].code) == (U, ReasonCode.NO_RECORD)


@pytest.mark.parametrize("color", [Y, R])
def test_a_yellow_or_red_of_any_place_counts(color: Color) -> None:
    heard = [*greens("sukangma"), verified(report("000000"), report("420000", color))]
    assert judged(naming('["000000"]'), *heard).color is color


def test_cities_of_which_none_is_wider_all_carry() -> None:
    """Zhejiang has no level above its cities."""
    lapsed = code("zhejiang", G, place="330100", hours=300)
    heard = [verified(lapsed, code("zhejiang", G, place="330300")), *greens("national")]
    assert judged(shipped("hangzhou-1"), *heard).color is G


def test_an_answer_ends_with_the_report_that_carries_it() -> None:
    nation = report("000000", hours=23.99)
    policy = shipped("zhenjiang-1")
    judgement = judged(policy, *greens("sukangma"), verified(nation, report("420000")))
    assert judgement.color is G
    assert judgement.valid_until == nation.as_of + timedelta(hours=24)
    assert judgement.valid_until < AT + policy.answer_lifetime


def test_nor_is_it_the_only_green_of_an_issuer_that_is_not_mandatory() -> None:
    """Nobody else knows the holder, and the receiving place accepts that."""
    text = (SHIPPED / "zhenjiang-1.toml").read_text("utf-8")
    text = text.replace('mandatory = ["sukangma", "national"]', 'mandatory = ["sukangma"]')
    text = text.replace('not_enrolled = "unknown"', 'not_enrolled = "accepted"')
    policy = read_draft("optional.toml", text.encode()).policy
    nobody = outcome("sukangma", Outcome.NOT_ENROLLED)
    assert judged(policy, nobody, stated("national", G)).color is G
    assert judged(policy, nobody, verified(NATION_LAPSED, report("420000"))).color is U


def test_a_policys_own_test_shows_which_report_carries() -> None:
    """Zhenjiang's says that Hubei does not stand for the nation; naming Hubei breaks it."""
    with pytest.raises(PolicyRefused) as refused:
        naming('["000000", "420000"]')
    assert refused.value.code is PolicyFault.TEST_FAILS


def test_an_issuer_that_is_not_known_cannot_be_named() -> None:
    text = (SHIPPED / "zhenjiang-1.toml").read_text("utf-8")
    named = text.replace("[issuers]\n", '[issuers]\ngreen_from = { nobody = ["000000"] }\n', 1)
    with pytest.raises(PolicyRefused) as refused:
        read_policy("named.toml", named.encode())
    assert refused.value.code is PolicyFault.UNKNOWN_ISSUER


BESIDE_A_RED = {
    "a green of the nation": (report("000000"), ["000000"]),
    "a green of another province, beside a yellow of the nation": (report("420000"), []),
}


@pytest.mark.parametrize("beside", BESIDE_A_RED)
def test_only_a_green_that_carries_is_said_to_contradict_a_red(beside: str) -> None:
    """A province's green could not clear anybody."""
    green, named = BESIDE_A_RED[beside]
    codes = [green] if named else [report("000000", Y, hours=2), green]
    judgement = judged(shipped("zhenjiang-1"), stated("sukangma", R), verified(*codes))
    reasons = [each for each in judgement.reasons if each.code is ReasonCode.CONFLICT]
    assert [reason.issuer for reason in reasons] == ["sukangma"] * len(named)
