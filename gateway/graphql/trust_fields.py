"""Which issuers and keys the hub believes, as clients see them: no addresses, no credentials."""

from collections.abc import Set as AbstractSet

import strawberry

from tongxing.gateway.errors import ErrorCode, Refused
from tongxing.gateway.graphql.context import Context, Info
from tongxing.keys import TrustList, TrustListRefused
from tongxing.keys.trust_list import ListedKey, TrustedIssuer, TrustedKey
from tongxing.schema import Evidence, RegionCode, Text
from tongxing.schema.issuer import Issuer, IssuerKey, IssuerLevel, TrustListView


def trust_list_view(trust_list: TrustList, connected: AbstractSet[str]) -> TrustListView:
    return TrustListView(
        version=trust_list.version,
        issued_at=trust_list.issued_at,
        expires_at=trust_list.expires_at,
        digest=trust_list.digest,
        issuers=[
            _issuer_view(issuer, is_connected=issuer.id in connected)
            for issuer in trust_list.issuers.values()
        ],
    )


def _issuer_view(issuer: TrustedIssuer, *, is_connected: bool) -> Issuer:
    return Issuer(
        id=strawberry.ID(issuer.id),
        name=Text(zh=issuer.name_zh, en=issuer.name_en),
        level=IssuerLevel(issuer.level),
        regions=[RegionCode(region) for region in issuer.regions],
        keys=[_key_view(key) for key in issuer.listed_keys()],
        evidence=Evidence.CHANNEL if issuer.channel_only else Evidence.SIGNED,
        is_connected=is_connected,
    )


def _key_view(key: ListedKey) -> IssuerKey:
    usable = isinstance(key, TrustedKey)
    return IssuerKey(
        id=strawberry.ID(key.key_id),
        suite=key.public_key.suite.value if isinstance(key, TrustedKey) else key.suite,
        not_before=key.not_before,
        not_after=key.not_after,
        revoked_at=key.revoked_at,
        is_usable=usable,
    )


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
    """The hub does not believe a list that has expired, and so shows it to no client."""
    services = context.services
    try:
        current = services.trust.current(services.clock())
    except TrustListRefused:
        raise Refused(ErrorCode.UNAVAILABLE) from None
    return trust_list_view(current, services.connected)
