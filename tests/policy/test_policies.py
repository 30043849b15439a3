"""Which policy is in force where and when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.recognition.given import AT, BY_DOCUMENT, all_shipped, greens
from tongxing.gateway.policy.in_force import NoPolicyInForce, Policies
from tongxing.gateway.policy.policy_refusal import PolicyFault, PolicyRefused
from tongxing.gateway.recognition.decide import recognize
from tongxing.gateway.recognition.policy import Policy
from tongxing.schema import PolicyVersion, RecognitionMode, RegionCode
from tongxing.schema.case import Case

MARCH, APRIL, MAY = (datetime(2020, month, 1, tzinfo=UTC) for month in (3, 4, 5))


def version(policy: Policy, number: int, start: datetime, end: datetime) -> Policy:
    named = PolicyVersion(region=policy.region, version=number, digest="")
    return replace(policy, version=named, valid_from=start, valid_until=end)


NEAREST = {
    "Zhenjiang itself": ("321100", "321100"),
    "a district of Zhenjiang": ("321102", "321100"),
    "another city of Jiangsu": ("320100", "320000"),
    "a district of another city of Jiangsu": ("320102", "320000"),
    "the province": ("320000", "320000"),
    "the city on the national code": ("340104", "340100"),
}


@pytest.mark.parametrize("where", NEAREST)
def test_the_nearest_enclosing_region_decides(where: str) -> None:
    asked, expected = NEAREST[where]
    policies = all_shipped()
    assert policies.in_force(RegionCode(asked), AT).region == expected


@pytest.mark.parametrize("region", ["110000", "340200", "000000"])
def test_a_place_without_a_policy_gets_none(region: str) -> None:
    with pytest.raises(NoPolicyInForce):
        all_shipped().in_force(RegionCode(region), AT)


def test_a_version_ends_in_the_moment_in_which_the_next_begins(zhenjiang: Policy) -> None:
    first = version(zhenjiang, 1, MARCH, APRIL)
    second = version(zhenjiang, 2, APRIL, MAY)
    policies = Policies.of({"b.toml": second, "a.toml": first})
    just_before = APRIL - timedelta(microseconds=1)
    assert policies.in_force(zhenjiang.region, just_before).version.version == 1
    assert policies.in_force(zhenjiang.region, APRIL).version.version == 2
    assert [policy.version.version for policy in policies] == [1, 2]


def moved(policy: Policy, region: str) -> Policy:
    """The same rules for another region."""
    named = PolicyVersion(region=RegionCode(region), version=1, digest="")
    return replace(policy, version=named)


def test_before_its_first_policy_a_city_has_that_of_its_province(
    zhenjiang: Policy, jiangsu: Policy
) -> None:
    policies = Policies.of({"z": version(zhenjiang, 1, APRIL, MAY), "j": jiangsu})
    found = policies.in_force(zhenjiang.region, MARCH)
    assert (found.region, found.stands_in_for) == (jiangsu.region, None)


def test_after_its_last_policy_a_city_has_that_of_its_province_and_the_answer_says_so(
    jiangsu: Policy,
) -> None:
    city = version(moved(jiangsu, "320100"), 1, MARCH, APRIL)
    policies = Policies.of({"city": city, "province": jiangsu})
    district = RegionCode("320102")
    assert policies.in_force(district, MARCH).region == "320100"
    found = policies.in_force(district, APRIL)
    assert (found.region, found.stands_in_for) == ("320000", "320100")
    case = Case(greens("sukangma", "national"), BY_DOCUMENT, APRIL)
    told = [reason.text.en for reason in recognize(case, found).reasons]
    assert "The policy of Nanjing has ended; that of Jiangsu decides" in told


def test_a_milder_policy_does_not_take_the_place_of_one_that_ended(
    hangzhou: Policy, jiangsu: Policy
) -> None:
    """Fourteen days after a red in the city, none in the province: that the stricter rules should
    go was decided by nobody."""
    city = version(moved(hangzhou, "320100"), 1, MARCH, APRIL)
    policies = Policies.of({"city": city, "province": jiangsu})
    with pytest.raises(NoPolicyInForce) as refused:
        policies.in_force(RegionCode("320102"), APRIL)
    assert refused.value.region == "320102"


def test_a_gap_between_two_versions_is_an_end_too(hangzhou: Policy, jiangsu: Policy) -> None:
    city = moved(hangzhou, "320100")
    later = version(city, 2, MAY, datetime(2020, 6, 1, tzinfo=UTC))
    policies = Policies.of({"1": version(city, 1, MARCH, APRIL), "2": later, "province": jiangsu})
    with pytest.raises(NoPolicyInForce):
        policies.in_force(RegionCode("320100"), APRIL)
    assert policies.in_force(RegionCode("320100"), MAY).version.version == 2


def test_a_version_ends_where_the_one_that_replaces_it_begins(zhenjiang: Policy) -> None:
    first = version(zhenjiang, 1, MARCH, MAY)
    second = replace(version(zhenjiang, 2, APRIL, MAY), replaces=1)
    policies = Policies.of({"a.toml": first, "b.toml": second})
    just_before = APRIL - timedelta(microseconds=1)
    before = policies.in_force(zhenjiang.region, just_before)
    assert (before.version.version, before.valid_until) == (1, APRIL)
    assert policies.in_force(zhenjiang.region, APRIL).version.version == 2


def test_a_version_can_be_replaced_before_it_begins(zhenjiang: Policy) -> None:
    first = version(zhenjiang, 1, APRIL, MAY)
    second = replace(version(zhenjiang, 2, APRIL, MAY), replaces=1)
    policies = Policies.of({"a.toml": first, "b.toml": second})
    assert policies.in_force(zhenjiang.region, APRIL).version.version == 2


def test_what_replaces_another_than_it_follows_is_refused(zhenjiang: Policy) -> None:
    first = version(zhenjiang, 2, MARCH, MAY)
    second = replace(version(zhenjiang, 3, APRIL, MAY), replaces=1)
    with pytest.raises(PolicyRefused) as refused:
        Policies.of({"two": first, "three": second})
    assert (refused.value.code, refused.value.file) == (PolicyFault.REPLACES, "three")


SETS = {
    "two versions in force together": ((1, MARCH, MAY), (2, APRIL, MAY), PolicyFault.OVERLAP),
    "a version twice": (
        (1, MARCH, APRIL),
        (1, APRIL, MAY),
        PolicyFault.VERSION_DOES_NOT_RISE,
    ),
    "a version that falls": ((2, MARCH, APRIL), (1, APRIL, MAY), PolicyFault.VERSION_DOES_NOT_RISE),
}


@pytest.mark.parametrize("what", SETS)
def test_a_set_that_cannot_be_together_is_refused(what: str, zhenjiang: Policy) -> None:
    first, second, code = SETS[what]
    files = {"one": version(zhenjiang, *first), "two": version(zhenjiang, *second)}
    with pytest.raises(PolicyRefused) as refused:
        Policies.of(files)
    assert (refused.value.code, refused.value.file) == (code, "two")


def test_what_is_shipped() -> None:
    shipped = {policy.region: policy for policy in all_shipped()}
    modes = {region: policy.mode for region, policy in shipped.items()}
    assert modes == {
        "321100": RecognitionMode.SHARE,
        "320000": RecognitionMode.SHARE,
        "310000": RecognitionMode.SHARE,
        "330100": RecognitionMode.SHARE,
        "340100": RecognitionMode.DIRECT,
        "370000": RecognitionMode.CONVERT,
    }
    assert not any(policy.relaxes for policy in shipped.values())
    assert len({policy.version.digest for policy in shipped.values()}) == len(shipped)


def test_what_an_official_is_promised_to_have_at_hand_is_used_by_a_shipped_policy() -> None:
    rules = [rule for policy in all_shipped() for rule in policy.rules]
    used = {condition.key for rule in rules for condition in rule.conditions}
    promised = {"color", "basis", "issuer", "purpose", "document"}
    promised |= {"age_over", "previous_color", "changed_within", "place_outside"}
    assert promised <= used
