"""DPoP proofs: RFC 9449's own examples are taken; each thing that §4.3 forbids is refused."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from tongxing.keys import base64url
from tongxing.keys.dpop_proof import PROOF_LIFETIME, access_token_hash, check_proof, sign_proof
from tongxing.keys.signing import Es256Signer
from tongxing.keys.token_check import LEEWAY_SECONDS, InvalidToken, TokenRefusal

URL = "https://hub.example/graphql"
TOKEN = "a.b.c"
AT = datetime(2020, 3, 6, 9, 30, tzinfo=UTC)
NOW = int(AT.timestamp())

_OF_RFC = (
    "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNo"
    "UklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERW"
    "clUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19."
)
TOKEN_REQUEST = (
    _OF_RFC + "eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4"
    "YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg"
    "4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg"
)
RESOURCE_REQUEST = (
    _OF_RFC + "eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5l"
    "eGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNF"
    "c05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF"
    "8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA"
)
RFC_TOKEN = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
RFC_KEY = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"


def test_the_token_request_of_rfc_9449_is_taken() -> None:
    proof = check_proof(
        TOKEN_REQUEST,
        method="POST",
        url="https://server.example.com/token",
        at=datetime.fromtimestamp(1562262616, UTC),
    )
    assert (proof.thumbprint, proof.jti) == (RFC_KEY, "-BwC3ESc6acc2lTc")


def test_the_resource_request_of_rfc_9449_is_taken() -> None:
    proof = check_proof(
        RESOURCE_REQUEST,
        method="GET",
        url="https://resource.example.org/protectedresource",
        at=datetime.fromtimestamp(1562262618, UTC),
        token=RFC_TOKEN,
    )
    assert (proof.thumbprint, proof.jti) == (RFC_KEY, "e1j3V_bKic8-LAEB")


def test_the_hash_of_a_token_is_that_of_rfc_9449() -> None:
    assert access_token_hash(RFC_TOKEN) == "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"


PRIVATE = ec.generate_private_key(ec.SECP256R1())
OTHER = ec.generate_private_key(ec.SECP256R1())
EDWARDS = Ed25519PrivateKey.generate()
Members = Mapping[str, Any]


def jwk_of(key: Any) -> dict[str, Any]:
    public = key.public_key()
    algorithm = OKPAlgorithm if isinstance(key, Ed25519PrivateKey) else ECAlgorithm
    return dict(algorithm.to_jwk(public, as_dict=True))


JWK = jwk_of(PRIVATE)


def claims(**changed: object) -> dict[str, object]:
    usual = {"jti": "j-1", "htm": "POST", "htu": URL, "iat": NOW, "ath": access_token_hash(TOKEN)}
    return {name: value for name, value in (usual | changed).items() if value is not None}


def proof(
    said: Members | None = None,
    *,
    key: Any = PRIVATE,
    alg: str = "ES256",
    **header: object,
) -> str:
    """Made by another library; a header member of None is left out."""
    members = {"typ": "dpop+jwt", "jwk": JWK} | header
    kept = {name: value for name, value in members.items() if value is not None}
    return jwt.encode(dict(said or claims()), key, algorithm=alg, headers=kept)


def handmade(header: Members, said: Members, signature: bytes = b"s" * 64) -> str:
    parts = (json.dumps(each).encode() for each in (header, said))
    return ".".join([*map(base64url.encode, parts), base64url.encode(signature)])


def check(unverified: str, at: datetime = AT, url: str = URL) -> str:
    return check_proof(unverified, method="POST", url=url, at=at, token=TOKEN).thumbprint


TAKEN: dict[str, Callable[[], str]] = {
    "made by another library": proof,
    "Ed25519": lambda: proof(key=EDWARDS, alg="EdDSA", jwk=jwk_of(EDWARDS)),
    "a key that names itself": lambda: proof(jwk={**JWK, "kid": "any name", "use": "sig"}),
    "claims and a header that nobody asked for": lambda: proof(claims(nonce="n"), kid="k"),
    "an address with a query": lambda: proof(claims(htu=URL + "?a=b")),
    "with a fragment": lambda: proof(claims(htu=URL + "#top")),
    "with the port that https has anyway": lambda: proof(
        claims(htu="https://hub.example:443/graphql")
    ),
    "with scheme and host in capitals": lambda: proof(claims(htu="HTTPS://HUB.Example/graphql")),
    "as far ahead as clocks may be": lambda: proof(claims(iat=NOW + LEEWAY_SECONDS)),
    "nearly too old": lambda: proof(claims(iat=NOW - int(PROOF_LIFETIME.total_seconds()) + 1)),
}


@pytest.mark.parametrize("what", TAKEN)
def test_it_is_taken(what: str) -> None:
    check(TAKEN[what]())


def rsa_jwk() -> dict[str, Any]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return dict(RSAAlgorithm.to_jwk(key.public_key(), as_dict=True))


REFUSED: dict[str, tuple[Callable[[], str], TokenRefusal]] = {
    "not a JWS": (lambda: "x", TokenRefusal.MALFORMED),
    "not ASCII": (lambda: proof() + "é", TokenRefusal.MALFORMED),
    "too long": (lambda: proof(claims(more="x" * 5_000)), TokenRefusal.MALFORMED),
    "another type": (lambda: proof(typ="JWT"), TokenRefusal.MALFORMED),
    "no type": (lambda: proof(typ=None), TokenRefusal.MALFORMED),
    "crit": (lambda: proof(crit=["b64"], b64=False), TokenRefusal.MALFORMED),
    "no key": (lambda: proof(jwk=None), TokenRefusal.MALFORMED),
    "a private key": (
        lambda: proof(jwk=dict(ECAlgorithm.to_jwk(PRIVATE, as_dict=True))),
        TokenRefusal.MALFORMED,
    ),
    "a secret as key": (lambda: proof(jwk={"kty": "oct", "k": "a2V5"}), TokenRefusal.MALFORMED),
    "an RSA key": (lambda: proof(jwk=rsa_jwk()), TokenRefusal.MALFORMED),
    "a point that is on no curve": (
        lambda: proof(jwk={**JWK, "y": JWK["x"]}),
        TokenRefusal.MALFORMED,
    ),
    "alg none": (
        lambda: handmade({"typ": "dpop+jwt", "alg": "none", "jwk": JWK}, claims()),
        TokenRefusal.OTHER_ALGORITHM,
    ),
    "HS256 with the public key": (
        lambda: handmade({"typ": "dpop+jwt", "alg": "HS256", "jwk": JWK}, claims()),
        TokenRefusal.OTHER_ALGORITHM,
    ),
    "the algorithm of another key": (
        lambda: handmade({"typ": "dpop+jwt", "alg": "EdDSA", "jwk": JWK}, claims()),
        TokenRefusal.OTHER_ALGORITHM,
    ),
    "no signature": (
        lambda: handmade({"typ": "dpop+jwt", "alg": "ES256", "jwk": JWK}, claims(), b""),
        TokenRefusal.MALFORMED,
    ),
    "signed by another key": (lambda: proof(key=OTHER), TokenRefusal.BAD_SIGNATURE),
    "another method": (lambda: proof(claims(htm="GET")), TokenRefusal.OTHER_REQUEST),
    "the method in small letters": (lambda: proof(claims(htm="post")), TokenRefusal.OTHER_REQUEST),
    "another path": (
        lambda: proof(claims(htu="https://hub.example/oauth/token")),
        TokenRefusal.OTHER_REQUEST,
    ),
    "the path in capitals": (
        lambda: proof(claims(htu="https://hub.example/GraphQL")),
        TokenRefusal.OTHER_REQUEST,
    ),
    "another host": (
        lambda: proof(claims(htu="https://other.example/graphql")),
        TokenRefusal.OTHER_REQUEST,
    ),
    "another scheme": (
        lambda: proof(claims(htu="http://hub.example/graphql")),
        TokenRefusal.OTHER_REQUEST,
    ),
    "another port": (
        lambda: proof(claims(htu="https://hub.example:8443/graphql")),
        TokenRefusal.OTHER_REQUEST,
    ),
    "an account in the address": (
        lambda: proof(claims(htu="https://a@hub.example/graphql")),
        TokenRefusal.MALFORMED,
    ),
    "no address": (lambda: proof(claims(htu=None)), TokenRefusal.MALFORMED),
    "an address that is none": (
        lambda: proof(claims(htu="https://[hub/graphql")),
        TokenRefusal.MALFORMED,
    ),
    "another token": (
        lambda: proof(claims(ath=access_token_hash("d.e.f"))),
        TokenRefusal.OTHER_TOKEN,
    ),
    "no token": (lambda: proof(claims(ath=None)), TokenRefusal.OTHER_TOKEN),
    "no jti": (lambda: proof(claims(jti=None)), TokenRefusal.MALFORMED),
    "an empty jti": (lambda: proof(claims(jti="")), TokenRefusal.MALFORMED),
    "no time": (lambda: proof(claims(iat=None)), TokenRefusal.MALFORMED),
    "a time with a fraction": (
        lambda: handmade_time(NOW + 0.5),
        TokenRefusal.MALFORMED,
    ),
    "from the future": (
        lambda: proof(claims(iat=NOW + LEEWAY_SECONDS + 1)),
        TokenRefusal.NOT_YET_VALID,
    ),
    "long past": (
        lambda: proof(claims(iat=NOW - int(PROOF_LIFETIME.total_seconds()))),
        TokenRefusal.EXPIRED,
    ),
}


def handmade_time(iat: float) -> str:
    return proof(claims(iat=iat))


@pytest.mark.parametrize("what", REFUSED)
def test_it_is_refused(what: str) -> None:
    make, reason = REFUSED[what]
    with pytest.raises(InvalidToken) as refused:
        check(make())
    assert refused.value.reason is reason


def test_a_repeated_claim_is_refused() -> None:
    """Another reader could take the other one."""
    header = json.dumps({"typ": "dpop+jwt", "alg": "ES256", "jwk": JWK}).encode()
    said = json.dumps(claims())[:-1] + f', "htu": "{URL}"}}'
    signed = ".".join(map(base64url.encode, (header, said.encode())))
    signature = Es256Signer(PRIVATE).sign(signed.encode())
    with pytest.raises(InvalidToken):
        check(f"{signed}.{base64url.encode(signature)}")


def test_what_is_signed_here_is_taken_until_its_end() -> None:
    signer = Es256Signer.generate()
    made = sign_proof(signer, method="POST", url=URL, at=AT, token=TOKEN)
    assert check(made) == signer.key_id
    assert check(made, AT + PROOF_LIFETIME - timedelta(seconds=1)) == signer.key_id
    with pytest.raises(InvalidToken):
        check(made, AT + PROOF_LIFETIME)


def test_two_proofs_of_one_moment_are_two() -> None:
    signer = Es256Signer.generate()
    found = {
        check_proof(
            sign_proof(signer, method="GET", url=URL, at=AT), method="GET", url=URL, at=AT
        ).jti
        for _ in range(2)
    }
    assert len(found) == 2
