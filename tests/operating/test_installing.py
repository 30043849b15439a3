"""``docs/operating/installing.md``, followed from its first line to its last."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.operating.followed import HUB, STICK, follow, machines
from tongxing.gateway.settings import Profile, load_settings
from tongxing.sandbox.provisioning.layout import Layout
from tongxing.sandbox.town.records import IssuerName

pytestmark = pytest.mark.processes

PAGE = Path("docs/operating/installing.md").name


def test_the_page_leads_to_a_hub_that_lacks_only_its_trust_list(
    tmp_path: Path, urls: Mapping[IssuerName, str], template: Layout
) -> None:
    environment = {name.value.upper(): url for name, url in urls.items()}
    with machines(tmp_path, environment) as them:
        them.at(HUB)
        for name in IssuerName:
            credential = template.issuer_credential(name).read_bytes()
            (tmp_path / STICK / f"{name.value}.credential").write_bytes(credential)
        said = [text for _, text in follow(PAGE, them)]
    doctor = said[-1]
    assert doctor.count("✘") == 1
    assert "root-keys.json" in doctor
    made = tmp_path / HUB / "hub"
    assert load_settings(made / "settings.toml", {}).profile is Profile.PRODUCTION
    for file in made.rglob("*"):
        assert file.stat().st_mode & 0o077 == 0, file
