"""A receipt carries all that its decision rests on: made again, it comes out the same."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import strawberry
from hypothesis import given, settings

from tests.adapters.signers import trust_list
from tests.holder_keys import only_epoch
from tests.recognition.given import AT, BY_DOCUMENT, greens, stated
from tests.recognition.strategies import TAPES, Tape
from tests.recognition.test_monotone import POLICIES, a_case
from tongxing.adapters.dialect import ByCode, ByDocument, Checkpoint, Question
from tongxing.gateway.answering.history import Kept
from tongxing.gateway.answering.inquiry import Asker, Inquiry
from tongxing.gateway.answering.receipt import claims_of, claims_text, holder_claims
from tongxing.gateway.answering.rejudging import CannotRejudge, rejudge
from tongxing.gateway.answering.steps import Answered, Judged, judge
from tongxing.gateway.recognition.policy import Policy
from tongxing.schema import (
    Basis,
    Color,
    DocumentKind,
    HistoryEntry,
    RegionCode,
    SourceAnswer,
    TravelDocument,
)
from tongxing.schema.case import Circumstances, ColorChange

DOCUMENTS = {
    DocumentKind.RESIDENT_ID: TravelDocument.parse(
        DocumentKind.RESIDENT_ID, "11010519491231002X", "王安宁"
    ),
    DocumentKind.PASSPORT: TravelDocument.parse(DocumentKind.PASSPORT, "X3211001", "LINDEN MIRA"),
}
TRUSTED = trust_list({})
GATE = Checkpoint("gate", "exit", "station", "verifier", "0")
CLOCKS = [timedelta(0), timedelta(microseconds=1), timedelta(microseconds=123_457)]

Claims = Mapping[str, object]


def judged(
    policy: Policy, circumstances: Circumstances, heard: list[SourceAnswer], at: datetime = AT
) -> Judged:
    """Judged by the road that the hub takes, out of a history that shows the same changes."""
    document = DOCUMENTS.get(circumstances.document) if circumstances.document else None
    scanned = circumstances.code_issuer is not None or document is None
    question: Question = ByCode("code", GATE)
    if document is not None and not scanned:
        question = ByDocument(document)
    inquiry = Inquiry(question, policy.region, circumstances.purpose)
    answered = Answered(inquiry, circumstances.code_issuer, heard, document, None)
    kept = Kept(tuple(entry_of(change) for change in circumstances.changes), policy.history_kept)
    return judge(answered, policy, kept, TRUSTED, at)


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


def signed(judged: Judged) -> Claims:
    """The claims as they come out of a receipt's JSON."""
    claims = claims_of(
        judged,
        hub_id="hub",
        asker=Asker("city-system", "request"),
        trust_list_version=1,
        holder=holder_claims(judged, "city-system", only_epoch()),
    )
    read: Claims = {**json.loads(claims_text(claims)), "audit": {"index": 0, "hash": "h"}}
    return read


@settings(max_examples=600, deadline=None, database=None)
@given(TAPES)
def test_a_receipt_decides_as_it_did(tape: Tape) -> None:
    policy, circumstances, heard = a_case(tape)
    first = judged(policy, circumstances, heard, AT + tape.pick(CLOCKS))
    again = rejudge(signed(first), POLICIES.values())
    assert again.differences == ()
    assert again.policy is policy
    assert again.judgement.reasons == first.judgement.reasons
    assert replace(again.judgement, trace=()) == replace(first.judgement, trace=())


def a_receipt(policy: Policy) -> dict[str, object]:
    heard = [stated("sukangma", Color.RED), *greens("national")]
    return dict(signed(judged(policy, BY_DOCUMENT, heard)))


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


def cut_to(policy: Policy, seconds: int) -> dict[str, object]:
    """A receipt that ends ``seconds`` after it was issued."""
    receipt = a_receipt(policy)
    return receipt | {"exp": int(AT.timestamp()) + seconds}


@pytest.mark.parametrize("seconds", [1, 300, 599])
def test_an_answer_that_the_hub_ended_early_is_no_difference(
    zhenjiang: Policy, seconds: int
) -> None:
    """A policy's switch, the end of a key or of the trust list ends it."""
    assert rejudge(cut_to(zhenjiang, seconds), [zhenjiang]).differences == ()


def test_an_answer_cut_at_the_switch_to_another_policy_comes_out_the_same(
    zhenjiang: Policy,
) -> None:
    ending = replace(zhenjiang, valid_until=AT + timedelta(seconds=90, microseconds=7))
    heard = [stated("sukangma", Color.RED), *greens("national")]
    cut = signed(judged(ending, BY_DOCUMENT, heard))
    assert cut["exp"] == int(AT.timestamp()) + 90
    assert rejudge(cut, [zhenjiang]).differences == ()


@pytest.mark.parametrize("seconds", [-1, 601])
def test_an_end_before_the_answer_or_after_its_evidence_is_a_difference(
    zhenjiang: Policy, seconds: int
) -> None:
    again = rejudge(cut_to(zhenjiang, seconds), [zhenjiang])
    assert [each.claim for each in again.differences] == ["exp"]


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
