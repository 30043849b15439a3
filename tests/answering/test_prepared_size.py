"""A prepared answer takes no more than the memory counts for it."""

import tracemalloc
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.adapters.people import WANG
from tests.holder_keys import one, only_epoch
from tests.recognition.given import AT, code, shipped, verified
from tongxing.adapters.dialect import Answer, ByDocument, Reading, ReadStatement, Statement
from tongxing.gateway.answering.inquiry import Asker, Inquiry
from tongxing.gateway.answering.prepared import (
    ANSWER_BYTES,
    SOURCE_BYTES,
    Prepared,
    PreparedKey,
    prepared,
)
from tongxing.gateway.answering.receipt import claims_of, holder_claims
from tongxing.gateway.answering.steps import Answered, judge, outcome_record
from tongxing.keys import HolderRef, TrustList, base64url
from tongxing.schema import AuditIndex, Color, Outcome, Purpose, RegionCode

ISSUERS = ("zhenjiang", "sukangma", "national", "zhejiang", "anhui")
POLICY = shipped("zhenjiang-1")
TRUST_LIST = TrustList(1, AT - timedelta(days=1), AT + timedelta(days=9), {}, "digest")
INQUIRY = Inquiry(ByDocument(WANG), RegionCode("321100"), Purpose.ENTRY)
MANY = 500
EPOCHS = only_epoch(bytes(range(32)))


def made(number: int, color: Color, issuers: int) -> tuple[PreparedKey, Prepared]:
    answers = {
        issuer: Answer(verified(code(issuer, color), code(issuer, Color.GREEN)), read=READ[issuer])
        for issuer in ISSUERS[:issuers]
    }
    sources = [answer.source for answer in answers.values()]
    answered = Answered(
        INQUIRY, None, sources, WANG, one(HolderRef(base64url.encode(number.to_bytes(16))))
    )
    judged = judge(answered, POLICY, None, TRUST_LIST, AT)
    asker = Asker(f"city-{number}", f"request-{number}")
    holder = holder_claims(judged, asker.client_id, EPOCHS)
    kept = prepared(
        judged,
        answers,
        None,
        ref=f"{number:032d}",
        issuers=tuple(answers),
        claims=claims_of(judged, hub_id="hub", asker=asker, trust_list_version=1, holder=holder),
        told=outcome_record(judged, asker, 1, bytes(32)),
        told_in=AuditIndex(number),
        trust_list=TRUST_LIST,
        epoch=EPOCHS.at(AT),
        guess=b"%016d" % number,
    )
    return PreparedKey.of(f"city-{number}", f"{number:032d}", INQUIRY), kept


def _read() -> Iterator[tuple[str, ReadStatement]]:
    for issuer in ISSUERS:
        stated = Statement(issuer, "form", AT, (b"statement",))
        reading = Reading(Outcome.VERIFIED, AT)
        yield issuer, ReadStatement(stated, INQUIRY.question, (), reading, "", is_signed=True)


READ = dict(_read())


@pytest.mark.parametrize("issuers", [1, 3, 5])
@pytest.mark.parametrize("color", [Color.GREEN, Color.YELLOW])
def test_it_takes_no_more_than_is_counted(color: Color, issuers: int) -> None:
    made(0, color, issuers)
    tracemalloc.start()
    held = [made(number, color, issuers) for number in range(MANY)]
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken / len(held) <= ANSWER_BYTES + SOURCE_BYTES * issuers
