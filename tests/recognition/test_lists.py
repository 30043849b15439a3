"""What a daily list adds: it only ever takes away, and never stands for a live word."""

from dataclasses import replace

import pytest

from tests.recognition.given import (
    AT,
    BY_DOCUMENT,
    code,
    explanation_of,
    greens,
    judged,
    outcome,
    shipped,
    verified,
)
from tests.recognition.strategies import ISSUERS, Tape, of_tapes
from tests.recognition.test_monotone import a_case
from tests.storage.records import outcome as a_record
from tongxing.gateway.recognition.decide import recognize
from tongxing.gateway.recognition.hearing import InconsistentSources
from tongxing.gateway.recognition.policy import STRICTNESS, ListUnavailable
from tongxing.gateway.storage.audit import SourceOutcome, pack_case, unpack_case
from tongxing.schema import Basis, Color, Decision, Evidence, Outcome, ReasonCode, SourceAnswer, Via
from tongxing.schema.case import Case
from tongxing.schema.color import RESTRICTIVENESS

SHANGHAI = shipped("shanghai-1")
NOT_LISTED = replace(outcome("sukangma", Outcome.NOT_ENROLLED), via=Via.LIST)


def not_listed(*issuers: str) -> list[SourceAnswer]:
    return [replace(outcome(each, Outcome.NOT_ENROLLED), via=Via.LIST) for each in issuers]


def listed(issuer: str, color: Color, *basis: Basis, hours: float = 9) -> SourceAnswer:
    return replace(verified(code(issuer, color, *basis, hours=hours)), via=Via.LIST)


def test_a_red_of_the_list_counts_beside_a_live_green_and_is_shown_as_a_conflict() -> None:
    red = listed("sukangma", Color.RED, Basis.HIGH_RISK_AREA)
    judgement = judged(SHANGHAI, *greens("national", "sukangma"), red)
    assert (judgement.color, judgement.decision) == (Color.RED, Decision.REFUSE)
    assert (judgement.decided_by, judgement.evidence) == ("sukangma", Evidence.SIGNED)
    assert judgement.as_of == red.codes[0].as_of
    assert ReasonCode.CONFLICT in [reason.code for reason in judgement.reasons]


def test_a_red_of_the_list_counts_while_its_issuer_is_silent() -> None:
    silent = outcome("sukangma", Outcome.TIMED_OUT)
    red = listed("sukangma", Color.RED)
    assert judged(SHANGHAI, *greens("national"), silent, red).color is Color.RED


MISSING = (Outcome.BUSY, Outcome.STALE, Outcome.BAD_SIGNATURE, Outcome.MALFORMED)


@pytest.mark.parametrize("why", MISSING)
def test_a_missing_list_is_no_green_for_whom_its_issuer_did_not_clear(why: Outcome) -> None:
    silent = outcome("sukangma", Outcome.TIMED_OUT)
    lists = [replace(outcome("sukangma", why), via=Via.LIST), *not_listed("zhejiang", "anhui")]
    judgement = judged(SHANGHAI, *greens("national"), silent, *lists)
    assert (judgement.color, judgement.decision) == (Color.UNKNOWN, Decision.INSPECT)
    assert ReasonCode.LIST_UNAVAILABLE in [reason.code for reason in judgement.reasons]


def test_a_list_that_was_never_looked_up_is_a_missing_one() -> None:
    judgement = judged(SHANGHAI, *greens("national"))
    missing = [r.issuer for r in judgement.reasons if r.code is ReasonCode.LIST_UNAVAILABLE]
    assert missing == ["anhui", "sukangma", "zhejiang"]


ASKED_OR_NOT: dict[str, list[SourceAnswer]] = {
    "not asked": [],
    "asked, and silent": [outcome("sukangma", Outcome.TIMED_OUT)],
    "asked, and without a record": [outcome("sukangma", Outcome.NOT_ENROLLED)],
}


@pytest.mark.parametrize("asked", ASKED_OR_NOT)
def test_what_is_said_of_a_missing_list_is_true_whether_or_not_its_issuer_was_asked(
    asked: str,
) -> None:
    lists = not_listed("zhejiang", "anhui")
    judgement = judged(SHANGHAI, *greens("national"), *ASKED_OR_NOT[asked], *lists)
    (said,) = (r.text for r in judgement.reasons if r.code is ReasonCode.LIST_UNAVAILABLE)
    assert "no live statement of Sukangma clears the holder" in said.en
    assert "没有苏康码确认本人的实时信息" in said.zh
    assert "asked" not in said.en
    assert "查询" not in said.zh


def test_the_green_of_its_issuer_stands_in_for_a_missing_list() -> None:
    lists = not_listed("zhejiang", "anhui")
    judgement = judged(SHANGHAI, *greens("national", "sukangma"), *lists)
    assert (judgement.color, judgement.decision) == (Color.GREEN, Decision.ADMIT)


LEVEL_LAPSED = code("sukangma", Color.GREEN, hours=300, place="320000")
DOES_NOT_CLEAR: dict[str, SourceAnswer] = {
    "an answer without a color": outcome("sukangma", Outcome.MUST_UPDATE),
    "a green of a city whose province's green has lapsed": verified(
        LEVEL_LAPSED, code("sukangma", Color.GREEN, place="321102")
    ),
}


@pytest.mark.parametrize("claim", DOES_NOT_CLEAR)
def test_a_missing_list_is_not_made_up_for_by(claim: str) -> None:
    heard = [*greens("national"), DOES_NOT_CLEAR[claim], *not_listed("zhejiang", "anhui")]
    judgement = judged(SHANGHAI, *heard)
    assert judgement.color is Color.UNKNOWN
    missing = [r.issuer for r in judgement.reasons if r.code is ReasonCode.LIST_UNAVAILABLE]
    assert missing == ["sukangma"]


def test_a_red_on_a_list_that_has_ended_counts_and_says_that_it_is_old() -> None:
    ended = replace(listed("sukangma", Color.RED, hours=27), outcome=Outcome.STALE)
    silent = outcome("sukangma", Outcome.TIMED_OUT)
    judgement = judged(SHANGHAI, *greens("national"), silent, ended)
    assert (judgement.color, judgement.decision) == (Color.RED, Decision.INSPECT)
    said = [reason.code for reason in judgement.reasons if reason.issuer == "sukangma"]
    assert ReasonCode.STALE in said


def test_a_place_may_do_without_a_missing_list() -> None:
    trusting = replace(SHANGHAI, list_unavailable=ListUnavailable.ACCEPTED)
    assert judged(trusting, *greens("national")).color is Color.GREEN


def test_who_is_not_on_the_list_is_not_green_by_that() -> None:
    assert judged(SHANGHAI, NOT_LISTED).color is Color.UNKNOWN


def test_a_list_does_not_stand_for_the_live_answer_of_a_mandatory_issuer() -> None:
    yellow = listed("national", Color.YELLOW)
    causes = [ruled.finding.cause for ruled in judged(SHANGHAI, yellow).trace]
    assert None in causes
    assert len(causes) > 1


def test_the_explanation_names_the_list_and_the_way_off_it() -> None:
    red = listed("sukangma", Color.RED)
    explained = explanation_of([*greens("national", "sukangma"), red], SHANGHAI, BY_DOCUMENT)
    assert "on its daily list" in explained.deciding.fact.en
    change = explained.smallest_change
    assert change is not None
    assert "next list" in change.text.en


@pytest.mark.parametrize(
    "wrong",
    [listed("sukangma", Color.GREEN), listed("sukangma", Color.UNKNOWN)],
    ids=["a green", "no color"],
)
def test_a_list_with_anything_but_yellows_and_reds_stops_the_answer(wrong: SourceAnswer) -> None:
    with pytest.raises(InconsistentSources):
        judged(SHANGHAI, *greens("national"), wrong)


@of_tapes(2_000)
def test_no_list_makes_an_answer_milder_than_one_that_does_not_name_the_holder(tape: Tape) -> None:
    policy, circumstances, heard = a_case(tape)
    issuer = tape.pick(ISSUERS)
    entry = replace(tape.code(issuer), color=tape.pick([Color.RED, Color.YELLOW]))
    absent = replace(outcome(issuer, Outcome.NOT_ENROLLED), via=Via.LIST)
    before = recognize(Case([*heard, absent], circumstances, AT), policy)
    found = replace(verified(entry), via=Via.LIST)
    ended = replace(found, outcome=Outcome.STALE)
    missing = replace(absent, outcome=tape.pick(MISSING))
    for other in ([found], [ended], [missing], []):
        after = recognize(Case([*heard, *other], circumstances, AT), policy)
        assert RESTRICTIVENESS[after.color] >= RESTRICTIVENESS[before.color]
        assert STRICTNESS[after.decision] >= STRICTNESS[before.decision]


def test_the_audit_log_keeps_which_source_was_a_list() -> None:
    heard = [*greens("sukangma"), listed("sukangma", Color.RED), NOT_LISTED]
    outcomes = [
        SourceOutcome(issuer=s.issuer, outcome=s.outcome, evidence_digest=None) for s in heard
    ]
    packed = pack_case(Case(heard, BY_DOCUMENT, AT))
    case = unpack_case(replace(a_record(0), at=AT, sources=tuple(outcomes), packed_case=packed))
    assert case is not None
    assert [source.via for source in case.sources] == [Via.LIVE, Via.LIST, Via.LIST]
    evidence = [source.evidence for source in case.sources]
    assert evidence == [Evidence.SIGNED, Evidence.SIGNED, None]
