"""Whom a scanned code is asked of: the issuer that the signed trust list gives its prefix to."""

from dataclasses import replace

import pytest

from tests.adapters.federation import SCANS, TRUSTED, dialect
from tongxing.adapters.dialect import Dialect
from tongxing.gateway.answering.routing import has_form_of_a_code, issuers_of_code
from tongxing.keys import TrustList

ANHUI_CODE = SCANS["anhui"]
LINKS: dict[str, Dialect] = {name: dialect(name) for name in ("anhui", "beijing")}


def listed(**prefixes: str) -> TrustList:
    issuers = {
        name: replace(TRUSTED.issuers["anhui"], id=name, code_prefix=prefix)
        for name, prefix in prefixes.items()
    }
    return replace(TRUSTED, issuers=issuers)


CASES: dict[str, tuple[TrustList, tuple[str, ...]]] = {
    "its issuer is asked": (listed(anhui="AKM:", beijing="JKB:"), ("anhui",)),
    "an issuer listed with other codes is not": (listed(anhui="AKX:"), ()),
    "an issuer that is not listed is not": (listed(beijing="JKB:"), ()),
    "of two that number their codes alike the listed one is": (
        listed(anhui="XAKM:", twin="AKM:"),
        ("twin",),
    ),
}


@pytest.mark.parametrize("claim", CASES)
def test_a_code_is_asked_of_the_issuer_that_is_listed_for_it(claim: str) -> None:
    trust_list, expected = CASES[claim]
    links = LINKS | {"twin": dialect("anhui")}
    assert issuers_of_code(ANHUI_CODE, links, trust_list) == expected


def test_whether_it_is_a_code_at_all_is_a_matter_of_its_form() -> None:
    assert has_form_of_a_code(ANHUI_CODE, LINKS)
    assert not has_form_of_a_code("AKM:", LINKS)
