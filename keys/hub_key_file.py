"""A file of a hub's public keys, as it publishes them at ``/.well-known/jwks.json``.

Responsible for the keys of its log, which each key vouches for in its member ``log_key``. The keys
themselves are those of any JWK Set (``public_key_file``).
"""

from collections.abc import Sequence

from tongxing.keys.log_key import InvalidLogKey, verify_log_key
from tongxing.keys.public_key_file import FILE_MAX_BYTES, named_key_from_jwk, read_public_keys
from tongxing.keys.signed_note import VerifierKey
from tongxing.keys.strict_json import parse_object
from tongxing.keys.suites import InvalidKey


def log_keys_in(octets: bytes) -> Sequence[VerifierKey]:
    """Of a JWK, or of all in a JWK Set. Raises InvalidKey, also if one vouches for none."""
    read_public_keys(octets)
    members = parse_object(octets, at_most_bytes=FILE_MAX_BYTES)
    try:
        return [
            verify_log_key(str(jwk.get("log_key")), named_key_from_jwk(jwk).public_key)
            for jwk in members.get("keys", [members])
        ]
    except InvalidLogKey:
        raise InvalidKey("a key in it does not say which key its log has") from None
