"""Envelopes: taking apart signed messages that are not verified yet.

Responsible for the three forms on the wire (docs/wire-formats.md) and their one strict reading. The
result is an UnverifiedEnvelope; only ``keys.verification.verify`` makes more of it. Refuses to
choose a key or an algorithm, and refuses every header member that is not expected, so that ``jwk``,
``jku``, ``x5u``, ``crit`` and future members never reach a decision (RFC 8725).
"""

from base64 import b64decode, b64encode
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from tongxing.keys import base64url
from tongxing.keys.strict_json import MalformedJson, members, parse_object
from tongxing.keys.suites import SuiteName, is_key_id, is_unknown_suite

JWS_MAX_BYTES = 64 * 1024
"""As long as the longest answer of an issuer (docs/wire-formats.md). Error: MalformedEnvelope."""

PROTECTED_HEADER_MAX_BYTES = 1024
"""The longest header of the formats needs some 250 bytes. Error: MalformedEnvelope."""

SM2_PACKAGE_MAX_BYTES = 64 * 1024
"""As long as the longest answer of an issuer. Error: MalformedEnvelope."""

REMEMBERED_HEADERS = 256
"""One for each key of clients and issuers that is in use: at most 3 kB each."""

SIGNATURE_BYTES = 64
"""All three suites have signatures of 64 bytes."""


class MalformedEnvelope(ValueError):
    """The bytes are not the expected envelope. Says which part is wrong, never its content."""


@dataclass(frozen=True, slots=True)
class UnverifiedEnvelope:
    """A signed message taken apart. Every member is only what the sender claims."""

    suite: SuiteName
    key_id: str
    header: Mapping[str, object]
    signed_bytes: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    unverified_payload: bytes = field(repr=False)


def parse_compact_jws(
    unverified: bytes, *, typ: str, at_most_bytes: int = JWS_MAX_BYTES
) -> UnverifiedEnvelope:
    """A compact JWS (RFC 7515 §7.1) whose header is exactly ``alg``, ``kid`` and this ``typ``.
    Raises MalformedEnvelope."""
    required = frozenset({"alg", "kid", "typ"})
    envelope = _compact(unverified, required=required, at_most_bytes=at_most_bytes)
    if envelope.header["typ"] != typ:
        raise MalformedEnvelope("the JWS is of another type")
    return envelope


def parse_token(unverified: bytes, *, types: frozenset[str]) -> UnverifiedEnvelope:
    """A compact JWS from a client's library: header ``alg``, ``kid`` and optionally ``typ``, one of
    ``types``. Raises MalformedEnvelope."""
    envelope = _compact(unverified, required=frozenset({"alg", "kid"}), optional=frozenset({"typ"}))
    if "typ" in envelope.header and envelope.header["typ"] not in types:
        raise MalformedEnvelope("the JWS is of another type")
    return envelope


def parse_detached_jws(
    unverified: bytes, body: bytes, *, header_members: frozenset[str]
) -> UnverifiedEnvelope:
    """A JWS with detached content (RFC 7515 appendix F), ``<protected>..<signature>`` over
    ``body``, whose header is exactly ``alg``, ``kid`` and ``header_members``. Raises
    MalformedEnvelope."""
    protected, payload, signature = _three_parts(unverified)
    if payload:
        raise MalformedEnvelope("a detached JWS has no content")
    signed = f"{protected}.{base64url.encode(body)}"
    required = header_members | {"alg", "kid"}
    return envelope_of(protected, signed, signature, body, required=required)


def parse_sm2_package(unverified: bytes) -> UnverifiedEnvelope:
    """A package of the national code: ``{"bizPackage", "sign", "keyId"}``, signed over the UTF-8
    bytes of ``bizPackage``. Raises MalformedEnvelope."""
    try:
        package = parse_object(unverified, at_most_bytes=SM2_PACKAGE_MAX_BYTES)
        package = members(package, frozenset({"bizPackage", "sign", "keyId"}), frozenset())
    except MalformedJson:
        raise MalformedEnvelope("not a package of three members") from None
    if not isinstance(package["bizPackage"], str):
        raise MalformedEnvelope("bizPackage is not a text")
    content = package["bizPackage"].encode("utf-8")
    signature = _package_signature(package["sign"])
    key_id = _key_id(package["keyId"])
    return UnverifiedEnvelope(
        SuiteName.SM2_SM3, key_id, MappingProxyType({}), content, signature, content
    )


def envelope_of(
    protected: str,
    signed: str,
    signature: str,
    payload: bytes,
    *,
    required: frozenset[str],
    optional: frozenset[str] = frozenset(),
) -> UnverifiedEnvelope:
    """The envelope of one JWS signature, from its parts as on the wire. Raises
    MalformedEnvelope."""
    header = _header(protected, required, optional)
    return _envelope(header, signed, signature, payload)


def is_ahead(protected: str, known: Container[object]) -> bool:
    """Whether a signature among several is by a new key whose suite this hub does not know yet.
    Like that of any key which is not ``known``, it counts for nothing. Raises MalformedJson,
    ValueError."""
    header = parse_object(base64url.decode(protected), at_most_bytes=PROTECTED_HEADER_MAX_BYTES)
    key_id = header.get("kid")
    return is_unknown_suite(header.get("alg")) and is_key_id(key_id) and key_id not in known


def _compact(
    unverified: bytes,
    *,
    required: frozenset[str],
    optional: frozenset[str] = frozenset(),
    at_most_bytes: int = JWS_MAX_BYTES,
) -> UnverifiedEnvelope:
    protected, payload, signature = _three_parts(unverified, at_most_bytes)
    signed = f"{protected}.{payload}"
    content = _octets(payload)
    return _envelope(_same_header(protected, required, optional), signed, signature, content)


def _three_parts(unverified: bytes, at_most_bytes: int = JWS_MAX_BYTES) -> tuple[str, str, str]:
    if len(unverified) > at_most_bytes:
        raise MalformedEnvelope("the JWS is too long")
    try:
        protected, payload, signature = unverified.decode("ascii").split(".")
    except ValueError:
        raise MalformedEnvelope("a JWS has three parts in ASCII") from None
    return protected, payload, signature


class _Header(NamedTuple):
    suite: SuiteName
    key_id: str
    members: Mapping[str, object]


def _envelope(header: _Header, signed: str, signature: str, payload: bytes) -> UnverifiedEnvelope:
    return UnverifiedEnvelope(
        suite=header.suite,
        key_id=header.key_id,
        header=header.members,
        signed_bytes=signed.encode("ascii"),
        signature=_signature(signature),
        unverified_payload=payload,
    )


def _header(protected: str, required: frozenset[str], optional: frozenset[str]) -> _Header:
    try:
        header = parse_object(_octets(protected), at_most_bytes=PROTECTED_HEADER_MAX_BYTES)
        members(header, required, optional)
    except MalformedJson:
        raise MalformedEnvelope("the header is not that of this format") from None
    if not all(type(value) in (str, int) for value in header.values()):
        raise MalformedEnvelope("a header value is neither a text nor a whole number")
    return _Header(_jws_suite(header["alg"]), _key_id(header["kid"]), MappingProxyType(header))


_same_header = lru_cache(REMEMBERED_HEADERS)(_header)
"""As ``_header``, for a format in which all signatures of a key have the same header, by its exact
text. What is refused is not remembered."""


def _jws_suite(alg: object) -> SuiteName:
    """SM2 has no registered ``alg``: it is not accepted in a JWS."""
    match alg:
        case SuiteName.ES256.value:
            return SuiteName.ES256
        case SuiteName.EDDSA.value:
            return SuiteName.EDDSA
        case _:
            raise MalformedEnvelope("the algorithm is not accepted here")


def _key_id(value: Any) -> str:
    if not is_key_id(value):
        raise MalformedEnvelope("not a key id")
    return str(value)


def _octets(part: str) -> bytes:
    try:
        return base64url.decode(part)
    except ValueError:
        raise MalformedEnvelope("a part is not canonical base64url") from None


def _signature(part: str) -> bytes:
    signature = _octets(part)
    if len(signature) != SIGNATURE_BYTES:
        raise MalformedEnvelope("the signature is not 64 bytes")
    return signature


def _package_signature(value: object) -> bytes:
    """Base64 with padding (RFC 4648 §4), in its canonical spelling."""
    try:
        signature = b64decode(value, validate=True) if isinstance(value, str) else b""
    except ValueError:
        signature = b""
    if len(signature) != SIGNATURE_BYTES or b64encode(signature).decode("ascii") != value:
        raise MalformedEnvelope("the signature is not 64 bytes in base64")
    return signature
