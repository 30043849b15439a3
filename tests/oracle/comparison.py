"""What the hub answered against what is right: every difference, in words."""

from collections.abc import Iterator

from tests.oracle.account import Verdict, judge
from tests.oracle.places import Place
from tests.oracle.words import STRICTNESS, Answer, Case

HALF_A_SECOND = 0.5
"""All times of a case are whole seconds: between two of them nothing changes."""


def differences(case: Case, place: Place, answer: Answer) -> list[str]:
    """Empty if ``answer`` is right."""
    verdict = judge(case, place)
    return [*_of_the_verdict(answer, verdict), *_of_the_end(case, place, answer, verdict)]


def _of_the_verdict(answer: Answer, verdict: Verdict) -> Iterator[str]:
    for fact in ("color", "decision", "relaxed", "alarms"):
        said, right = getattr(answer, fact), getattr(verdict, fact)
        if said != right:
            yield f"{fact} is {said}, not {right}"
    if answer.decision == verdict.decision:
        deciding = {(rule.id, finding.issuer) for finding, rule in verdict.deciding()}
        if (answer.rule, answer.decided_by) not in deciding:
            yield f"decided by {answer.rule} on {answer.decided_by}, not one of {deciding}"
    if answer.color == "GREEN" == verdict.color:
        yield from _of_its_support(answer, verdict)


def _of_its_support(answer: Answer, verdict: Verdict) -> Iterator[str]:
    """A green rests on greens that hold, and says what the weakest of them rests on."""
    codes = [f.code for f in verdict.greens if f.code is not None]
    if answer.as_of not in {code.as_of for code in codes}:
        yield f"as of {answer.as_of}, when no green was stated"
    needed = [f for f in verdict.greens if f.mandatory]
    if all(not f.signed for f in needed or verdict.greens) and answer.evidence != "CHANNEL":
        yield "only the channel vouches for it, and the answer does not say so"
    if all(f.signed for f in verdict.greens) and answer.evidence != "SIGNED":
        yield "every green is signed, and the answer does not say so"


def _of_the_end(case: Case, place: Place, answer: Answer, verdict: Verdict) -> Iterator[str]:
    """An answer ends with its lifetime or its policy; a green before anything takes it away, and
    only when something may."""
    last = min(case.at + place.lifetime, place.ends)
    if answer.color != "GREEN":
        if answer.until != last:
            yield f"until {answer.until}, not {last}"
        return
    if answer.until > last or answer.until < case.at:
        yield f"until {answer.until}, not between {case.at} and {last}"
    if answer.until < last and answer.until not in set(moments(case, place)):
        yield f"until {answer.until}, when nothing happens"
    if answer.until > case.at:
        later = judge(_at(case, answer.until - HALF_A_SECOND), place)
        if _is_stricter(later, verdict):
            yield f"until {answer.until}, and it is {later.color} {later.decision} before that"


def _is_stricter(later: Verdict, now: Verdict) -> bool:
    """What becomes milder may be used until its end."""
    return later.color != "GREEN" or STRICTNESS[later.decision] > STRICTNESS[now.decision]


def _at(case: Case, at: float) -> Case:
    return Case(case.said, case.asked, at)


def moments(case: Case, place: Place) -> Iterator[float]:
    """When anything about the case may change."""
    spans = place.moments
    for said in case.said:
        for code in said.codes:
            yield from (code.as_of + span for span in (place.life, *spans["as_of"]))
            yield from () if code.ends is None else (code.ends,)
            yield from () if code.changed is None else (code.changed + s for s in spans["changed"])
            yield from (code.as_of - ahead for ahead in (0, 60))
    for _, _, at in case.asked.changes:
        yield from (at + span for span in spans["changes"])
