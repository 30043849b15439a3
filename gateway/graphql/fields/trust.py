"""Whom the hub believes: the issuers and the trust list."""

import strawberry

from gateway.graphql.context import Context, Info
from gateway.graphql.errors import ErrorCode, Refused
from gateway.graphql.issuer_views import trust_list_view
from keys import TrustListRefused
from schema.issuer import Issuer, TrustListView


@strawberry.type
class TrustFields:
    @strawberry.field(description="发码机构 The issuers that the trust list names.")
    async def issuers(self, info: Info) -> list[Issuer]:
        return _trust_list(info.context).issuers

    @strawberry.field(description="一家发码机构 One issuer; null where the list has none such.")
    async def issuer(self, info: Info, id: strawberry.ID) -> Issuer | None:  # noqa: A002 - SDL name
        return next((each for each in _trust_list(info.context).issuers if each.id == id), None)

    @strawberry.field(description="信任列表 Whom the hub believes now.")
    async def trust_list(self, info: Info) -> TrustListView:
        return _trust_list(info.context)


def _trust_list(context: Context) -> TrustListView:
    """A list that has expired is believed by nobody here and so shown to nobody."""
    services = context.services
    try:
        current = services.trust.current(services.clock())
    except TrustListRefused:
        raise Refused(ErrorCode.UNAVAILABLE) from None
    return trust_list_view(current, services.connected)
