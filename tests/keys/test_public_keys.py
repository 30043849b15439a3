"""Public keys as JWK: only what a key of one of the three suites can be."""

from collections.abc import Mapping
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.keys.federation import EdSigner, Signer, b64
from tongxing.keys import base64url
from tongxing.keys.ed25519 import EdPublicKey
from tongxing.keys.signing import Es256Signer, Sm2Signer
from tongxing.keys.suites import (
    BadSignature,
    InvalidKey,
    SuiteName,
    check_signature,
    is_key_id,
    public_key_from_encoded,
    public_key_from_jwk,
    public_keys_from_jwk_set,
)

SIGNERS: Mapping[str, Signer] = {
    "ES256": Es256Signer.generate(),
    "EdDSA": EdSigner(),
    "SM2-SM3": Sm2Signer.generate(),
}
EC = SIGNERS["ES256"].public_key.to_jwk()
SM2 = SIGNERS["SM2-SM3"].public_key.to_jwk()
ED = SIGNERS["EdDSA"].public_key.to_jwk()


@pytest.mark.parametrize("name", SIGNERS)
def test_a_key_comes_back_from_its_jwk_and_checks_what_was_signed(name: str) -> None:
    signer = SIGNERS[name]
    key = public_key_from_jwk(signer.public_key.to_jwk())
    assert key == signer.public_key
    assert key.suite is SuiteName(name)
    check_signature(key, b"message", signer.sign(b"message"))
    with pytest.raises(BadSignature):
        check_signature(key, b"massage", signer.sign(b"message"))


@pytest.mark.parametrize("name", SIGNERS)
@pytest.mark.parametrize("other", SIGNERS)
def test_a_signature_of_another_key_or_suite_is_refused(name: str, other: str) -> None:
    stranger = type(SIGNERS[other]) if name == other else None
    signer = _generate(stranger) if stranger else SIGNERS[other]
    with pytest.raises(BadSignature):
        check_signature(SIGNERS[name].public_key, b"message", signer.sign(b"message"))


def _generate(kind: type[Signer]) -> Signer:
    return EdSigner() if issubclass(kind, EdSigner) else kind.generate()


def test_a_described_key_is_read_when_the_description_fits() -> None:
    described = {**EC, "kid": "a", "use": "sig", "alg": "ES256", "key_ops": ["verify"]}
    assert public_key_from_jwk(described) == public_key_from_jwk(EC)


SWAPPED = {**EC, "x": EC["y"], "y": EC["x"]}
WRONG: Mapping[str, Mapping[str, object]] = {
    "empty": {},
    "private-ec": {**EC, "d": b64(bytes(31) + b"\x01")},
    "private-okp": {**ED, "d": b64(bytes(32))},
    "symmetric": {"kty": "oct", "k": b64(bytes(32))},
    "rsa": {"kty": "RSA", "n": b64(bytes(256)), "e": "AQAB"},
    "another-curve": {**EC, "crv": "P-384"},
    "curve-of-another-kind": {**EC, "crv": "Ed25519"},
    "p-256-point-called-sm2": {**EC, "crv": "SM2"},
    "sm2-point-called-p-256": {**SM2, "crv": "P-256"},
    "x25519": {**ED, "crv": "X25519"},
    "curve-in-lower-case": {**EC, "crv": "p-256"},
    "no-y": {member: EC[member] for member in ("kty", "crv", "x")},
    "ed25519-with-y": {**ED, "y": EC["y"]},
    "unknown-member": {**EC, "x5u": "https://keys.example/"},
    "for-encryption": {**EC, "use": "enc"},
    "for-another-algorithm": {**EC, "alg": "ES384"},
    "for-an-algorithm-of-another-suite": {**EC, "alg": "EdDSA"},
    "for-signing": {**EC, "key_ops": ["sign"]},
    "for-verifying-and-more": {**EC, "key_ops": ["verify", "deriveKey"]},
    "key-id-is-a-path": {**EC, "kid": "../../etc/passwd"},
    "point-off-the-curve": SWAPPED,
    "point-at-infinity": {**EC, "x": b64(bytes(32)), "y": b64(bytes(32))},
    "coordinate-short": {**EC, "x": EC["x"][:40]},
    "coordinate-with-a-zero-in-front": {**EC, "x": b64(bytes(33))},
    "coordinate-padded": {**EC, "x": EC["x"] + "="},
    "coordinate-is-a-number": {**EC, "x": 5},
    "coordinate-is-null": {**EC, "y": None},
    "coordinate-not-reduced": {**EC, "x": b64(b"\xff" * 32)},
    "sm2-coordinate-not-reduced": {**SM2, "x": b64(b"\xff" * 32)},
    "kind-is-a-list": {**EC, "kty": ["EC"]},
}


@pytest.mark.parametrize("jwk", WRONG.values(), ids=WRONG)
def test_what_is_no_public_key_is_refused(jwk: Mapping[str, object]) -> None:
    with pytest.raises(InvalidKey):
        public_key_from_jwk(jwk)


@pytest.mark.parametrize("jwk", [EC, SM2], ids=["ES256", "SM2-SM3"])
def test_a_point_is_split_into_its_coordinates_in_one_way_only(jwk: Mapping[str, str]) -> None:
    """Otherwise one key had two thumbprints."""
    point = base64url.decode(jwk["x"]) + base64url.decode(jwk["y"])
    x, y = (base64url.encode(part) for part in (point[:31], point[31:]))
    with pytest.raises(InvalidKey):
        public_key_from_jwk({**jwk, "x": x, "y": y})


@pytest.mark.parametrize("suite", [SuiteName.ES256, SuiteName.SM2_SM3])
def test_a_point_with_a_zero_more_before_its_last_coordinate_is_no_key(suite: SuiteName) -> None:
    """Otherwise one key had two encoded forms."""
    encoded = SIGNERS[suite].public_key.encoded
    with pytest.raises(InvalidKey):
        public_key_from_encoded(suite, encoded[:32] + bytes(1) + encoded[32:])


@pytest.mark.parametrize("suite", [SuiteName.ES256, SuiteName.SM2_SM3])
def test_a_signature_with_a_zero_more_before_its_last_number_does_not_hold(
    suite: SuiteName,
) -> None:
    """Otherwise one signature had two spellings."""
    signature = SIGNERS[suite].sign(b"message")
    with pytest.raises(BadSignature):
        check_signature(
            SIGNERS[suite].public_key, b"message", signature[:32] + bytes(1) + signature[32:]
        )


_FIELD = 2**255 - 19
_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD83D3D706A17C7
_SIGN = 1 << 255
BAD_POINTS = {
    "the-neutral-element": 1,
    "the-neutral-element-with-a-sign": 1 | _SIGN,
    "of-order-2": _FIELD - 1,
    "of-order-4": 0,
    "of-order-4-with-a-sign": _SIGN,
    "of-order-8": _ORDER_8,
    "of-order-8-with-a-sign": _ORDER_8 | _SIGN,
    "of-order-8-negated": _FIELD - _ORDER_8,
    "neutral-not-reduced": _FIELD + 1,
    "of-order-4-not-reduced": _FIELD,
    "not-reduced": _FIELD + 3,
    "largest-number": 2**255 - 1,
    "all-ones": 2**256 - 1,
    "off-the-curve": 2,
}


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_an_ed25519_key_has_32_bytes(length: int) -> None:
    encoded = SIGNERS["EdDSA"].public_key.encoded.ljust(64, b"\0")[:length]
    with pytest.raises(InvalidKey):
        public_key_from_encoded(SuiteName.EDDSA, encoded)


@pytest.mark.parametrize("number", BAD_POINTS.values(), ids=BAD_POINTS)
def test_points_that_no_ed25519_key_can_be_are_refused(number: int) -> None:
    with pytest.raises(ValueError, match="Ed25519"):
        EdPublicKey.from_encoded(number.to_bytes(32, "little"))


MEMBERS = st.sampled_from([*EC, "kid", "use", "alg", "d"])
VALUES: st.SearchStrategy[object] = st.sampled_from(
    [*EC.values(), *ED.values(), "SM2", "", "é", "A" * 43, None, 1, []]
)


@given(st.dictionaries(MEMBERS, VALUES))
def test_any_mapping_is_a_key_or_refused(jwk: Mapping[str, object]) -> None:
    with suppress(InvalidKey):
        public_key_from_jwk(jwk)


NAMED = {**EC, "kid": "one"}
WRONG_SETS: Mapping[str, Mapping[str, object]] = {
    "no-member": {},
    "another-member": {"keys": [], "more": 1},
    "not-a-list": {"keys": NAMED},
    "an-empty-object": {"keys": {}},
    "an-empty-text": {"keys": ""},
    "a-number": {"keys": 5},
    "nothing": {"keys": None},
    "no-key-id": {"keys": [EC]},
    "one-key-id-twice": {"keys": [NAMED, {**ED, "kid": "one"}]},
    "one-key-unreadable": {"keys": [NAMED, {**SWAPPED, "kid": "two"}]},
    "a-text": {"keys": ["one"]},
}


@pytest.mark.parametrize("jwk_set", WRONG_SETS.values(), ids=WRONG_SETS)
def test_a_key_set_is_refused_whole(jwk_set: Mapping[str, object]) -> None:
    with pytest.raises(InvalidKey):
        public_keys_from_jwk_set(jwk_set)


def test_a_key_set_gives_its_keys_by_key_id() -> None:
    found = public_keys_from_jwk_set({"keys": [NAMED, {**ED, "kid": "two"}]})
    assert {kid: key.suite for kid, key in found.items()} == {"one": "ES256", "two": "EdDSA"}


def test_the_thumbprint_is_that_of_rfc_8037() -> None:
    """Appendix A.3."""
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    thumbprint = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    assert public_key_from_jwk(jwk).thumbprint() == thumbprint


KEY_IDS = {"a": True, "x" * 64: True, "A-b_c.d:1": True, "": False, "x" * 65: False}
NO_KEY_IDS = ["a/b", "..\\b", "a b", "a\n", "é", "a\x00", "https://a", None, 5, ["a"], b"a"]


@pytest.mark.parametrize(("value", "expected"), KEY_IDS.items())
def test_key_ids_are_short_and_plain(value: str, expected: bool) -> None:  # noqa: FBT001
    assert is_key_id(value) is expected


@pytest.mark.parametrize("value", NO_KEY_IDS, ids=repr)
def test_paths_addresses_and_other_values_are_no_key_ids(value: object) -> None:
    assert not is_key_id(value)
