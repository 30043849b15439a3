"""Judges of what an issuer signs about many at once: daily list and membership filter. Pure.

Responsible for docs/wire-formats.md §6 and §8, read with the hub's own readers.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tongxing.adapters.dialect import Unusable
from tongxing.adapters.membership_filter import (
    FilterHead,
    Membership,
    ReceivedFilter,
    filter_head,
    subject_of,
)
from tongxing.adapters.signed_list import (
    ListEntry,
    ListHead,
    ReceivedList,
    entries_of,
    list_subject,
    verified_head,
)
from tongxing.conformance.check import NOT_OFFERED, NOT_REACHED, PASSED, Failed, NotTried, Verdict
from tongxing.conformance.issuer.observed import Fetched, Observed
from tongxing.conformance.issuer.participant import Expectation
from tongxing.keys.envelope import MalformedEnvelope
from tongxing.keys.verification import VerificationFailed
from tongxing.schema import Outcome

DAILY_LISTS = "docs/wire-formats.md §6"
FILTERS = "docs/wire-formats.md §8"
_NOT_BELIEVED = (MalformedEnvelope, VerificationFailed, Unusable)


@dataclass(frozen=True, slots=True)
class _List:
    head: ListHead | None
    entries: tuple[ListEntry, ...] | None


def _read_list(received: ReceivedList | ReceivedFilter | Outcome, seen: Observed) -> _List:
    participant = seen.participant
    if seen.daily_list is None or not isinstance(received, ReceivedList):
        return _List(None, None)
    try:
        head = verified_head(
            received.head,
            issuer=participant.issuer,
            trust_list=participant.trust_list,
            at=seen.daily_list.at,
        )
    except _NOT_BELIEVED:
        return _List(None, None)
    try:
        return _List(head, tuple(entries_of(received.lines, head)))
    except Unusable:
        return _List(head, None)


def _has_not_ended(head: ListHead | FilterHead, fetched: Fetched | None) -> bool:
    return fetched is not None and head.valid_until > fetched.at


def of_list(
    holds: Callable[[_List, _List, Observed], bool | None],
) -> Callable[[Observed], Verdict]:
    def judge(seen: Observed) -> Verdict:
        fetched = seen.daily_list
        if fetched is None:
            return NotTried(NOT_OFFERED)
        told = holds(_read_list(fetched.first, seen), _read_list(fetched.again, seen), seen)
        if told is None:
            return NotTried(NOT_REACHED)
        return PASSED if told else Failed(("/v1/lists/daily",))

    return judge


def list_is_signed(first: _List, _again: _List, seen: Observed) -> bool:
    return first.head is not None and _has_not_ended(first.head, seen.daily_list)


def list_is_whole(first: _List, _again: _List, _seen: Observed) -> bool | None:
    return None if first.head is None else first.entries is not None


def list_holds_them(first: _List, _again: _List, seen: Observed) -> bool | None:
    """Every yellow and red of the test persons, in its color, and no green."""
    if first.entries is None:
        return None
    colors = {entry.subject: entry.color.name for entry in first.entries}
    issuer = seen.participant.issuer
    for person in seen.participant.persons:
        wanted = person.expects
        listed = colors.get(list_subject(issuer, person.document))
        is_on_it = wanted in (Expectation.YELLOW, Expectation.RED)
        if listed != (wanted.value if is_on_it else None):
            return False
    return True


def list_goes_forward(first: _List, again: _List, _seen: Observed) -> bool | None:
    if first.head is None or again.head is None:
        return None
    return again.head.as_of >= first.head.as_of


@dataclass(frozen=True, slots=True)
class _Filter:
    head: FilterHead | None
    membership: Membership | None


def _read_filter(received: ReceivedList | ReceivedFilter | Outcome, seen: Observed) -> _Filter:
    participant, key = seen.participant, seen.participant.offers.filter_key
    if seen.membership is None or key is None or not isinstance(received, ReceivedFilter):
        return _Filter(None, None)
    try:
        head = filter_head(
            received.head,
            issuer=participant.issuer,
            trust_list=participant.trust_list,
            at=seen.membership.at,
        )
    except _NOT_BELIEVED:
        return _Filter(None, None)
    try:
        return _Filter(head, Membership.whole(received.octets, head, key.again()))
    except Unusable:
        return _Filter(head, None)


def of_filter(
    holds: Callable[[_Filter, _Filter, Observed], bool | None],
) -> Callable[[Observed], Verdict]:
    def judge(seen: Observed) -> Verdict:
        fetched = seen.membership
        if fetched is None:
            return NotTried(NOT_OFFERED)
        told = holds(_read_filter(fetched.first, seen), _read_filter(fetched.again, seen), seen)
        if told is None:
            return NotTried(NOT_REACHED)
        return PASSED if told else Failed(("/v1/filters/membership",))

    return judge


def filter_is_signed(first: _Filter, _again: _Filter, seen: Observed) -> bool:
    return first.head is not None and _has_not_ended(first.head, seen.membership)


def filter_is_made_right(first: _Filter, _again: _Filter, _seen: Observed) -> bool | None:
    return None if first.head is None else first.membership is not None


def filter_holds_them(first: _Filter, _again: _Filter, seen: Observed) -> bool | None:
    if first.membership is None:
        return None
    known = seen.participant.with_color()
    return all(first.membership.may_hold(subject_of(person.document)) for person in known)


def filter_goes_forward(first: _Filter, again: _Filter, _seen: Observed) -> bool | None:
    """What comes second is not older; a delta follows the head that was named."""
    if first.head is None or again.head is None:
        return None
    follows = again.head.after in (None, first.head.digest)
    return follows and again.head.as_of >= first.head.as_of
