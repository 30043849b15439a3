"""When a trust list and its keys begin and stop to count."""

from datetime import timedelta

import pytest

from tests.keys.federation import AT, Federation, Signer, instant, issuer_entry, key_entry
from tongxing.keys.trust_list import TrustList
from tongxing.keys.trust_refusal import TrustListRefused, TrustRefusal

FEDERATION = Federation()
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
BEGINS, REVOKED, ENDS, LIST_ENDS = AT - 2 * DAY, AT + DAY, AT + 3 * DAY, AT + 10 * DAY


def listed() -> TrustList:
    spans = {
        "zhenjiang": {"not_before": BEGINS, "not_after": ENDS},
        "sukangma": {"not_before": BEGINS, "not_after": ENDS, "revoked_at": REVOKED},
        "national": {"not_before": BEGINS, "not_after": LIST_ENDS + 30 * DAY},
    }
    signers: tuple[Signer, ...] = (
        FEDERATION.zhenjiang,
        FEDERATION.sukangma,
        FEDERATION.national,
    )
    issuers = [
        issuer_entry(name, key_entry(signer, **{key: instant(each) for key, each in span.items()}))
        for (name, span), signer in zip(spans.items(), signers, strict=True)
    ]
    return FEDERATION.trust_list(issuers=issuers)


TURNS = {
    "the list is a minute ahead of our clock and no more": AT - DAY - timedelta(minutes=1),
    "a key begins to count": BEGINS,
    "a key is revoked": REVOKED,
    "a key ends": ENDS,
    "the list ends": LIST_ENDS,
}


@pytest.mark.parametrize("what", TURNS)
def test_the_list_turns_when(what: str) -> None:
    """After the first moment and by the second."""
    moment = TURNS[what]
    assert listed().turns_between(moment - SECOND, moment)
    assert listed().turns_between(moment - SECOND, moment + SECOND)
    assert not listed().turns_between(moment, moment + SECOND)
    assert not listed().turns_between(moment - 2 * SECOND, moment - SECOND)


@pytest.mark.parametrize("what", TURNS)
def test_until_the_next_turn_nothing_turns_and_then_something_does(what: str) -> None:
    moment, microsecond = TURNS[what], timedelta(microseconds=1)
    assert listed().next_turn(moment - microsecond) == moment
    assert listed().next_turn(moment) > moment


def test_after_its_last_moment_a_list_never_turns() -> None:
    assert listed().next_turn(LIST_ENDS + 40 * DAY).year == 9999


BELIEVED = {
    "until its key ends": (("zhenjiang",), AT, ENDS),
    "until its key is revoked": (("sukangma",), AT, REVOKED),
    "no longer than the list": (("national",), AT, LIST_ENDS),
    "until the first of all keys that count ends": (("zhenjiang", "sukangma"), AT, REVOKED),
    "without a key that does not count any more": (("zhenjiang", "sukangma"), REVOKED, ENDS),
    "as long as the list if it is not named there": (("elsewhere",), AT, LIST_ENDS),
}


@pytest.mark.parametrize("claim", BELIEVED)
def test_what_an_issuer_signed_is_believed(claim: str) -> None:
    issuers, at, until = BELIEVED[claim]
    assert listed().believed_until(issuers, at) == until


def test_a_list_may_be_issued_a_minute_ahead_of_our_clock_and_no_more() -> None:
    trust_list = FEDERATION.trust_list()
    ahead = trust_list.issued_at - timedelta(seconds=60)
    trust_list.check_in_force(ahead)
    with pytest.raises(TrustListRefused) as refused:
        trust_list.check_in_force(ahead - SECOND)
    assert refused.value.code is TrustRefusal.NOT_YET_VALID


def test_a_list_is_in_force_until_just_before_its_end() -> None:
    trust_list = FEDERATION.trust_list()
    trust_list.check_in_force(trust_list.expires_at - SECOND)
    with pytest.raises(TrustListRefused) as refused:
        trust_list.check_in_force(trust_list.expires_at)
    assert refused.value.code is TrustRefusal.EXPIRED
