"""The pages for operators name the figures, reasons and settings that there are, and no others; and
their door leads to every page."""

import re
import tomllib
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from tongxing.gateway.http.credential_refusal import CredentialRefusal
from tongxing.gateway.operation.metrics import Metrics
from tongxing.keys.token_check import TokenRefusal

DOCS = Path(__file__).parents[2] / "docs"
OPERATING = DOCS / "operating"
DOORS = (DOCS / "operators.md", OPERATING / "README.md")
FIGURES = (OPERATING / "figures.md").read_text("utf-8")
REFUSED = (OPERATING / "refused.md").read_text("utf-8")
SETTINGS = (OPERATING / "settings.md").read_text("utf-8")
DEFAULTS = (DOCS.parent / "tests/cli/golden/default_settings.toml").read_text("utf-8")
PAGES = sorted(OPERATING.glob("*.md"))
NOT_OF_AN_ASSERTION = {CredentialRefusal.OTHER_CREDENTIAL}


def names_of_figures() -> set[str]:
    text = Metrics(CollectorRegistry()).text().decode()
    return set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))


def test_every_figure_is_on_the_page() -> None:
    assert set(re.findall(r"`(tongxing_[a-z_]+)`", FIGURES)) == names_of_figures()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_other_figure_is_named_for_operators(page: Path) -> None:
    named = set(re.findall(r"`(tongxing_[a-z_]+)`", page.read_text("utf-8")))
    assert named <= names_of_figures()


def test_every_reason_of_a_refused_assertion_is_on_the_page() -> None:
    (told,) = re.findall(
        r"^Reasons of a refused assertion: (.*?)\n\n", REFUSED, re.DOTALL | re.MULTILINE
    )
    words = set(re.findall(r"`([A-Z_]+)`", told))
    assert words == {*TokenRefusal, *CredentialRefusal} - NOT_OF_AN_ASSERTION


def test_every_setting_of_the_first_rank_is_on_the_page() -> None:
    cells = re.findall(r"^\| (`.*?) \|", SETTINGS, re.MULTILINE)
    told = {key.strip("[]") for cell in cells for key in re.findall(r"`([^`]+)`", cell)}
    unset = re.findall(r"^# (\w+): none", DEFAULTS.partition("\n[")[0], re.MULTILINE)
    unset += re.findall(r"^# \[(\w+)\]: none", DEFAULTS, re.MULTILINE)
    assert told - {"listen.tls"} == {*tomllib.loads(DEFAULTS), *unset}


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_a_door_leads_to_every_page_for_operators(door: Path) -> None:
    links = re.findall(r"\]\(([^)#]+\.md)", door.read_text("utf-8"))
    led_to = {(door.parent / link).resolve() for link in links}
    assert [page.name for page in PAGES if page not in {*led_to, *DOORS}] == []
