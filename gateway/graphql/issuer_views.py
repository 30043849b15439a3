"""The trust list as clients see it: names and keys, never addresses or credentials."""

from collections.abc import Set as AbstractSet

import strawberry

from keys import TrustList
from keys.trust_list import TrustedIssuer, TrustedKey
from schema import Evidence, RegionCode, Text
from schema.issuer import Issuer, IssuerKey, IssuerLevel, TrustListView


def trust_list_view(trust_list: TrustList, connected: AbstractSet[str]) -> TrustListView:
    return TrustListView(
        version=trust_list.version,
        issued_at=trust_list.issued_at,
        expires_at=trust_list.expires_at,
        digest=trust_list.digest,
        issuers=[
            _issuer_view(issuer, asked=issuer.id in connected)
            for issuer in trust_list.issuers.values()
        ],
    )


def _issuer_view(issuer: TrustedIssuer, *, asked: bool) -> Issuer:
    return Issuer(
        id=strawberry.ID(issuer.id),
        name=Text(zh=issuer.name_zh, en=issuer.name_en),
        level=IssuerLevel(issuer.level),
        regions=[RegionCode(region) for region in issuer.regions],
        keys=[_key_view(key) for key in issuer.keys.values()],
        evidence=Evidence.CHANNEL if issuer.channel_only else Evidence.SIGNED,
        asked=asked,
    )


def _key_view(key: TrustedKey) -> IssuerKey:
    return IssuerKey(
        id=strawberry.ID(key.key_id),
        suite=key.public_key.suite.value,
        not_before=key.not_before,
        not_after=key.not_after,
        revoked_at=key.revoked_at,
    )
