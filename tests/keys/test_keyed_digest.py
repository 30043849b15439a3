"""The digest is that of RFC 2104, whatever the key and the message are."""

import hmac

from hypothesis import given
from hypothesis import strategies as st

from tongxing.keys.keyed_digest import KeyedDigest

KEYS = st.binary(max_size=129)
"""Up to more than two blocks of SHA-256."""


@given(key=KEYS, messages=st.lists(st.binary(max_size=200), min_size=1, max_size=3))
def test_it_is_hmac_sha_256_also_when_it_is_used_again(key: bytes, messages: list[bytes]) -> None:
    keyed = KeyedDigest(key)
    for message in messages:
        assert keyed.of(message) == hmac.digest(key, message, "sha256")


def test_it_shows_nothing_of_the_key() -> None:
    shown = repr(KeyedDigest(b"secret key"))
    assert "secret" not in shown
