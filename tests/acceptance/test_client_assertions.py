"""Every assertion that is not exactly a client's own gets one and the same 401."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.acceptance.callers import ASSERTION_TYPE, STATION, Caller, calling, form
from tests.acceptance.canary_listener import CanaryListener, canary_listening
from tests.acceptance.forging import SigningKey, base64url, encoded, keyed, unsigned
from tests.acceptance.hubs import RunningHub
from tests.acceptance.operations import TYPENAME

Forge = Callable[[Caller, Caller, CanaryListener], str]
"""From the client that is meant, another registered client, and an address of the attacker's."""


def _now() -> int:
    return int(datetime.now(UTC).timestamp())


def _claims(**changed: object) -> Forge:
    return lambda me, _other, _canary: me.key.jws({"typ": "JWT"}, me.claims(**changed))


def _moment(name: str, after_seconds: float) -> Forge:
    """So long after it is asked, not after the tests were collected."""

    def forge(me: Caller, _other: Caller, _canary: CanaryListener) -> str:
        return me.key.jws({"typ": "JWT"}, me.claims(**{name: _now() + after_seconds}))

    return forge


def _without(name: str) -> Forge:
    def forge(me: Caller, _other: Caller, _canary: CanaryListener) -> str:
        claims = me.claims()
        del claims[name]
        return me.key.jws({"typ": "JWT"}, claims)

    return forge


def _header(**changed: object) -> Forge:
    return lambda me, _other, _canary: me.key.jws(changed, me.claims())


def _from(after_seconds: int, lasts_seconds: int) -> Forge:
    """Issued so long after now (before it, if negative), living so long."""

    def forge(me: Caller, _other: Caller, _canary: CanaryListener) -> str:
        issued = _now() + after_seconds
        return me.key.jws({}, me.claims(iat=issued, exp=issued + lasts_seconds))

    return forge


def _attackers_key_inside(me: Caller, _other: Caller, _canary: CanaryListener) -> str:
    mine = SigningKey.new()
    return mine.jws({"kid": me.key.key_id, "jwk": dict(mine.jwk)}, me.claims())


def _attackers_key(me: Caller, _other: Caller, _canary: CanaryListener) -> str:
    return SigningKey.new().jws({"kid": me.key.key_id}, me.claims())


def _another_clients_key(me: Caller, other: Caller, _canary: CanaryListener) -> str:
    return other.key.jws({}, me.claims())


def _another_clients_kid(me: Caller, other: Caller, _canary: CanaryListener) -> str:
    return me.key.jws({"kid": other.key.key_id}, me.claims())


def _fetched(member: str) -> Forge:
    def forge(me: Caller, _other: Caller, canary: CanaryListener) -> str:
        return SigningKey.new().jws({"kid": me.key.key_id, member: canary.url}, me.claims())

    return forge


def _own_signature_fetched(member: str) -> Forge:
    return lambda me, _other, canary: me.key.jws({member: canary.url}, me.claims())


def _hs256(secret: Callable[[SigningKey], bytes]) -> Forge:
    return lambda me, _other, _canary: keyed(
        secret(me.key), {"kid": me.key.key_id, "typ": "JWT"}, me.claims()
    )


def _ed_dsa(me: Caller, _other: Caller, _canary: CanaryListener) -> str:
    text = f"{encoded({'alg': 'EdDSA', 'kid': me.key.key_id})}.{encoded(me.claims())}"
    return f"{text}.{base64url(Ed25519PrivateKey.generate().sign(text.encode()))}"


def _another_curve(me: Caller, _other: Caller, _canary: CanaryListener) -> str:
    text = f"{encoded({'alg': 'ES384', 'kid': me.key.key_id})}.{encoded(me.claims())}"
    assert generate_private_key(SECP384R1())
    return f"{text}.{base64url(bytes(96))}"


def _signature(make: Callable[[str], str]) -> Forge:
    def forge(me: Caller, _other: Caller, _canary: CanaryListener) -> str:
        head, _, signature = me.assertion().rpartition(".")
        return f"{head}.{make(signature)}"

    return forge


def _claim_twice(me: Caller, other: Caller, _canary: CanaryListener) -> str:
    text = base64url_text(me, f'"sub": "{other.client_id}"')
    return me.key.jws({}, text)


def base64url_text(me: Caller, more: str) -> str:
    members = ", ".join(f'"{name}": {_json(value)}' for name, value in me.claims().items())
    return f"{{{members}, {more}}}"


def _json(value: object) -> str:
    return str(value) if isinstance(value, int) else f'"{value}"'


def _header_twice(me: Caller, _other: Caller, _canary: CanaryListener) -> str:
    header = f'{{"alg": "none", "alg": "ES256", "kid": "{me.key.key_id}"}}'
    return me.key.signed(header, me.claims())


FORGED: dict[str, Forge] = {
    "alg none": lambda me, _o, _c: unsigned({"kid": me.key.key_id}, me.claims()),
    "alg None": _header(alg="None"),
    "alg none with the right signature": _header(alg="none"),
    "HS256 made from the public key in PEM": _hs256(SigningKey.public_pem),
    "HS256 made from the public key's JWK": _hs256(lambda key: str(dict(key.jwk)).encode()),
    "HS256 made from nothing": _hs256(lambda _key: b""),
    "HS256 in the header of a right signature": _header(alg="HS256"),
    "EdDSA where the key is ES256": _ed_dsa,
    "EdDSA in the header of a right signature": _header(alg="EdDSA"),
    "another curve": _another_curve,
    "RS256 in the header": _header(alg="RS256"),
    "SM2-SM3 in the header": _header(alg="SM2-SM3"),
    "no alg": _header(alg=None),
    "an alg that is a list": _header(alg=["ES256"]),
    "the attacker's key in the header": _attackers_key_inside,
    "the attacker's key under the client's kid": _attackers_key,
    "jku": _fetched("jku"),
    "x5u": _fetched("x5u"),
    "jku beside a right signature": _own_signature_fetched("jku"),
    "x5u beside a right signature": _own_signature_fetched("x5u"),
    "x5c beside a right signature": _header(x5c=["MIIB"]),
    "jwk beside a right signature": _header(jwk={"kty": "EC"}),
    "an unknown crit": _header(crit=["exp"], exp=1),
    "an empty crit": _header(crit=[]),
    "b64 false": _header(b64=False, crit=["b64"]),
    "zip": _header(zip="DEF"),
    "a kid that is a path": _header(kid="../../../../dev/null"),
    "a kid that is a query": _header(kid="' OR 1=1 --"),
    "a kid that is an address": _own_signature_fetched("kid"),
    "a kid that is a number": _header(kid=1),
    "no kid": _header(kid=None),
    "another client's kid": _another_clients_kid,
    "another client's key": _another_clients_key,
    "the typ of an access token": _header(typ="at+jwt"),
    "the typ of a receipt": _header(typ="tongxing-receipt+jws"),
    "a member of the header twice": _header_twice,
    "a claim twice": _claim_twice,
    "expired": _from(-200, 60),
    "not yet valid": _from(200, 60),
    "nbf in the future": _moment("nbf", 200),
    "living longer than five minutes": _from(0, 301),
    "ending before it begins": _from(0, -10),
    "without exp": _without("exp"),
    "without iat": _without("iat"),
    "without jti": _without("jti"),
    "without aud": _without("aud"),
    "without iss": _without("iss"),
    "without sub": _without("sub"),
    "an exp that is a text": _claims(exp="99999999999"),
    "an exp that is a fraction": _moment("exp", 60.5),
    "an exp that is true": _claims(exp=True),
    "an exp beyond all numbers": _claims(exp=10**400),
    "an empty jti": _claims(jti=""),
    "a jti that is a number": _claims(jti=1),
    "a jti of 1,000 characters": _claims(jti="j" * 1_000),
    "a jti with a line feed": _claims(jti="a\nb"),
    "another audience": _claims(aud="tongxing-nanjing"),
    "two audiences": _claims(aud=["tongxing-zhenjiang", "tongxing-nanjing"]),
    "another subject than its issuer": _claims(sub="coordinator"),
    "another issuer than its subject": _claims(iss="coordinator"),
    "a client that nobody registered": _claims(iss="nobody", sub="nobody"),
    "a client id with NUL": _claims(iss="city-system\0", sub="city-system\0"),
    "an empty signature": _signature(lambda _signature: ""),
    "a signature of nought": _signature(lambda _signature: base64url(bytes(64))),
    "a signature cut short": _signature(lambda signature: signature[:-4]),
    "a signature with padding": _signature(lambda signature: signature + "=="),
    "a signature with a space": _signature(lambda signature: signature + " "),
    "a fourth part": lambda me, _o, _c: me.assertion() + ".",
    "two parts": lambda me, _o, _c: me.assertion().rpartition(".")[0],
    "nine kibibytes": lambda me, _o, _c: me.key.jws({}, me.claims(more="x" * 9_216)),
    "no token at all": lambda _me, _o, _c: "x",
    "Chinese characters": lambda _me, _o, _c: "通行.通行.通行",
}


@pytest.fixture(scope="session")
def canary() -> Iterator[CanaryListener]:
    with canary_listening() as listener:
        yield listener


@pytest.fixture(scope="session")
def city(production_hub: RunningHub) -> Iterator[Caller]:
    """At a hub in production: in the open profile a client is told the reason."""
    with calling(production_hub) as caller:
        yield caller


@pytest.fixture(scope="session")
def station(production_hub: RunningHub) -> Iterator[Caller]:
    with calling(production_hub, STATION) as caller:
        yield caller


@pytest.fixture(scope="session")
def refusal(city: Caller) -> httpx2.Response:
    """What somebody gets of whom the hub knows nothing."""
    return city.ask_for_token("x")


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_it_is_refused_like_any_other(
    city: Caller,
    station: Caller,
    canary: CanaryListener,
    refusal: httpx2.Response,
    forge: Forge,
) -> None:
    response = city.ask_for_token(forge(city, station, canary))
    assert (response.status_code, response.content) == (401, refusal.content)
    assert _shown(response) == _shown(refusal)
    assert response.headers["www-authenticate"] == "Bearer"
    assert canary.visitors == 0


def _shown(response: httpx2.Response) -> dict[str, str]:
    """The headers that could tell one refusal from another."""
    once = ("x-request-id", "date")
    return {name: value for name, value in response.headers.items() if name not in once}


def test_the_client_of_these_tests_is_believed(city: Caller) -> None:
    """Otherwise everything above would be refused for a reason of ours."""
    response = city.ask_for_token(city.assertion())
    assert (response.status_code, response.json()["expires_in"]) == (200, 300)
    assert response.headers["cache-control"] == "no-store"


def test_an_access_token_is_no_assertion(city: Caller) -> None:
    assert city.ask_for_token(city.new_token()).status_code == 401


def test_an_assertion_for_another_client_id_is_refused(city: Caller) -> None:
    response = city.ask_for_token(city.assertion(), client_id="coordinator")
    assert response.status_code == 401


WRONG_FORMS = {
    "another grant": ({"grant_type": "password"}, "unsupported_grant_type", 400),
    "no grant": ({"grant_type": ""}, "invalid_request", 400),
    "another kind of assertion": ({"client_assertion_type": "jwt"}, "invalid_client", 401),
    "no assertion": ({"client_assertion": ""}, "invalid_client", 401),
    "a scope that it does not have": ({"scope": "audit:read"}, "invalid_scope", 400),
    "one scope too many": ({"scope": "status:read audit:read"}, "invalid_scope", 400),
    "a region that it does not have": ({"regions": "320000"}, "invalid_scope", 400),
    "a purpose that it does not have": ({"purposes": "AUDIT"}, "invalid_scope", 400),
}


@pytest.mark.parametrize(("changed", "error", "status"), WRONG_FORMS.values(), ids=WRONG_FORMS)
def test_the_form_is_refused(
    city: Caller, changed: dict[str, str], error: str, status: int
) -> None:
    response = city.http.post("/oauth/token", data=form(city.assertion()) | changed)
    assert (response.status_code, response.json()["error"]) == (status, error)


def test_a_parameter_twice_is_refused(city: Caller) -> None:
    assertion = f"client_assertion_type={ASSERTION_TYPE}&client_assertion={city.assertion()}"
    twice = f"grant_type=client_credentials&grant_type=client_credentials&{assertion}"
    headers = {"content-type": "application/x-www-form-urlencoded"}
    response = city.http.post("/oauth/token", content=twice.encode(), headers=headers)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


def test_a_token_can_be_narrowed_and_not_widened(city: Caller) -> None:
    narrow = city.new_token(scope="code:verify", purposes="VENUE")
    assert city.post(TYPENAME, token=narrow).status_code == 200
