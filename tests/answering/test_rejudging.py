"""A receipt carries all that its decision rests on: made again, it comes out the same."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
import strawberry
from hypothesis import given, settings

from tests.recognition.given import AT, BY_DOCUMENT, greens, stated
from tests.recognition.strategies import TAPES, Tape
from tests.recognition.test_monotone import POLICIES, a_case
from tongxing.adapters.dialect import Answer, ByCode, ByDocument, Checkpoint, Question
from tongxing.gateway.answering.case import Case
from tongxing.gateway.answering.history import Past
from tongxing.gateway.answering.inquiry import Asker, Inquiry
from tongxing.gateway.answering.receipt import receipt_claims
from tongxing.gateway.answering.rejudging import CannotRejudge, rejudge
from tongxing.gateway.recognition.circumstances import Circumstances, ColorChange
from tongxing.gateway.recognition.decide import Judgement, recognize
from tongxing.gateway.recognition.policy import Policy
from tongxing.gateway.storage.audit import AuditMark
from tongxing.schema import (
    AuditIndex,
    Basis,
    Color,
    DocumentKind,
    HistoryEntry,
    RegionCode,
    SourceAnswer,
    TravelDocument,
)

DOCUMENTS = {
    DocumentKind.RESIDENT_ID: TravelDocument.parse(
        DocumentKind.RESIDENT_ID, "11010519491231002X", "王安宁"
    ),
    DocumentKind.PASSPORT: TravelDocument.parse(DocumentKind.PASSPORT, "X3211001", "LINDEN MIRA"),
}
GATE = Checkpoint("gate", "exit", "station", "verifier", "0")
CLOCKS = [timedelta(0), timedelta(microseconds=1), timedelta(microseconds=123_457)]

Claims = Mapping[str, object]


def case_of(policy: Policy, circumstances: Circumstances, heard: list[SourceAnswer]) -> Case:
    """A case that has come to the same circumstances by the road that the hub takes."""
    document = DOCUMENTS.get(circumstances.document) if circumstances.document else None
    scanned = circumstances.code_issuer is not None or document is None
    question: Question = ByCode("code", GATE)
    if document is not None and not scanned:
        question = ByDocument(document)
    issuer = circumstances.code_issuer
    case = Case(
        Inquiry(question, policy.region, circumstances.purpose),
        policy,
        () if issuer is None else (issuer,),
        past=Past(tuple(entry_of(change) for change in circumstances.changes)),
    )
    case.answers = [Answer(source) for source in heard]
    if scanned and document is not None:
        case.answers = [Answer(a.source, document) for a in case.answers]
    return case


def entry_of(change: ColorChange) -> HistoryEntry:
    return HistoryEntry(
        issuer=strawberry.ID(change.issuer),
        issuing_place=RegionCode(change.place),
        color=Color.GREEN,
        basis=[Basis.NOT_STATED],
        previous_color=Color.RED,
        as_of=change.at,
        changed_at=change.at,
        known_at=change.at,
        evidence_digest=None,
    )


def signed(case: Case, judgement: Judgement, at: timedelta) -> Claims:
    """The claims as they come out of a receipt's JSON."""
    claims = receipt_claims(
        case,
        judgement,
        hub_id="hub",
        asker=Asker("city-system", "request"),
        holder=None,
        trust_list_version=1,
        mark=AuditMark(AuditIndex(0), "h"),
        at=AT + at,
    )
    read: Claims = json.loads(json.dumps(claims))
    return read


@settings(max_examples=600, deadline=None, database=None)
@given(TAPES)
def test_a_receipt_decides_as_it_did(tape: Tape) -> None:
    policy, circumstances, heard = a_case(tape)
    clock = tape.pick(CLOCKS)
    case = case_of(policy, circumstances, heard)
    looked_at = case.circumstances(AT + clock)
    judgement = recognize(case.sources, policy, looked_at, AT + clock)
    again = rejudge(signed(case, judgement, clock), POLICIES.values())
    assert again.differences == ()
    assert again.policy is policy
    assert again.judgement.reasons == judgement.reasons
    assert replace(again.judgement, trace=()) == replace(judgement, trace=())


def a_receipt(policy: Policy) -> dict[str, object]:
    heard = [stated("sukangma", Color.RED), *greens("national")]
    case = case_of(policy, BY_DOCUMENT, heard)
    judgement = recognize(heard, policy, case.circumstances(AT), AT)
    return dict(signed(case, judgement, timedelta(0)))


def test_the_receipt_is_one_that_can_be_judged_again(zhenjiang: Policy) -> None:
    assert rejudge(a_receipt(zhenjiang), [zhenjiang]).differences == ()


FORGED = {
    "another decision": ({"decision": "ADMIT"}, "decision"),
    "another rule": ({"rule": "green-admit"}, "rule"),
    "a longer life": ({"exp": 2_000_000_000}, "exp"),
    "another purpose that no rule asks for": ({"purpose": "WORK"}, None),
}


@pytest.mark.parametrize(("forged", "claim"), FORGED.values(), ids=FORGED)
def test_what_does_not_follow_from_the_evidence_is_named(
    zhenjiang: Policy, forged: dict[str, object], claim: str | None
) -> None:
    again = rejudge(a_receipt(zhenjiang) | forged, [zhenjiang])
    assert [each.claim for each in again.differences] == ([claim] if claim else [])


UNUSABLE = {
    "a receipt without its time": {"at": None},
    "a receipt without its history": {"changes": None},
    "a time beyond the calendar": {"at": 1e300},
    "a color that nobody knows": {"sources": [{"issuer": "x", "outcome": "PURPLE"}]},
    "a policy that is not there": {"policy": {"region": "321100", "version": 1, "digest": "x"}},
}


@pytest.mark.parametrize("changed", UNUSABLE.values(), ids=UNUSABLE)
def test_what_cannot_be_judged_again_is_said_so(
    zhenjiang: Policy, changed: dict[str, object]
) -> None:
    with pytest.raises(CannotRejudge):
        rejudge(a_receipt(zhenjiang) | changed, [zhenjiang])
