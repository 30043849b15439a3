"""Which issuers and keys the hub believes."""

from typing import Annotated

import strawberry

from tongxing.gateway.errors import ErrorCode, Refused
from tongxing.gateway.graphql.context import Context, Info
from tongxing.keys import TrustListRefused
from tongxing.schema.issuer import Issuer, TrustListView
from tongxing.schema.scope import any_client

IssuerId = Annotated[
    strawberry.ID,
    strawberry.argument(
        description="机构编号，至多64个字符 "
        "The issuer's id, such as sukangma; at most 64 characters."
    ),
]


@strawberry.type
class TrustFields:
    @strawberry.field(
        directives=any_client(),
        description="发码机构 The issuers that the trust list names, in its order.",
    )
    async def issuers(self, info: Info) -> list[Issuer]:
        return _trust_list(info.context).issuers

    @strawberry.field(
        directives=any_client(),
        description="一家发码机构，不在信任列表上的为空 One issuer; null where the trust list "
        "names none such.",
    )
    async def issuer(
        self,
        info: Info,
        id: IssuerId,  # noqa: A002 - the name in the SDL
    ) -> Issuer | None:
        return find_issuer(info.context, id)

    @strawberry.field(
        directives=any_client(),
        description="信任列表：平台现在采信哪些机构；已过期的报 UNAVAILABLE Whom the hub believes "
        "now. Refused with UNAVAILABLE where it has expired.",
    )
    async def trust_list(self, info: Info) -> TrustListView:
        return _trust_list(info.context)


def find_issuer(context: Context, unchecked_id: str) -> Issuer | None:
    """None if the list in force names none of this id. Raises Refused if none is in force."""
    _trust_list(context)
    return context.services.issuers.find(unchecked_id)


def _trust_list(context: Context) -> TrustListView:
    """The hub does not believe a list that has expired, and so shows it to no client."""
    services = context.services
    try:
        current = services.trust.current(services.clock())
    except TrustListRefused:
        raise Refused(ErrorCode.UNAVAILABLE) from None
    return services.issuers.trust_list(current)
