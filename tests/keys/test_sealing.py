"""What is sealed opens under its own name with the same key, unchanged; and nothing else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxing.keys.sealing import NotSealed, Sealer

SEALER = Sealer(b"k" * 32)


@given(st.binary(max_size=300), st.binary(max_size=50))
def test_what_is_sealed_is_opened_as_it_was(octets: bytes, name: bytes) -> None:
    sealed = SEALER.seal(octets, name)
    assert SEALER.open(sealed, name) == octets
    assert len(sealed) == len(octets) + 28
    assert SEALER.seal(octets, name) != sealed


@given(st.binary(max_size=100), st.binary(max_size=20), st.binary(max_size=20))
def test_another_name_opens_nothing(octets: bytes, name: bytes, other: bytes) -> None:
    if name != other:
        with pytest.raises(NotSealed):
            SEALER.open(SEALER.seal(octets, name), other)


def test_another_key_opens_nothing() -> None:
    with pytest.raises(NotSealed):
        Sealer(b"o" * 32).open(SEALER.seal(b"octets", b"name"), b"name")


@given(st.binary(max_size=100), st.data())
def test_a_changed_bit_is_found(octets: bytes, data: st.DataObject) -> None:
    sealed = bytearray(SEALER.seal(octets, b"name"))
    place = data.draw(st.integers(0, 8 * len(sealed) - 1))
    sealed[place // 8] ^= 1 << place % 8
    with pytest.raises(NotSealed):
        SEALER.open(bytes(sealed), b"name")


@given(st.binary(max_size=60))
def test_whatever_comes_is_refused_alike(octets: bytes) -> None:
    with pytest.raises(NotSealed):
        SEALER.open(octets, b"name")


def test_printing_shows_no_key() -> None:
    assert "kkkk" not in repr(SEALER)
