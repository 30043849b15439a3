"""Root keys follow others with both thresholds, link by link, or are refused with a stable code."""

import json
from collections.abc import Callable

import pytest

from tests.keys.roots import PEOPLE, roots, signed_by, signed_text, successor
from tongxing.keys.root_chain import RootChain
from tongxing.keys.root_keys import RootKeys
from tongxing.keys.root_signatures import TRUST_LIST_TYP
from tongxing.keys.root_succession import (
    SIGNED_ROOTS_MAX_BYTES,
    anchor_of,
    following,
    payload_after,
)
from tongxing.keys.trust_refusal import RootKeysRefused

FIRST = anchor_of(roots("alice", "bob", "carol"))
SECOND = roots("bob", "carol", "dave")


def test_root_keys_follow_with_the_signatures_of_both_thresholds() -> None:
    second = following(FIRST, successor(FIRST, SECOND, "bob", "carol"))
    assert (second.version, second.keys) == (2, SECOND)
    third = following(second, successor(second, roots("dave", "erin"), "bob", "dave", "erin"))
    assert third.version == 3


def test_one_key_counts_for_both_and_a_new_person_signs_too() -> None:
    new = roots("carol", "dave", "erin")
    made = successor(FIRST, new, "alice", "carol", "dave")
    assert following(FIRST, made).keys == new


def _renamed() -> RootKeys:
    return RootKeys(2, {"alice": PEOPLE["dave"].public_key, "bob": PEOPLE["bob"].public_key})


def _twice() -> bytes:
    key = PEOPLE["bob"].public_key.to_jwk()
    keys = [{"kid": name, **key} for name in ("bob", "robert")]
    return successor(FIRST, SECOND, "bob", "carol", keys=keys)


def _copied() -> bytes:
    """The signatures are over another proposal."""
    other = json.loads(successor(FIRST, roots("bob", "carol", "erin"), "bob", "carol"))
    mine = json.loads(successor(FIRST, roots("bob", "carol", "mallory"), "bob"))
    return json.dumps(mine | {"signatures": other["signatures"]}).encode()


def _of_another_chain() -> bytes:
    elsewhere = anchor_of(roots("alice", "bob", "carol", threshold=3))
    return successor(elsewhere, SECOND, "bob", "carol")


def _again() -> bytes:
    form = json.loads(successor(FIRST, SECOND, "bob"))
    return json.dumps(form | {"signatures": form["signatures"] * 2}).encode()


def _padded() -> bytes:
    return successor(FIRST, SECOND, "bob", "carol") + b" " * SIGNED_ROOTS_MAX_BYTES


def _repeated_member() -> bytes:
    text = json.dumps(payload_after(FIRST, SECOND))[:-1] + ', "threshold": 1}'
    return signed_text(["bob", "carol"], text.encode())


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "the old ones are too few": (
        lambda: successor(FIRST, SECOND, "bob", "dave"),
        "SHORT_OF_SIGNATURES",
    ),
    "the new ones are too few": (
        lambda: successor(FIRST, roots("bob", "dave", "erin"), "alice", "bob"),
        "SHORT_OF_SIGNATURES",
    ),
    "strangers alone have signed": (
        lambda: successor(FIRST, roots("dave", "erin"), "dave", "erin"),
        "SHORT_OF_SIGNATURES",
    ),
    "nobody has signed": (lambda: successor(FIRST, SECOND), "MALFORMED"),
    "one has signed twice": (_again, "BAD_SIGNATURE"),
    "signatures of another proposal": (_copied, "BAD_SIGNATURE"),
    "signed as a trust list": (
        lambda: signed_by(["bob", "carol"], payload_after(FIRST, SECOND), TRUST_LIST_TYP),
        "MALFORMED",
    ),
    "a version is left out": (
        lambda: successor(FIRST, SECOND, "bob", "carol", version=3),
        "NOT_THE_NEXT",
    ),
    "the same version": (
        lambda: successor(FIRST, SECOND, "bob", "carol", version=1),
        "NOT_THE_NEXT",
    ),
    "a version that is true": (
        lambda: successor(FIRST, SECOND, "bob", "carol", version=True),
        "NOT_THE_NEXT",
    ),
    "they follow others": (_of_another_chain, "ANOTHER_CHAIN"),
    "a threshold of none": (
        lambda: successor(FIRST, SECOND, "bob", "carol", threshold=0),
        "UNUSABLE_ROOTS",
    ),
    "a threshold that cannot be met": (
        lambda: successor(FIRST, SECOND, "bob", "carol", threshold=4),
        "UNUSABLE_ROOTS",
    ),
    "a threshold that is a text": (
        lambda: successor(FIRST, SECOND, "bob", "carol", threshold="2"),
        "MALFORMED",
    ),
    "one key under two names": (_twice, "UNUSABLE_ROOTS"),
    "another member": (lambda: successor(FIRST, SECOND, "bob", "carol", more=1), "MALFORMED"),
    "a member that is there twice": (_repeated_member, "MALFORMED"),
    "huge": (_padded, "TOO_LARGE"),
    "no JSON": (lambda: b"{", "MALFORMED"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_other_root_keys_are_refused(case: str) -> None:
    make, code = REFUSED[case]
    with pytest.raises(RootKeysRefused, match=f"root keys are refused: {code}"):
        following(FIRST, make())


def test_an_id_is_not_given_to_another_key() -> None:
    with pytest.raises(RootKeysRefused, match="KEY_ID_REUSED"):
        payload_after(FIRST, _renamed())
    keys = [{"kid": key_id, **key.to_jwk()} for key_id, key in _renamed().keys.items()]
    made = successor(FIRST, roots("alice", "bob"), "bob", "carol", keys=keys)
    with pytest.raises(RootKeysRefused, match="KEY_ID_REUSED"):
        following(FIRST, made)


def test_a_fork_does_not_take_the_place_of_what_was_taken() -> None:
    taken = successor(FIRST, SECOND, "bob", "carol")
    fork = successor(FIRST, roots("alice", "bob", "mallory"), "alice", "bob")
    chain = RootChain(FIRST.keys)
    digest = following(FIRST, taken).digest
    with pytest.raises(RootKeysRefused, match="ANOTHER_CHAIN"):
        chain.extend([fork], digest)
    assert chain.extend([fork, taken], digest)
    assert chain.newest.keys == SECOND
    assert not chain.extend([])
