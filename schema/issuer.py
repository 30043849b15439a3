"""What a client may know of the issuers: their names, their regions and their listed keys."""

from datetime import datetime
from enum import Enum, unique

import strawberry

from tongxing.schema.health_code import Evidence
from tongxing.schema.place import RegionCode
from tongxing.schema.values import Text, described, value


@strawberry.enum(description="层级 Whom an issuer speaks for.")
@unique
class IssuerLevel(Enum):
    CITY = described("city", "市级")
    PROVINCE = described("province", "省级")
    NATIONAL = described("national", "国家级")


@value(description="机构公钥 One key under which an issuer's statements are believed.")
class IssuerKey:
    id: strawberry.ID
    suite: str = strawberry.field(
        description="签名算法 ES256, EdDSA or SM2-SM3; or one not known here"
    )
    not_before: datetime
    not_after: datetime
    revoked_at: datetime | None
    is_usable: bool = strawberry.field(
        description="False if this hub does not know the suite: it then believes nothing under it"
    )


@value(
    name="HealthCodeIssuer",
    description="发码机构 A system that issues health codes, as the trust list names it.",
)
class Issuer:
    id: strawberry.ID
    name: Text
    level: IssuerLevel
    regions: list[RegionCode] = strawberry.field(description="辖区 The places it may speak for")
    keys: list[IssuerKey]
    evidence: Evidence = strawberry.field(
        description="证据类别 What its statements can rest on at best"
    )
    is_connected: bool = strawberry.field(
        description="是否已接入 Whether this hub is connected to it"
    )


@value(name="TrustList", description="信任列表 Whom the hub believes, signed, in one version.")
class TrustListView:
    version: int
    issued_at: datetime
    expires_at: datetime
    digest: str = strawberry.field(description="列表摘要 SHA-256 of the signed list, base64url")
    issuers: list[Issuer]
