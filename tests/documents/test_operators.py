"""The page for operators names the figures and the reasons that there are, and no others."""

import re
from pathlib import Path

from prometheus_client import CollectorRegistry

from tongxing.gateway.http.credential_refusal import CredentialRefusal
from tongxing.gateway.operation.watch import Metrics
from tongxing.keys.token_check import TokenRefusal

PAGE = (Path(__file__).parents[2] / "docs" / "operators.md").read_text("utf-8")
NOT_OF_AN_ASSERTION = {CredentialRefusal.OTHER_CREDENTIAL}


def test_every_figure_is_on_the_page() -> None:
    text = Metrics(CollectorRegistry()).text().decode()
    names = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    there_are = {name for name in names if not name.endswith("_created")}
    assert set(re.findall(r"`(tongxing_[a-z_]+)`", PAGE)) == there_are


def test_every_reason_of_a_refused_assertion_is_on_the_page() -> None:
    (told,) = re.findall(
        r"^Reasons of a refused assertion: (.*?)\n\n", PAGE, re.DOTALL | re.MULTILINE
    )
    words = set(re.findall(r"`([A-Z_]+)`", told))
    assert words == {*TokenRefusal, *CredentialRefusal} - NOT_OF_AN_ASSERTION
