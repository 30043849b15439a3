"""A file of public keys, in the forms in which ordinary libraries write them.

Responsible for reading a JWK, a JWK Set or PEM, as long as it can mean one thing only, and for
naming the true reason if it cannot. A key without a ``kid`` gets its thumbprint (RFC 7638) as id.
Members that say nothing about the key's use are ignored (RFC 7517 §4). Refuses private keys:
whoever registers one has given it away.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa, x448, x25519
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from tongxing.keys.p256 import COORDINATE_BYTES
from tongxing.keys.strict_json import (
    MalformedJson,
    is_utf_16,
    parse_object,
    without_byte_order_mark,
)
from tongxing.keys.suites import (
    InvalidKey,
    PublicKey,
    SuiteName,
    is_key_id,
    public_key_from_encoded,
    public_key_from_jwk,
)
from tongxing.keys.token_check import ClientKey

FILE_MAX_BYTES = 64 * 1024
"""Hundreds of keys. Error: InvalidKey."""

_NO_FORM = "既不是 JWK、JWK Set，也不是 PEM neither a JWK, nor a JWK Set, nor PEM"
_PRIVATE = (
    "这是私钥，不得交给他人：请改用公钥 "
    "this is a private key, which must not leave its owner: give the public key"
)
_WANTED = (
    "只用 ES256（P-256）和 EdDSA（Ed25519） only ES256 (P-256) and EdDSA (Ed25519) are used here"
)


def read_public_keys(octets: bytes) -> tuple[ClientKey, ...]:
    """The keys in a file. Raises InvalidKey, whose text repeats nothing of a key."""
    if len(octets) > FILE_MAX_BYTES:
        raise InvalidKey(f"longer than {FILE_MAX_BYTES} bytes")
    if is_utf_16(octets):
        raise InvalidKey("文件是 UTF-16，请存为 UTF-8 the file is UTF-16: save it as UTF-8")
    octets = without_byte_order_mark(octets)
    if b"-----BEGIN" in octets:
        return tuple(_named(key) for key in _from_pem(octets))
    try:
        members = parse_object(octets, at_most_bytes=FILE_MAX_BYTES)
    except MalformedJson:
        raise InvalidKey(_NO_FORM) from None
    return _from_set(members) if "keys" in members else (named_key_from_jwk(members),)


def named_key_from_jwk(jwk: Mapping[str, Any]) -> ClientKey:
    """Raises InvalidKey."""
    _refuse_secrets(jwk)
    suite = _suite_of(jwk)
    _check_use(jwk, suite)
    key = public_key_from_jwk({name: jwk[name] for name in _members_of(jwk, suite)})
    if "kid" not in jwk:
        return _named(key)
    if not is_key_id(jwk["kid"]):
        raise InvalidKey("a kid is 1 to 64 letters, digits and -_.:")
    return ClientKey(jwk["kid"], key)


def _named(key: PublicKey) -> ClientKey:
    return ClientKey(key.thumbprint(), key)


def _from_set(jwk_set: Mapping[str, Any]) -> tuple[ClientKey, ...]:
    """The keys of a JWK Set (RFC 7517 §5), all of them: to leave one out would be a guess."""
    jwks = jwk_set["keys"]
    if not isinstance(jwks, list) or not all(isinstance(jwk, dict) for jwk in jwks):
        raise InvalidKey("the member keys of a JWK Set is a list of JWKs")
    if not jwks:
        raise InvalidKey("the JWK Set has no key in it")
    return tuple(_of_set(jwk, number) for number, jwk in enumerate(jwks, 1))


def _of_set(jwk: Mapping[str, Any], number: int) -> ClientKey:
    try:
        return named_key_from_jwk(jwk)
    except InvalidKey as error:
        raise InvalidKey(f"key {number}: {error}") from None


_SECRETS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth"})
_SUITES = {("EC", "P-256"): SuiteName.ES256, ("OKP", "Ed25519"): SuiteName.EDDSA}
_ALGORITHMS = {
    SuiteName.ES256: frozenset({"ES256"}),
    SuiteName.EDDSA: frozenset({"EdDSA", "Ed25519"}),
}
"""``Ed25519`` is the name of RFC 9864, which WebCrypto writes."""


def _refuse_secrets(jwk: Mapping[str, Any]) -> None:
    if jwk.get("kty") == "oct" or "k" in jwk:
        raise InvalidKey(f"this is a symmetric key; {_WANTED}")
    if _SECRETS & jwk.keys():
        raise InvalidKey(_PRIVATE)


def _suite_of(jwk: Mapping[str, Any]) -> SuiteName:
    kty, crv = jwk.get("kty"), jwk.get("crv")
    if kty == "RSA":
        raise InvalidKey(f"this is an RSA key; {_WANTED}")
    if crv == "SM2":
        raise InvalidKey(f"SM2 has no algorithm for tokens; {_WANTED}")
    if not isinstance(kty, str) or kty not in ("EC", "OKP"):
        raise InvalidKey(f"the JWK has no kty EC or OKP; {_WANTED}")
    if not isinstance(crv, str) or not is_key_id(crv):
        raise InvalidKey(f"the JWK has no crv that is known; {_WANTED}")
    if (kty, crv) not in _SUITES:
        raise InvalidKey(f"this is a key on {crv}; {_WANTED}")
    return _SUITES[kty, crv]


def _members_of(jwk: Mapping[str, Any], suite: SuiteName) -> Sequence[str]:
    members = ("kty", "crv", "x", "y") if suite is SuiteName.ES256 else ("kty", "crv", "x")
    if not jwk.keys() >= set(members):
        raise InvalidKey("a coordinate of the JWK is missing (x, and for EC also y)")
    return members


def _check_use(jwk: Mapping[str, Any], suite: SuiteName) -> None:
    """RFC 7517 §4.2 to §4.4. A key that was made for something else is not used for signatures."""
    if jwk.get("use", "sig") != "sig":
        raise InvalidKey("the JWK is for another use than signatures (member use)")
    algorithm = jwk.get("alg", suite.value)
    if not isinstance(algorithm, str) or algorithm not in _ALGORITHMS[suite]:
        raise InvalidKey("the JWK is for another algorithm than that of its curve (member alg)")
    operations = jwk.get("key_ops", ["verify"])
    if not isinstance(operations, list) or not _verifies(operations):
        raise InvalidKey("the JWK's key_ops are not verify, alone or beside sign")


def _verifies(operations: Sequence[object]) -> bool:
    return "verify" in operations and all(each in ("sign", "verify") for each in operations)


_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----.*?-----END \1-----", re.DOTALL)
_UNUSED_KINDS = {
    rsa.RSAPublicKey: "an RSA",
    ed448.Ed448PublicKey: "an Ed448",
    x25519.X25519PublicKey: "an X25519",
    x448.X448PublicKey: "an X448",
}


def _from_pem(octets: bytes) -> Sequence[PublicKey]:
    if b"PRIVATE KEY-----" in octets:
        raise InvalidKey(_PRIVATE)
    blocks = list(_BLOCK.finditer(octets))
    if not blocks or len(blocks) != octets.count(b"-----BEGIN"):
        raise InvalidKey("the PEM is cut off")
    return [_from_block(block[0], block[1]) for block in blocks]


def _from_block(block: bytes, label: bytes) -> PublicKey:
    if label == b"CERTIFICATE":
        raise InvalidKey(
            "这是证书，请用 openssl x509 -pubkey -noout 取出公钥 "
            "this is a certificate: openssl x509 -pubkey -noout shows its key"
        )
    if label != b"PUBLIC KEY":
        raise InvalidKey("the PEM is no public key (BEGIN PUBLIC KEY)")
    try:
        key = load_pem_public_key(block)
    except (ValueError, UnsupportedAlgorithm):
        raise InvalidKey(f"the PEM is not a readable public key; {_WANTED}") from None
    if isinstance(key, ed25519.Ed25519PublicKey):
        return public_key_from_encoded(SuiteName.EDDSA, key.public_bytes_raw())
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise InvalidKey(f"this is {_kind(key)} key; {_WANTED}")
    if key.curve.name != "secp256r1":
        raise InvalidKey(f"this is a key on {key.curve.name}; {_WANTED}")
    numbers = key.public_numbers()
    parts = (value.to_bytes(COORDINATE_BYTES, "big") for value in (numbers.x, numbers.y))
    return public_key_from_encoded(SuiteName.ES256, b"".join(parts))


def _kind(key: object) -> str:
    return next((name for kind, name in _UNUSED_KINDS.items() if isinstance(key, kind)), "another")
