"""What the doctor says of root keys and of the list, and that it leads to the page on how they are
made."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.keys.federation import instant, issuer_entry, key_entry
from tests.keys.roots import roots, signed_by, successor
from tongxing.gateway.operation.check_trust import CEREMONY, examine_trust
from tongxing.gateway.operation.diagnosis import Diagnosis
from tongxing.gateway.settings import Profile, Settings
from tongxing.gateway.settings_file import load_settings
from tongxing.keys.root_keys import RootKeys, encode_root_keys
from tongxing.keys.root_signatures import TRUST_LIST_TYP
from tongxing.keys.root_succession import anchor_of
from tongxing.keys.signing import Es256Signer

AT = datetime.now(UTC)
FIRST = roots("alice", "bob", "carol")
SETTINGS = """
[hub]
id = "tongxing-zhenjiang"
region = "321100"

[[issuers]]
id = "zhenjiang"
dialect = "zhenjiang"
url = "https://issuer.example"
credential = "credential"
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    file = tmp_path / "settings.toml"
    file.write_text(SETTINGS)
    (tmp_path / "trust").mkdir()
    return load_settings(file, {})


def install(settings: Settings, keys: RootKeys, *names: str, **other: Any) -> None:
    settings.trust.root_keys.write_bytes(encode_root_keys(keys))
    payload = {
        "version": 1,
        "issued_at": instant(AT - timedelta(hours=1)),
        "expires_at": instant(AT + timedelta(days=30)),
        "issuers": [],
    }
    settings.trust.list.write_bytes(signed_by(names, payload | other, TRUST_LIST_TYP))


def wrong(settings: Settings) -> list[Diagnosis]:
    return [each for each in examine_trust(settings, AT) if not each.is_well]


def test_without_root_keys_it_leads_to_how_they_are_made(settings: Settings) -> None:
    (found,) = wrong(settings)
    assert CEREMONY in found.mend


def test_two_of_three_are_well_and_an_issuer_that_is_not_listed_is_told(
    settings: Settings,
) -> None:
    install(settings, FIRST, "alice", "bob")
    (found,) = wrong(settings)
    assert "zhenjiang" in found.about
    assert CEREMONY in found.mend


@pytest.mark.parametrize(
    ("profile", "is_told"), [(Profile.PRODUCTION, True), (Profile.OPEN, False)]
)
def test_one_who_is_enough_is_a_fault_in_production(
    settings: Settings, profile: Profile, *, is_told: bool
) -> None:
    install(settings, roots("alice", threshold=1), "alice")
    found = wrong(msgspec.structs.replace(settings, profile=profile))
    assert any("1 of 1" in each.about for each in found) is is_told


def test_a_list_of_earlier_root_keys_is_told_apart(settings: Settings) -> None:
    install(settings, FIRST, "alice", "bob")
    later = successor(anchor_of(FIRST), roots("bob", "carol", "dave"), "bob", "carol")
    settings.trust.root_keys.with_name("root-keys.2.json").write_bytes(later)
    (found,) = wrong(settings)
    assert "EARLIER_ROOTS" in found.wrong


def test_root_keys_that_may_not_follow_are_named(settings: Settings) -> None:
    install(settings, FIRST, "alice", "bob")
    settings.trust.root_keys.with_name("root-keys.2.json").write_bytes(b"{}")
    (found,) = wrong(settings)
    assert "root keys are refused: MALFORMED" in found.wrong


def test_a_list_that_ends_soon_is_told(settings: Settings) -> None:
    install(settings, FIRST, "alice", "bob", expires_at=instant(AT + timedelta(days=6)))
    assert any("到期" in each.wrong and CEREMONY in each.mend for each in wrong(settings))


BEHIND = (
    SETTINGS[: SETTINGS.index("[[issuers]]")]
    + """
[[hubs]]
id = "tongxing-city"
url = "https://city.example"
client_id = "tongxing-zhenjiang"
key = "city.pem"

[[issuers]]
id = "sukangma"
dialect = "sukangma"
through = "tongxing-city"
"""
)


@pytest.fixture
def behind(tmp_path: Path) -> Settings:
    (tmp_path / "trust").mkdir()
    file = tmp_path / "settings.toml"
    file.write_text(BEHIND)
    return load_settings(file, {})


def about_sukangma(settings: Settings, **entry: Any) -> Diagnosis:
    issuer = issuer_entry("sukangma")
    install(settings, FIRST, "alice", "bob", issuers=[issuer | entry])
    (found,) = [each for each in examine_trust(settings, AT) if "sukangma" in each.about]
    return found


def test_it_says_through_which_hub_an_issuer_is_asked_and_who_binds_its_holders(
    behind: Settings,
) -> None:
    keys = [key_entry(Es256Signer.generate(), not_after=instant(AT + timedelta(days=30)))]
    found = about_sukangma(behind, keys=keys)
    assert found.is_well
    assert "through tongxing-city" in found.about
    assert "bound by" not in found.about
    bound = about_sukangma(behind, keys=keys, bound_by=["tongxing-city"])
    assert "bound by tongxing-city" in bound.about


def test_an_issuer_that_signs_nothing_cannot_be_asked_through_a_hub(behind: Settings) -> None:
    found = about_sukangma(behind, keys=[], channel_only=True)
    assert found.wrong.endswith("signs nothing, and so cannot be asked through a hub")
    assert "connect it directly" in found.mend
