"""Holder references: the same for the same document, and telling nothing without the key."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxing.keys import base64url
from tongxing.keys.holder import HolderKey, generate_holder_key

KEY = HolderKey(bytes(range(32)))
PARTS = st.lists(st.text(alphabet="ab\x00码", max_size=4), max_size=3)


def test_a_reference_stays_the_same_for_ever() -> None:
    """It ties the audit log of years: a change of these lines is a break with everything kept."""
    assert KEY.ref("PASSPORT", "E00000000") == "iZb8_jSY4tgAR0C8zzIUBg"
    cache_ref = KEY.cache_ref("status", "zhenjiang", "E00000000")
    assert cache_ref == "NNNJGznbaj0ZSGvX-4zEc3tjcq48Hr_LKWjYuXCc2MU"


def test_a_reference_shows_neither_number_nor_key() -> None:
    reference = KEY.ref("PASSPORT", "E00000000")
    assert len(reference) == 22
    assert "E0000" not in reference
    assert "E0000" not in repr(KEY)
    assert repr(KEY) == str(KEY)
    assert bytes(range(32)).hex() not in repr(KEY)


DIFFERENT = {
    "another-number": KEY.ref("PASSPORT", "E00000001"),
    "another-kind": KEY.ref("TAIWAN_PERMIT", "E00000000"),
    "moved-border": KEY.ref("PASSPORTE", "00000000"),
    "another-key": HolderKey(bytes(32)).ref("PASSPORT", "E00000000"),
    "as-a-cache-key": KEY.cache_ref("PASSPORT", "E00000000")[:22],
    "as-a-key-in-memory": KEY.memory_ref("PASSPORT", "E00000000"),
}


@pytest.mark.parametrize("other", DIFFERENT.values(), ids=DIFFERENT)
def test_references_differ_for(other: str) -> None:
    assert KEY.ref("PASSPORT", "E00000000") != other


@given(one=PARTS, other=PARTS)
@pytest.mark.parametrize("key", [KEY.cache_ref, KEY.memory_ref], ids=["cache", "memory"])
def test_different_parts_never_give_one_cache_key(
    key: Callable[..., str], one: list[str], other: list[str]
) -> None:
    assert (key("status", *one) == key("status", *other)) == (one == other)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        HolderKey(bytes(31))


def test_generated_keys_differ_and_are_long_enough() -> None:
    one, other = generate_holder_key(), generate_holder_key()
    assert one != other
    assert HolderKey(one).ref("PASSPORT", "1") != HolderKey(other).ref("PASSPORT", "1")


PERSON = KEY.ref("PASSPORT", "E00000000")


@given(client=st.text(max_size=64), number=st.text(max_size=20))
def test_what_a_client_is_shown_leads_back_to_the_holder_for_the_hub(
    client: str, number: str
) -> None:
    holder = KEY.ref("PASSPORT", number)
    assert KEY.behind(client, KEY.shown_to(client, holder)) == holder


SHOWN = {
    "the reference at rest": PERSON,
    "what another client is shown": KEY.shown_to("station", PERSON),
    "another holder": KEY.shown_to("city", KEY.ref("PASSPORT", "E00000001")),
    "what another hub shows": HolderKey(bytes(32)).shown_to("city", PERSON),
}


@pytest.mark.parametrize("other", SHOWN.values(), ids=SHOWN)
def test_what_a_client_is_shown_is_not(other: str) -> None:
    assert KEY.shown_to("city", PERSON) == KEY.shown_to("city", PERSON) != other


@pytest.mark.parametrize("text", ["", "A", "A" * 43, "not a reference", "王安宁"])
def test_a_text_of_another_form_leads_to_no_holder(text: str) -> None:
    with pytest.raises(ValueError, match=r"bytes|encod"):
        KEY.behind("city", text)


NAMED = ("city", "PASSPORT", "E00000000", "LINDEN MIRA")


@pytest.mark.parametrize("changed", range(4), ids=["client", "kind", "number", "name"])
def test_a_receipt_binds_all_of(changed: int) -> None:
    other = [part + "X" if place == changed else part for place, part in enumerate(NAMED)]
    assert KEY.named(*NAMED) != KEY.named(*other)


def test_a_guess_belongs_to_one_client_and_is_no_reference() -> None:
    guess = KEY.guess("city", "document", "PASSPORT", "E00000000")
    others = {
        KEY.guess("station", "document", "PASSPORT", "E00000000"),
        KEY.guess("city", "number", "PASSPORT", "E00000000"),
        KEY.guess("city", "document", "PASSPORT", "E00000001"),
        KEY.guess("city", "document", "PASSPORTE00000000"),
        base64url.decode(KEY.ref("PASSPORT", "E00000000")),
        base64url.decode(KEY.cache_ref("city", "document", "PASSPORT", "E00000000"))[:16],
    }
    assert len(guess) == 16
    assert guess not in others
    assert len(others) == 6
