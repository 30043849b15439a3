"""At ``/graphql`` only what the hub itself granted lately opens anything; the rest is one 401."""

from collections.abc import Callable
from datetime import UTC, datetime
from time import sleep

import httpx2
import pytest

from tests.acceptance.callers import CITY, GRAPHQL, Caller, calling, error_codes
from tests.acceptance.forging import Claims, SigningKey, keyed, unsigned
from tests.acceptance.hubs import RunningHub, serving
from tests.acceptance.operations import TRUST_LIST, TYPENAME
from tests.acceptance.standing import FORGETFUL, NewState
from tongxing.gateway.cli.main import run
from tongxing.sandbox.provisioning.state import HUB_ID

Forge = Callable[[SigningKey], str]
"""From the hub's own private key, which none of its clients has."""

TYP = {"typ": "at+jwt"}
REVOKED_WITHIN_SECONDS = 5.2
"""Five, and what two clocks may differ by."""


def _claims(**changed: object) -> Claims:
    now = int(datetime.now(UTC).timestamp())
    return {
        "iss": HUB_ID,
        "aud": HUB_ID,
        "sub": "city-system",
        "client_id": "city-system",
        "iat": now,
        "exp": now + 300,
        "jti": "made-by-hand",
        "scope": "status:read code:verify",
        "regions": ["321100"],
        "purposes": ["ENTRY"],
    } | changed


def _with(**changed: object) -> Forge:
    return lambda key: key.jws(TYP, _claims(**changed))


def _without(name: str) -> Forge:
    return lambda key: key.jws(TYP, {k: v for k, v in _claims().items() if k != name})


def _header(**changed: object) -> Forge:
    return lambda key: key.jws(TYP | changed, _claims())


def _from(after_seconds: int, lasts_seconds: int) -> Forge:
    def forge(key: SigningKey) -> str:
        issued = int(datetime.now(UTC).timestamp()) + after_seconds
        return key.jws(TYP, _claims(iat=issued, exp=issued + lasts_seconds))

    return forge


def _attackers(key: SigningKey) -> str:
    return SigningKey.new().jws({**TYP, "kid": key.key_id}, _claims())


def _attackers_inside(key: SigningKey) -> str:
    mine = SigningKey.new()
    return mine.jws({**TYP, "kid": key.key_id, "jwk": dict(mine.jwk)}, _claims())


FORGED: dict[str, Forge] = {
    "alg none": lambda key: unsigned({**TYP, "kid": key.key_id}, _claims()),
    "HS256 made from the hub's public key": lambda key: keyed(
        key.public_pem(), {**TYP, "kid": key.key_id}, _claims()
    ),
    "the attacker's key under the hub's kid": _attackers,
    "the attacker's key in the header": _attackers_inside,
    "another algorithm in the header": _header(alg="EdDSA"),
    "an unknown crit": _header(crit=["x"], x=1),
    "jku": _header(jku="http://127.0.0.1:1/"),
    "a kid that is a path": _header(kid="/dev/null"),
    "no kid": _header(kid=None),
    "the typ of a receipt": _header(typ="tongxing-receipt+jws"),
    "no typ": _header(typ=None),
    "typ JWT": _header(typ="JWT"),
    "expired": _from(-301, 300),
    "expired a moment ago": _from(-300, 300),
    "not yet valid": _from(200, 60),
    "nbf in the future": _with(nbf=2**40),
    "living longer than five minutes": _from(0, 301),
    "without exp": _without("exp"),
    "without iat": _without("iat"),
    "without jti": _without("jti"),
    "without scope": _without("scope"),
    "without regions": _without("regions"),
    "without purposes": _without("purposes"),
    "without a client": _without("client_id"),
    "regions as one text": _with(regions="321100"),
    "a scope that is a list": _with(scope=["status:read"]),
    "another audience": _with(aud="tongxing-nanjing"),
    "another issuer": _with(iss="tongxing-nanjing"),
    "a client that nobody registered": _with(client_id="nobody", sub="nobody"),
    "nine kibibytes": _with(more="x" * 9_216),
    "Chinese characters": lambda _key: "通行.通行.通行",
    "no token at all": lambda _key: "x",
}


@pytest.fixture(scope="session")
def hub_key(hub: RunningHub) -> SigningKey:
    return SigningKey.from_pem(hub.layout.hub_key.read_bytes())


def _post(
    caller: Caller, headers: list[tuple[bytes, bytes]], path: str = "/graphql"
) -> httpx2.Response:
    fixed = [(b"accept", GRAPHQL.encode()), (b"content-type", b"application/json")]
    content = b'{"query": "{ trustList { version } }"}'
    return caller.http.post(path, content=content, headers=fixed + headers)


def _bearer(token: str) -> list[tuple[bytes, bytes]]:
    return [(b"authorization", b"Bearer " + token.encode())]


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_it_is_refused_like_no_token_at_all(
    city: Caller, hub_key: SigningKey, forge: Forge
) -> None:
    response, nothing = _post(city, _bearer(forge(hub_key))), _post(city, [])
    assert (response.status_code, error_codes(response)) == (401, ["UNAUTHENTICATED"])
    assert response.content == nothing.content
    assert response.headers["www-authenticate"] == "Bearer"


def test_the_token_of_these_tests_is_believed(city: Caller, hub_key: SigningKey) -> None:
    """Otherwise everything above would be refused for a reason of ours."""
    assert _post(city, _bearer(hub_key.jws(TYP, _claims()))).status_code == 200


def _believed(city: Caller, hub_key: SigningKey) -> tuple[str, int]:
    """A token that the hub has believed and remembers, and when it ends; on a busy machine the
    first may end before it is asked, so each further one lives twice as long."""
    for seconds in (2, 4, 8, 16):
        ends = int(_now()) + seconds
        token = hub_key.jws(TYP, _claims(exp=ends))
        if _post(city, _bearer(token)).status_code == 200:
            return token, ends
    raise AssertionError("no token was believed")


def _now() -> float:
    return datetime.now(UTC).timestamp()


def test_a_token_ends_when_it_says(city: Caller, hub_key: SigningKey) -> None:
    """Also one that was believed before and is remembered: not sooner, and not later."""
    token, ends = _believed(city, hub_key)
    asked_at = _now()
    while _post(city, _bearer(token)).status_code == 200:
        assert asked_at < ends
        sleep(0.05)
        asked_at = _now()
    assert _now() >= ends


def _elsewhere(token: str) -> dict[str, tuple[list[tuple[bytes, bytes]], str]]:
    raw = token.encode()
    return {
        "in the address": ([], f"/graphql?access_token={token}"),
        "in two headers": (_bearer(token) * 2, "/graphql"),
        "as a password": ([(b"authorization", b"Basic " + raw)], "/graphql"),
        "in a cookie": ([(b"cookie", b"access_token=" + raw)], "/graphql"),
        "with a comma and another": ([(b"authorization", b"Bearer " + raw + b", x")], "/graphql"),
        "without a scheme": ([(b"authorization", raw)], "/graphql"),
    }


@pytest.mark.parametrize("place", _elsewhere(""))
def test_a_token_is_taken_from_one_place_only(city: Caller, place: str) -> None:
    headers, path = _elsewhere(city.token())[place]
    assert _post(city, headers, path).status_code == 401


def test_an_assertion_is_no_access_token(city: Caller) -> None:
    assert _post(city, _bearer(city.assertion())).status_code == 401


def test_a_receipt_is_no_access_token(city: Caller) -> None:
    receipt = city.persona("green_everywhere")["receipt"]
    assert _post(city, _bearer(receipt)).status_code == 401


def test_a_revoked_client_gets_no_answer_five_seconds_later(new_layout: NewState) -> None:
    layout = new_layout()
    with serving(layout, **FORGETFUL) as hub, calling(hub) as caller:
        assert caller.data(TRUST_LIST)
        settings = ["--settings", str(layout.settings)]
        assert run(["client", "revoke", CITY, *settings]) == 0
        revoked_at = asked_at = _now()
        while caller.post(TYPENAME).status_code == 200:
            assert asked_at - revoked_at < REVOKED_WITHIN_SECONDS
            sleep(0.1)
            asked_at = _now()
        assert caller.ask_for_token(caller.assertion()).status_code == 401
