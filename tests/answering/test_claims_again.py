"""The claims of an answer that is given again are those that would be made of the whole answer."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace as struct_with

from tests.adapters.people import WANG
from tests.holder_keys import one
from tests.recognition.given import AT, code, shipped, stated, verified
from tests.recognition.strategies import TAPES, Tape
from tongxing.adapters.dialect import ByDocument
from tongxing.gateway.answering.claims_again import ClaimsAgain
from tongxing.gateway.answering.inquiry import Asker, Inquiry
from tongxing.gateway.answering.receipt import (
    Claims,
    HolderClaims,
    ReceiptChange,
    claims_of,
    claims_text,
)
from tongxing.gateway.answering.steps import Answered, Judged, judge
from tongxing.keys import HolderRef, TrustList
from tongxing.schema import Color, Purpose, RegionCode

TRUST_LIST = TrustList(1, AT - timedelta(days=1), AT + timedelta(days=9), {}, "digest")
POLICIES = ("zhenjiang-1", "jiangsu-1", "hefei-1")
HOLDER = one(HolderRef("h" * 22))
LATER = (0, 1, 999_999, 1_000_000, 61_000_001, 3_599_000_001, 86_400_000_000)
MARKS = ("!", '"request":"!"', '"iat":-1,', '"exp":-3,', "%b", "%", "\\", "\ue000", '"')


def judged(tape: Tape) -> Judged:
    region = RegionCode("321100")
    inquiry = Inquiry(ByDocument(WANG), region, tape.pick(list(Purpose)))
    answered = Answered(inquiry, None, tape.answers(), WANG, HOLDER)
    return judge(answered, shipped(tape.pick(POLICIES)), None, TRUST_LIST, AT)


def claims(judged: Judged, request: str, holder: HolderClaims, hub: str = "hub") -> Claims:
    asker = Asker("city-a", request)
    return claims_of(judged, hub_id=hub, asker=asker, trust_list_version=1, holder=holder)


@settings(deadline=None, max_examples=200)
@given(
    TAPES,
    st.sampled_from(LATER) | st.integers(0, 10**12),
    st.sampled_from(LATER) | st.integers(0, 10**7),
    st.sampled_from([HolderClaims(None, None), HolderClaims("sub", "named")]),
)
def test_they_are_those_of_the_whole_answer(
    tape: Tape, first: int, later: int, holder: HolderClaims
) -> None:
    made = judged(tape).given_at(AT + timedelta(microseconds=first))
    at = made.case.at + timedelta(microseconds=later)
    again = ClaimsAgain(claims(made, "first", holder)).text("second", at, made.ends_at(at))
    assert again == claims_text(claims(made.given_at(at), "second", holder))


MOMENTS: Mapping[str, datetime] = {
    "a whole second": AT,
    "a part of one": AT + timedelta(microseconds=1),
    "a float that has no short form": AT + timedelta(microseconds=123_457),
    "the last of its second": AT + timedelta(microseconds=999_999),
    "the marks themselves": datetime.fromtimestamp(-1, tz=AT.tzinfo),
    "before them": datetime.fromtimestamp(-2.5, tz=AT.tzinfo),
}


@pytest.mark.parametrize("first", MOMENTS)
@pytest.mark.parametrize("then", MOMENTS)
def test_at_any_moment(first: str, then: str) -> None:
    ends = timedelta(seconds=7, microseconds=3)
    whole = judged_at(MOMENTS[first])
    again = ClaimsAgain(whole).text("again", MOMENTS[then], MOMENTS[then] + ends)
    at = judged_at(MOMENTS[then])
    exp = int((MOMENTS[then] + ends).timestamp())
    assert again == claims_text(struct_with(at, request="again", exp=exp))


def judged_at(at: datetime) -> Claims:
    sources = [stated("zhenjiang", Color.GREEN), verified(code("national", Color.GREEN))]
    inquiry = Inquiry(ByDocument(WANG), RegionCode("321100"), Purpose.ENTRY)
    made = judge(
        Answered(inquiry, None, sources, WANG, HOLDER), shipped("zhenjiang-1"), None, TRUST_LIST, AT
    )
    return claims(made.given_at(at), "first", HolderClaims("sub", "named"))


@pytest.mark.parametrize("text", MARKS)
def test_whatever_texts_they_hold(text: str) -> None:
    """No client chooses one, but an issuer's id or the hub's could look like anything."""
    change = ReceiptChange(text, text, -2)
    whole = struct_with(judged_at(AT), iss=text, aud=text, rule=text, changes=(change,), sub=text)
    again = ClaimsAgain(whole).text("again", AT + timedelta(seconds=1), AT + timedelta(seconds=2))
    second = int(AT.timestamp()) + 1
    expected = struct_with(whole, request="again", iat=second, at=second, exp=second + 1)
    assert again == claims_text(expected)


def test_they_do_not_depend_on_the_answer_that_was_first() -> None:
    made = judged(Tape(bytes(120)))
    holder = HolderClaims("sub", "named")
    later = made.given_at(AT + timedelta(seconds=5, microseconds=5))
    asked = ("again", AT + timedelta(seconds=9), AT + timedelta(seconds=99))
    first = ClaimsAgain(claims(made, "first", holder)).text(*asked)
    assert first == ClaimsAgain(claims(later, "other", holder)).text(*asked)
    assert first != ClaimsAgain(
        claims(replace(later, judgement=replace(later.judgement, color=Color.RED)), "o", holder)
    ).text(*asked)
