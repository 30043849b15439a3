"""Who is connected to whom, and how well."""

import strawberry

from tongxing.gateway.graphql.context import Info
from tongxing.schema.federation import Federation
from tongxing.schema.scope import any_client


@strawberry.type
class FederationFields:
    @strawberry.field(
        directives=any_client(),
        description="互认网络：接入的机构、联通情况、适用地区与限额 Whom this hub asks, how well "
        "that goes, for which places it decides, and what it accepts at most.",
    )
    async def federation(self, info: Info) -> Federation:
        services = info.context.services
        return services.federation.of(services.clock())
