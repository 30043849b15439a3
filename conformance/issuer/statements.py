"""Checks of statements about one person: signature, holder, times, places, words.

Responsible for saying at which step a statement failed. A later step is judged only for statements
that got past the earlier ones, so that one fault is one failure. Pure.
"""

from collections.abc import Callable, Iterable
from datetime import timedelta

from tongxing.adapters.adapter import OLDEST_SIGNATURE
from tongxing.adapters.reading import FARTHEST_AHEAD
from tongxing.conformance.check import (
    NOT_REACHED,
    PASSED,
    Failed,
    NotTried,
    Verdict,
)
from tongxing.conformance.issuer.answers import is_json, repeats_a_member, some
from tongxing.conformance.issuer.observed import Asked, Observed
from tongxing.conformance.issuer.walking import Stop
from tongxing.schema import HealthCode, Outcome, lie_within, most_restrictive

OF_THE_FORMAT = "docs/wire-formats.md §{section}"
GREATEST_AGE = timedelta(hours=24)
"""An older state is no green under most policies (docs/policies.md)."""


def judged(asked: Iterable[Asked], is_wrong: Callable[[Asked], bool]) -> Verdict:
    """No one of ``asked`` is wrong; without any nothing was shown."""
    tried = list(asked)
    if not tried:
        return NotTried(NOT_REACHED)
    wrong = [each for each in tried if is_wrong(each)]
    return Failed(some(each.label for each in wrong)) if wrong else PASSED


def was_answered(asked: Asked) -> bool:
    """Whether the exchange went as the format says, so that it is not the fault of HTTP."""
    bodies = [each.response.body for each in asked.exchanges if each.response is not None]
    went = asked.exchanges and all(each.was_readable for each in asked.exchanges)
    return bool(went) and all(is_json(each) and not repeats_a_member(each) for each in bodies)


_STOPS = list(Stop)


def gets_past(stop: Stop) -> Callable[[Observed], Verdict]:
    """Every statement gets past ``stop``, of those that got so far."""

    def came_so_far(asked: Asked) -> bool:
        if asked.walk is None or any(map(repeats_a_member, asked.walk.payloads)):
            return False
        return asked.stop is None or _STOPS.index(asked.stop) >= _STOPS.index(stop)

    def judge(seen: Observed) -> Verdict:
        statements = (each for each in seen.asked() if came_so_far(each))
        return judged(statements, lambda each: each.stop is stop)

    return judge


def is_given(seen: Observed) -> Verdict:
    persons = (each for each in seen.alone if each.expects.has_color and was_answered(each))
    return judged(persons, lambda each: isinstance(each.result, Outcome))


def _read(seen: Observed) -> Iterable[Asked]:
    return (each for each in seen.asked() if each.reading is not None)


def is_of_now(asked: Asked) -> bool:
    """Whether the signature was made when it was asked for (``Adapter``). An answer without such a
    time is bound to its request instead."""
    signed_at = asked.reading.signed_at if asked.reading else None
    return signed_at is None or -OLDEST_SIGNATURE <= signed_at - asked.at <= FARTHEST_AHEAD


def _has_not_ended(asked: Asked) -> bool:
    ends_at = asked.reading.ends_at if asked.reading else None
    return ends_at is None or ends_at > asked.at


def is_signed_now(seen: Observed) -> Verdict:
    return judged(_read(seen), lambda each: not is_of_now(each))


def goes_on(seen: Observed) -> Verdict:
    timely = (each for each in _read(seen) if is_of_now(each))
    return judged(timely, lambda each: not _has_not_ended(each))


def _codes(asked: Asked) -> tuple[HealthCode, ...]:
    return asked.reading.codes if asked.reading else ()


def _in_force(seen: Observed) -> Iterable[Asked]:
    """What a hub would go on to: statements of now that state a code."""
    timely = (each for each in _read(seen) if is_of_now(each) and _has_not_ended(each))
    return (each for each in timely if _codes(each))


def no_code(
    is_wrong: Callable[[HealthCode, Asked, Observed], bool],
) -> Callable[[Observed], Verdict]:
    """No stated code is wrong."""

    def judge(seen: Observed) -> Verdict:
        def any_wrong(asked: Asked) -> bool:
            return any(is_wrong(code, asked, seen) for code in _codes(asked))

        return judged(_in_force(seen), any_wrong)

    return judge


def is_elsewhere(code: HealthCode, _asked: Asked, seen: Observed) -> bool:
    listed = seen.participant.trust_list.issuers[seen.participant.issuer]
    return not lie_within([code.issuing_place], listed.regions)


def is_ahead(code: HealthCode, asked: Asked, _seen: Observed) -> bool:
    return code.as_of > asked.at + FARTHEST_AHEAD


def ends_before(code: HealthCode, asked: Asked, _seen: Observed) -> bool:
    """Judged only of a state that is not of the future."""
    if is_ahead(code, asked, _seen):
        return False
    return code.valid_until is not None and code.valid_until <= code.as_of


def is_old(code: HealthCode, asked: Asked, _seen: Observed) -> bool:
    return code.as_of < asked.at - GREATEST_AGE


def words_are_known(seen: Observed) -> Verdict:
    return judged(_in_force(seen), lambda each: each.outcome is Outcome.UNMAPPED_VALUE)


def is_as_agreed(seen: Observed) -> Verdict:
    """Judged only of statements whose words are known."""
    known = (each for each in _in_force(seen) if each.outcome is not Outcome.UNMAPPED_VALUE)
    of_persons = (each for each in known if each.expects.has_color)
    return judged(of_persons, lambda each: not _comes_to_what_was_said(each))


def _comes_to_what_was_said(asked: Asked) -> bool:
    return most_restrictive(code.color for code in _codes(asked)).name == asked.expects.value
