"""Judges of the change feed (docs/wire-formats.md §1). Pure."""

import json
from collections.abc import Callable, Iterator

from tongxing.conformance.check import NOT_OFFERED, NOT_REACHED, PASSED, Failed, NotTried, Verdict
from tongxing.conformance.issuer.answers import some
from tongxing.conformance.issuer.observed import Observed
from tongxing.keys.envelope import MalformedEnvelope, parse_compact_jws
from tongxing.keys.verification import VerificationFailed, verify
from tongxing.schema import Text

FEED = "docs/wire-formats.md §1"


def _pages(seen: Observed) -> Iterator[tuple[int, dict[str, object]]]:
    """The pages that are of the form, with what they follow."""
    if seen.feed is None:
        return
    for after, exchange in zip(seen.feed.after, seen.feed.exchanges, strict=False):
        body = b"" if exchange.response is None else exchange.response.body
        try:
            page = json.loads(body.decode())
        except (ValueError, RecursionError):
            continue
        if isinstance(page, dict) and isinstance(page.get("changes"), list):
            yield after, page


def _changes(page: dict[str, object], seen: Observed) -> list[dict[str, object]]:
    """Raises MalformedEnvelope, VerificationFailed and ValueError."""
    found, participant = [], seen.participant
    changes = page["changes"]
    assert isinstance(changes, list)  # noqa: S101 - ``_pages`` saw to it
    for each in changes:
        envelope = parse_compact_jws(str(each).encode(), typ="zjc-change+jwt")
        verified = verify(
            envelope,
            issuer=participant.issuer,
            trust_list=participant.trust_list,
            at=seen.alone[0].at,
        )
        found.append(_object(verified.payload))
    return found


def _object(payload: bytes) -> dict[str, object]:
    """Raises ValueError."""
    value = json.loads(payload)
    if isinstance(value, dict):
        return value
    raise ValueError("not an object")


def of_feed(
    holds: Callable[[int, dict[str, object], list[dict[str, object]]], bool],
) -> Callable[[Observed], Verdict]:
    """``holds`` is told what a page follows, the page, and its changes."""

    def judge(seen: Observed) -> Verdict:
        if seen.feed is None:
            return NotTried(NOT_OFFERED)
        try:
            pages = [(after, page, _changes(page, seen)) for after, page in _pages(seen)]
        except (MalformedEnvelope, VerificationFailed, ValueError):
            return NotTried(NOT_REACHED)
        if not any(changes for _, _, changes in pages):
            return NotTried(Text(zh="变更流中没有变更", en="the feed has no change in it"))
        wrong = [
            f"after={after}" for after, page, changes in pages if not holds(after, page, changes)
        ]
        return Failed(some(wrong)) if wrong else PASSED

    return judge


def feed_is_signed(seen: Observed) -> Verdict:
    if seen.feed is None:
        return NotTried(NOT_OFFERED)
    pages = list(_pages(seen))
    if len(pages) < len(seen.feed.after):
        return Failed(("/v1/changes",))
    try:
        for _, page in pages:
            _changes(page, seen)
    except (MalformedEnvelope, VerificationFailed, ValueError):
        return Failed(("/v1/changes",))
    return PASSED


def is_without_gaps(after: int, page: dict[str, object], changes: list[dict[str, object]]) -> bool:
    numbers = [change.get("seq") for change in changes]
    last = numbers[-1] if numbers else after
    return numbers == list(range(after + 1, after + 1 + len(numbers))) and page.get("last") == last


def names_nobody(_after: int, _page: dict[str, object], changes: list[dict[str, object]]) -> bool:
    return not any({"document", "number", "name"} & change.keys() for change in changes)
