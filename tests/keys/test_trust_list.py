"""Trust lists: signed by enough root keys, whole and in force, or refused with a stable code."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.keys.federation import (
    AT,
    EdSigner,
    Federation,
    b64,
    compact,
    instant,
    issuer_entry,
    key_entry,
)
from tongxing.keys import base64url
from tongxing.keys.root_keys import InvalidRootKeys, RootKeys, encode_root_keys, parse_root_keys
from tongxing.keys.root_signatures import sign_trust_list
from tongxing.keys.signing import Es256Signer, Sm2Signer
from tongxing.keys.suites import SuiteName
from tongxing.keys.trust_list import parse_trust_list
from tongxing.keys.trust_refusal import TrustListRefused, TrustRefusal

FEDERATION = Federation()
GOOD = FEDERATION.signed(FEDERATION.payload())
STRANGER = Es256Signer.generate()


def _refusal(unverified: bytes) -> TrustRefusal:
    with pytest.raises(TrustListRefused) as refused:
        parse_trust_list(unverified, FEDERATION.roots, AT)
    return refused.value.code


def test_a_list_signed_by_enough_roots_is_read() -> None:
    trust_list = parse_trust_list(GOOD, FEDERATION.roots, AT)
    assert trust_list.version == 7
    assert list(trust_list.issuers) == ["zhenjiang", "sukangma", "national"]
    zhenjiang = trust_list.issuers["zhenjiang"]
    assert (zhenjiang.level, zhenjiang.regions) == ("city", ("321100",))
    assert (zhenjiang.name_zh, zhenjiang.name_en) == ("镇江健康码", "Zhenjiang health code")
    key = zhenjiang.keys[FEDERATION.zhenjiang.key_id]
    assert key.public_key == FEDERATION.zhenjiang.public_key
    assert key.not_before == AT - timedelta(days=30)
    assert key.revoked_at is None
    suites = [
        key.public_key.suite for one in trust_list.issuers.values() for key in one.keys.values()
    ]
    assert suites == list(SuiteName)


def test_an_issuer_that_signs_nothing_says_so() -> None:
    entry = issuer_entry("anhui", channel_only=True)
    trust_list = FEDERATION.trust_list(issuers=[*FEDERATION.issuers(), entry])
    assert {name: one.channel_only for name, one in trust_list.issuers.items()} == {
        "zhenjiang": False,
        "sukangma": False,
        "national": False,
        "anhui": True,
    }
    assert not trust_list.issuers["anhui"].keys


def test_the_digest_is_that_of_what_was_signed() -> None:
    """Signed by other roots it is the same list."""
    payload = FEDERATION.payload()
    one = sign_trust_list(payload, FEDERATION.root_signers[:2])
    other = sign_trust_list(payload, FEDERATION.root_signers[1:])
    assert one != other
    digests = {parse_trust_list(x, FEDERATION.roots, AT).digest for x in (one, other)}
    assert len(digests) == 1


Change = Callable[[dict[str, Any]], None]


def _list(**members: Any) -> Change:
    return lambda payload: payload.update(members)


def _issuer(**members: Any) -> Change:
    return lambda payload: payload["issuers"][0].update(members)


def _key(**members: Any) -> Change:
    return lambda payload: payload["issuers"][0]["keys"][0].update(members)


def _without(*path: Any) -> Change:
    def change(payload: Any) -> None:
        for step in path[:-1]:
            payload = payload[step]
        del payload[path[-1]]

    return change


def _jwk_of(signer: Es256Signer | Sm2Signer | EdSigner) -> dict[str, str]:
    return signer.public_key.to_jwk()


OFF_CURVE = {**_jwk_of(STRANGER), "y": b64(bytes(32))}
SAME_KEY = key_entry(FEDERATION.zhenjiang)
REFUSED_CONTENT = [
    ("unknown-member-of-the-list", _list(comment=""), TrustRefusal.MALFORMED),
    ("unknown-member-of-an-issuer", _issuer(comment=""), TrustRefusal.MALFORMED),
    ("unknown-member-of-a-key", _key(use="sig"), TrustRefusal.MALFORMED),
    (
        "unknown-member-of-a-name",
        _issuer(name={"zh": "a", "en": "b", "fr": "c"}),
        TrustRefusal.MALFORMED,
    ),
    ("no-version", _without("version"), TrustRefusal.MALFORMED),
    ("no-expiry", _without("expires_at"), TrustRefusal.MALFORMED),
    ("no-end-of-a-key", _without("issuers", 0, "keys", 0, "not_after"), TrustRefusal.MALFORMED),
    ("no-name-in-english", _issuer(name={"zh": "镇江健康码"}), TrustRefusal.MALFORMED),
    ("version-zero", _list(version=0), TrustRefusal.MALFORMED),
    ("version-true", _list(version=True), TrustRefusal.MALFORMED),
    ("version-a-fraction", _list(version=7.0), TrustRefusal.MALFORMED),
    ("version-a-text", _list(version="7"), TrustRefusal.MALFORMED),
    ("version-beyond-exact-numbers", _list(version=2**53), TrustRefusal.MALFORMED),
    ("issuers-an-object", _list(issuers={}), TrustRefusal.MALFORMED),
    ("an-issuer-null", _list(issuers=[None]), TrustRefusal.MALFORMED),
    ("issuer-id-a-path", _issuer(id="../zhenjiang"), TrustRefusal.MALFORMED),
    ("issuer-id-in-capitals", _issuer(id="Zhenjiang"), TrustRefusal.MALFORMED),
    (
        "issuer-name-with-a-line-break",
        _issuer(name={"zh": "镇\n江", "en": "x"}),
        TrustRefusal.MALFORMED,
    ),
    ("level-unknown", _issuer(level="county"), TrustRefusal.MALFORMED),
    ("level-a-list", _issuer(level=["city"]), TrustRefusal.MALFORMED),
    ("region-of-five-digits", _issuer(regions=["32110"]), TrustRefusal.MALFORMED),
    ("region-in-full-width-digits", _issuer(regions=["３２１１００"]), TrustRefusal.MALFORMED),
    ("region-a-number", _issuer(regions=[321100]), TrustRefusal.MALFORMED),
    ("region-twice", _issuer(regions=["321100", "321100"]), TrustRefusal.MALFORMED),
    ("no-regions", _issuer(regions=[]), TrustRefusal.MALFORMED),
    ("no-keys", _issuer(keys=[]), TrustRefusal.MALFORMED),
    ("channel-only-with-keys", _issuer(channel_only=True), TrustRefusal.MALFORMED),
    ("bound-by-nobody", _issuer(bound_by=[]), TrustRefusal.MALFORMED),
    ("bound-by-one-twice", _issuer(bound_by=["a", "a"]), TrustRefusal.MALFORMED),
    ("bound-by-no-hub", _issuer(bound_by=["Not a hub"]), TrustRefusal.MALFORMED),
    ("bound-by-a-text", _issuer(bound_by="a"), TrustRefusal.MALFORMED),
    (
        "bound-by-without-keys",
        _issuer(keys=[], channel_only=True, bound_by=["a"]),
        TrustRefusal.MALFORMED,
    ),
    ("channel-only-false", _issuer(keys=[], channel_only=False), TrustRefusal.MALFORMED),
    ("channel-only-a-number", _issuer(keys=[], channel_only=1), TrustRefusal.MALFORMED),
    ("channel-only-a-text", _issuer(keys=[], channel_only="true"), TrustRefusal.MALFORMED),
    ("channel-only-with-keys-null", _issuer(keys=None, channel_only=True), TrustRefusal.MALFORMED),
    ("code-prefix-empty", _issuer(code_prefix=""), TrustRefusal.MALFORMED),
    ("code-prefix-with-a-space", _issuer(code_prefix="ZJC 1"), TrustRefusal.MALFORMED),
    ("key-id-a-path", _key(kid="../key"), TrustRefusal.MALFORMED),
    (
        "key-ends-before-it-begins",
        _key(not_after=instant(AT - timedelta(days=31))),
        TrustRefusal.MALFORMED,
    ),
    (
        "key-ends-when-it-begins",
        _key(not_after=instant(AT - timedelta(days=30))),
        TrustRefusal.MALFORMED,
    ),
    ("time-with-an-offset", _key(not_before="2020-03-01T00:00:00+08:00"), TrustRefusal.MALFORMED),
    ("time-that-is-none", _key(not_before="2020-02-30T00:00:00Z"), TrustRefusal.MALFORMED),
    ("time-as-a-number", _key(not_before=1583000000), TrustRefusal.MALFORMED),
    ("revoked-null", _key(revoked_at=None), TrustRefusal.MALFORMED),
    ("one-key-off-its-curve", _key(jwk=OFF_CURVE), TrustRefusal.UNREADABLE_KEY),
    ("one-key-no-object", _key(jwk="key"), TrustRefusal.UNREADABLE_KEY),
    (
        "one-key-private",
        _key(jwk={**_jwk_of(STRANGER), "d": b64(bytes(32))}),
        TrustRefusal.UNREADABLE_KEY,
    ),
    (
        "one-key-symmetric",
        _key(suite="HS256", jwk={"kty": "oct", "k": "AA"}),
        TrustRefusal.UNREADABLE_KEY,
    ),
    ("suite-other-than-the-key", _key(suite="SM2-SM3"), TrustRefusal.UNREADABLE_KEY),
    ("suite-unknown", _key(suite="none"), TrustRefusal.UNREADABLE_KEY),
    (
        "jwk-names-another-key",
        _key(jwk={**_jwk_of(STRANGER), "kid": "b"}),
        TrustRefusal.UNREADABLE_KEY,
    ),
    ("one-issuer-twice", _issuer(id="sukangma"), TrustRefusal.ISSUER_TWICE),
    (
        "key-id-of-two-issuers",
        _key(kid=FEDERATION.sukangma.key_id),
        TrustRefusal.KEY_OF_TWO_ISSUERS,
    ),
    (
        "key-of-two-issuers-under-two-ids",
        lambda payload: payload["issuers"][1].update(keys=[{**SAME_KEY, "kid": "b"}]),
        TrustRefusal.KEY_OF_TWO_ISSUERS,
    ),
    ("one-key-twice", _issuer(keys=[SAME_KEY, SAME_KEY]), TrustRefusal.MALFORMED),
    ("one-prefix-for-two", _issuer(code_prefix="SUKANGMA."), TrustRefusal.AMBIGUOUS_CODE_PREFIX),
    ("prefix-of-a-prefix", _issuer(code_prefix="SUK"), TrustRefusal.AMBIGUOUS_CODE_PREFIX),
    ("expired", _list(expires_at=instant(AT)), TrustRefusal.EXPIRED),
    (
        "issued-tomorrow",
        _list(issued_at=instant(AT + timedelta(days=1))),
        TrustRefusal.NOT_YET_VALID,
    ),
    (
        "expires-before-it-is-issued",
        _list(issued_at=instant(AT + timedelta(days=20))),
        TrustRefusal.MALFORMED,
    ),
]


@pytest.mark.parametrize(
    ("change", "expected"),
    [case[1:] for case in REFUSED_CONTENT],
    ids=[case[0] for case in REFUSED_CONTENT],
)
def test_a_list_with_one_fault_is_refused_whole(change: Change, expected: TrustRefusal) -> None:
    payload = FEDERATION.payload()
    change(payload)
    assert _refusal(FEDERATION.signed(payload)) is expected


def _form(**members: Any) -> bytes:
    return json.dumps({**json.loads(GOOD), **members}).encode()


def _signatures(*signers: Es256Signer, payload: dict[str, Any] | None = None) -> bytes:
    return sign_trust_list(payload or FEDERATION.payload(), signers)


ONE, TWO, THREE = FEDERATION.root_signers
_GOOD = json.loads(GOOD)
FIRST, SECOND = _GOOD["signatures"]
FORGED_PAYLOAD = b64(compact(FEDERATION.payload(version=8)))


def _claiming(alg: str, typ: str) -> dict[str, str]:
    protected = b64(compact({"alg": alg, "kid": ONE.key_id, "typ": typ}))
    signed = f"{protected}.{_GOOD['payload']}".encode()
    return {"protected": protected, "signature": b64(ONE.sign(signed))}


TYPE = "tongxing-trust-list+jws"
REFUSED_FORMS = [
    ("signed-by-one-of-two", _signatures(ONE), TrustRefusal.SHORT_OF_SIGNATURES),
    ("signed-by-one-and-a-stranger", _signatures(ONE, STRANGER), TrustRefusal.SHORT_OF_SIGNATURES),
    ("signed-by-strangers", _signatures(STRANGER), TrustRefusal.SHORT_OF_SIGNATURES),
    ("one-root-counted-twice", _signatures(ONE, ONE), TrustRefusal.BAD_SIGNATURE),
    ("unsigned", _form(signatures=[]), TrustRefusal.MALFORMED),
    ("another-payload", _form(payload=FORGED_PAYLOAD), TrustRefusal.BAD_SIGNATURE),
    (
        "signatures-swapped",
        _form(signatures=[{**FIRST, "signature": SECOND["signature"]}, SECOND]),
        TrustRefusal.BAD_SIGNATURE,
    ),
    (
        "one-wrong-beside-enough-right-ones",
        _form(
            signatures=[
                *json.loads(_signatures(TWO, THREE))["signatures"],
                _claiming("EdDSA", TYPE),
            ]
        ),
        TrustRefusal.BAD_SIGNATURE,
    ),
    ("another-type", _form(signatures=[_claiming("ES256", "JWT"), SECOND]), TrustRefusal.MALFORMED),
    ("alg-none", _form(signatures=[_claiming("none", TYPE), SECOND]), TrustRefusal.MALFORMED),
    (
        "another-alg",
        _form(signatures=[_claiming("EdDSA", TYPE), SECOND]),
        TrustRefusal.BAD_SIGNATURE,
    ),
    (
        "an-unprotected-header",
        _form(signatures=[{**FIRST, "header": {"kid": "a"}}, SECOND]),
        TrustRefusal.MALFORMED,
    ),
    ("a-member-more", _form(comment=""), TrustRefusal.MALFORMED),
    ("the-flattened-form", compact({"payload": _GOOD["payload"], **FIRST}), TrustRefusal.MALFORMED),
    ("payload-padded", _form(payload=_GOOD["payload"] + "="), TrustRefusal.MALFORMED),
    ("payload-null", _form(payload=None), TrustRefusal.MALFORMED),
    ("signatures-an-object", _form(signatures=FIRST), TrustRefusal.MALFORMED),
    ("signatures-a-number", _form(signatures=2), TrustRefusal.MALFORMED),
    ("a-signature-null", _form(signatures=[None, SECOND]), TrustRefusal.MALFORMED),
    (
        "a-protected-header-null",
        _form(signatures=[{**FIRST, "protected": None}]),
        TrustRefusal.MALFORMED,
    ),
    (
        "too-many-signatures",
        _signatures(ONE, TWO, *[STRANGER] * 15),
        TrustRefusal.MALFORMED,
    ),
    ("the-payload-alone", compact(FEDERATION.payload()), TrustRefusal.MALFORMED),
    ("empty", b"", TrustRefusal.MALFORMED),
    ("html", b"<html></html>", TrustRefusal.MALFORMED),
    ("a-payload-that-is-no-object", sign_trust_list([], [ONE, TWO]), TrustRefusal.MALFORMED),  # type: ignore[arg-type]
    ("a-byte-more-than-4-mib", GOOD.ljust(4 * 1024 * 1024 + 1), TrustRefusal.TOO_LARGE),
]


@pytest.mark.parametrize(
    ("unverified", "expected"),
    [case[1:] for case in REFUSED_FORMS],
    ids=[case[0] for case in REFUSED_FORMS],
)
def test_a_list_without_enough_right_signatures_is_refused(
    unverified: bytes, expected: TrustRefusal
) -> None:
    assert _refusal(unverified) is expected


def test_a_list_may_carry_the_signatures_of_new_roots_too() -> None:
    """So that old hubs and new ones read one file while root keys change."""
    unverified = _signatures(STRANGER, ONE, THREE)
    assert parse_trust_list(unverified, FEDERATION.roots, AT).version == 7


def test_a_list_of_4_mib_with_sixteen_signatures_is_read() -> None:
    unverified = _signatures(*[STRANGER] * 14, ONE, THREE).ljust(4 * 1024 * 1024)
    assert parse_trust_list(unverified, FEDERATION.roots, AT).version == 7


def test_a_name_in_chinese_is_signed_as_it_is_written() -> None:
    payload = json.loads(FEDERATION.signed(FEDERATION.payload()))["payload"]
    assert "镇江健康码".encode() in base64url.decode(payload)


def test_a_number_that_json_does_not_have_is_not_signed() -> None:
    with pytest.raises(ValueError, match="JSON"):
        sign_trust_list({"version": float("inf")}, [ONE])


def test_a_root_key_may_be_ed25519() -> None:
    root = EdSigner()
    header = b64(compact({"alg": "EdDSA", "kid": root.key_id, "typ": TYPE}))
    payload = b64(compact(FEDERATION.payload()))
    signature = b64(root.sign(f"{header}.{payload}".encode()))
    signatures = [{"protected": header, "signature": signature}]
    unverified = compact({"payload": payload, "signatures": signatures})
    roots = RootKeys(1, {root.key_id: root.public_key})
    assert parse_trust_list(unverified, roots, AT).version == 7


def test_an_error_repeats_nothing_of_the_list() -> None:
    payload = FEDERATION.payload(issuers=[issuer_entry("canary", level="canary")])
    with pytest.raises(TrustListRefused) as refused:
        parse_trust_list(FEDERATION.signed(payload), FEDERATION.roots, AT)
    assert "canary" not in str(refused.value)
    assert refused.value.__suppress_context__


@given(octets=st.binary(max_size=200))
def test_any_bytes_are_refused_with_a_code(octets: bytes) -> None:
    assert _refusal(octets) is TrustRefusal.MALFORMED


@given(at=st.integers(0, len(GOOD) - 1), new=st.binary(max_size=2))
def test_a_damaged_list_is_refused_or_says_the_same(at: int, new: bytes) -> None:
    with suppress(TrustListRefused):
        damaged = parse_trust_list(GOOD[:at] + new + GOOD[at + 1 :], FEDERATION.roots, AT)
        assert damaged == parse_trust_list(GOOD, FEDERATION.roots, AT)


def test_root_keys_come_back_from_their_file() -> None:
    assert parse_root_keys(encode_root_keys(FEDERATION.roots)) == FEDERATION.roots


ROOTS = json.loads(encode_root_keys(FEDERATION.roots))
JWKS = ROOTS["keys"]
SM2_ROOT = Sm2Signer.generate().public_jwk()
WRONG_ROOTS: dict[str, object] = {
    "threshold-zero": {**ROOTS, "threshold": 0},
    "threshold-negative": {**ROOTS, "threshold": -1},
    "threshold-true": {**ROOTS, "threshold": True},
    "threshold-beyond-the-keys": {**ROOTS, "threshold": 4},
    "no-keys": {**ROOTS, "keys": []},
    "one-key-under-two-ids": {**ROOTS, "keys": [JWKS[0], {**JWKS[0], "kid": "again"}]},
    "one-id-for-two-keys": {**ROOTS, "keys": [JWKS[0], {**JWKS[1], "kid": JWKS[0]["kid"]}]},
    "one-key-unreadable": {**ROOTS, "keys": [*JWKS, {"kid": "a"}]},
    "an-sm2-key": {"threshold": 1, "keys": [SM2_ROOT]},
    "a-member-more": {**ROOTS, "comment": ""},
    "a-list": [],
}


@pytest.mark.parametrize("form", WRONG_ROOTS.values(), ids=WRONG_ROOTS)
def test_root_keys_that_cannot_be_used_are_refused(form: object) -> None:
    with pytest.raises(InvalidRootKeys):
        parse_root_keys(compact(form))
