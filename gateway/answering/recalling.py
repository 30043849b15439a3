"""What the hub knew of the holders of its cases, and what it learns from them.

A history is recalled only for a holder whom an issuer has just confirmed: its statements are signed
over the number and the name, so whoever has only a number is shown nothing by it (architecture,
invariant 9). Where the history cannot be read there is no answer: it might be a milder one than
the past allows.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from tongxing.gateway.answering.case import Case
from tongxing.gateway.answering.history import NOTHING_KEPT, HistoryStore, Lesson, past_of
from tongxing.keys import HolderKey, HolderRef


async def recall(
    cases: Sequence[Case], store: HistoryStore, holder_key: HolderKey, at: datetime
) -> None:
    """Give each case the past that its policy keeps. Raises StorageUnavailable."""
    wanted = list(_wanted(cases, holder_key))
    if not wanted:
        return
    kept = await store.of([holder for _, holder, _ in wanted], at)
    for case, holder, kept_for in wanted:
        case.past = past_of(kept.get(holder, NOTHING_KEPT), case.sources, kept_for=kept_for, at=at)


async def learn(
    cases: Sequence[Case], store: HistoryStore, holder_key: HolderKey, at: datetime
) -> None:
    """Keep what the cases brought to light, durably. Raises StorageUnavailable."""
    lessons = [
        Lesson(holder, case.past.news, kept_for)
        for case, holder, kept_for in _wanted(cases, holder_key)
        if case.past.is_lesson
    ]
    if lessons:
        await store.learn(lessons, at)


def _wanted(
    cases: Sequence[Case], holder_key: HolderKey
) -> Iterator[tuple[Case, HolderRef, timedelta]]:
    for case in cases:
        kept_for = case.policy.history_kept
        if kept_for is None or not case.is_confirmed:
            continue
        holder = case.holder(holder_key)
        if holder is not None:
            yield case, holder, kept_for
