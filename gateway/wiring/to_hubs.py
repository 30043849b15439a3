"""The ways to other hubs, behind which some of the issuers are asked."""

import secrets
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

from tongxing.adapters.credential import Credential
from tongxing.adapters.http_client import HttpClient
from tongxing.adapters.hub_token import HubToken
from tongxing.adapters.wire import Transport
from tongxing.gateway.answering.circuit import Circuit
from tongxing.gateway.answering.other_hub import OtherHub, ThisHub
from tongxing.gateway.answering.relay_log import RelayLog
from tongxing.gateway.settings import OtherHubSettings
from tongxing.gateway.wiring.ground import NONCE_BYTES, Ground
from tongxing.keys.client_tokens import sign_client_assertion
from tongxing.keys.signing import Es256Signer

ASSERTION_LASTS = timedelta(seconds=60)
NO_TOKEN_YET = "none"  # noqa: S105 - it is none


async def other_hubs(ground: Ground) -> dict[str, OtherHub]:
    """By their ids; closed with this one. Raises OSError, and ValueError for a key that is none."""
    hubs = {hub.id: await _opened(hub, ground) for hub in ground.settings.hubs}
    for hub in hubs.values():
        ground.stack.push_async_callback(hub.close)
    return hubs


async def _opened(hub: OtherHubSettings, ground: Ground) -> OtherHub:
    credential, watch = Credential(NO_TOKEN_YET), ground.watch
    on_fault = partial(watch.issuer_fault, hub.id)
    transport: Transport = await ground.stack.enter_async_context(
        HttpClient(hub.url, credential, on_fault)
    )
    if ground.tracing is not None:
        transport = ground.tracing.transport(transport, hub.id)
    own = ground.settings.hub
    return OtherHub(
        hub.id,
        ThisHub(own.id, own.region),
        transport=transport,
        token=HubToken(credential, transport, _asserting(hub)),
        log=RelayLog(ground.audit, ground.holder_keys),
        circuit=Circuit(monotonic, partial(watch.issuer_silent, hub.id)),
        new_exchange=partial(secrets.token_urlsafe, NONCE_BYTES),
        on_refused=on_fault,
    )


def _asserting(hub: OtherHubSettings) -> "partial[str]":
    signer = Es256Signer.from_pem(hub.key.read_bytes())
    return partial(_assertion, signer, hub)


def _assertion(signer: Es256Signer, hub: OtherHubSettings, at: datetime) -> str:
    return sign_client_assertion(
        signer, client_id=hub.client_id, audience=hub.id, at=at, lifetime=ASSERTION_LASTS
    )
