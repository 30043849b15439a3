"""Envelopes taken apart: one reading, and whatever is not expected is refused."""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.keys.federation import EdSigner, b64, compact, jws
from tongxing.keys.envelope import (
    JWS_MAX_BYTES,
    MalformedEnvelope,
    UnverifiedEnvelope,
    parse_compact_jws,
    parse_detached_jws,
    parse_sm2_package,
    parse_token,
)
from tongxing.keys.signing import Es256Signer, Sm2Signer
from tongxing.keys.suites import SuiteName, check_signature

SIGNER = Es256Signer.generate()
TYP = "zjc-status+jwt"
HEADER = {"alg": "ES256", "kid": SIGNER.key_id, "typ": TYP}
PAYLOAD = {"iss": "zhenjiang", "enrolled": False}
GOOD = jws(SIGNER, HEADER, PAYLOAD)


def _status(unverified: str) -> UnverifiedEnvelope:
    return parse_compact_jws(unverified.encode(), typ=TYP)


def test_a_compact_jws_is_taken_apart_into_what_was_signed() -> None:
    envelope = _status(GOOD)
    assert envelope.suite is SuiteName.ES256
    assert envelope.key_id == SIGNER.key_id
    assert dict(envelope.header) == HEADER
    assert envelope.unverified_payload == compact(PAYLOAD)
    check_signature(SIGNER.public_key, envelope.signed_bytes, envelope.signature)


def test_a_header_that_one_format_allows_is_refused_by_another_that_has_seen_it() -> None:
    """A header is read once for each text and format, not for each text."""
    without_type = jws(SIGNER, {"alg": "ES256", "kid": SIGNER.key_id}, PAYLOAD)
    for _ in range(2):
        parse_token(without_type.encode(), types=frozenset({TYP}))
        with pytest.raises(MalformedEnvelope):
            _status(without_type)
        _status(GOOD)
        with pytest.raises(MalformedEnvelope):
            parse_token(GOOD.encode(), types=frozenset({"JWT"}))


WRONG_HEADERS: Mapping[str, object] = {
    "alg-none": {**HEADER, "alg": "none"},
    "alg-none-in-capitals": {**HEADER, "alg": "NONE"},
    "alg-hs256": {**HEADER, "alg": "HS256"},
    "alg-rs256": {**HEADER, "alg": "RS256"},
    "alg-es384": {**HEADER, "alg": "ES384"},
    "alg-sm2-in-a-jws": {**HEADER, "alg": "SM2-SM3"},
    "alg-in-lower-case": {**HEADER, "alg": "es256"},
    "alg-is-a-list": {**HEADER, "alg": ["ES256"]},
    "alg-is-null": {**HEADER, "alg": None},
    "no-alg": {"kid": "a", "typ": TYP},
    "no-kid": {"alg": "ES256", "typ": TYP},
    "no-typ": {"alg": "ES256", "kid": "a"},
    "typ-of-another-statement": {**HEADER, "typ": "zjc-scan+jwt"},
    "typ-in-capitals": {**HEADER, "typ": TYP.upper()},
    "typ-with-its-tree": {**HEADER, "typ": f"application/{TYP}"},
    "kid-is-a-path": {**HEADER, "kid": "../../keys/own.pem"},
    "kid-is-an-address": {**HEADER, "kid": "https://keys.example/1"},
    "kid-is-a-query": {**HEADER, "kid": "' OR 1=1 --"},
    "kid-is-empty": {**HEADER, "kid": ""},
    "kid-is-long": {**HEADER, "kid": "k" * 65},
    "kid-is-a-number": {**HEADER, "kid": 1},
    "jwk": {**HEADER, "jwk": SIGNER.public_jwk()},
    "jku": {**HEADER, "jku": "https://keys.example/set"},
    "x5u": {**HEADER, "x5u": "https://keys.example/chain"},
    "x5c": {**HEADER, "x5c": ["MIIB"]},
    "x5t": {**HEADER, "x5t": "AAAA"},
    "crit-unknown": {**HEADER, "crit": ["exp"], "exp": 1},
    "crit-empty": {**HEADER, "crit": []},
    "b64-false": {**HEADER, "b64": False, "crit": ["b64"]},
    "zip": {**HEADER, "zip": "DEF"},
    "enc": {**HEADER, "enc": "A256GCM"},
    "unknown-member": {**HEADER, "x-hub": 1},
    "repeated-alg": b'{"alg":"none",' + compact(HEADER)[1:],
    "list": [],
    "text": "ES256",
    "not-json": b"alg=ES256",
    "long": {**HEADER, "kid": "k", "typ": TYP + " " * 1024},
}


@pytest.mark.parametrize("header", WRONG_HEADERS.values(), ids=WRONG_HEADERS)
def test_headers_other_than_the_formats_are_refused(header: object) -> None:
    with pytest.raises(MalformedEnvelope):
        _status(jws(SIGNER, header, PAYLOAD))


_PROTECTED, _CONTENT, _SIGNATURE = GOOD.split(".")
WRONG_TEXTS = {
    "empty": "",
    "two-parts": f"{_PROTECTED}.{_CONTENT}",
    "four-parts": f"{GOOD}.{_SIGNATURE}",
    "five-parts-of-an-encrypted-one": f"{GOOD}..",
    "dots-alone": "..",
    "no-signature": f"{_PROTECTED}.{_CONTENT}.",
    "signature-short": f"{_PROTECTED}.{_CONTENT}.{b64(bytes(63))}",
    "signature-in-der": f"{_PROTECTED}.{_CONTENT}.{b64(bytes(70))}",
    "padded": f"{GOOD}==",
    "newline-at-the-end": f"{GOOD}\n",
    "space-in-front": f" {GOOD}",
    "space-inside": f"{_PROTECTED}. {_CONTENT}.{_SIGNATURE}",
    "trailing-bits": f"{_PROTECTED}.{_CONTENT}.{_SIGNATURE[:-1]}{chr(ord(_SIGNATURE[-1]) + 1)}",
    "other-alphabet": GOOD.replace("-", "+").replace("_", "/") + "+",
    "full-width-dot": GOOD.replace(".", "．"),
    "json-form": json.dumps({"protected": _PROTECTED, "payload": _CONTENT}),
    "too-long": GOOD + "A" * JWS_MAX_BYTES,
}


@pytest.mark.parametrize("text", WRONG_TEXTS.values(), ids=WRONG_TEXTS)
def test_texts_other_than_a_compact_jws_are_refused(text: str) -> None:
    with pytest.raises(MalformedEnvelope):
        _status(text)


TOKEN_HEADER = {"alg": "ES256", "kid": "a"}


@pytest.mark.parametrize("extra", [{}, {"typ": "JWT"}], ids=["no-typ", "typ-jwt"])
def test_a_token_of_an_ordinary_library_is_taken_apart(extra: dict[str, str]) -> None:
    text = jws(SIGNER, {**TOKEN_HEADER, **extra}, {})
    assert parse_token(text.encode(), types=frozenset({"JWT"})).key_id == "a"


def test_a_token_of_another_type_is_refused() -> None:
    """An access token, or an issuer's statement, is not an assertion (RFC 8725 §3.11)."""
    text = jws(SIGNER, {**TOKEN_HEADER, "typ": "at+jwt"}, {})
    with pytest.raises(MalformedEnvelope):
        parse_token(text.encode(), types=frozenset({"JWT"}))


ED = EdSigner()
BODY = b'{"resCode":0,"res":{"level":"green"}}'
MEMBERS = frozenset({"iat", "req"})
DETACHED_HEADER = {"alg": "EdDSA", "kid": ED.key_id, "iat": 1583481600, "req": "A" * 43}


def _detached(header: object, body: bytes) -> bytes:
    protected, _, signature = jws(ED, header, body).split(".")
    return f"{protected}..{signature}".encode()


def test_a_detached_jws_is_bound_to_the_bytes_of_the_body() -> None:
    unverified = _detached(DETACHED_HEADER, BODY)
    envelope = parse_detached_jws(unverified, BODY, header_members=MEMBERS)
    assert envelope.header["iat"] == 1583481600
    assert envelope.unverified_payload == BODY
    check_signature(ED.public_key, envelope.signed_bytes, envelope.signature)
    other = parse_detached_jws(unverified, BODY + b" ", header_members=MEMBERS)
    assert other.signed_bytes != envelope.signed_bytes


WRONG_DETACHED = {
    "content-inside": jws(ED, DETACHED_HEADER, BODY).encode(),
    "without-iat": _detached({"alg": "EdDSA", "kid": "a", "req": "A"}, BODY),
    "with-typ": _detached({**DETACHED_HEADER, "typ": "JWT"}, BODY),
    "with-b64-false": _detached({**DETACHED_HEADER, "b64": False}, BODY),
    "iat-is-a-fraction": _detached({**DETACHED_HEADER, "iat": 1.5}, BODY),
    "iat-is-true": _detached({**DETACHED_HEADER, "iat": True}, BODY),
    "req-is-a-list": _detached({**DETACHED_HEADER, "req": ["A"]}, BODY),
    "signature-alone": _detached(DETACHED_HEADER, BODY).split(b"..")[1],
    "not-ascii": _detached(DETACHED_HEADER, BODY) + b"\xff",
}


@pytest.mark.parametrize("unverified", WRONG_DETACHED.values(), ids=WRONG_DETACHED)
def test_other_detached_signatures_are_refused(unverified: bytes) -> None:
    with pytest.raises(MalformedEnvelope):
        parse_detached_jws(unverified, BODY, header_members=MEMBERS)


SM2 = Sm2Signer.generate()
CONTENT = '{"errcode":0,"errmsg":"正常"}'
SIGN = b64encode(SM2.sign(CONTENT.encode())).decode()
PACKAGE = {"bizPackage": CONTENT, "sign": SIGN, "keyId": SM2.key_id}


@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_package_is_signed_over_its_inner_text(ascii_only: bool) -> None:  # noqa: FBT001
    """However the outer JSON spells it."""
    envelope = parse_sm2_package(json.dumps(PACKAGE, ensure_ascii=ascii_only).encode())
    assert envelope.suite is SuiteName.SM2_SM3
    assert envelope.unverified_payload == CONTENT.encode()
    check_signature(SM2.public_key, envelope.signed_bytes, envelope.signature)


WRONG_PACKAGES: Mapping[str, object] = {
    "without-sign": {"bizPackage": CONTENT, "keyId": "a"},
    "one-member-more": {**PACKAGE, "alg": "none"},
    "package-is-an-object": {**PACKAGE, "bizPackage": {"errcode": 0}},
    "package-has-a-lone-surrogate": {**PACKAGE, "bizPackage": "\ud800"},
    "sign-is-null": {**PACKAGE, "sign": None},
    "sign-is-empty": {**PACKAGE, "sign": ""},
    "sign-short": {**PACKAGE, "sign": b64encode(bytes(63)).decode()},
    "sign-long": {**PACKAGE, "sign": b64encode(bytes(65)).decode()},
    "sign-without-padding": {**PACKAGE, "sign": SIGN.rstrip("=")},
    "sign-with-a-newline": {**PACKAGE, "sign": SIGN + "\n"},
    "sign-with-trailing-bits": {**PACKAGE, "sign": b64encode(bytes(64)).decode()[:-3] + "B=="},
    "sign-not-ascii": {**PACKAGE, "sign": "é" * 86},
    "sign-in-base64url": {**PACKAGE, "sign": "_" * 86 + "=="},
    "key-id-is-a-path": {**PACKAGE, "keyId": "../a"},
    "key-id-is-a-number": {**PACKAGE, "keyId": 7},
    "a-list": [PACKAGE],
    "too-long": {**PACKAGE, "bizPackage": "x" * 70_000},
}


@pytest.mark.parametrize("package", WRONG_PACKAGES.values(), ids=WRONG_PACKAGES)
def test_other_packages_are_refused(package: object) -> None:
    with pytest.raises(MalformedEnvelope):
        parse_sm2_package(json.dumps(package).encode())


def test_nothing_of_the_content_is_shown() -> None:
    shown = repr(_status(jws(SIGNER, HEADER, {"name": "canary"})))
    assert "canary" not in shown
    assert b64(compact({"name": "canary"})) not in shown


PARSERS: Mapping[str, Callable[[bytes], Any]] = {
    "compact": lambda octets: parse_compact_jws(octets, typ=TYP),
    "token": lambda octets: parse_token(octets, types=frozenset({"JWT"})),
    "detached": lambda octets: parse_detached_jws(octets, octets, header_members=MEMBERS),
    "package": parse_sm2_package,
}
SEEDS = [GOOD.encode(), _detached(DETACHED_HEADER, BODY), compact(PACKAGE)]


@pytest.mark.parametrize("parse", PARSERS.values(), ids=PARSERS)
@given(octets=st.binary(max_size=300) | st.sampled_from(SEEDS))
def test_any_bytes_are_an_envelope_or_refused(parse: Callable[[bytes], Any], octets: bytes) -> None:
    with suppress(MalformedEnvelope):
        parse(octets)


@pytest.mark.parametrize("parse", PARSERS.values(), ids=PARSERS)
@given(seed=st.sampled_from(SEEDS), at=st.integers(0, 400), new=st.binary(max_size=3))
def test_any_damage_gives_an_envelope_or_a_refusal(
    parse: Callable[[bytes], Any], seed: bytes, at: int, new: bytes
) -> None:
    with suppress(MalformedEnvelope):
        parse(seed[:at] + new + seed[at + 1 :])


@given(member=st.sampled_from(["alg", "kid", "typ", "iat", "jwk"]), raw=st.binary(max_size=20))
def test_any_header_is_read_or_refused(member: str, raw: bytes) -> None:
    header = b'{"' + member.encode() + b'":' + raw + b"," + compact(HEADER)[1:]
    with suppress(MalformedEnvelope):
        _status(jws(SIGNER, header, PAYLOAD))


ANY_SIGNATURE = bytes(64)
OTHER_MEMBERS = frozenset({"req"})


def detached_with_a_header_of(size: int) -> bytes:
    header = {"alg": "ES256", "kid": SIGNER.key_id, "req": ""}
    header["req"] = "x" * (size - len(compact(header)))
    return f"{b64(compact(header))}..{b64(ANY_SIGNATURE)}".encode()


def package_of(size: int) -> bytes:
    signature = b64encode(ANY_SIGNATURE).decode()
    package = {"bizPackage": "", "sign": signature, "keyId": Sm2Signer.generate().key_id}
    package["bizPackage"] = "x" * (size - len(compact(package)))
    return compact(package)


def test_the_longest_jws_is_taken_apart_and_a_longer_one_is_not() -> None:
    with pytest.raises(MalformedEnvelope, match="three parts"):
        parse_compact_jws(b"x" * 65_536, typ="any")
    with pytest.raises(MalformedEnvelope, match="too long"):
        parse_compact_jws(b"x" * 65_537, typ="any")


def test_the_longest_header_is_read_and_a_longer_one_is_not() -> None:
    longest = detached_with_a_header_of(1_024)
    assert parse_detached_jws(longest, b"", header_members=OTHER_MEMBERS).suite is SuiteName.ES256
    with pytest.raises(MalformedEnvelope):
        parse_detached_jws(detached_with_a_header_of(1_025), b"", header_members=OTHER_MEMBERS)


def test_the_longest_package_is_read_and_a_longer_one_is_not() -> None:
    assert parse_sm2_package(package_of(65_536)).suite is SuiteName.SM2_SM3
    with pytest.raises(MalformedEnvelope):
        parse_sm2_package(package_of(65_537))
