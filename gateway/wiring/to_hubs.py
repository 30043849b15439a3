"""The ways to other hubs, behind which some of the issuers are asked."""

from datetime import datetime, timedelta
from functools import partial
from secrets import token_urlsafe
from time import monotonic

from tongxing.adapters.credential import Credential
from tongxing.adapters.http_client import HttpClient
from tongxing.adapters.hub_token import HubToken
from tongxing.adapters.wire import Transport
from tongxing.gateway.answering.circuit import Circuit
from tongxing.gateway.answering.other_hub import OtherHub, ThisHub
from tongxing.gateway.answering.relay_log import RelayLog
from tongxing.gateway.operation.followed_secret import FollowedSecret
from tongxing.gateway.settings import OtherHubSettings
from tongxing.gateway.wiring.ground import NONCE_BYTES, Ground
from tongxing.keys.client_tokens import sign_client_assertion
from tongxing.keys.signing import Es256Signer

ASSERTION_LASTS = timedelta(seconds=60)
KEY_FILE = "key"
NO_TOKEN_YET = "none"  # noqa: S105 - it is none


async def other_hubs(ground: Ground, secrets: list[FollowedSecret]) -> dict[str, OtherHub]:
    """By their ids; closed with this one. The key with which each is asked is put with ``secrets``.
    Raises OSError, and ValueError for a key that is none."""
    hubs = {hub.id: await _opened(hub, ground, secrets) for hub in ground.settings.hubs}
    for hub in hubs.values():
        ground.stack.push_async_callback(hub.close)
    return hubs


async def _opened(hub: OtherHubSettings, ground: Ground, secrets: list[FollowedSecret]) -> OtherHub:
    credential, watch = Credential(NO_TOKEN_YET), ground.watch
    on_fault = partial(watch.issuer_fault, hub.id)
    transport: Transport = await ground.stack.enter_async_context(
        HttpClient(hub.url, credential, on_fault)
    )
    if ground.tracing is not None:
        transport = ground.tracing.transport(transport, hub.id)
    assertions, own = Assertions(hub), ground.settings.hub
    secrets.append(assertions.followed())
    return OtherHub(
        hub.id,
        ThisHub(own.id, own.region),
        transport=transport,
        token=HubToken(credential, transport, assertions.make),
        log=RelayLog(ground.audit, ground.holder_keys),
        circuit=Circuit(monotonic, partial(watch.issuer_silent, hub.id)),
        new_exchange=partial(token_urlsafe, NONCE_BYTES),
        on_refused=on_fault,
    )


class Assertions:
    """Signed by the key that is in ``hub.key`` now. Raises OSError, and ValueError for a key that
    is none."""

    def __init__(self, hub: OtherHubSettings) -> None:
        self._hub = hub
        self._content = hub.key.read_bytes()
        self._signer = Es256Signer.from_pem(self._content)

    def make(self, at: datetime) -> str:
        hub = self._hub
        return sign_client_assertion(
            self._signer,
            client_id=hub.client_id,
            audience=hub.id,
            at=at,
            lifetime=ASSERTION_LASTS,
        )

    def followed(self) -> FollowedSecret:
        """The file, now and later. A token that was got with the key before stays good."""
        return FollowedSecret(self._hub.id, KEY_FILE, self._hub.key, self._content, self._take)

    def _take(self, content: bytes) -> None:
        self._signer = Es256Signer.from_pem(content)
