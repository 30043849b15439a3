"""The pages for operators name the figures and the reasons that there are, and no others."""

import re
from pathlib import Path

from prometheus_client import CollectorRegistry

from tongxing.gateway.http.credential_refusal import CredentialRefusal
from tongxing.gateway.operation.metrics import Metrics
from tongxing.keys.token_check import TokenRefusal

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "operators.md").read_text("utf-8")
FIGURES = (DOCS / "operating" / "figures.md").read_text("utf-8")
NOT_OF_AN_ASSERTION = {CredentialRefusal.OTHER_CREDENTIAL}


def names_of_figures() -> set[str]:
    text = Metrics(CollectorRegistry()).text().decode()
    return set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))


def test_every_figure_is_on_the_page() -> None:
    assert set(re.findall(r"`(tongxing_[a-z_]+)`", FIGURES)) == names_of_figures()


def test_no_other_figure_is_named_for_operators() -> None:
    assert set(re.findall(r"`(tongxing_[a-z_]+)`", PAGE)) <= names_of_figures()


def test_every_reason_of_a_refused_assertion_is_on_the_page() -> None:
    (told,) = re.findall(
        r"^Reasons of a refused assertion: (.*?)\n\n", PAGE, re.DOTALL | re.MULTILINE
    )
    words = set(re.findall(r"`([A-Z_]+)`", told))
    assert words == {*TokenRefusal, *CredentialRefusal} - NOT_OF_AN_ASSERTION
