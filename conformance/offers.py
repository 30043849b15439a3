"""Checks of what an issuer offers besides: corrections, daily list, membership filter, change feed.

Responsible for docs/wire-formats.md §5, §6, §8 and the change feed of §1. Pure.
"""

import json
from collections.abc import Callable, Iterator
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
from tongxing.conformance.answers import some
from tongxing.conformance.check import (
    NOT_OFFERED,
    NOT_REACHED,
    PASSED,
    Check,
    Failed,
    NotTried,
    Verdict,
)
from tongxing.conformance.observed import Corrections, Fetched, Observed
from tongxing.conformance.participant import Expectation
from tongxing.keys.envelope import MalformedEnvelope, parse_compact_jws
from tongxing.keys.verification import VerificationFailed, verify
from tongxing.schema import Outcome, Text

CORRECTIONS = "docs/wire-formats.md §5"
DAILY_LISTS = "docs/wire-formats.md §6"
FILTERS = "docs/wire-formats.md §8"
FEED = "docs/wire-formats.md §1"
_NOT_BELIEVED = (MalformedEnvelope, VerificationFailed, Unusable)


def _of_corrections(
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


def _is_taken(seen: Corrections) -> bool:
    return isinstance(seen.first, str)


def _has_one_reference(seen: Corrections) -> bool | None:
    return seen.first == seen.again if isinstance(seen.first, str) else None


def _says_how_it_stands(seen: Corrections) -> bool | None:
    return None if seen.standing is None else not isinstance(seen.standing, Outcome)


def _does_not_know_the_reference(seen: Corrections) -> bool:
    return seen.unknown is Outcome.NOT_ENROLLED


def _takes_none_about_nobody(seen: Corrections) -> bool | None:
    return None if seen.nobody is None else seen.nobody is Outcome.NOT_ENROLLED


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


def _of_list(
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


def _list_is_signed(first: _List, _again: _List, seen: Observed) -> bool:
    return first.head is not None and _has_not_ended(first.head, seen.daily_list)


def _list_is_whole(first: _List, _again: _List, _seen: Observed) -> bool | None:
    return None if first.head is None else first.entries is not None


def _list_holds_them(first: _List, _again: _List, seen: Observed) -> bool | None:
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


def _list_goes_forward(first: _List, again: _List, _seen: Observed) -> bool | None:
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


def _of_filter(
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


def _filter_is_signed(first: _Filter, _again: _Filter, seen: Observed) -> bool:
    return first.head is not None and _has_not_ended(first.head, seen.membership)


def _filter_is_made_right(first: _Filter, _again: _Filter, _seen: Observed) -> bool | None:
    return None if first.head is None else first.membership is not None


def _filter_holds_them(first: _Filter, _again: _Filter, seen: Observed) -> bool | None:
    if first.membership is None:
        return None
    known = seen.participant.with_color()
    return all(first.membership.may_hold(subject_of(person.document)) for person in known)


def _filter_goes_forward(first: _Filter, again: _Filter, _seen: Observed) -> bool | None:
    """What comes second is not older; a delta follows the head that was named."""
    if first.head is None or again.head is None:
        return None
    follows = again.head.after in (None, first.head.digest)
    return follows and again.head.as_of >= first.head.as_of


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
        found.append(json.loads(verified.payload))
    return found


def _of_feed(
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
        wrong = [f"after={after}" for after, page, changes in pages if not holds(after, page, changes)]
        return Failed(some(wrong)) if wrong else PASSED

    return judge


def _feed_is_signed(seen: Observed) -> Verdict:
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


def _is_without_gaps(
    after: int, page: dict[str, object], changes: list[dict[str, object]]
) -> bool:
    numbers = [change.get("seq") for change in changes]
    last = numbers[-1] if numbers else after
    return numbers == list(range(after + 1, after + 1 + len(numbers))) and page.get("last") == last


def _names_nobody(
    _after: int, _page: dict[str, object], changes: list[dict[str, object]]
) -> bool:
    return not any({"document", "number", "name"} & change.keys() for change in changes)


CHECKS: tuple[Check[Observed], ...] = (
    Check(
        "corrections.taken",
        Text(zh="受理纠错", en="A report of a mistake is taken"),
        CORRECTIONS,
        Text(zh="请答出受理编号", en="Answer with a reference"),
        _of_corrections(_is_taken),
    ),
    Check(
        "corrections.once",
        Text(zh="同一申请编号相同", en="The same report again has the same reference"),
        CORRECTIONS,
        Text(
            zh="答复可能丢失：重发的申请不得另立一件",
            en="An answer can be lost: a report that comes again is no second one",
        ),
        _of_corrections(_has_one_reference),
    ),
    Check(
        "corrections.state",
        Text(zh="可查询纠错状态", en="The state of a report can be asked for"),
        CORRECTIONS,
        Text(
            zh="状态为 received、accepted 或 rejected；决定后才有 decided_at",
            en="The state is received, accepted or rejected; decided_at is set once it is decided",
        ),
        _of_corrections(_says_how_it_stands),
    ),
    Check(
        "corrections.unknown",
        Text(zh="不存在的编号得到明确答复", en="A reference that nobody gave is told apart"),
        CORRECTIONS,
        Text(zh="请答 404 unknown_reference", en="Answer 404 unknown_reference"),
        _of_corrections(_does_not_know_the_reference),
    ),
    Check(
        "corrections.nobody",
        Text(zh="无码人员的申请不予受理", en="No report is taken about somebody without a code"),
        CORRECTIONS,
        Text(zh="请答 404 no_color", en="Answer 404 no_color"),
        _of_corrections(_takes_none_about_nobody),
    ),
    Check(
        "list.signed",
        Text(zh="每日名单已签名且在有效期内", en="The daily list is signed, and of its time"),
        DAILY_LISTS,
        Text(
            zh="请核对头部、密钥和 as_of、next_at、valid_until",
            en="Check the head, the key, and as_of, next_at and valid_until",
        ),
        _of_list(_list_is_signed),
    ),
    Check(
        "list.whole",
        Text(zh="名单各行与头部一致", en="The lines of the list are those that its head names"),
        DAILY_LISTS,
        Text(
            zh="请核对 sha256、entries、次序和每行的写法",
            en="Check sha256, entries, the order, and how each line is written",
        ),
        _of_list(_list_is_whole),
    ),
    Check(
        "list.persons",
        Text(zh="名单含黄码和红码，不含绿码", en="The list has the yellows and reds, and no green"),
        DAILY_LISTS,
        Text(zh="请核对摘要的算法和名单范围", en="Check how the digest is made, and who is listed"),
        _of_list(_list_holds_them),
    ),
    Check(
        "list.forward",
        Text(zh="名单不倒退", en="The list never goes back"),
        DAILY_LISTS,
        Text(zh="后取的名单不得早于先取的", en="Never hand out an older list after a newer one"),
        _of_list(_list_goes_forward),
    ),
    Check(
        "filter.signed",
        Text(zh="筛查名录已签名且在有效期内", en="The membership filter is signed, and of its time"),
        FILTERS,
        Text(
            zh="请核对头部、密钥和 as_of、next_at、valid_until",
            en="Check the head, the key, and as_of, next_at and valid_until",
        ),
        _of_filter(_filter_is_signed),
    ),
    Check(
        "filter.made",
        Text(zh="名录以约定的密钥制成", en="The filter is made with the agreed key"),
        FILTERS,
        Text(
            zh="请核对密钥、位序、bits、hashes、sha256 和八个校验项",
            en="Check the key, the order of bits, bits, hashes, sha256, and the eight canaries",
        ),
        _of_filter(_filter_is_made_right),
    ),
    Check(
        "filter.persons",
        Text(zh="名录含全部有码人员", en="Everybody with a code is in the filter"),
        FILTERS,
        Text(zh="须先加入名录，再予确认", en="Put everybody in before you would confirm them"),
        _of_filter(_filter_holds_them),
    ),
    Check(
        "filter.forward",
        Text(zh="名录不倒退", en="The filter never goes back"),
        FILTERS,
        Text(
            zh="后取的名录不得更旧，增量须接在所示头部之后",
            en="What comes later is not older, and a delta follows the head that was named",
        ),
        _of_filter(_filter_goes_forward),
    ),
    Check(
        "changes.signed",
        Text(zh="变更流每条均已签名", en="Every change of the feed is signed"),
        FEED,
        Text(zh="请为每条变更签名", en="Sign each change"),
        _feed_is_signed,
    ),
    Check(
        "changes.numbered",
        Text(zh="变更编号连续", en="Changes are numbered without a gap"),
        FEED,
        Text(
            zh="编号从 1 起连续，last 为末条编号，编号不变",
            en="Number from 1 without a gap; last is the last number; a number never changes",
        ),
        _of_feed(_is_without_gaps),
    ),
    Check(
        "changes.nameless",
        Text(zh="变更流不含个人信息", en="The feed names nobody"),
        FEED,
        Text(zh="变更中只有 sub，不得有证件", en="A change has a sub and no document"),
        _of_feed(_names_nobody),
    ),
)
