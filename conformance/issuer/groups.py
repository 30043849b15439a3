"""Checks of answers beside each other: people who may not be told apart, batches, codes, a crowd.

Responsible for what no single answer shows. A group is judged only if the same persons were
answered well alone. Pure.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from math import ceil

from tongxing.adapters.wire import TimedOut
from tongxing.conformance.check import NOT_REACHED, PASSED, Failed, NotTried, Verdict
from tongxing.conformance.issuer.observed import Asked, Observed
from tongxing.conformance.issuer.statements import judged, was_answered
from tongxing.conformance.issuer.walking import Stop
from tongxing.schema import Outcome, Text, most_restrictive

PERCENTILE = 0.99

_OF_ONE_ANSWER = frozenset("sub iat exp timeStamp bizSerialNum requestDigest randomNum seq".split())
_AROUND = frozenset("statements statement bizPackage sign".split())
"""Members that differ between any two answers, and those whose content is looked at apart."""


def _nobodies(seen: Observed) -> list[Asked]:
    """Whoever has no code, for whatever reason, and is answered in the form of the format."""
    found = [each for each in seen.alone if not each.expects.has_color]
    found += [] if seen.wrong_name is None else [seen.wrong_name]
    return [each for each in found if was_answered(each) and each.stop is None]


def have_no_record(seen: Observed) -> Verdict:
    return judged(_nobodies(seen), lambda each: each.outcome is not Outcome.NOT_ENROLLED)


def look_alike(seen: Observed) -> Verdict:
    nobodies = [each for each in _nobodies(seen) if each.outcome is Outcome.NOT_ENROLLED]
    if len(nobodies) < 2:  # noqa: PLR2004 - nothing to compare
        return NotTried(NOT_REACHED)
    first = _shape(nobodies[0])
    return judged(nobodies, lambda each: _shape(each) != first)


def _shape(asked: Asked) -> tuple[object, ...]:
    """What an observer sees, without what differs between any two answers."""
    response = asked.exchanges[-1].response
    assert response is not None  # noqa: S101 - it was answered
    payloads = () if asked.walk is None else asked.walk.payloads
    texts = [_without_the_moment(each) for each in (response.body, *payloads)]
    return response.status, tuple(sorted(response.headers)), *texts


def _without_the_moment(body: bytes) -> object:
    value = json.loads(body.decode())
    if not isinstance(value, dict):
        return value
    left_out = _OF_ONE_ANSWER | _AROUND
    return {name: each for name, each in value.items() if name not in left_out}


def _alone(seen: Observed) -> Mapping[str, Asked]:
    return {each.label: each for each in seen.alone}


def _good_alone(batch: Iterable[Asked], seen: Observed) -> list[Asked]:
    alone = _alone(seen)
    return [each for each in batch if alone[each.label].reading is not None]


def _went(batch: tuple[Asked, ...]) -> bool:
    """Whether the batch as a whole was answered: then its entries can be judged."""
    return bool(batch) and not all(isinstance(each.result, Outcome) for each in batch)


NO_BATCHES = Text(zh="该格式没有批量接口", en="the format has no batches")


def of_batches(judge: Callable[[Observed], Verdict]) -> Callable[[Observed], Verdict]:
    """``judge``, for a format that has batches."""
    return lambda seen: judge(seen) if seen.batch else NotTried(NO_BATCHES)


def is_answered(seen: Observed) -> Verdict:
    return _answered(seen.batch, seen)


def whole_is_answered(seen: Observed) -> Verdict:
    """Judged only if a small one is answered."""
    return _answered(seen.whole_batch, seen) if _went(seen.batch) else NotTried(NOT_REACHED)


def _answered(batch: tuple[Asked, ...], seen: Observed) -> Verdict:
    if not _good_alone(batch, seen) or not was_answered(batch[0]):
        return NotTried(NOT_REACHED)
    return PASSED if _went(batch) else Failed((str(len(batch)),))


def is_in_order(seen: Observed) -> Verdict:
    entries = _good_alone(seen.batch, seen) if _went(seen.batch) else []
    return judged(entries, lambda each: each.stop is Stop.HOLDER)


def entry_is_believed(seen: Observed) -> Verdict:
    """An entry is as good as the answer that its person gets alone."""
    entries = _good_alone(seen.batch, seen) if _went(seen.batch) else []
    in_place = [each for each in entries if each.stop is not Stop.HOLDER]
    statements = [each for each in in_place if not isinstance(each.result, Outcome)]
    return judged(statements, lambda each: each.stop is not None)


def fails_alone(seen: Observed) -> Verdict:
    """Somebody without a code takes nobody else's answer away."""
    if not _went(seen.batch) or not _nobodies(seen):
        return NotTried(NOT_REACHED)
    return judged(_good_alone(seen.batch, seen), lambda each: isinstance(each.result, Outcome))


def is_answered_alike(seen: Observed) -> Verdict:
    """The first person is in the batch twice."""
    if not _went(seen.batch):
        return NotTried(NOT_REACHED)
    twice = [each for each in seen.batch if each.label == seen.batch[0].label]
    if any(each.reading is None for each in twice):
        return NotTried(NOT_REACHED)
    colors = {_color(each) for each in twice}
    return Failed((twice[0].label,)) if len(colors) > 1 else PASSED


def _color(asked: Asked) -> object:
    codes = asked.reading.codes if asked.reading else ()
    return most_restrictive(code.color for code in codes)


def shows_its_holder(seen: Observed) -> Verdict:
    if not seen.scans:
        return NotTried(Text(zh="参加文件没有 code", en="the file has no code of a person"))
    scans = (each for each in seen.scans if was_answered(each))
    return judged(
        scans,
        lambda each: (
            isinstance(each.result, Outcome)
            or (each.reading is not None and not each.reading.codes)
        ),
    )


def is_not_its_own(seen: Observed) -> Verdict:
    if seen.foreign is None:
        return NotTried(Text(zh="参加文件没有 foreign_code", en="the file has no foreign_code"))
    if not was_answered(seen.foreign):
        return NotTried(NOT_REACHED)
    return judged([seen.foreign], lambda each: each.outcome is not Outcome.NOT_THIS_ISSUER)


def percentile(seconds: Iterable[float]) -> float:
    """The time within which 99 of 100 were answered."""
    ordered = sorted(seconds)
    return ordered[ceil(len(ordered) * PERCENTILE) - 1]


def stands_a_crowd(seen: Observed) -> Verdict:
    """Busy is an honest answer; only waiting too long is not."""
    if seen.load is None or not seen.load.seconds:
        return NotTried(NOT_REACHED)
    if any(each.fault == TimedOut.name for each in seen.alone[0].exchanges):
        return NotTried(NOT_REACHED)
    reached = percentile(seen.load.seconds)
    told = Text(zh=f"99% 在 {reached:.3f} 秒内", en=f"99 of 100 within {reached:.3f} s")
    return Failed((), told) if reached >= seen.deadline_seconds else PASSED
