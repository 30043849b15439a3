"""One access token, in the header ``Authorization``, however its one form is spelled."""

from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest
from prometheus_client import CollectorRegistry
from starlette.datastructures import Headers
from starlette.types import Scope

from tongxing.gateway.errors import Refused
from tongxing.gateway.http.authentication import Authentication
from tongxing.gateway.http.credentials_shown import ShownCredential, credential_of
from tongxing.gateway.http.possession import Possession
from tongxing.gateway.operation.metrics import Metrics
from tongxing.keys.client_tokens import AccessToken, issue_access_token
from tongxing.keys.hub_key_set import (
    OVERLAP,
    HubKeySet,
    StatedKey,
    announced,
    revoked,
    used,
)
from tongxing.keys.hub_key_statement import sign_key_set
from tongxing.keys.hub_keys import HeldKeys, HubKeys
from tongxing.keys.signing import HubSigner
from tongxing.keys.token_binding import BindingKind

HUB = "https://hub.example"
AT = datetime(2020, 3, 6, 9, 30, tzinfo=UTC)
SIGNER, SUCCESSOR = HubSigner.generate(), HubSigner.generate()


def token(lifetime: timedelta = timedelta(minutes=5), at: datetime = AT) -> str:
    return issue_access_token(
        SIGNER,
        issuer=HUB,
        client_id="city-a",
        scopes=frozenset({"status:read"}),
        regions=frozenset({"321100"}),
        purposes=frozenset({"ENTRY"}),
        key="a-key-of-the-client",
        at=at,
        lifetime=lifetime,
    )


class Unchanged:
    """A client of which nothing was taken away."""

    bound: BindingKind | None = None

    def present(self, token: AccessToken) -> AccessToken:
        return token


CITY = Unchanged()


async def found(client_id: str, *, anew: bool = False) -> Unchanged | None:
    return CITY if client_id == "city-a" else None


async def never_used(jti_key: str, expires_at: datetime) -> bool:
    return True


POSSESSION = Possession("https://hub.example", first_use=never_used, clock=lambda: AT)
REQUEST: Scope = {"type": "http", "method": "POST", "path": "/graphql", "headers": []}


def authentication(metrics: Metrics) -> Authentication:
    return Authentication(
        keys=HubKeys.of_one(SIGNER, HUB, lambda: AT),
        hub_id=HUB,
        find_client=found,
        possession=POSSESSION,
        on_refused=metrics.credential_refused,
        clock=lambda: AT,
    )


def counted(metrics: Metrics) -> set[str]:
    lines = metrics.text().decode().splitlines()
    return {line for line in lines if line.startswith("tongxing_refused_credentials_total")}


SPELLED = {
    "as usual": "Bearer {}",
    "in lower case": "bearer {}",
    "in capitals": "BEARER {}",
    "two spaces": "Bearer  {}",
    "many spaces": "Bearer        {}",
    "spaces around": "  Bearer {}  ",
    "a tab behind": "Bearer {}\t",
}


@pytest.mark.parametrize("form", SPELLED.values(), ids=SPELLED)
async def test_a_token_is_read_in_every_spelling_that_http_allows(form: str) -> None:
    """RFC 9110 §11.1 and §11.4: a scheme in any case, one space or more; §5.5: none at the ends."""
    headers = Headers({"authorization": form.format(token())})
    client = await authentication(Metrics(CollectorRegistry()))(credential_of(headers), REQUEST)
    assert client.client_id == "city-a"


MISSPELLED = {
    "no space": "Bearer{}",
    "a tab": "Bearer\t{}",
    "a space and a tab": "Bearer \t{}",
    "another scheme": "Basic {}",
    "no scheme": "{}",
    "only the scheme": "Bearer",
    "two tokens": "Bearer {0} {0}",
    "a comma behind": "Bearer {},",
    "a parameter": "Bearer token={}",
    "quoted": 'Bearer "{}"',
}


@pytest.mark.parametrize("form", MISSPELLED.values(), ids=MISSPELLED)
async def test_another_spelling_is_refused(form: str) -> None:
    metrics = Metrics(CollectorRegistry())
    headers = Headers({"authorization": form.format(token())})
    with pytest.raises(Refused):
        await authentication(metrics)(credential_of(headers), REQUEST)
    assert len(counted(metrics)) == 1


REASONS = {
    "NO_CREDENTIAL": [],
    "MALFORMED": ["x"],
    "EXPIRED": [token(at=AT - timedelta(minutes=6))],
}


@pytest.mark.parametrize(("reason", "given"), REASONS.items(), ids=REASONS)
async def test_the_reason_of_a_refused_token_is_counted(reason: str, given: list[str]) -> None:
    metrics = Metrics(CollectorRegistry())
    headers = Headers(raw=[(b"authorization", b"Bearer " + text.encode()) for text in given])
    with pytest.raises(Refused):
        await authentication(metrics)(credential_of(headers), REQUEST)
    name = "tongxing_refused_credentials_total"
    assert counted(metrics) == {f'{name}{{credential="access_token",reason="{reason}"}} 1.0'}


async def test_a_revoked_client_is_counted_as_such() -> None:
    metrics = Metrics(CollectorRegistry())
    gone = Authentication(
        keys=HubKeys.of_one(SIGNER, HUB, lambda: AT),
        hub_id=HUB,
        find_client=lambda _id, anew=False: found("nobody", anew=anew),
        possession=POSSESSION,
        on_refused=metrics.credential_refused,
        clock=lambda: AT,
    )
    with pytest.raises(Refused):
        await gone(ShownCredential(token()), REQUEST)
    assert 'reason="UNKNOWN_CLIENT"' in metrics.text().decode()


class Rotating:
    """A hub whose key was replaced by another one; its clock stands until it is moved."""

    def __init__(self) -> None:
        self.at = AT
        held = {each.key_id: each for each in (SIGNER, SUCCESSOR)}
        files = HeldKeys(MappingProxyType(held), MappingProxyType({}), SIGNER.key_id, None)
        self.keys = HubKeys(HUB, f"{HUB}/audit", files, lambda: self.at)
        key = StatedKey(
            public_key=SUCCESSOR.public_key,
            log_certificate=self.keys.log_certificate(SUCCESSOR),
            announced_at=AT,
        )
        self._take(announced(self.keys.current, key))
        self._take(used(self.keys.current, SUCCESSOR.key_id, None, AT))
        self.asked = Authentication(
            keys=self.keys,
            hub_id=HUB,
            find_client=found,
            possession=POSSESSION,
            on_refused=lambda _credential, _reason: None,
            clock=lambda: self.at,
        )

    def revoke(self) -> None:
        self._take(revoked(self.keys.current, SIGNER.key_id, AT))

    def _take(self, known: HubKeySet) -> None:
        assert self.keys.take(sign_key_set(known, (SIGNER, SUCCESSOR)))


async def test_a_token_by_a_revoked_key_is_refused_also_if_it_is_remembered() -> None:
    hub, old = Rotating(), token()
    assert (await hub.asked(ShownCredential(old), REQUEST)).client_id == "city-a"
    hub.revoke()
    with pytest.raises(Refused):
        await hub.asked(ShownCredential(old), REQUEST)


async def test_a_token_by_a_key_whose_overlap_has_ended_is_refused_also_if_it_is_remembered() -> (
    None
):
    """Whoever stole the key signs on with it."""
    hub = Rotating()
    hub.at = AT + OVERLAP - timedelta(seconds=1)
    stolen = token(at=hub.at)
    assert (await hub.asked(ShownCredential(stolen), REQUEST)).client_id == "city-a"
    hub.at = AT + OVERLAP
    with pytest.raises(Refused):
        await hub.asked(ShownCredential(stolen), REQUEST)
