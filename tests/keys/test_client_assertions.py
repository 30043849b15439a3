"""Client assertions: who a client system is, or one and the same refusal."""

import hmac
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from tests.keys.federation import AT, EdSigner, Signer, b64, compact, jws
from tongxing.keys.client_tokens import (
    ClientAssertion,
    ClientKey,
    InvalidToken,
    check_client_assertion,
    sign_client_assertion,
)
from tongxing.keys.signing import Es256Signer, Sm2Signer
from tongxing.keys.token_check import TOKEN_MAX_BYTES, TokenRefusal

HUB = "https://hub.example/oauth/token"
NOW = int(AT.timestamp())
CITY, STATION = Es256Signer.generate(), EdSigner()
REGISTRY: dict[str, Sequence[ClientKey]] = {
    "city": [ClientKey("city-1", CITY.public_key)],
    "station": [ClientKey("station-1", STATION.public_key)],
}
HEADER: dict[str, object] = {"alg": "ES256", "kid": "city-1"}
CLAIMS: dict[str, object] = {
    "iss": "city",
    "sub": "city",
    "aud": HUB,
    "iat": NOW,
    "exp": NOW + 60,
    "jti": "0123456789abcdef",
}


def _check(text: str, at: datetime = AT) -> ClientAssertion:
    return check_client_assertion(
        text, keys_of=lambda client: REGISTRY.get(client, ()), audience=HUB, at=at
    )


def _claiming(**claims: object) -> str:
    return jws(CITY, HEADER, {**CLAIMS, **claims})


def _headed(signer: Signer = CITY, **header: object) -> str:
    return jws(signer, {**HEADER, **header}, CLAIMS)


def _without(claim: str) -> str:
    return jws(CITY, HEADER, {name: value for name, value in CLAIMS.items() if name != claim})


def test_a_client_with_an_es256_key_is_known() -> None:
    assertion = _check(jws(CITY, HEADER, CLAIMS))
    assert (assertion.client_id, assertion.jti) == ("city", "0123456789abcdef")


def test_a_client_with_an_ed25519_key_is_known() -> None:
    claims = {**CLAIMS, "iss": "station", "sub": "station"}
    text = jws(STATION, {"alg": "EdDSA", "kid": "station-1", "typ": "JWT"}, claims)
    assert _check(text).client_id == "station"


def test_an_assertion_that_pyjwt_writes_is_taken() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    point = Es256Signer(key).public_key
    text = jwt.encode(CLAIMS, key, algorithm="ES256", headers={"kid": "a"})
    known = check_client_assertion(
        text, keys_of=lambda _: [ClientKey("a", point)], audience=HUB, at=AT
    )
    assert known.client_id == "city"


def test_what_is_written_here_is_taken_here() -> None:
    registered = [ClientKey(CITY.key_id, CITY.public_key)]
    text = sign_client_assertion(
        CITY, client_id="city", audience=HUB, at=AT, lifetime=timedelta(seconds=60)
    )
    known = check_client_assertion(text, keys_of=lambda _: registered, audience=HUB, at=AT)
    assert known.client_id == "city"


def test_it_must_be_remembered_as_long_as_it_would_be_taken() -> None:
    """The leeway included: else it could be used a second time after it was forgotten."""
    text = _claiming()
    forgotten_at = _check(text).expires_at
    assert forgotten_at == datetime.fromtimestamp(NOW + 60 + 30, UTC)
    _check(text, forgotten_at - timedelta(milliseconds=1))
    with pytest.raises(InvalidToken):
        _check(text, forgotten_at)


def _hmac_with_the_public_key() -> str:
    """The classic confusion: what is public, taken as a shared secret."""
    numbers = CITY.public_key.encoded
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + numbers)
    pem = point.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    signed = f"{b64(compact({**HEADER, 'alg': 'HS256'}))}.{b64(compact(CLAIMS))}"
    return f"{signed}.{b64(hmac.digest(pem, signed.encode(), 'sha256'))}"


def _alg_none() -> str:
    return f"{b64(compact({**HEADER, 'alg': 'none'}))}.{b64(compact(CLAIMS))}."


def _altered() -> str:
    header, _, signature = _claiming().split(".")
    return f"{header}.{b64(compact({**CLAIMS, 'jti': 'another'}))}.{signature}"


def _own_key_inside() -> str:
    stranger = Es256Signer.generate()
    return _headed(stranger, jwk=stranger.public_key.to_jwk())


R = TokenRefusal
REFUSED: list[tuple[str, Callable[[], str], TokenRefusal]] = [
    ("alg-none", _alg_none, R.MALFORMED),
    ("alg-none-with-a-signature", lambda: _headed(alg="none"), R.MALFORMED),
    ("hs256-from-the-public-key", _hmac_with_the_public_key, R.MALFORMED),
    ("rs256", lambda: _headed(alg="RS256"), R.MALFORMED),
    ("another-algorithm-than-the-keys", lambda: _headed(STATION, alg="EdDSA"), R.OTHER_ALGORITHM),
    ("a-key-of-its-own-in-jwk", _own_key_inside, R.MALFORMED),
    ("jku", lambda: _headed(jku="https://keys.example/"), R.MALFORMED),
    ("x5u", lambda: _headed(x5u="https://keys.example/"), R.MALFORMED),
    ("x5c", lambda: _headed(x5c=["MIIB"]), R.MALFORMED),
    ("crit-unknown", lambda: _headed(crit=["exp"]), R.MALFORMED),
    ("b64-false", lambda: _headed(b64=False, crit=["b64"]), R.MALFORMED),
    ("typ-of-an-access-token", lambda: _headed(typ="at+jwt"), R.MALFORMED),
    ("kid-a-path", lambda: _headed(kid="../../etc/passwd"), R.MALFORMED),
    ("kid-unknown", lambda: _headed(kid="city-2"), R.UNKNOWN_KEY),
    ("kid-of-another-client", lambda: _headed(kid="station-1"), R.UNKNOWN_KEY),
    (
        "signed-by-another-client",
        lambda: jws(STATION, {"alg": "EdDSA", "kid": "station-1"}, CLAIMS),
        R.UNKNOWN_KEY,
    ),
    ("no-kid", lambda: jws(CITY, {"alg": "ES256"}, CLAIMS), R.MALFORMED),
    ("client-unknown", lambda: _claiming(iss="nobody", sub="nobody"), R.UNKNOWN_KEY),
    ("signed-with-another-key", lambda: _headed(Es256Signer.generate()), R.BAD_SIGNATURE),
    ("altered", _altered, R.BAD_SIGNATURE),
    (
        "signature-zero",
        lambda: _claiming().rsplit(".", 1)[0] + "." + b64(bytes(64)),
        R.BAD_SIGNATURE,
    ),
    ("iss-not-sub", lambda: _claiming(sub="station"), R.OTHER_CLAIMS),
    ("iss-a-list", lambda: _claiming(iss=["city"]), R.MALFORMED),
    ("iss-with-a-line-break", lambda: _claiming(iss="city\n"), R.MALFORMED),
    (
        "for-another-audience",
        lambda: _claiming(aud="https://other.example/"),
        R.OTHER_AUDIENCE,
    ),
    (
        "for-two-audiences",
        lambda: _claiming(aud=[HUB, "https://other.example/"]),
        R.OTHER_AUDIENCE,
    ),
    ("for-a-list-of-us", lambda: _claiming(aud=[HUB]), R.OTHER_AUDIENCE),
    ("expired", lambda: _claiming(iat=NOW - 90, exp=NOW - 30), R.EXPIRED),
    ("issued-in-the-future", lambda: _claiming(iat=NOW + 31, exp=NOW + 60), R.NOT_YET_VALID),
    ("issued-in-the-future-for-now", lambda: _claiming(iat=NOW + 31, nbf=NOW), R.NOT_YET_VALID),
    ("not-before-in-the-future", lambda: _claiming(nbf=NOW + 31), R.NOT_YET_VALID),
    ("lives-too-long", lambda: _claiming(exp=NOW + 301), R.LIVES_TOO_LONG),
    ("ends-before-it-begins", lambda: _claiming(exp=NOW), R.LIVES_TOO_LONG),
    ("exp-a-fraction", lambda: _claiming(exp=NOW + 60.5), R.MALFORMED),
    ("exp-a-text", lambda: _claiming(exp=str(NOW + 60)), R.MALFORMED),
    ("exp-true", lambda: _claiming(exp=True), R.MALFORMED),
    ("exp-beyond-all-dates", lambda: _claiming(iat=10**18, exp=10**18 + 1), R.MALFORMED),
    (
        "exp-infinite",
        lambda: jws(CITY, HEADER, compact(CLAIMS)[:-1] + b',"nbf":1e999}'),
        R.MALFORMED,
    ),
    ("nbf-null", lambda: _claiming(nbf=None), R.MALFORMED),
    ("without-iss", lambda: _without("iss"), R.MALFORMED),
    ("without-sub", lambda: _without("sub"), R.OTHER_CLAIMS),
    ("without-aud", lambda: _without("aud"), R.OTHER_CLAIMS),
    ("without-iat", lambda: _without("iat"), R.OTHER_CLAIMS),
    ("without-exp", lambda: _without("exp"), R.OTHER_CLAIMS),
    ("without-jti", lambda: _without("jti"), R.OTHER_CLAIMS),
    ("jti-a-number", lambda: _claiming(jti=7), R.OTHER_CLAIMS),
    ("jti-empty", lambda: _claiming(jti=""), R.MALFORMED),
    ("jti-long", lambda: _claiming(jti="x" * 129), R.MALFORMED),
    ("jti-with-a-space", lambda: _claiming(jti="a b"), R.MALFORMED),
    ("claims-a-list", lambda: jws(CITY, HEADER, [CLAIMS]), R.MALFORMED),
    (
        "claim-repeated",
        lambda: jws(CITY, HEADER, b'{"iss":"x",' + compact(CLAIMS)[1:]),
        R.MALFORMED,
    ),
    ("padded", lambda: _claiming() + "==", R.MALFORMED),
    ("too-long", lambda: _claiming(jti="x" * TOKEN_MAX_BYTES), R.MALFORMED),
    ("not-ascii", lambda: _claiming() + "é", R.MALFORMED),
    ("lone-surrogate", lambda: _claiming() + "\ud800", R.MALFORMED),
    ("empty", lambda: "", R.MALFORMED),
]


@pytest.mark.parametrize(
    ("make", "reason"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_refused_with_one_text_for_all(make: Callable[[], str], reason: TokenRefusal) -> None:
    with pytest.raises(InvalidToken, match=r"^the token is not valid$") as refused:
        _check(make())
    assert refused.value.reason is reason
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


OF_PROOFS = {TokenRefusal.OTHER_REQUEST, TokenRefusal.OTHER_TOKEN}
"""Theirs are in ``tests/keys/test_dpop_proofs.py``."""


def test_every_reason_has_a_case() -> None:
    assert {case[2] for case in REFUSED} == set(TokenRefusal) - OF_PROOFS


WITHIN = {
    "clock-30-seconds-behind": {"iat": NOW - 60, "exp": NOW - 29},
    "clock-30-seconds-ahead": {"iat": NOW + 30, "exp": NOW + 60},
    "longest-life": {"exp": NOW + 300},
    "not-before-now": {"nbf": NOW},
    "further-claims": {"scope": "status:read"},
}


@pytest.mark.parametrize("claims", WITHIN.values(), ids=WITHIN)
def test_taken_within_the_leeway(claims: dict[str, object]) -> None:
    assert _check(_claiming(**claims)).client_id == "city"


def test_an_sm2_key_is_no_client_key() -> None:
    with pytest.raises(ValueError, match="SM2"):
        ClientKey("a", Sm2Signer.generate().public_key)


JSON_SCALARS: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, -1, 0, NOW, 1.5, "", "city", HUB, [], ["city"], {}, 10**30, "码"]
)


@given(claims=st.dictionaries(st.sampled_from([*CLAIMS, "nbf"]), JSON_SCALARS))
def test_any_claims_are_an_assertion_or_refused(claims: dict[str, object]) -> None:
    with suppress(InvalidToken):
        _check(_claiming(**claims))


@given(st.text(alphabet=f"{_claiming()[:30]}.-_=é\ud800\x00", max_size=80))
def test_any_text_is_an_assertion_or_refused(text: str) -> None:
    with pytest.raises(InvalidToken):
        _check(text)
