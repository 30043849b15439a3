"""The hub about itself, and about the client that asks."""

from json import dumps

import strawberry

from tongxing.gateway.graphql.context import Info
from tongxing.gateway.graphql.issuer_views import SUITES
from tongxing.keys import PublicKey
from tongxing.schema import Purpose, RegionCode
from tongxing.schema.scalars import Sha256Digest
from tongxing.schema.scope import any_client
from tongxing.schema.this_hub import HubKey, HubLogKey, RecognitionHub, RegisteredClient


@strawberry.type
class HubFields:
    @strawberry.field(
        directives=any_client(),
        description="本接入系统 Who asks, and what the token allows.",
    )
    async def me(self, info: Info) -> RegisteredClient:
        token = info.context.token
        return RegisteredClient(
            id=strawberry.ID(token.client_id),
            scopes=sorted(token.scopes),
            regions=[RegionCode(region) for region in sorted(token.regions)],
            purposes=[purpose for purpose in Purpose if purpose.value in token.purposes],
            expires_at=token.expires_at,
        )

    @strawberry.field(
        directives=any_client(),
        description="互认平台 This hub, its time, and the keys that check its receipts.",
    )
    async def hub(self, info: Info) -> RecognitionHub:
        services = info.context.services
        own = services.own
        published, log_key = own.keys.published(), own.keys.of_log()[0]
        return RecognitionHub(
            id=strawberry.ID(own.hub_id),
            version=own.version,
            now=services.clock(),
            public_keys=[_shown(key.public_key) for key in published],
            log_key=HubLogKey(
                verifier_key=log_key.text(), certificate=published[0].log_certificate or ""
            ),
            schema_digest=Sha256Digest(services.sdl.digest),
        )


def _shown(key: PublicKey) -> HubKey:
    return HubKey(key_id=key.thumbprint(), suite=SUITES[key.suite], public_key=dumps(key.to_jwk()))
