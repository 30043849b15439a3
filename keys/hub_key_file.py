"""A file of a hub's public keys, as it publishes them at ``/.well-known/jwks.json``.

Responsible for the keys of its log, which each key vouches for in its member ``log_key``, and for
the keys that a known one vouches for. The keys themselves are those of any JWK Set
(``public_key_file``).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tongxing.keys.hub_key_statement import InvalidStatement, certified_hub_key
from tongxing.keys.log_key import InvalidLogKey, verify_log_key
from tongxing.keys.public_key_file import FILE_MAX_BYTES, named_key_from_jwk, read_public_keys
from tongxing.keys.signed_note import VerifierKey
from tongxing.keys.strict_json import parse_object
from tongxing.keys.suites import InvalidKey, PublicKey


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


def vouched_for(octets: bytes, known: Sequence[PublicKey]) -> Sequence[Mapping[str, Any]]:
    """The JWKs of a JWK Set that are ``known``, or that one of these vouches for, or one of those:
    for a caller who kept old keys. Raises InvalidKey if there is none."""
    read_public_keys(octets)
    left = [*parse_object(octets, at_most_bytes=FILE_MAX_BYTES).get("keys", [])]
    believed, found = list(known), []
    while new := [jwk for jwk in left if _is_vouched_for(jwk, believed)]:
        found += new
        left = [jwk for jwk in left if jwk not in new]
        believed += [named_key_from_jwk(jwk).public_key for jwk in new]
    if not found:
        raise InvalidKey("no key in it that the known one vouches for")
    return found


def _is_vouched_for(jwk: Mapping[str, Any], believed: Sequence[PublicKey]) -> bool:
    key, word = named_key_from_jwk(jwk).public_key, str(jwk.get("certificate"))
    return key in believed or any(_vouches(each, word, key) for each in believed)


def _vouches(believed: PublicKey, word: str, key: PublicKey) -> bool:
    try:
        return certified_hub_key(word, believed) == key
    except InvalidStatement:
        return False
