"""Which statement of a hub's keys a process believes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest

from tongxing.keys.hub_key_set import OVERLAP, HubKeySet, StatedKey, announced, revoked, used
from tongxing.keys.hub_key_statement import InvalidStatement, sign_key_set
from tongxing.keys.hub_keys import HeldKeys, HubKeys, NoSigningKey
from tongxing.keys.signing import HubSigner

AT = datetime(2026, 3, 6, 10, 0, tzinfo=UTC)
OLD, NEW, THIEF = (HubSigner.generate() for _ in range(3))


class Process:
    """With these private keys; its clock stands until it is moved."""

    def __init__(self, *held: HubSigner, first: HubSigner | None = OLD) -> None:
        self.at = AT
        self.keys = HubKeys("hub", "hub/audit", held_keys(*held, first=first), lambda: self.at)


def held_keys(*held: HubSigner, first: HubSigner | None = OLD) -> HeldKeys:
    signers = {each.key_id: each for each in held}
    named = None if first is None else first.key_id
    return HeldKeys(MappingProxyType(signers), MappingProxyType({}), named, None)


FIRST = Process(OLD).keys.current


def announced_set() -> HubKeySet:
    keys = Process(OLD).keys
    key = StatedKey(
        public_key=NEW.public_key, log_certificate=keys.log_certificate(NEW), announced_at=AT
    )
    return announced(FIRST, key)


ANNOUNCED = announced_set()
USED = used(ANNOUNCED, NEW.key_id, None, AT)


def stated(known: HubKeySet, *signers: HubSigner) -> str:
    return sign_key_set(known, signers)


def test_both_keys_state_the_change_and_a_machine_that_has_only_one_of_them_believes_it() -> None:
    for process in (Process(OLD), Process(NEW, first=None), Process(OLD, NEW)):
        assert process.keys.take(stated(USED, OLD, NEW))
        assert process.keys.current == USED


def test_an_older_statement_and_the_same_again_change_nothing() -> None:
    keys = Process(OLD, NEW).keys
    assert keys.take(stated(USED, OLD, NEW))
    assert not keys.take(stated(ANNOUNCED, OLD))
    assert not keys.take(stated(USED, OLD, NEW))
    assert keys.signer is NEW


FORGED: dict[str, str] = {
    "by nobody of the hub": stated(replace(USED, version=9), THIEF),
    "with a wrong signature": stated(USED, OLD)[:-4] + "AAAA",
    "two that say different things": stated(ANNOUNCED, OLD) + "\n" + stated(USED, OLD),
    "of another hub": stated(replace(USED, hub_id="another"), OLD),
    "too many signatures": "\n".join([stated(USED, OLD)] * 5),
    "nothing": "",
    "no text of ours": "é.ü.ä",
}


@pytest.mark.parametrize("text", FORGED.values(), ids=FORGED)
def test_what_the_hub_has_not_signed_is_refused(text: str) -> None:
    keys = Process(OLD).keys
    with pytest.raises(InvalidStatement):
        keys.take(text)
    assert keys.current.version == 0


def test_a_revoked_key_states_nothing_any_more() -> None:
    keys = Process(OLD, NEW).keys
    gone = revoked(USED, OLD.key_id, AT)
    assert keys.take(stated(gone, NEW))
    with pytest.raises(InvalidStatement):
        keys.take(stated(replace(USED, version=9), OLD))


def test_a_machine_without_the_key_signs_with_the_one_before_until_that_ends() -> None:
    process = Process(OLD)
    process.keys.take(stated(USED, OLD, NEW))
    assert process.keys.is_behind
    assert process.keys.signer is OLD
    process.at += OVERLAP - timedelta(seconds=1)
    assert process.keys.log_signer().verifier in process.keys.of_log()
    process.at += timedelta(seconds=1)
    with pytest.raises(NoSigningKey):
        _ = process.keys.signer
    process.keys.hold(held_keys(OLD, NEW))
    assert process.keys.signer is NEW
    assert not process.keys.is_behind


KINDS: Sequence[tuple[HubKeySet, set[str], set[str]]] = [
    (ANNOUNCED, {OLD.key_id, NEW.key_id}, {OLD.key_id, NEW.key_id}),
    (USED, {OLD.key_id, NEW.key_id}, {OLD.key_id, NEW.key_id}),
    (revoked(USED, OLD.key_id, AT), {NEW.key_id}, {NEW.key_id}),
]


@pytest.mark.parametrize(
    ("known", "of_tokens", "shown"), KINDS, ids=["announced", "used", "revoked"]
)
def test_whose_word_counts(known: HubKeySet, of_tokens: set[str], shown: set[str]) -> None:
    process = Process(OLD, NEW)
    process.keys.take(stated(known, OLD, NEW))
    assert {key.thumbprint() for key in process.keys.of_tokens()} == of_tokens
    assert {key.key_id for key in process.keys.published()} == shown
    assert process.keys.published()[0].is_in_use
    every = {*process.keys.of_log(), *process.keys.of_heads()}
    assert every == {each.log_signer("hub/audit").verifier for each in (OLD, NEW)}


def test_a_hub_whose_first_key_is_gone_and_of_which_nothing_is_stated_signs_nothing() -> None:
    keys = Process(NEW, first=None).keys
    with pytest.raises(NoSigningKey):
        _ = keys.current


def test_a_process_keeps_the_key_that_it_signs_with_if_the_file_is_gone() -> None:
    process = Process(OLD)
    process.keys.hold(held_keys(NEW, first=None))
    assert process.keys.signer is OLD
    process.keys.take(stated(USED, OLD, NEW))
    assert process.keys.signer is NEW
    process.keys.hold(held_keys(OLD))
    assert process.keys.signer is NEW


def test_a_key_counts_as_held_once_its_announcement_was_heard_and_its_heads_count_before() -> None:
    process = Process(OLD, NEW)
    assert process.keys.held_and_known() == {OLD.key_id}
    assert NEW.log_signer("hub/audit").verifier in process.keys.of_heads()
    assert NEW.log_signer("hub/audit").verifier not in process.keys.of_log()
    process.keys.take(stated(ANNOUNCED, OLD))
    assert process.keys.held_and_known() == {OLD.key_id, NEW.key_id}
