"""Whom a scanned code and whom a document goes to, and why it goes to no other."""

from dataclasses import replace

import pytest
import strawberry

from tests.adapters.federation import SCANS, TRUSTED, dialect
from tests.recognition.given import AT, shipped
from tongxing.adapters.dialect import Dialect
from tongxing.gateway.answering.routing import (
    Connected,
    KnownSpeakers,
    Prefixes,
    has_form_of_a_code,
    issuers_of_code,
    issuers_of_document,
    not_asked,
)
from tongxing.gateway.recognition.circle import Circle, Speakers, Whereabouts
from tongxing.gateway.recognition.policy import Policy
from tongxing.keys import TrustList
from tongxing.schema import (
    DocumentKind,
    Outcome,
    Purpose,
    RecognitionMode,
    RegionCode,
    SourceAnswer,
    Via,
)
from tongxing.schema.case import Case, Circumstances
from tongxing.schema.not_asked import NotAskedReason

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
    assert issuers_of_code(ANHUI_CODE, links, Prefixes(trust_list)) == expected


def test_whether_it_is_a_code_at_all_is_a_matter_of_its_form() -> None:
    assert has_form_of_a_code(ANHUI_CODE, LINKS)
    assert not has_form_of_a_code("AKM:", LINKS)


NATIONAL, PROVINCE, CITY = "national", "sukangma", "zhenjiang"
CONNECTED = Connected((CITY, PROVINCE, NATIONAL, "anhui", "beijing"))
SPEAKERS = Speakers(TRUSTED.issuers)
POLICY = shipped("zhenjiang-1")
AT_HOME = Whereabouts(RegionCode("321100"), RegionCode("110105"))
NOWHERE = Whereabouts(RegionCode("321100"), None)


def test_a_document_goes_to_the_circle_of_the_policy_in_the_order_of_the_connected() -> None:
    asked = issuers_of_document(CONNECTED, POLICY, AT_HOME, SPEAKERS)
    assert asked == (CITY, PROVINCE, NATIONAL, "anhui", "beijing")
    assert issuers_of_document(CONNECTED, POLICY, NOWHERE, SPEAKERS) == asked[:-1]


def test_what_is_remembered_of_a_circle_is_of_this_circle_and_this_trust_list() -> None:
    connected = Connected(CONNECTED.all)
    unnamed = replace(POLICY.circle, named=frozenset(), parties=frozenset())
    none_speaks = Speakers({PROVINCE: TRUSTED.issuers[PROVINCE]})
    for policy, where, speakers in (
        (POLICY, AT_HOME, SPEAKERS),
        (replace(POLICY, circle=unnamed), AT_HOME, SPEAKERS),
        (POLICY, NOWHERE, SPEAKERS),
        (POLICY, AT_HOME, none_speaks),
        (POLICY, AT_HOME, SPEAKERS),
    ):
        asked = issuers_of_document(connected, policy, where, speakers)
        assert asked == connected.of(policy.circle.asks(where, speakers))


def test_four_hundred_connected_issuers_are_no_reason_to_ask_one_more() -> None:
    one = TRUSTED.issuers["anhui"]
    many = {f"city-{n}": replace(one, regions=(f"44{n:04}",)) for n in range(400)}
    speakers = Speakers({**TRUSTED.issuers, **many})
    connected = Connected((*many, *CONNECTED.all))
    asked = issuers_of_document(connected, POLICY, AT_HOME, speakers)
    assert asked == issuers_of_document(CONNECTED, POLICY, AT_HOME, SPEAKERS)


def case_of(*asked: str, document: DocumentKind | None, code_issuer: str | None = None) -> Case:
    sources = [SourceAnswer(issuer=strawberry.ID(i), outcome=Outcome.NOT_ENROLLED) for i in asked]
    return Case(sources, Circumstances(Purpose.ENTRY, document, code_issuer), AT)


KNOWN = DocumentKind.RESIDENT_ID
CIRCLE, HOLDER, CHANGED, UNCONNECTED = (
    NotAskedReason.NOT_IN_CIRCLE,
    NotAskedReason.HOLDER_UNKNOWN,
    NotAskedReason.POLICY_CHANGED,
    NotAskedReason.NOT_CONNECTED,
)
EVERYBODY = replace(POLICY, circle=Circle.unsaid(RecognitionMode.SHARE, POLICY.circle.named))
LEFT: dict[str, tuple[Case, Policy, Whereabouts, dict[str, NotAskedReason]]] = {
    "of another home than the holder's": (
        case_of(CITY, PROVINCE, NATIONAL, "anhui", document=KNOWN),
        POLICY,
        NOWHERE,
        {"beijing": CIRCLE},
    ),
    "nobody, if everybody was asked": (
        case_of(*CONNECTED.all, document=KNOWN),
        EVERYBODY,
        NOWHERE,
        {},
    ),
    "all but its own of a scan that names nobody, if homes are asked": (
        case_of(PROVINCE, document=None, code_issuer=PROVINCE),
        POLICY,
        NOWHERE,
        {CITY: HOLDER, NATIONAL: HOLDER, "anhui": HOLDER, "beijing": HOLDER},
    ),
    "those outside of the circle, whoever a scan names": (
        case_of(NATIONAL, document=None, code_issuer=NATIONAL),
        shipped("shandong-1"),
        Whereabouts(RegionCode("370000"), None),
        {CITY: CIRCLE, PROVINCE: CIRCLE, "anhui": CIRCLE, "beijing": CIRCLE},
    ),
    "all of a scan that no issuer claims, if everybody is asked": (
        case_of(document=None),
        EVERYBODY,
        NOWHERE,
        dict.fromkeys(CONNECTED.all, HOLDER),
    ),
    "whom only the policy asks that began meanwhile": (
        case_of(PROVINCE, NATIONAL, "anhui", document=KNOWN),
        POLICY,
        NOWHERE,
        {CITY: CHANGED, "beijing": CIRCLE},
    ),
    "whom the policy names and nobody connected": (
        case_of(CITY, PROVINCE, NATIONAL, "anhui", document=KNOWN),
        replace(POLICY, circle=replace(POLICY.circle, named=frozenset({"hubei", NATIONAL}))),
        NOWHERE,
        {"beijing": CIRCLE, "hubei": UNCONNECTED},
    ),
}


@pytest.mark.parametrize("whom", LEFT)
def test_not_asked_is(whom: str) -> None:
    case, policy, where, expected = LEFT[whom]
    left = not_asked(CONNECTED, case, policy, where, SPEAKERS, unknown=frozenset())
    assert {each.issuer: each.reason for each in left} == expected


def test_a_list_that_was_looked_up_is_no_issuer_that_was_asked() -> None:
    listed = replace(case_of("anhui", document=KNOWN).sources[0], via=Via.LIST)
    case = replace(case_of(CITY, PROVINCE, NATIONAL, document=KNOWN), sources=[listed])
    found = not_asked(CONNECTED, case, POLICY, NOWHERE, SPEAKERS, unknown=frozenset())
    left = {each.issuer for each in found}
    assert "anhui" in left


def test_the_speakers_are_made_once_for_each_list() -> None:
    known = KnownSpeakers()
    first = known.of(TRUSTED)
    assert known.of(TRUSTED) is first
    assert known.of(replace(TRUSTED)) is not first
