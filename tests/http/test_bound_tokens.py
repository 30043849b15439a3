"""A bound token is worth nothing without what it is bound to, also after it was checked once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from starlette.datastructures import Headers
from starlette.types import Scope

from tongxing.gateway.errors import Refused
from tongxing.gateway.http.authentication import Authentication
from tongxing.gateway.http.credentials_shown import credential_of
from tongxing.gateway.http.forwarding import CERTIFICATE
from tongxing.gateway.http.heads import Heads
from tongxing.gateway.http.possession import Possession, challenge_of
from tongxing.keys.client_tokens import AccessToken, issue_access_token
from tongxing.keys.dpop_proof import sign_proof
from tongxing.keys.hub_keys import HubKeys
from tongxing.keys.signing import Es256Signer, HubSigner
from tongxing.keys.token_binding import Binding, BindingKind, certificate_thumbprint

HUB = "tongxing-zhenjiang"
URL = "https://hub.example"
AT = datetime(2020, 3, 6, 9, 30, tzinfo=UTC)
SIGNER = HubSigner.generate()
KEY, OTHER_KEY = Es256Signer.generate(), Es256Signer.generate()
OWN, OTHER = certificate_thumbprint(b"own"), certificate_thumbprint(b"other")


def token_of(binding: Binding | None) -> str:
    return issue_access_token(
        SIGNER,
        issuer=HUB,
        client_id="city-a",
        scopes=frozenset({"status:read"}),
        regions=frozenset({"321100"}),
        purposes=frozenset({"ENTRY"}),
        key="key-of-the-client",
        at=AT,
        lifetime=timedelta(minutes=5),
        binding=binding,
    )


UNBOUND = token_of(None)
BY_KEY = token_of(Binding(BindingKind.DPOP, KEY.key_id))
BY_CERTIFICATE = token_of(Binding(BindingKind.CERTIFICATE, OWN))


@dataclass(frozen=True)
class Found:
    bound: BindingKind | None = None

    def present(self, token: AccessToken) -> AccessToken:
        return token


@dataclass
class Door:
    """An Authentication, and what it noted."""

    bound: BindingKind | None = None
    url: str | None = URL
    used: set[str] = field(default_factory=set)
    reasons: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ask = Authentication(
            keys=HubKeys.of_one(SIGNER, HUB, lambda: AT),
            hub_id=HUB,
            find_client=self.find,
            possession=Possession(self.url, first_use=self.first_use, clock=lambda: AT),
            on_refused=lambda _credential, reason: self.reasons.append(reason.value),
            clock=lambda: AT,
        )

    async def find(self, client_id: str, *, anew: bool = False) -> Found | None:
        return Found(self.bound) if client_id == "city-a" else None

    async def first_use(self, jti_key: str, expires_at: datetime) -> bool:
        assert expires_at > AT
        first = jti_key not in self.used
        self.used.add(jti_key)
        return first

    async def enter(self, scope: Scope) -> AccessToken:
        return await self.ask(credential_of(Headers(scope=scope)), scope)


def request(
    token: str,
    *proofs: str,
    scheme: str = "DPoP",
    certificate: str | None = None,
    method: str = "POST",
) -> Scope:
    headers = [(b"authorization", f"{scheme} {token}".encode())]
    headers += [(b"dpop", each.encode()) for each in proofs]
    scope: Scope = {"type": "http", "method": method, "path": "/graphql", "headers": headers}
    return scope if certificate is None else {**scope, CERTIFICATE: certificate}


def proof(
    key: Es256Signer = KEY,
    token: str | None = BY_KEY,
    path: str = "/graphql",
    method: str = "POST",
    at: datetime = AT,
) -> str:
    return sign_proof(key, method=method, url=URL + path, at=at, token=token)


GOOD: dict[str, Callable[[], Scope]] = {
    "not bound": lambda: request(UNBOUND, scheme="Bearer"),
    "not bound, with a certificate": lambda: request(UNBOUND, scheme="Bearer", certificate=OWN),
    "not bound, with a proof that nobody asked for": lambda: request(
        UNBOUND, proof(), scheme="Bearer"
    ),
    "with a proof": lambda: request(BY_KEY, proof()),
    "the scheme in small letters": lambda: request(BY_KEY, proof(), scheme="dpop"),
    "over its certificate": lambda: request(BY_CERTIFICATE, scheme="Bearer", certificate=OWN),
}


@pytest.mark.parametrize("what", GOOD)
async def test_a_client_that_shows_all_comes_in_again_and_again(what: str) -> None:
    door = Door()
    for _ in range(3):
        assert (await door.enter(GOOD[what]())).client_id == "city-a"
    assert door.reasons == []


HOUR = timedelta(hours=1)
STOLEN: dict[str, tuple[Callable[[], Scope], str]] = {
    "by key: as a bearer's": (lambda: request(BY_KEY, scheme="Bearer"), "OTHER_SCHEME"),
    "by key: as a bearer's, with a proof": (
        lambda: request(BY_KEY, proof(), scheme="Bearer"),
        "OTHER_SCHEME",
    ),
    "by key: no proof": (lambda: request(BY_KEY), "NO_PROOF"),
    "by key: two proofs": (lambda: request(BY_KEY, proof(), proof()), "NO_PROOF"),
    "by key: with the thief's own proof": (
        lambda: request(BY_KEY, proof(OTHER_KEY)),
        "OTHER_KEY",
    ),
    "by key: the proof of another token": (
        lambda: request(BY_KEY, proof(token=UNBOUND)),
        "OTHER_TOKEN",
    ),
    "by key: the proof for the token endpoint": (
        lambda: request(BY_KEY, proof(token=None, path="/oauth/token")),
        "OTHER_REQUEST",
    ),
    "by key: the proof of another method": (
        lambda: request(BY_KEY, proof(method="GET")),
        "OTHER_REQUEST",
    ),
    "by key: an old proof": (lambda: request(BY_KEY, proof(at=AT - HOUR)), "EXPIRED"),
    "by key: a proof in store": (lambda: request(BY_KEY, proof(at=AT + HOUR)), "NOT_YET_VALID"),
    "by key: only a certificate": (
        lambda: request(BY_KEY, scheme="Bearer", certificate=OWN),
        "OTHER_SCHEME",
    ),
    "by certificate: over no certificate": (
        lambda: request(BY_CERTIFICATE, scheme="Bearer"),
        "NO_CERTIFICATE",
    ),
    "by certificate: over another": (
        lambda: request(BY_CERTIFICATE, scheme="Bearer", certificate=OTHER),
        "OTHER_CERTIFICATE",
    ),
    "by certificate: with a proof": (
        lambda: request(BY_CERTIFICATE, proof(token=BY_CERTIFICATE), certificate=OWN),
        "OTHER_SCHEME",
    ),
    "not bound, under the other scheme": (
        lambda: request(UNBOUND, proof(token=UNBOUND)),
        "OTHER_SCHEME",
    ),
}


@pytest.mark.parametrize("what", STOLEN)
async def test_a_stolen_token_is_worth_nothing(what: str) -> None:
    """Not even after its owner has used it: what was checked then is remembered."""
    make, reason = STOLEN[what]
    door = Door()
    await door.enter(request(BY_KEY, proof()))
    await door.enter(request(BY_CERTIFICATE, scheme="Bearer", certificate=OWN))
    for _ in range(2):
        scope = make()
        with pytest.raises(Refused):
            await door.enter(scope)
        recalled = door.ask.recall(credential_of(Headers(scope=scope)), scope)
        assert recalled is None
    assert door.reasons == [reason] * 2


async def test_a_proof_is_good_once() -> None:
    door, scope = Door(), request(BY_KEY, proof())
    await door.enter(scope)
    with pytest.raises(Refused):
        await door.enter(scope)
    assert door.reasons == ["USED_BEFORE"]


async def test_a_proof_that_is_not_good_uses_nothing_up() -> None:
    door = Door()
    with pytest.raises(Refused):
        await door.enter(request(BY_KEY, proof(OTHER_KEY)))
    assert door.used == set()


async def test_without_an_address_of_its_own_a_hub_takes_no_proof() -> None:
    """``Host`` does not say it: whoever sends a request writes it."""
    door = Door(url=None)
    with pytest.raises(Refused):
        await door.enter(request(BY_KEY, proof()))


ALSO_REGISTERED: dict[str, tuple[BindingKind, Callable[[], Scope]]] = {
    "for proofs, not bound": (BindingKind.DPOP, GOOD["not bound"]),
    "for proofs, by certificate": (BindingKind.DPOP, GOOD["over its certificate"]),
    "for certificates, not bound": (BindingKind.CERTIFICATE, GOOD["not bound"]),
    "for certificates, by key": (BindingKind.CERTIFICATE, GOOD["with a proof"]),
}


@pytest.mark.parametrize("what", ALSO_REGISTERED)
async def test_a_token_that_is_not_bound_as_its_client_is_registered_is_refused(what: str) -> None:
    bound, make = ALSO_REGISTERED[what]
    door = Door(bound)
    with pytest.raises(Refused):
        await door.enter(make())
    assert door.reasons == ["NOT_BOUND"]


async def test_a_client_that_was_let_in_shows_nothing_again() -> None:
    """Its event stream goes on, though its proof was good once."""
    door = Door(BindingKind.DPOP)
    client = await door.enter(request(BY_KEY, proof()))
    await door.ask.still_allowed(client)
    door.bound = BindingKind.CERTIFICATE
    with pytest.raises(Refused):
        await door.ask.still_allowed(client)


CHALLENGES = {
    "no proof": (lambda: request(BY_KEY), "invalid_dpop_proof"),
    "as a bearer's": (lambda: request(BY_KEY, scheme="Bearer"), "invalid_token"),
}


@pytest.mark.parametrize(("make", "error"), CHALLENGES.values(), ids=CHALLENGES)
async def test_a_client_is_told_how_to_prove_itself(make: Callable[[], Scope], error: str) -> None:
    """RFC 9449 §7.1."""
    with pytest.raises(Refused) as refused:
        await Door().enter(make())
    assert challenge_of(refused.value) == {
        "www-authenticate": f'DPoP error="{error}", algs="ES256 EdDSA"'
    }


def test_a_head_with_a_proof_is_not_remembered() -> None:
    """It never comes again, and would push out those that do."""
    heads = Heads(by_address=True)
    usual = [(b"content-type", b"application/json"), (b"accept", b"*/*")]
    asked = request(BY_KEY, proof())
    asked["headers"] += usual
    assert heads.of(asked) is not heads.of(asked)
    plain = request(UNBOUND, scheme="Bearer")
    plain["headers"] += usual
    assert heads.of(plain) is heads.of(plain)
