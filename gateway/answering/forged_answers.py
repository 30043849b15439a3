"""Answers that only a forgery or a wrong issuer explains, as alarms: one for each issuer, cause and
day, so that a storm is one alarm with a count.

What counts is what the adapter found (``schema.forgery``), and it is counted by the COMMIT of the
answer. Refuses to change an answer: none of this evidence was believed.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from tongxing.gateway.answering.steps import Judged
from tongxing.gateway.storage import UnitOfWork, Work
from tongxing.gateway.storage.trust_alarms import Occasion, SeenAnswer, count_answers
from tongxing.schema import SourceAnswer
from tongxing.schema.time_words import midnight
from tongxing.schema.trust_alarm import TrustAlarmKind


def counting_forged(judged: Sequence[Judged], at: datetime) -> Sequence[Work]:
    """To be committed right before the outcomes of ``judged`` are recorded, in their order; nothing
    if there is nothing to count."""
    forged = [
        (place, each, source)
        for place, each in enumerate(judged)
        for source in each.case.sources
        if source.forgery is not None
    ]
    if not forged:
        return ()

    def work(unit: UnitOfWork) -> None:
        first = unit.next_index()
        found: defaultdict[Occasion, list[SeenAnswer]] = defaultdict(list)
        for place, each, source in forged:
            region = each.inquiry.receiving_region
            answer = SeenAnswer(first + place, region, source.evidence_digest)
            found[_occasion(source, at)].append(answer)
        for occasion, answers in found.items():
            count_answers(occasion, answers, at, unit)

    return (work,)


def _occasion(source: SourceAnswer, at: datetime) -> Occasion:
    return Occasion(
        kind=TrustAlarmKind.FORGED_EVIDENCE,
        when=midnight(at),
        issuer=source.issuer,
        forgery=source.forgery,
    )
