"""The current trust list: its version only rises, and its time ends."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.keys.federation import AT, Federation
from tongxing.keys.trust_refusal import TrustListRefused, TrustRefusal
from tongxing.keys.trust_store import TrustStore

FEDERATION = Federation()
LISTS = {version: FEDERATION.signed(FEDERATION.payload(version=version)) for version in (6, 7, 8)}


def _store(at_least_version: int = 0) -> TrustStore:
    return TrustStore(FEDERATION.roots, at_least_version=at_least_version)


def _refusal(store: TrustStore, unverified: bytes) -> TrustRefusal:
    with pytest.raises(TrustListRefused) as refused:
        store.replace(unverified, AT)
    return refused.value.code


def test_a_store_without_a_list_answers_nothing() -> None:
    with pytest.raises(TrustListRefused) as refused:
        _store().current(AT)
    assert refused.value.code is TrustRefusal.NONE_HELD


def test_a_newer_list_takes_the_place_of_the_one_held() -> None:
    store = _store()
    store.replace(LISTS[6], AT)
    assert store.replace(LISTS[8], AT).version == 8
    assert store.current(AT).version == 8


ANOTHER_7 = FEDERATION.signed(FEDERATION.payload(version=7, issuers=FEDERATION.issuers()[:2]))
NOT_TAKEN = [
    ("an-older-list", LISTS[6], TrustRefusal.ROLLBACK),
    ("the-same-list", LISTS[7], TrustRefusal.NOTHING_NEW),
    ("another-list-of-the-same-version", ANOTHER_7, TrustRefusal.ROLLBACK),
    ("a-newer-list-with-a-fault", LISTS[8][:-3], TrustRefusal.MALFORMED),
]


@pytest.mark.parametrize(
    ("unverified", "expected"), [case[1:] for case in NOT_TAKEN], ids=[c[0] for c in NOT_TAKEN]
)
def test_what_is_not_taken_leaves_the_held_list_alone(
    unverified: bytes, expected: TrustRefusal
) -> None:
    store = _store()
    held = store.replace(LISTS[7], AT)
    assert _refusal(store, unverified) is expected
    assert store.current(AT) is held


def test_a_rollback_is_found_right_after_a_start() -> None:
    store = _store(at_least_version=7)
    assert _refusal(store, LISTS[6]) is TrustRefusal.ROLLBACK
    assert store.replace(LISTS[7], AT).version == 7


def test_a_list_that_is_never_replaced_comes_to_an_end() -> None:
    store = _store()
    expires_at = store.replace(LISTS[7], AT).expires_at
    assert store.current(expires_at - timedelta(seconds=1)).version == 7
    with pytest.raises(TrustListRefused) as refused:
        store.current(expires_at)
    assert refused.value.code is TrustRefusal.EXPIRED


def test_a_list_is_not_in_force_for_a_clock_that_was_set_back() -> None:
    store = _store()
    store.replace(LISTS[7], AT)
    with pytest.raises(TrustListRefused) as refused:
        store.current(AT - timedelta(days=2))
    assert refused.value.code is TrustRefusal.NOT_YET_VALID


def test_of_many_replacing_at_once_the_newest_stays() -> None:
    lists = [FEDERATION.signed(FEDERATION.payload(version=v)) for v in range(1, 30)]
    store = _store()

    def replace(unverified: bytes) -> None:
        try:
            store.replace(unverified, AT)
        except TrustListRefused as refused:
            assert refused.code is TrustRefusal.ROLLBACK  # noqa: PT017  both ways are right here

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(replace, reversed(lists)))
    assert store.current(AT).version == 29
