"""What each key of a hub is good for, step by step and moment by moment."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tongxing.gateway.followup.corrections import REPORTED_WITHIN
from tongxing.gateway.storage.news import HEARD_SECONDS
from tongxing.keys.client_tokens import ACCESS_TOKEN_LIFETIME_MAX_SECONDS
from tongxing.keys.hub_key_set import (
    HEARS_WITHIN,
    HUB_KEYS_MAX,
    OVERLAP,
    RECEIPTS_COUNT_FOR,
    TOKEN_LIFETIME_MAX,
    HubKeySet,
    HubKeyState,
    StatedKey,
    StepRefused,
    announced,
    retired,
    revoked,
    used,
)
from tongxing.keys.hub_key_statement import sign_key_set
from tongxing.keys.hub_keys import HubKeys
from tongxing.keys.signing import HubSigner

AT = datetime(2026, 3, 6, 10, 0, tzinfo=UTC)
OLD, NEW, THIRD = (HubSigner.generate() for _ in range(3))
FIRST = HubKeys.of_one(OLD, "hub", lambda: AT).current


def key_of(signer: HubSigner, at: datetime = AT) -> StatedKey:
    return StatedKey(public_key=signer.public_key, announced_at=at)


ANNOUNCED = announced(FIRST, key_of(NEW))
USED = used(ANNOUNCED, NEW.key_id, "its word", AT)


def state(known: HubKeySet, signer: HubSigner, at: datetime) -> str:
    return known.find(signer.key_id).state(at).value


def test_the_lengths_are_those_of_what_they_wait_for() -> None:
    assert RECEIPTS_COUNT_FOR == REPORTED_WITHIN
    assert timedelta(seconds=ACCESS_TOKEN_LIFETIME_MAX_SECONDS) == TOKEN_LIFETIME_MAX
    assert timedelta(seconds=2 * HEARD_SECONDS) <= HEARS_WITHIN


SECOND = timedelta(seconds=1)
STATES = {
    "a new key is announced": (ANNOUNCED, NEW, AT, "ANNOUNCED"),
    "the old one signs on": (ANNOUNCED, OLD, AT + timedelta(days=900), "SIGNING"),
    "then the new one signs": (USED, NEW, AT, "SIGNING"),
    "the old one verifies as long as its tokens live": (
        *(USED, OLD, AT + OVERLAP - SECOND),
        "VERIFYING",
    ),
    "then it is past": (USED, OLD, AT + OVERLAP, "PAST"),
    "as long as corrections are reported": (
        *(USED, OLD, AT + HEARS_WITHIN + RECEIPTS_COUNT_FOR - SECOND),
        "PAST",
    ),
    "then it is gone": (USED, OLD, AT + HEARS_WITHIN + RECEIPTS_COUNT_FOR, "GONE"),
    "an operator ends the overlap": (retired(USED, OLD.key_id, AT), OLD, AT, "PAST"),
    "one that is not wanted is gone": (retired(ANNOUNCED, NEW.key_id, AT), NEW, AT, "GONE"),
    "a stolen one is revoked": (revoked(ANNOUNCED, OLD.key_id, AT), OLD, AT, "REVOKED"),
    "and the announced one signs": (revoked(ANNOUNCED, OLD.key_id, AT), NEW, AT, "SIGNING"),
}


@pytest.mark.parametrize(("known", "signer", "at", "expected"), STATES.values(), ids=STATES)
def test_states(known: HubKeySet, signer: HubSigner, at: datetime, expected: str) -> None:
    assert state(known, signer, at) == expected


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "a key that nobody announced": (lambda: used(FIRST, NEW.key_id, None, AT), "NO_SUCH_KEY"),
    "the one in use": (lambda: used(FIRST, OLD.key_id, None, AT), "NOT_ANNOUNCED"),
    "one that was replaced": (lambda: used(USED, OLD.key_id, None, AT), "NOT_ANNOUNCED"),
    "announced twice": (lambda: announced(ANNOUNCED, key_of(NEW)), "KNOWN_ALREADY"),
    "the one in use retired": (lambda: retired(FIRST, OLD.key_id, AT), "IN_USE"),
    "retired after its time": (lambda: retired(USED, OLD.key_id, AT + OVERLAP), "OVER_ALREADY"),
    "the only one revoked": (lambda: revoked(FIRST, OLD.key_id, AT), "NO_SUCCESSOR"),
    "revoked twice": (
        lambda: revoked(revoked(ANNOUNCED, OLD.key_id, AT), OLD.key_id, AT),
        "OVER_ALREADY",
    ),
}


@pytest.mark.parametrize(("step", "code"), REFUSED.values(), ids=REFUSED)
def test_no_other_step_is_taken(step: Callable[[], object], code: str) -> None:
    with pytest.raises(StepRefused, match=code):
        step()


def test_a_stolen_key_vouches_for_nobody() -> None:
    vouched = replace(ANNOUNCED, keys=(FIRST.keys[0], replace(key_of(NEW), certificate="its word")))
    assert revoked(vouched, OLD.key_id, AT).find(NEW.key_id).certificate is None


def test_beyond_the_limit_the_key_that_is_gone_for_longest_is_forgotten() -> None:
    known, at = FIRST, AT
    for _ in range(HUB_KEYS_MAX + 3):
        signer = HubSigner.generate()
        word = HubKeys.of_one(signer, "hub", lambda: AT).log_certificate(signer)
        key = replace(key_of(signer, at), certificate=word, log_certificate=word)
        known = used(announced(known, key), signer.key_id, word, at)
        at += timedelta(days=31, hours=1)
    assert len(known.keys) == HUB_KEYS_MAX
    assert known.founder == OLD.key_id
    assert len(sign_key_set(known, [OLD])) < 64 * 1024
    assert known.signing.state(at) is HubKeyState.SIGNING


def test_too_many_at_once_are_refused() -> None:
    known = FIRST
    for _ in range(HUB_KEYS_MAX - 1):
        known = announced(known, key_of(HubSigner.generate()))
    with pytest.raises(StepRefused, match="TOO_MANY"):
        announced(known, key_of(NEW))
