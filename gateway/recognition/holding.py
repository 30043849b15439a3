"""How long a judgement stays what it is: the next moment at which a comparison behind it may turn.

Responsible for naming every moment that a judgement compares with its own time; each of them is
named here once, and ``decide.valid_until`` takes its moments from here too. Refuses to say what
turns: until just before that moment ``recognize`` gives the same, but for ``valid_until``, which
counts from the time of the case, and for that time itself in the findings of the trace.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from tongxing.gateway.recognition.hearing import CLOCK_TOLERANCE
from tongxing.gateway.recognition.moments import NEVER, moved
from tongxing.gateway.recognition.policy import Policy
from tongxing.schema import HealthCode
from tongxing.schema.case import Case, ColorChange

JUST_AFTER = timedelta(microseconds=1)
"""A length that a policy names still holds at its very end (``conditions``), and no longer at the
next moment that a clock can show."""


def holds_until(case: Case, policy: Policy, known: Sequence[ColorChange] = ()) -> datetime:
    """The first moment after ``case.at`` at which a judgement of the same sources under ``policy``
    may be another one. ``known`` are the changes of the holder's history from which those of the
    case were taken (``Policy.counted``)."""
    return next_of(_moments(case, policy, known), case.at)


def next_of(moments: Iterable[datetime], at: datetime) -> datetime:
    """The first of ``moments`` after ``at``."""
    return min((moment for moment in moments if moment > at), default=NEVER)


def rule_moments(
    code: HealthCode,
    changes: Iterable[ColorChange],
    ages: Iterable[timedelta],
    since_change: Iterable[timedelta],
    windows: Sequence[timedelta],
) -> Iterator[datetime]:
    """The last moments at which rules that name these lengths see ``code`` as before: by its age,
    by the time since it changed, and by each of ``changes`` inside a window."""
    for limit in ages:
        yield moved(code.as_of, limit)
    if code.changed_at is not None:
        for limit in since_change:
            yield moved(code.changed_at, limit)
    for change in changes:
        for window in windows:
            yield moved(change.at, window)


def _moments(case: Case, policy: Policy, known: Sequence[ColorChange]) -> Iterator[datetime]:
    yield policy.valid_until
    for code in (code for source in case.sources for code in source.codes):
        yield from _own_moments(code, policy)
        for moment in rule_moments(code, (), policy.rule_ages, policy.rule_changes, ()):
            yield moved(moment, JUST_AFTER)
    for change in (*case.circumstances.changes, *known):
        for window in policy.change_windows:
            yield moved(change.at, window + JUST_AFTER)


def _own_moments(code: HealthCode, policy: Policy) -> Iterator[datetime]:
    """Those that no rule has to name: a green begins and ends, a yellow or red grows old."""
    yield moved(code.as_of, -CLOCK_TOLERANCE)
    yield code.as_of
    if code.valid_until is not None:
        yield code.valid_until
    if code.color in policy.maximum_age:
        end = moved(code.as_of, policy.maximum_age[code.color])
        yield from (end, moved(end, JUST_AFTER))
