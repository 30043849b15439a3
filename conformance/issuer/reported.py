"""Judges of how an issuer takes reports of mistakes (docs/wire-formats.md §5). Pure."""

from collections.abc import Callable

from tongxing.conformance.check import NOT_OFFERED, NOT_REACHED, PASSED, Failed, NotTried, Verdict
from tongxing.conformance.issuer.observed import Corrections, Observed
from tongxing.schema import Outcome

CORRECTIONS = "docs/wire-formats.md §5"


def of_corrections(
    holds: Callable[[Corrections], bool | None],
) -> Callable[[Observed], Verdict]:
    """``holds`` gives None if it cannot say."""

    def judge(seen: Observed) -> Verdict:
        if seen.corrections is None:
            return NotTried(NOT_OFFERED)
        told = holds(seen.corrections)
        if told is None:
            return NotTried(NOT_REACHED)
        return PASSED if told else Failed(("/corrections",))

    return judge


def is_taken(seen: Corrections) -> bool:
    return isinstance(seen.first, str)


def has_one_reference(seen: Corrections) -> bool | None:
    return seen.first == seen.again if isinstance(seen.first, str) else None


def says_how_it_stands(seen: Corrections) -> bool | None:
    return None if seen.standing is None else not isinstance(seen.standing, Outcome)


def does_not_know_the_reference(seen: Corrections) -> bool:
    return seen.unknown is Outcome.NOT_ENROLLED


def takes_none_about_nobody(seen: Corrections) -> bool | None:
    return None if seen.nobody is None else seen.nobody is Outcome.NOT_ENROLLED
