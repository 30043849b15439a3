"""An ID token that is believed, and each reason not to believe one."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from tongxing.keys.id_token import (
    LEEWAY_SECONDS,
    ExpectedToken,
    IdTokenFault,
    IdTokenRefused,
    provider_keys,
    verified_subject,
)

AT = datetime(2020, 3, 1, 8, tzinfo=UTC)
NOW = int(AT.timestamp())
EXPECTED = ExpectedToken("https://id.example", "tongxing", "nonce-1")
KEY = ECKey.generate_key("P-256", {"kid": "k1", "use": "sig"})
STRANGER = ECKey.generate_key("P-256", {"kid": "k1"})
SECRET = OctKey.import_key("a secret that both sides know, as clients do", {"kid": "k1"})
KEYS = provider_keys({"keys": [KEY.as_dict(private=False)]})
CLAIMS = {
    "iss": "https://id.example",
    "aud": "tongxing",
    "sub": "u-7",
    "nonce": "nonce-1",
    "iat": NOW,
    "exp": NOW + 300,
}


def token(claims: Mapping[str, Any], key: Any = KEY, **header: Any) -> str:
    head = {"alg": "ES256", "kid": "k1", **header}
    return jwt.encode(head, {**claims}, key, algorithms=[head["alg"]])


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in CLAIMS.items() if key != name}


def fault(unverified: str, expected: ExpectedToken = EXPECTED) -> IdTokenFault:
    with pytest.raises(IdTokenRefused) as refused:
        verified_subject(unverified, KEYS, expected, AT)
    assert "u-7" not in str(refused.value)
    return refused.value.fault


BELIEVED = {
    "as it is made": CLAIMS,
    "for a list of one": {**CLAIMS, "aud": ["tongxing"]},
    "with the hub as the party": {**CLAIMS, "azp": "tongxing"},
    "that ended within the leeway": {**CLAIMS, "exp": NOW - LEEWAY_SECONDS + 1},
    "that begins within the leeway": {**CLAIMS, "iat": NOW + LEEWAY_SECONDS},
}


@pytest.mark.parametrize("claims", BELIEVED.values(), ids=BELIEVED)
def test_believed(claims: Mapping[str, Any]) -> None:
    assert verified_subject(token(claims), KEYS, EXPECTED, AT) == "u-7"


def test_another_claim_can_name_the_person() -> None:
    expected = ExpectedToken("https://id.example", "tongxing", "nonce-1", "staff_number")
    stated = token({**CLAIMS, "staff_number": "4711"})
    assert verified_subject(stated, KEYS, expected, AT) == "4711"
    assert fault(token(CLAIMS), expected) is IdTokenFault.SUBJECT


REFUSED = {
    "of another issuer": (token({**CLAIMS, "iss": "https://id.example/"}), "issuer"),
    "of no issuer": (token(without("iss")), "issuer"),
    "for another client": (token({**CLAIMS, "aud": "other"}), "audience"),
    "for nobody": (token(without("aud")), "audience"),
    "for another client too": (
        token({**CLAIMS, "aud": ["tongxing", "other"], "azp": "tongxing"}),
        "audience",
    ),
    "of another party": (token({**CLAIMS, "azp": "other"}), "audience"),
    "of another attempt": (token({**CLAIMS, "nonce": "nonce-2"}), "nonce"),
    "of no attempt": (token(without("nonce")), "nonce"),
    "that has ended": (token({**CLAIMS, "exp": NOW - LEEWAY_SECONDS}), "time"),
    "that never ends": (token(without("exp")), "time"),
    "of the future": (token({**CLAIMS, "iat": NOW + LEEWAY_SECONDS + 1}), "time"),
    "that is not yet good": (token({**CLAIMS, "nbf": NOW + LEEWAY_SECONDS + 1}), "time"),
    "that was made at no time": (token(without("iat")), "time"),
    "of nobody": (token(without("sub")), "subject"),
    "of an empty name": (token({**CLAIMS, "sub": ""}), "subject"),
    "of a name that is too long": (token({**CLAIMS, "sub": "u" * 256}), "subject"),
    "of a number": (token({**CLAIMS, "sub": 7}), "subject"),
    "under a stranger's key": (token(CLAIMS, STRANGER), "signature"),
    "under a key that is not named": (token(CLAIMS, kid="k2"), "unknown_key"),
    "under the client's secret": (token(CLAIMS, SECRET, alg="HS256"), "algorithm"),
    "that is no token": ("no token", "malformed"),
    "that is empty": ("", "malformed"),
}


@pytest.mark.parametrize(("unverified", "why"), REFUSED.values(), ids=REFUSED)
def test_refused(unverified: str, why: str) -> None:
    assert fault(unverified) is IdTokenFault(why)


def test_a_token_without_a_signature_is_refused() -> None:
    head, body, _ = token(CLAIMS).split(".")
    none = "eyJhbGciOiJub25lIiwia2lkIjoiazEifQ"  # {"alg":"none","kid":"k1"}
    assert fault(f"{none}.{body}.") is IdTokenFault.ALGORITHM
    assert fault(f"{head}.{body}.") is IdTokenFault.SIGNATURE


def test_an_rsa_key_signs_too() -> None:
    key = RSAKey.generate_key(2048, {"kid": "k1"})
    keys: KeySet = provider_keys({"keys": [key.as_dict(private=False)]})
    assert verified_subject(token(CLAIMS, key, alg="RS256"), keys, EXPECTED, AT) == "u-7"


def test_a_key_of_a_kind_that_nobody_knows_is_left_out() -> None:
    keys = provider_keys({"keys": [{"kty": "NEW"}, KEY.as_dict(private=False)]})
    assert verified_subject(token(CLAIMS), keys, EXPECTED, AT) == "u-7"


NO_KEYS: dict[str, Any] = {
    "no list": {},
    "an empty one": {"keys": []},
    "no keys in it": {"keys": [7]},
    "a text": {"keys": "k"},
    "half a key": {"keys": [{"kty": "EC", "crv": "P-256"}]},
}


@pytest.mark.parametrize("jwks", NO_KEYS.values(), ids=NO_KEYS)
def test_no_keys(jwks: Mapping[str, Any]) -> None:
    with pytest.raises(IdTokenRefused):
        provider_keys(jwks)
