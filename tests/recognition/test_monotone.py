"""No answer is greener than its evidence: laws over anything that issuers can say.

The oracle here is written from the invariants alone and shares nothing with the decision.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

from tests.recognition.given import AT, SHIPPED, shipped
from tests.recognition.strategies import ISSUERS, Tape, of_tapes
from tongxing.adapters.proven_holder import as_far_as_proven
from tongxing.gateway.policy.policy_file import read_policy
from tongxing.gateway.recognition.decide import Judgement, recognize
from tongxing.gateway.recognition.policy import STRICTNESS, OptionalFault, Policy
from tongxing.schema import (
    Color,
    Decision,
    Evidence,
    HealthCode,
    Outcome,
    RegionCode,
    SourceAnswer,
    most_restrictive,
)
from tongxing.schema.case import Case, Circumstances
from tongxing.schema.color import RESTRICTIVENESS

POLICIES = {file.stem: shipped(file.stem) for file in sorted(SHIPPED.glob("*.toml"))}


def relaxing_policy() -> Policy:
    """Zhenjiang as if the freshest statement of those that are not mandatory counted."""
    text = (SHIPPED / "zhenjiang-1.toml").read_text("utf-8")
    relaxed = text.replace('"most-restrictive"', '"freshest"\nrelaxes = true')
    return read_policy("relaxed.toml", relaxed.encode())


def counting_faults(policy: Policy) -> Policy:
    """As if the faults of all issuers took greens away."""
    issuers = replace(policy.issuers, optional_fault=OptionalFault.UNKNOWN)
    return replace(policy, issuers=issuers)


def silence_is_grave() -> Policy:
    """Zhenjiang as if nobody passed while an issuer that must be asked is silent, and whoever must
    declare again were only inspected."""
    policy = shipped("zhenjiang-1")
    refused = next(rule.effect for rule in policy.rules if rule.id == "red-refuse")
    grave = replace(refused, color=Color.UNKNOWN)
    rules = [
        replace(rule, effect=grave) if rule.id == "unknown-inspect" else rule
        for rule in policy.rules
    ]
    return replace(policy, rules=tuple(rules))


RELAXING = relaxing_policy()
GRAVE = silence_is_grave()
COUNTING = {policy.region: counting_faults(policy) for policy in POLICIES.values()}
FAULTS = (
    Outcome.BAD_SIGNATURE,
    Outcome.WRONG_HOLDER,
    Outcome.STALE,
    Outcome.MALFORMED,
    Outcome.BUSY,
    Outcome.NO_ACCESS,
    Outcome.CIRCUIT_OPEN,
)
THOROUGH, EXHAUSTIVE = 2_000, 10_000
"""Cases."""


def stated_codes(heard: Sequence[SourceAnswer]) -> list[tuple[SourceAnswer, HealthCode]]:
    speaking = (Outcome.VERIFIED, Outcome.UNMAPPED_VALUE)
    return [(s, code) for s in heard if s.outcome in speaking for code in s.codes]


def is_signed_green_in_date(source: SourceAnswer, code: HealthCode) -> bool:
    age = AT - code.as_of
    return (
        code.color is Color.GREEN
        and source.evidence is Evidence.SIGNED
        and timedelta(seconds=-60) <= age < timedelta(hours=24)
        and (code.valid_until is None or code.valid_until > AT)
    )


def stands_for_its_issuer(code: HealthCode, source: SourceAnswer, policy: Policy) -> bool:
    """Its place is in no wider one that the same issuer reports on, or is in the receiving
    place's province."""

    def stem(place: str) -> str:
        return place.rstrip("0") if place == "000000" else place[: 6 - 2 * _pairs_of_zeros(place)]

    wider = [c for c in source.codes if stem(c.issuing_place) != stem(code.issuing_place)]
    hidden = any(code.issuing_place.startswith(stem(c.issuing_place)) for c in wider)
    return not hidden or code.issuing_place[:2] == policy.region[:2]


def _pairs_of_zeros(place: str) -> int:
    return 2 if place.endswith("0000") else int(place.endswith("00"))


def may_be_green(
    heard: Sequence[SourceAnswer], policy: Policy, circumstances: Circumstances
) -> bool:
    """docs/invariants.md §1, §2, §3 and §4, in so many words."""
    good = {
        s.issuer
        for s, code in stated_codes(heard)
        if is_signed_green_in_date(s, code) and stands_for_its_issuer(code, s, policy)
    }
    bad = {s.issuer for s, code in stated_codes(heard) if code.color is not Color.GREEN}
    said_to_wait = any(source.outcome is Outcome.MUST_UPDATE for source in heard)
    return policy.mandatory_in(circumstances) <= good and not bad and not said_to_wait


def a_case(tape: Tape) -> tuple[Policy, Circumstances, list[SourceAnswer]]:
    policy = POLICIES[tape.pick(sorted(POLICIES))]
    return policy, tape.circumstances(), tape.answers()


def strictness(color: Color) -> int:
    return RESTRICTIVENESS[color]


@of_tapes(EXHAUSTIVE)
def test_no_answer_is_greener_than_its_evidence(tape: Tape) -> None:
    policy, circumstances, heard = a_case(tape)
    judgement = recognize(Case(heard, circumstances, AT), policy)
    worst = [c.color for _, c in stated_codes(heard) if c.color is not Color.GREEN]
    assert strictness(judgement.color) >= strictness(most_restrictive([Color.GREEN, *worst]))
    if judgement.color is Color.GREEN:
        assert may_be_green(heard, policy, circumstances)
        assert judgement.evidence is Evidence.SIGNED
    assert (judgement.decision is Decision.ADMIT) <= (judgement.color is Color.GREEN)
    assert not judgement.relaxed


@of_tapes(THOROUGH)
def test_the_order_of_the_sources_does_not_matter(tape: Tape) -> None:
    policy, circumstances, heard = a_case(tape)
    first = recognize(Case(heard, circumstances, AT), policy)
    second = recognize(Case(heard[::-1], circumstances, AT), policy)
    assert first.reasons[0] == second.reasons[0]
    for fact in ("color", "decision", "decided_by", "rule", "as_of", "valid_until", "evidence"):
        assert getattr(first, fact) == getattr(second, fact)
    assert sorted(r.text.en for r in first.reasons) == sorted(r.text.en for r in second.reasons)


@of_tapes(THOROUGH)
def test_one_more_source_never_makes_a_color_other_than_unknown_greener(tape: Tape) -> None:
    """The law: a color that is YELLOW or RED becomes no greener. Only UNKNOWN can, and only if the
    silence of the added source counted: it is mandatory, or its daily list is missing."""
    policy, circumstances, heard = a_case(tape)
    silent = [issuer for issuer in ISSUERS if issuer not in {s.issuer for s in heard}]
    more = [tape.answer(issuer) for issuer in silent[:1]]
    before = recognize(Case(heard, circumstances, AT), policy).color
    after = recognize(Case([*heard, *more], circumstances, AT), policy).color
    awaited = policy.mandatory_in(circumstances) | policy.lists
    broke_silence = not awaited <= {s.issuer for s in heard}
    assert strictness(after) >= strictness(before) or (before is Color.UNKNOWN and broke_silence)


@of_tapes(THOROUGH)
def test_a_fault_of_an_optional_issuer_hides_no_more_than_its_silence(tape: Tape) -> None:
    """Whoever can spoil an answer on the way can as well keep it from coming."""
    policy, circumstances, heard = a_case(tape)
    optional = [s.issuer for s in heard if s.issuer not in policy.mandatory_in(circumstances)]
    if not optional:
        return
    struck, fault = tape.pick(optional), tape.pick(FAULTS)
    others = [source for source in heard if source.issuer != struck]

    def answered(what: Outcome, of: Policy) -> Judgement:
        spoiled = SourceAnswer(issuer=struck, outcome=what)
        return recognize(Case([*others, spoiled], circumstances, AT), of)

    silent, spoiled = answered(Outcome.TIMED_OUT, policy), answered(fault, policy)
    assert (silent.color, silent.decision) == (spoiled.color, spoiled.decision)
    counted = answered(fault, COUNTING[policy.region])
    assert strictness(counted.color) >= strictness(spoiled.color)
    assert counted.color is not Color.GREEN


@of_tapes(THOROUGH)
def test_what_a_hub_alone_ties_to_a_holder_is_never_milder_than_silence(tape: Tape) -> None:
    """Whoever can put another person's statement in the place can as well let none pass."""
    policy, circumstances, heard = a_case(tape)
    others = [source for source in heard if source.issuer != "sukangma"]
    fits = [Outcome.MUST_UPDATE, Outcome.UNMAPPED_VALUE, Outcome.NOT_PROVEN]
    relayed = replace(tape.in_part("sukangma", Outcome.STALE), outcome=tape.pick(fits))
    for of in (policy, COUNTING[policy.region], RELAXING, GRAVE):
        silent, said = (
            recognize(Case([*others, source], circumstances, AT), of)
            for source in (
                SourceAnswer(issuer=relayed.issuer, outcome=Outcome.TIMED_OUT),
                as_far_as_proven(relayed),
            )
        )
        assert strictness(said.color) >= strictness(silent.color)
        assert STRICTNESS[said.decision] >= STRICTNESS[silent.decision]


@of_tapes(THOROUGH)
def test_another_provinces_green_never_makes_an_answer_greener(tape: Tape) -> None:
    """One more report of a mandatory issuer, from a province that is not the receiving one."""
    policy, circumstances, heard = a_case(tape)
    speaking = [s for s in heard if s.codes and any(c.issuing_place == "000000" for c in s.codes)]
    if not speaking:
        return
    source = tape.pick(speaking)
    elsewhere = RegionCode(tape.pick(["420000", "510000", "650100"]))
    more = replace(tape.code(source.issuer), issuing_place=elsewhere, color=Color.GREEN)
    with_it = [replace(s, codes=[*s.codes, more]) if s is source else s for s in heard]
    before = recognize(Case(heard, circumstances, AT), policy)
    after = recognize(Case(with_it, circumstances, AT), policy)
    assert strictness(after.color) >= strictness(before.color)
    assert STRICTNESS[after.decision] >= STRICTNESS[before.decision]


@of_tapes(THOROUGH)
def test_a_green_stays_green_until_its_end(tape: Tape) -> None:
    policy, circumstances, heard = a_case(tape)
    judgement = recognize(Case(heard, circumstances, AT), policy)
    assert judgement.valid_until <= AT + policy.answer_lifetime
    if judgement.color is Color.GREEN:
        last = max(AT, judgement.valid_until - timedelta(microseconds=1))
        assert recognize(Case(heard, circumstances, last), policy).color is Color.GREEN


@of_tapes(THOROUGH)
def test_a_relaxed_order_is_always_named_and_never_reaches_a_mandatory_issuer(tape: Tape) -> None:
    _, circumstances, heard = a_case(tape)
    strict = recognize(Case(heard, circumstances, AT), POLICIES["zhenjiang-1"])
    judgement = recognize(Case(heard, circumstances, AT), RELAXING)
    assert judgement.relaxed == (strictness(judgement.color) < strictness(strict.color))
    mandatory = RELAXING.mandatory_in(circumstances)
    said = [code.color for s, code in stated_codes(heard) if s.issuer in mandatory]
    assert strictness(judgement.color) >= strictness(most_restrictive([Color.GREEN, *said]))


@of_tapes(THOROUGH)
def test_a_history_never_makes_an_answer_milder(tape: Tape) -> None:
    """So an answer that was given for want of one would be the milder one."""
    policy, circumstances, heard = a_case(tape)
    known = recognize(Case(heard, circumstances, AT), policy)
    forgotten = recognize(Case(heard, replace(circumstances, changes=()), AT), policy)
    assert strictness(known.color) >= strictness(forgotten.color)
    assert STRICTNESS[known.decision] >= STRICTNESS[forgotten.decision]


def test_the_cases_reach_every_color() -> None:
    """The laws above would also hold of a decision that never says GREEN."""
    random = Random(20200301)
    cases = (a_case(Tape(random.randbytes(120))) for _ in range(400))
    found = {recognize(Case(heard, where, AT), policy).color for policy, where, heard in cases}
    assert found == set(Color)
