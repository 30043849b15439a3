"""The decision rows: what each place answers to what the issuers say."""

from dataclasses import replace
from datetime import timedelta

import pytest
import strawberry

from tests.recognition.given import (
    AT,
    BY_DOCUMENT,
    beside,
    code,
    greens,
    judged,
    outcome,
    stated,
    verified,
)
from tongxing.gateway.recognition.hearing import CAUSES, InconsistentSources
from tongxing.gateway.recognition.policy import NotEnrolled, OptionalFault, Policy
from tongxing.gateway.recognition.reasons import CAUSE_TEXTS, REASON_CODES
from tongxing.schema import (
    Basis,
    Color,
    Decision,
    DocumentKind,
    Evidence,
    Outcome,
    Purpose,
    ReasonCode,
    SourceAnswer,
)
from tongxing.schema.case import Circumstances

G, Y, R, U = Color.GREEN, Color.YELLOW, Color.RED, Color.UNKNOWN
ADMIT, INSPECT, REFUSE = Decision.ADMIT, Decision.INSPECT, Decision.REFUSE
PROVINCE_AND_NATION = greens("sukangma", "national")
DAY_OLD_RED = stated("sukangma", R, Basis.HIGH_RISK_AREA, hours=20)
CONVERTED = verified(code("zhenjiang", G, Basis.CONVERTED, previous=R, changed_hours=1))

ROWS = {
    "green everywhere is admitted": (
        [*greens("zhenjiang"), *PROVINCE_AND_NATION],
        (G, ADMIT, ReasonCode.RULE, "national"),
    ),
    "whoever is not enrolled in the city's code can pass": (
        [outcome("zhenjiang", Outcome.NOT_ENROLLED), *PROVINCE_AND_NATION],
        (G, ADMIT, ReasonCode.RULE, "national"),
    ),
    "a silent issuer that is not mandatory takes no green away": (
        [outcome("zhenjiang", Outcome.TIMED_OUT), *PROVINCE_AND_NATION],
        (G, ADMIT, ReasonCode.RULE, "national"),
    ),
    "a lapsed green of an issuer that is not mandatory takes no green away": (
        [stated("zhenjiang", G, hours=30), *PROVINCE_AND_NATION],
        (G, ADMIT, ReasonCode.RULE, "national"),
    ),
    "green from the city and red from the province is red": (
        [*greens("zhenjiang", "national"), stated("sukangma", R, Basis.CLOSE_CONTACT)],
        (R, REFUSE, ReasonCode.RULE, "sukangma"),
    ),
    "a fresh conversion against yesterday's provincial red is red and inspected": (
        [CONVERTED, DAY_OLD_RED, *greens("national")],
        (R, INSPECT, ReasonCode.RULE, "sukangma"),
    ),
    "an issuer does not contradict its own red by a later green elsewhere": (
        [
            verified(code("zhenjiang", R, hours=20), code("zhenjiang", G, place="321183")),
            *PROVINCE_AND_NATION,
        ],
        (R, REFUSE, ReasonCode.RULE, "zhenjiang"),
    ),
    "a close contact is refused whatever was converted since": (
        [CONVERTED, stated("sukangma", R, Basis.CLOSE_CONTACT, hours=20), *greens("national")],
        (R, REFUSE, ReasonCode.RULE, "sukangma"),
    ),
    "red from an issuer that is not mandatory beats all": (
        [stated("zhenjiang", R, Basis.CROSS_CHECK), *PROVINCE_AND_NATION],
        (R, REFUSE, ReasonCode.RULE, "zhenjiang"),
    ),
    "red from an issuer that no policy names beats all": (
        [stated("zhejiang", R), *PROVINCE_AND_NATION],
        (R, REFUSE, ReasonCode.RULE, "zhejiang"),
    ),
    "a stale red is still red": (
        [stated("sukangma", R, hours=24 * 30), *greens("national")],
        (R, REFUSE, ReasonCode.RULE, "sukangma"),
    ),
    "a red past its validity is still red": (
        [verified(code("sukangma", R, valid_hours=-1)), *greens("national")],
        (R, REFUSE, ReasonCode.RULE, "sukangma"),
    ),
    "a red that nobody signed is still red": (
        [verified(code("zhenjiang", R), evidence=Evidence.CHANNEL), *PROVINCE_AND_NATION],
        (R, REFUSE, ReasonCode.RULE, "zhenjiang"),
    ),
    "yellow from the province is inspected": (
        [stated("sukangma", Y, Basis.MEDIUM_RISK_AREA), *greens("national")],
        (Y, INSPECT, ReasonCode.RULE, "sukangma"),
    ),
    "red beats silence": (
        [stated("sukangma", R), outcome("national", Outcome.TIMED_OUT)],
        (R, REFUSE, ReasonCode.RULE, "sukangma"),
    ),
    "yellow beats a forged answer": (
        [stated("sukangma", Y), outcome("national", Outcome.BAD_SIGNATURE)],
        (Y, INSPECT, ReasonCode.RULE, "sukangma"),
    ),
    "a value that does not map leaves another province's red standing": (
        [
            stated("sukangma", G),
            SourceAnswer(
                issuer=strawberry.ID("national"),
                outcome=Outcome.UNMAPPED_VALUE,
                evidence=Evidence.SIGNED,
                codes=[code("national", U), code("national", R, place="330000")],
            ),
        ],
        (R, REFUSE, ReasonCode.RULE, "national"),
    ),
    "a red beside another outcome of its issuer is red": (
        [beside(Outcome.MUST_UPDATE, code("zhenjiang", R)), *PROVINCE_AND_NATION],
        (R, REFUSE, ReasonCode.RULE, "zhenjiang"),
    ),
    "a yellow of somebody who is not enrolled is yellow": (
        [beside(Outcome.NOT_ENROLLED, code("zhenjiang", Y)), *PROVINCE_AND_NATION],
        (Y, INSPECT, ReasonCode.RULE, "zhenjiang"),
    ),
    "a green beside another outcome of its issuer does not count": (
        [beside(Outcome.MUST_UPDATE, code("sukangma", G)), *greens("national")],
        (U, INSPECT, ReasonCode.MUST_UPDATE, "sukangma"),
    ),
    "one unmapped report beside greens is unknown": (
        [stated("sukangma", G), verified(code("national", G), code("national", U, place="330000"))],
        (U, INSPECT, ReasonCode.UNMAPPED_VALUE, "national"),
    ),
    "a mandatory issuer that was never asked is unavailable": (
        greens("sukangma"),
        (U, INSPECT, ReasonCode.ISSUER_UNAVAILABLE, "national"),
    ),
    "a stale green of a mandatory issuer is unknown": (
        [*greens("sukangma"), stated("national", G, hours=24)],
        (U, INSPECT, ReasonCode.STALE, "national"),
    ),
    "a green a minute and a second ahead of the clock is stale": (
        [*greens("sukangma"), stated("national", G, hours=-61 / 3600)],
        (U, INSPECT, ReasonCode.STALE, "national"),
    ),
    "a green within a minute ahead of the clock is believed": (
        [*greens("sukangma"), stated("national", G, hours=-59 / 3600)],
        (G, ADMIT, ReasonCode.RULE, "sukangma"),
    ),
    "a green exactly a minute ahead of the clock is believed": (
        [*greens("sukangma"), stated("national", G, hours=-60 / 3600)],
        (G, ADMIT, ReasonCode.RULE, "sukangma"),
    ),
    "a green whose validity ends this moment has expired": (
        [*greens("sukangma"), verified(code("national", G, valid_hours=0))],
        (U, INSPECT, ReasonCode.CODE_EXPIRED, "national"),
    ),
    "an unsigned green is not relied on": (
        [*greens("sukangma"), verified(code("national", G), evidence=Evidence.CHANNEL)],
        (U, INSPECT, ReasonCode.RULE, "national"),
    ),
    "a lapsed report beside a green that holds takes nothing away": (
        [*greens("sukangma"), verified(code("national", G), code("national", G, hours=90))],
        (G, ADMIT, ReasonCode.RULE, "national"),
    ),
    "forged evidence is weightier than silence": (
        [outcome("sukangma", Outcome.TIMED_OUT), outcome("national", Outcome.WRONG_HOLDER)],
        (U, INSPECT, ReasonCode.EVIDENCE_INVALID, "national"),
    ),
    "forged evidence is weightier than silence, whichever issuer is silent": (
        [outcome("sukangma", Outcome.WRONG_HOLDER), outcome("national", Outcome.TIMED_OUT)],
        (U, INSPECT, ReasonCode.EVIDENCE_INVALID, "sukangma"),
    ),
    "of two greens that lapsed the older decides": (
        [stated("sukangma", G, hours=40), stated("national", G, hours=30)],
        (U, INSPECT, ReasonCode.STALE, "sukangma"),
    ),
    "a person whom nobody knows is unknown": (
        [outcome(issuer, Outcome.NOT_ENROLLED) for issuer in ("zhenjiang", "sukangma", "national")],
        (U, INSPECT, ReasonCode.NO_RECORD, "national"),
    ),
    "nobody asked at all is unknown": (
        [],
        (U, INSPECT, ReasonCode.ISSUER_UNAVAILABLE, "national"),
    ),
}


@pytest.mark.parametrize("claim", ROWS)
def test_zhenjiang_decides(claim: str, zhenjiang: Policy) -> None:
    sources, expected = ROWS[claim]
    judgement = judged(zhenjiang, *sources)
    first = judgement.reasons[0]
    assert (judgement.color, judgement.decision, first.code, judgement.decided_by) == expected
    assert first.issuer == judgement.decided_by


OUTCOMES_OF_A_MANDATORY_ISSUER = {
    Outcome.NOT_ENROLLED: ReasonCode.NO_RECORD,
    Outcome.NOT_THIS_ISSUER: ReasonCode.NO_RECORD,
    Outcome.CODE_EXPIRED: ReasonCode.CODE_EXPIRED,
    Outcome.MUST_UPDATE: ReasonCode.MUST_UPDATE,
    Outcome.NO_ACCESS: ReasonCode.ISSUER_UNAVAILABLE,
    Outcome.BUSY: ReasonCode.ISSUER_UNAVAILABLE,
    Outcome.TIMED_OUT: ReasonCode.ISSUER_UNAVAILABLE,
    Outcome.CIRCUIT_OPEN: ReasonCode.ISSUER_UNAVAILABLE,
    Outcome.MALFORMED: ReasonCode.ISSUER_UNAVAILABLE,
    Outcome.UNMAPPED_VALUE: ReasonCode.UNMAPPED_VALUE,
    Outcome.BAD_SIGNATURE: ReasonCode.EVIDENCE_INVALID,
    Outcome.WRONG_HOLDER: ReasonCode.EVIDENCE_INVALID,
    Outcome.STALE: ReasonCode.STALE,
    Outcome.NOT_PROVEN: ReasonCode.ISSUER_UNAVAILABLE,
}
COUNTS_FROM_ANYONE = {Outcome.MUST_UPDATE, Outcome.UNMAPPED_VALUE}
SPOILED = (Outcome.BAD_SIGNATURE, Outcome.WRONG_HOLDER, Outcome.STALE)
FAULTS = (
    *SPOILED,
    Outcome.NO_ACCESS,
    Outcome.BUSY,
    Outcome.TIMED_OUT,
    Outcome.CIRCUIT_OPEN,
    Outcome.MALFORMED,
    Outcome.NOT_PROVEN,
)
MEANING: dict[OptionalFault | None, tuple[Outcome, ...]] = {
    OptionalFault.ACCEPTED: (),
    OptionalFault.UNKNOWN: FAULTS,
    None: SPOILED,
}


@pytest.mark.parametrize("what", OUTCOMES_OF_A_MANDATORY_ISSUER, ids=lambda what: what.value)
def test_a_mandatory_issuer_answering_so_makes_unknown(what: Outcome, zhenjiang: Policy) -> None:
    judgement = judged(zhenjiang, *greens("zhenjiang", "sukangma"), outcome("national", what))
    assert (judgement.color, judgement.decision) == (U, INSPECT)
    assert judgement.reasons[0].code is OUTCOMES_OF_A_MANDATORY_ISSUER[what]


@pytest.mark.parametrize("said", MEANING, ids=str)
@pytest.mark.parametrize("what", OUTCOMES_OF_A_MANDATORY_ISSUER, ids=lambda what: what.value)
def test_any_other_issuer_answering_so_counts_as_the_policy_says(
    what: Outcome, said: OptionalFault | None, zhenjiang: Policy
) -> None:
    """A file that does not say means what it meant before there was the key: its receipts are
    decided the same again."""
    policy = replace(zhenjiang, issuers=replace(zhenjiang.issuers, optional_fault=said))
    judgement = judged(policy, *PROVINCE_AND_NATION, outcome("zhenjiang", what))
    assert judgement.color is (U if what in COUNTS_FROM_ANYONE.union(MEANING[said]) else G)


@pytest.mark.parametrize("said", MEANING, ids=str)
@pytest.mark.parametrize("what", FAULTS, ids=lambda what: what.value)
def test_a_mandatory_issuers_fault_counts_whatever_the_policy_says_of_others(
    what: Outcome, said: OptionalFault | None, zhenjiang: Policy
) -> None:
    policy = replace(zhenjiang, issuers=replace(zhenjiang.issuers, optional_fault=said))
    assert judged(policy, *greens("zhenjiang", "sukangma"), outcome("national", what)).color is U
    scanned = replace(BY_DOCUMENT, code_issuer="zhenjiang")
    shown = [*PROVINCE_AND_NATION, outcome("zhenjiang", what)]
    assert judged(policy, *shown, circumstances=scanned).color is U


@pytest.mark.parametrize("what", FAULTS, ids=lambda what: what.value)
def test_a_red_in_what_can_be_read_beside_an_optional_fault_counts(
    what: Outcome, zhenjiang: Policy
) -> None:
    said = beside(what, code("zhenjiang", R))
    assert judged(zhenjiang, *PROVINCE_AND_NATION, said).color is R


@pytest.mark.parametrize("what", SPOILED, ids=lambda what: what.value)
def test_nobody_is_told_that_an_answer_does_not_count_whose_red_counts(
    what: Outcome, zhenjiang: Policy
) -> None:
    said = beside(what, code("zhenjiang", R))
    red, *others = judged(zhenjiang, *PROVINCE_AND_NATION, said).reasons
    told = [reason.text for reason in others if reason.issuer == "zhenjiang"]
    assert (red.issuer, red.code) == ("zhenjiang", ReasonCode.RULE)
    assert any("黄码、红码仍然算数" in text.zh for text in told)
    assert not any("the others decide" in text.en for text in told)
    mandatory = beside(what, code("sukangma", R))
    reasons = judged(zhenjiang, *greens("national"), mandatory).reasons
    assert not any("不予采信" in reason.text.zh for reason in reasons)


@pytest.mark.parametrize("what", SPOILED, ids=lambda what: what.value)
def test_an_optional_fault_is_told_beside_the_rule_that_admits(
    what: Outcome, zhenjiang: Policy
) -> None:
    judgement = judged(zhenjiang, *PROVINCE_AND_NATION, outcome("zhenjiang", what))
    admits, told = judgement.reasons
    assert (judgement.color, judgement.decision) == (G, ADMIT)
    assert (admits.rule and admits.rule.id) == "green-admit"
    assert (told.code, told.rule, told.issuer) == (
        OUTCOMES_OF_A_MANDATORY_ISSUER[what],
        None,
        "zhenjiang",
    )
    assert "不是必查机构" in told.text.zh
    assert "not mandatory, and the others decide" in told.text.en


def test_with_nobody_s_green_an_optional_fault_is_the_reason(zhenjiang: Policy) -> None:
    issuers = replace(zhenjiang.issuers, not_enrolled=NotEnrolled.ACCEPTED)
    nobody = [outcome(issuer, Outcome.NOT_ENROLLED) for issuer in ("sukangma", "national")]
    forged = outcome("zhenjiang", Outcome.BAD_SIGNATURE)
    judgement = judged(replace(zhenjiang, issuers=issuers), *nobody, forged)
    assert (judgement.color, judgement.decided_by) == (U, "zhenjiang")
    assert judgement.reasons[0].code is ReasonCode.EVIDENCE_INVALID


def test_every_outcome_is_accounted_for() -> None:
    assert set(Outcome) - {Outcome.VERIFIED} == set(OUTCOMES_OF_A_MANDATORY_ISSUER) == set(CAUSES)
    assert set(CAUSES.values()) <= set(REASON_CODES) == set(CAUSE_TEXTS)


@pytest.mark.parametrize(
    ("what", "alarms"),
    [
        (Outcome.BAD_SIGNATURE, ("zhenjiang",)),
        (Outcome.WRONG_HOLDER, ("zhenjiang",)),
        (Outcome.STALE, ("zhenjiang",)),
        (Outcome.TIMED_OUT, ()),
        (Outcome.MALFORMED, ()),
    ],
    ids=lambda value: getattr(value, "value", ""),
)
def test_only_played_with_evidence_raises_the_integrity_alarm(
    what: Outcome, alarms: tuple[str, ...], zhenjiang: Policy
) -> None:
    judgement = judged(zhenjiang, *PROVINCE_AND_NATION, outcome("zhenjiang", what))
    assert judgement.integrity_alarms == alarms


def test_a_national_temperature_is_named_and_not_taken_for_an_exposure(zhenjiang: Policy) -> None:
    temperature = stated("national", Y, Basis.ON_SITE_TEMPERATURE)
    judgement = judged(zhenjiang, *greens("sukangma"), temperature)
    assert (judgement.color, judgement.decision) == (Y, INSPECT)
    assert judgement.rule == "temperature-inspect"
    assert "复测体温" in judgement.reasons[0].text.zh
    assert "measure again" in judgement.reasons[0].text.en


def test_a_temperature_together_with_a_contact_is_an_ordinary_yellow(zhenjiang: Policy) -> None:
    mixed = stated("national", Y, Basis.ON_SITE_TEMPERATURE, Basis.MEDIUM_RISK_AREA)
    assert judged(zhenjiang, *greens("sukangma"), mixed).rule == "yellow-inspect"


def test_a_conflict_names_both_their_times_and_who_can_clear_it(zhenjiang: Policy) -> None:
    judgement = judged(zhenjiang, CONVERTED, DAY_OLD_RED, *greens("national"))
    conflict = next(r for r in judgement.reasons if r.code is ReasonCode.CONFLICT)
    for part in (
        "苏康码",
        "镇江健康码",
        "北京时间2020年3月8日14:00",
        "北京时间2020年3月9日09:00",
        "红码须由赋码机构（苏康码）更改",
    ):
        assert part in conflict.text.zh
    for part in ("Sukangma", "Zhenjiang code", "the issuer that set the RED (Sukangma)"):
        assert part in conflict.text.en


def test_the_province_does_not_soften_a_red_for_a_city_that_converted(jiangsu: Policy) -> None:
    judgement = judged(jiangsu, CONVERTED, DAY_OLD_RED, *greens("national"))
    assert (judgement.color, judgement.decision) == (R, REFUSE)
    assert ReasonCode.CONFLICT in {reason.code for reason in judgement.reasons}


def test_an_old_red_says_that_it_is_old(zhenjiang: Policy) -> None:
    judgement = judged(zhenjiang, stated("sukangma", R, hours=24 * 15), *greens("national"))
    assert [r.code for r in judgement.reasons if r.issuer == "sukangma"][-1] is ReasonCode.STALE


def test_a_red_exactly_as_old_as_its_limit_is_not_called_old(zhenjiang: Policy) -> None:
    judgement = judged(zhenjiang, stated("sukangma", R, hours=24 * 14), *greens("national"))
    assert ReasonCode.STALE not in {reason.code for reason in judgement.reasons}


def test_a_silent_issuer_is_mentioned_beside_a_green(zhenjiang: Policy) -> None:
    silent = outcome("zhenjiang", Outcome.TIMED_OUT)
    judgement = judged(zhenjiang, silent, *PROVINCE_AND_NATION)
    assert judgement.reasons[-1].code is ReasonCode.ISSUER_UNAVAILABLE


def test_a_city_on_the_national_code_asks_nothing_else(hefei: Policy) -> None:
    assert judged(hefei, *greens("national")).decision is ADMIT
    assert judged(hefei, *greens("sukangma")).reasons[0].code is ReasonCode.ISSUER_UNAVAILABLE


def scan(issuer: str | None, document: DocumentKind | None = None) -> Circumstances:
    return Circumstances(Purpose.TRANSPORT, document, issuer)


SCANS = {
    "the Sukangma of an unknown holder passes nobody whom the nation may know as red": (
        scan("sukangma"),
        greens("sukangma"),
        (U, INSPECT),
    ),
    "the national code of an unknown holder passes nobody whom the province may know as red": (
        scan("national"),
        greens("national"),
        (U, INSPECT),
    ),
    "a red of an unknown holder is a red": (
        scan("sukangma"),
        [stated("sukangma", R)],
        (R, REFUSE),
    ),
    "a scan that reveals the holder needs every mandatory issuer": (
        scan("sukangma", DocumentKind.RESIDENT_ID),
        greens("sukangma"),
        (U, INSPECT),
    ),
    "a scan that reveals the holder needs the shown code as well": (
        scan("zhenjiang", DocumentKind.RESIDENT_ID),
        [outcome("zhenjiang", Outcome.CODE_EXPIRED), *PROVINCE_AND_NATION],
        (U, INSPECT),
    ),
    "a shown code that is green passes with the mandatory issuers": (
        scan("zhenjiang", DocumentKind.RESIDENT_ID),
        [*greens("zhenjiang"), *PROVINCE_AND_NATION],
        (G, ADMIT),
    ),
    "an expired scan is unknown": (
        scan("sukangma"),
        [outcome("sukangma", Outcome.CODE_EXPIRED)],
        (U, INSPECT),
    ),
    "another issuer's green does not stand in for the scanned code": (
        scan("sukangma"),
        greens("national"),
        (U, INSPECT),
    ),
    "a code that no issuer claims is unknown": (scan(None), [], (U, INSPECT)),
    "a code that no issuer claims is unknown beside any green": (
        scan(None),
        greens("national"),
        (U, INSPECT),
    ),
}


@pytest.mark.parametrize("claim", SCANS)
def test_scanned_codes(claim: str, zhenjiang: Policy) -> None:
    circumstances, sources, expected = SCANS[claim]
    judgement = judged(zhenjiang, *sources, circumstances=circumstances)
    assert (judgement.color, judgement.decision) == expected


def test_a_green_is_valid_until_the_first_mandatory_green_lapses(zhenjiang: Policy) -> None:
    soon = verified(code("national", G, hours=23.9))
    judgement = judged(zhenjiang, *greens("zhenjiang", "sukangma"), soon)
    assert judgement.valid_until == AT + timedelta(hours=0.1)
    assert judgement.as_of == AT - timedelta(hours=23.9)


def test_a_green_is_valid_no_longer_than_its_code(zhenjiang: Policy) -> None:
    soon = verified(code("national", G, valid_hours=0.05))
    assert judged(zhenjiang, *greens("sukangma"), soon).valid_until == AT + timedelta(minutes=3)


def test_an_issuer_with_two_greens_is_relied_on_for_the_longer(zhenjiang: Policy) -> None:
    two = verified(code("national", G, hours=23.9), code("national", G, hours=2, place="320000"))
    judgement = judged(zhenjiang, *greens("sukangma"), two)
    assert judgement.valid_until == AT + zhenjiang.answer_lifetime
    assert judgement.as_of == AT - timedelta(hours=2)


def test_what_is_not_green_is_valid_for_the_answer_lifetime(zhenjiang: Policy) -> None:
    judgement = judged(zhenjiang, DAY_OLD_RED, *greens("national"))
    assert judgement.valid_until == AT + zhenjiang.answer_lifetime
    assert judgement.as_of == AT - timedelta(hours=20)


def test_silence_has_no_state_and_no_evidence(zhenjiang: Policy) -> None:
    judgement = judged(zhenjiang, *greens("sukangma"), outcome("national", Outcome.TIMED_OUT))
    assert (judgement.as_of, judgement.evidence) == (None, None)


INCONSISTENT = {
    "verified without a code": SourceAnswer(
        issuer=strawberry.ID("national"), outcome=Outcome.VERIFIED, evidence=Evidence.SIGNED
    ),
    "verified without evidence": SourceAnswer(
        issuer=strawberry.ID("national"), outcome=Outcome.VERIFIED, codes=[code("national", G)]
    ),
    "another issuer's code": SourceAnswer(
        issuer=strawberry.ID("national"),
        outcome=Outcome.VERIFIED,
        evidence=Evidence.SIGNED,
        codes=[code("sukangma", G)],
    ),
}


@pytest.mark.parametrize("claim", INCONSISTENT)
def test_an_inconsistency_inside_the_hub_stops_the_answer(claim: str, zhenjiang: Policy) -> None:
    with pytest.raises(InconsistentSources):
        judged(zhenjiang, *greens("sukangma"), INCONSISTENT[claim])


def test_what_lets_others_pass_is_no_reason_for_an_answer_that_does_not(zhenjiang: Policy) -> None:
    judgement = judged(zhenjiang, CONVERTED, DAY_OLD_RED, *greens("national"))
    assert "green-admit" not in {reason.rule and reason.rule.id for reason in judgement.reasons}


def test_a_pass_is_explained_once_not_once_for_each_green(zhenjiang: Policy) -> None:
    judgement = judged(zhenjiang, *greens("zhenjiang"), *PROVINCE_AND_NATION)
    assert [reason.rule and reason.rule.id for reason in judgement.reasons] == ["green-admit"]


TOLD = {
    Outcome.NO_ACCESS: "The national code could not be asked (a fault of the systems: it denies",
    Outcome.BUSY: "not of the holder: it is overloaded or cannot be reached); ask again later",
    Outcome.TIMED_OUT: "The national code gave no answer in time (a fault of the systems, not of",
    Outcome.CIRCUIT_OPEN: "The national code has failed repeatedly and was not asked this time",
    Outcome.MALFORMED: "The answer of the national code could not be read",
    Outcome.NOT_THIS_ISSUER: "What was shown is no code of the national code",
    Outcome.NOT_ENROLLED: "The national code has nothing about this person",
    Outcome.BAD_SIGNATURE: "The answer of the national code could not be verified",
    Outcome.WRONG_HOLDER: "The answer of the national code is about another person",
}


@pytest.mark.parametrize("what", TOLD, ids=lambda what: what.value)
def test_people_are_told_what_asking_really_came_to(what: Outcome, zhenjiang: Policy) -> None:
    heard = [*greens("sukangma"), outcome("national", what)]
    assert TOLD[what] in judged(zhenjiang, *heard).reasons[0].text.en
    optional = [*PROVINCE_AND_NATION, outcome("zhenjiang", what)]
    told = [reason.text.en for reason in judged(zhenjiang, *optional).reasons]
    expected = TOLD[what].replace("national", "Zhenjiang")
    assert any(expected in each for each in told) or what in (
        Outcome.NOT_ENROLLED,
        Outcome.NOT_THIS_ISSUER,
    )


def test_a_slip_in_a_name_is_not_told_as_a_code_that_was_never_applied_for(
    zhenjiang: Policy,
) -> None:
    unknown = outcome("national", Outcome.NOT_ENROLLED)
    told = judged(zhenjiang, *greens("sukangma"), unknown).reasons[0].text
    assert "请核对姓名和证件号码" in told.zh
    assert "compare name and number with the document" in told.en


def test_no_outcome_is_told_as_another_of_the_same_cause(zhenjiang: Policy) -> None:
    silent = (outcome("national", what) for what in CAUSES)
    said = [judged(zhenjiang, *greens("sukangma"), each).reasons[0].text for each in silent]
    assert len({text.en for text in said}) == len({text.zh for text in said}) == len(CAUSES)


def test_an_issuer_that_was_not_asked_is_not_called_silent(zhenjiang: Policy) -> None:
    first = judged(zhenjiang, *greens("sukangma")).reasons[0]
    assert first.text.en == "The national code was not asked (no fault of the holder); ask again"
