"""The algorithm suites, behind one closed table: ES256, EdDSA and SM2-SM3.

Responsible for what a public key is and for checking one signature with it. A key always belongs to
one suite, and the suite never comes from a message. Refuses symmetric algorithms and RSA: they have
no row in the table.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from json import dumps
from types import MappingProxyType

from tongxing.keys import base64url
from tongxing.keys.ed25519 import EdPublicKey
from tongxing.keys.p256 import P256PublicKey
from tongxing.keys.sm2 import Sm2PublicKey

COORDINATE_BYTES = 32


class SuiteName(StrEnum):
    """The names of the ``alg`` header (RFC 7518, RFC 8037); SM2-SM3 has no such name."""

    ES256 = "ES256"
    EDDSA = "EdDSA"
    SM2_SM3 = "SM2-SM3"


class InvalidKey(ValueError):
    """The JWK is not a public key of one of the suites. Says nothing of its content."""


class BadSignature(Exception):
    """The signature is not this key's over these bytes."""


Point = P256PublicKey | EdPublicKey | Sm2PublicKey


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key of one suite; ``encoded`` is x‖y, or x for Ed25519. Made by
    ``public_key_from_jwk`` and ``public_key_from_encoded``."""

    suite: SuiteName
    encoded: bytes
    point: Point = field(repr=False, compare=False)

    def to_jwk(self) -> dict[str, str]:
        """The required members of the JWK (RFC 7517, RFC 8037), nothing else."""
        suite = _SUITES[self.suite]
        parts = range(0, len(self.encoded), COORDINATE_BYTES)
        coordinates = (base64url.encode(self.encoded[i : i + COORDINATE_BYTES]) for i in parts)
        named = dict(zip(suite.coordinates, coordinates, strict=True))
        return {"kty": suite.kty, "crv": suite.crv, **named}

    def thumbprint(self) -> str:
        """RFC 7638 with SHA-256: 43 characters, computed from the key itself."""
        canonical = dumps(self.to_jwk(), sort_keys=True, separators=(",", ":"))
        return base64url.encode(sha256(canonical.encode("ascii")).digest())


def public_key_from_encoded(name: SuiteName, encoded: bytes) -> PublicKey:
    """The public key of suite ``name`` whose ``encoded`` form this is; InvalidKey otherwise."""
    try:
        return PublicKey(name, encoded, _SUITES[name].load(encoded))
    except ValueError:
        raise InvalidKey("not a point that the keys of this suite can have") from None


def public_key_from_jwk(jwk: Mapping[str, object]) -> PublicKey:
    """The public key in ``jwk``; InvalidKey otherwise.

    Besides the members of the key itself, it may have ``kid``, ``use``, ``alg`` and ``key_ops``,
    which must fit. Any other member is refused, and so is a private key.
    """
    name = _suite_of(jwk)
    suite = _SUITES[name]
    if not suite.required <= jwk.keys() <= suite.required | _DESCRIPTIVE:
        raise InvalidKey("the JWK has other members than a public key has")
    _check_description(jwk, name)
    coordinates = (_coordinate(jwk[member]) for member in suite.coordinates)
    return public_key_from_encoded(name, b"".join(coordinates))


def public_keys_from_jwk_set(jwk_set: Mapping[str, object]) -> Mapping[str, PublicKey]:
    """The keys of a JWK Set (RFC 7517 §5) by ``kid``. If one key is bad, or two have the same
    ``kid``, the whole set is refused with InvalidKey."""
    jwks = jwk_set.get("keys")
    if jwk_set.keys() != {"keys"} or not isinstance(jwks, list):
        raise InvalidKey("a JWK Set has the member keys, a list, and no other")
    found: dict[str, PublicKey] = {}
    for jwk in jwks:
        if not isinstance(jwk, Mapping) or not is_key_id(jwk.get("kid")) or jwk["kid"] in found:
            raise InvalidKey("each key of a JWK Set has its own kid")
        found[jwk["kid"]] = public_key_from_jwk(jwk)
    return MappingProxyType(found)


def check_signature(key: PublicKey, signed_bytes: bytes, signature: bytes) -> None:
    """Raise BadSignature unless ``signature`` is ``key``'s over ``signed_bytes``. For ES256 and SM2
    a signature is r‖s, 64 bytes; for Ed25519 the 64 bytes of RFC 8032."""
    try:
        key.point.check(signed_bytes, signature)
    except ValueError:
        raise BadSignature("the signature is not this key's over these bytes") from None


KEY_ID_MAX_CHARACTERS = 64
_KEY_ID_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:")


def is_key_id(value: object) -> bool:
    """Whether ``value`` is a key id: 1 to 64 letters, digits and ``-_.:``. It is never a path or
    URL, so a look-up by it cannot leave its table."""
    return (
        isinstance(value, str)
        and 0 < len(value) <= KEY_ID_MAX_CHARACTERS
        and _KEY_ID_CHARACTERS.issuperset(value)
    )


_NO_SUITE = re.compile(r"none|HS[0-9]*", re.IGNORECASE)
"""Names that promise no public signature; whoever writes one is not ahead of us."""


def is_unknown_suite(name: object) -> bool:
    """Whether ``name`` may be that of a suite which this hub does not know yet."""
    return is_key_id(name) and name not in _KNOWN and _NO_SUITE.fullmatch(str(name)) is None


_KNOWN = frozenset(name.value for name in SuiteName)


@dataclass(frozen=True, slots=True)
class _Suite:
    kty: str
    crv: str
    coordinates: tuple[str, ...]
    load: Callable[[bytes], Point]

    @property
    def required(self) -> frozenset[str]:
        return frozenset({"kty", "crv", *self.coordinates})


_SUITES: Mapping[SuiteName, _Suite] = MappingProxyType(
    {
        SuiteName.ES256: _Suite("EC", "P-256", ("x", "y"), P256PublicKey.from_point),
        SuiteName.EDDSA: _Suite("OKP", "Ed25519", ("x",), EdPublicKey.from_encoded),
        SuiteName.SM2_SM3: _Suite("EC", "SM2", ("x", "y"), Sm2PublicKey.from_point),
    }
)
_DESCRIPTIVE = frozenset({"kid", "use", "alg", "key_ops"})


def _suite_of(jwk: Mapping[str, object]) -> SuiteName:
    for name, suite in _SUITES.items():
        if (jwk.get("kty"), jwk.get("crv")) == (suite.kty, suite.crv):
            return name
    raise InvalidKey("the JWK is not of a known suite")


def _check_description(jwk: Mapping[str, object], name: SuiteName) -> None:
    """RFC 7517 §4.2 to §4.5. A key made for something else is not used for signatures."""
    fits = (
        jwk.get("use", "sig") == "sig"
        and jwk.get("alg", name.value) == name.value
        and jwk.get("key_ops", ["verify"]) == ["verify"]
        and is_key_id(jwk.get("kid", "absent"))
    )
    if not fits:
        raise InvalidKey("the JWK is for another use than checking signatures of its suite")


def _coordinate(value: object) -> bytes:
    """RFC 7518 §6.2.1.2: always the full size of the field, leading zeros included."""
    try:
        octets = base64url.decode(value) if isinstance(value, str) else b""
    except ValueError:
        octets = b""
    if len(octets) != COORDINATE_BYTES:
        raise InvalidKey("a coordinate of the JWK is not 32 bytes in canonical base64url")
    return octets
