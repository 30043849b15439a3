"""A green ends no later than the trust that it rests on: a key's, or the whole list's."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import strawberry

from tests.adapters.signers import own_keys, trust_list
from tests.answering.test_hub import ending
from tests.recognition.given import AT, greens, shipped, stated
from tongxing.adapters.dialect import ByDocument
from tongxing.gateway.answering.inquiry import Inquiry
from tongxing.gateway.answering.steps import Answered, judge
from tongxing.keys import TrustList
from tongxing.schema import (
    Color,
    DocumentKind,
    Outcome,
    Purpose,
    RegionCode,
    SourceAnswer,
    TravelDocument,
    Via,
)

ZHENJIANG = shipped("zhenjiang-1")
LISTED = trust_list({issuer: [signer] for issuer, signer in own_keys().items()})
WANG = TravelDocument.parse(DocumentKind.RESIDENT_ID, "11010519491231002X", "王安宁")
SOON = AT + timedelta(seconds=90)
LATER = AT + timedelta(hours=1)


def end_of(sources: list[SourceAnswer], believed: TrustList) -> datetime:
    inquiry = Inquiry(ByDocument(WANG), RegionCode("321100"), Purpose.ENTRY)
    answered = Answered(inquiry, None, sources, WANG, None)
    return judge(answered, ZHENJIANG, None, believed, AT).judgement.valid_until


def revoked_at(moment: datetime) -> TrustList:
    issuers = {
        name: replace(
            issuer, keys={k: replace(key, revoked_at=moment) for k, key in issuer.keys.items()}
        )
        for name, issuer in LISTED.issuers.items()
    }
    return replace(LISTED, issuers=issuers)


SOONER = {
    "a key ends": ending(LISTED, SOON),
    "a key is revoked from a moment to come": revoked_at(SOON),
    "the list ends": replace(LISTED, expires_at=SOON),
}


@pytest.mark.parametrize("what", SOONER)
def test_a_green_ends_when(what: str) -> None:
    assert end_of(greens("sukangma", "national"), SOONER[what]) == SOON


def test_a_green_ends_with_the_list_that_does_not_name_the_holder() -> None:
    inquiry = Inquiry(ByDocument(WANG), RegionCode("321100"), Purpose.ENTRY)
    answered = Answered(inquiry, None, greens("sukangma", "national"), WANG, None)
    absent = SourceAnswer(
        issuer=strawberry.ID("zhenjiang"), outcome=Outcome.NOT_ENROLLED, via=Via.LIST
    )
    for end in (LATER, SOON, LATER):
        answered = answered.with_list(absent, end)
    assert judge(answered, ZHENJIANG, None, LISTED, AT).judgement.valid_until == SOON


def test_a_green_outlives_the_key_of_an_issuer_that_stated_nothing() -> None:
    issuers = {**LISTED.issuers, "zhenjiang": ending(LISTED, SOON).issuers["zhenjiang"]}
    believed = replace(LISTED, issuers=issuers)
    assert end_of(greens("sukangma", "national"), believed) > SOON


def test_no_red_ends_with_a_key() -> None:
    heard = [stated("sukangma", Color.RED), *greens("national")]
    assert end_of(heard, ending(LISTED, SOON)) == end_of(heard, ending(LISTED, LATER))
