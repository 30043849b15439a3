"""What of a change feed is believed: each hostile answer, what is used of it, and why no more."""

import json
from collections.abc import Callable, Sequence

import pytest

from tests.adapters.feed_issuer import FEED, GREEN, ISSUER, RED, FeedIssuer, Members, answered
from tests.adapters.people import AT, VISITOR, WANG, ZHAO
from tongxing.adapters.dialect import Malformed, ReceivedChanges
from tongxing.adapters.issuer_feed import CHANGES_AT_ONCE, ReadChanges, read_changes
from tongxing.adapters.wire import HttpResponse
from tongxing.adapters.zhenjiang import subject
from tongxing.keys.signing import Es256Signer
from tongxing.schema import Color, Evidence, Outcome

SECOND = int(AT.timestamp())
PEOPLE = (WANG, ZHAO, VISITOR)


def issuer() -> FeedIssuer:
    made = FeedIssuer()
    for person in PEOPLE:
        made.turn(person)
    return made


def read(by: FeedIssuer, received: ReceivedChanges) -> ReadChanges:
    return read_changes(FEED, ISSUER, received, by.trust_list(), AT)


def entries(by: FeedIssuer) -> list[str]:
    return [by.signed(claims) for claims in by.told]


Bend = Callable[[FeedIssuer], Sequence[str]]


def second(**claims: object) -> Bend:
    """The second change says this instead."""

    def bent(by: FeedIssuer) -> Sequence[str]:
        by.told[1] |= claims
        return entries(by)

    return bent


def third(**claims: object) -> Bend:
    def bent(by: FeedIssuer) -> Sequence[str]:
        by.told[2] |= claims
        return entries(by)

    return bent


def in_place(of: int, entry: Callable[[FeedIssuer, Members], str]) -> Bend:
    def bent(by: FeedIssuer) -> Sequence[str]:
        whole = entries(by)
        whole[of - 1] = entry(by, by.told[of - 1])
        return whole

    return bent


def forged(by: FeedIssuer, claims: Members) -> str:
    return by.signed(claims, signer=Es256Signer.generate())


def status(by: FeedIssuer, claims: Members) -> str:
    return by.signed(claims, typ="zjc-status+jwt")


def without(member: str) -> Callable[[FeedIssuer, Members], str]:
    def cut(by: FeedIssuer, claims: Members) -> str:
        return by.signed({name: value for name, value in claims.items() if name != member})

    return cut


def swapped(by: FeedIssuer) -> Sequence[str]:
    one, two, three = entries(by)
    return [two, one, three]


HOSTILE: dict[str, tuple[Bend, list[int], list[str], str | None]] = {
    "all of it is the issuer's": (entries, [1, 2, 3], [], None),
    "a change by another key hides none after it": (
        *(in_place(2, forged), [1, 3]),
        *(["BAD_SIGNATURE"], None),
    ),
    "a last change by another key is waited for": (
        *(in_place(3, forged), [1, 2]),
        *([], "BAD_SIGNATURE"),
    ),
    "a statement is no change": (in_place(2, status), [1, 3], ["BAD_SIGNATURE"], None),
    "a change of another issuer": (second(iss="sukangma"), [1, 3], ["BAD_SIGNATURE"], None),
    "a change for a place of others": (second(place="320500"), [1, 3], ["BAD_SIGNATURE"], None),
    "text that is no signature": (
        *(in_place(2, lambda _by, _claims: "红码"), [1, 3]),
        *(["BAD_SIGNATURE"], None),
    ),
    "signed yesterday: a replay": (
        *(second(iat=SECOND - 86_400, exp=SECOND - 86_100), [1, 3]),
        *(["STALE"], None),
    ),
    "signed for longer than is allowed": (second(exp=SECOND + 301), [1, 3], ["MALFORMED"], None),
    "a green dated ahead would stand against every red": (
        *(second(color=GREEN, basis=["declared"], as_of=SECOND + 86_400), [1, 3]),
        *(["MALFORMED"], None),
    ),
    "a change without a number": (in_place(2, without("seq")), [1, 3], ["MALFORMED"], None),
    "a change about nobody": (in_place(2, without("sub")), [1, 3], ["MALFORMED"], None),
    "a name where a digest should be": (second(sub="王小明"), [1, 3], ["MALFORMED"], None),
    "a green that cannot be read": (second(color=GREEN, as_of="now"), [1, 3], ["MALFORMED"], None),
    "a number is left out": (third(seq=4), [1, 2], [], "GAP"),
    "a number comes again": (third(seq=2), [1, 2], [], "GONE_BACK"),
    "numbers fall": (swapped, [], [], "GAP"),
    "a number below any": (second(seq=0), [1, 3], ["MALFORMED"], None),
}


@pytest.mark.parametrize(
    ("bend", "numbers", "passed_over", "fault"), HOSTILE.values(), ids=list(HOSTILE)
)
def test_what_is_used_of_a_hostile_answer(
    bend: Bend, numbers: list[int], passed_over: list[str], fault: str | None
) -> None:
    by = issuer()
    bent = tuple(each.encode() for each in bend(by))
    found = read(by, ReceivedChanges(0, bent, len(bent)))
    assert [change.number for change in found.changes] == numbers
    assert (list(found.passed_over), found.fault) == (passed_over, fault)


LASTS = {"behind what was asked": (1, "GONE_BACK"), "ahead of what is there": (9, "GAP")}


@pytest.mark.parametrize(("last", "fault"), LASTS.values(), ids=list(LASTS))
def test_a_last_number_that_does_not_fit(last: int, fault: str) -> None:
    by = issuer()
    found = read(by, ReceivedChanges(2, (entries(by)[2].encode(),), last))
    assert found.fault == fault


def test_a_change_is_what_its_issuer_signed() -> None:
    by = issuer()
    (first, *_) = read(by, answered(FEED.ask_changes(0, 3), by.answer)).changes
    source = first.source
    assert (first.subject, first.told_at) == (subject(WANG), AT)
    assert (source.outcome, source.evidence) == (Outcome.VERIFIED, Evidence.SIGNED)
    assert [code.color for code in source.codes] == [Color.RED]
    assert subject(WANG) not in repr(first)


def test_a_red_that_can_be_read_counts_though_the_rest_cannot() -> None:
    by = issuer()
    by.told[0]["valid_until"] = "for ever"
    (first, *_) = read(by, answered(FEED.ask_changes(0, 3), by.answer)).changes
    assert [code.color for code in first.source.codes] == [Color.RED]


def test_an_unknown_color_is_none() -> None:
    by = issuer()
    by.told[0]["color"] = "green "
    (first, *_) = read(by, answered(FEED.ask_changes(0, 3), by.answer)).changes
    assert [code.color for code in first.source.codes] == [Color.UNKNOWN]


ANSWERS: dict[str, object] = {
    "more changes than were asked for": {"changes": ["a", "b"], "last": 2},
    "a change that is no text": {"changes": [None], "last": 1},
    "no changes": {"last": 1},
    "no last number": {"changes": []},
    "a last number below zero": {"changes": [], "last": -1},
    "a list": [],
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=list(ANSWERS))
def test_an_answer_of_another_form_is_none(answer: object) -> None:
    body = json.dumps(answer).encode()
    with pytest.raises(Malformed):
        answered(FEED.ask_changes(0, 1), lambda _: HttpResponse(200, {}, body))


def test_an_answer_is_bounded() -> None:
    request = next(FEED.ask_changes(7, CHANGES_AT_ONCE))
    assert (request.method, request.path) == ("GET", "/v1/changes?after=7&limit=200")
    assert request.response_limit_bytes == 64 * 1024 + CHANGES_AT_ONCE * 2 * 1024


def test_the_identity_of_a_change_is_that_of_its_person_number_and_time() -> None:
    by = issuer()
    by.turn(WANG, RED)
    found = read(by, answered(FEED.ask_changes(0, 9), by.answer)).changes
    assert len({each.identity() for each in found}) == 4
    again = read(by, answered(FEED.ask_changes(0, 9), by.answer)).changes
    assert [each.identity() for each in again] == [each.identity() for each in found]
