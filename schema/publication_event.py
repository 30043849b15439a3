"""Trust lists and policies that the hub has taken, for those who follow them."""

from datetime import datetime

import strawberry

from tongxing.schema.audit_entry import PublishedChange
from tongxing.schema.place import RegionCode
from tongxing.schema.recognition_policy import PolicyRef
from tongxing.schema.scalars import AuditIndex, Sha256Digest
from tongxing.schema.values import value

_INDEX = "审计序号 Its place in the audit log."
_AT = "平台采用的时间 When the hub took it."
_SIGNED_BY = (
    "签名者：计入的签名密钥编号，未签名的为空列表 The ids of the keys whose signatures count; "
    "empty "
    "if it is not signed."
)
_CHANGES = "变动，至多200项 What differs from the version before; 200 at most."
_CURSOR = (
    "游标：续接时交上最后一个，其后的都不会遗漏 Hand in the last one as `after`, and nothing "
    "behind "
    "it is missed."
)


@value(description="换用信任列表 The hub has taken another trust list.")
class TrustListChange:
    audit_index: AuditIndex = strawberry.field(description=_INDEX)
    at: datetime = strawberry.field(description=_AT)
    version: int = strawberry.field(description="版本 Its version.")
    digest: str = strawberry.field(
        graphql_type=Sha256Digest, description="列表摘要 SHA-256 of exactly what is signed."
    )
    signed_by: list[str] = strawberry.field(description=_SIGNED_BY)
    compared_with: int | None = strawberry.field(
        description="此前的版本，没有的为空 The version before; null if there was none."
    )
    changes: list[PublishedChange] = strawberry.field(description=_CHANGES)


@value(description="信任列表的变动及其游标 A change of the trust list, and its cursor.")
class TrustListChangeEdge:
    cursor: str = strawberry.field(description=_CURSOR)
    node: TrustListChange = strawberry.field(description="变动 The change.")


@value(
    description="公布政策：平台换用了一地的政策；自公布至施行前，原政策照常适用 The hub has "
    "taken other "
    "policies of a region. Until what is announced begins, what was in force stays in force."
)
class PolicyAnnouncement:
    audit_index: AuditIndex = strawberry.field(description=_INDEX)
    at: datetime = strawberry.field(description=_AT)
    region: RegionCode = strawberry.field(description="接收地 The region whose policies they are.")
    policy: PolicyRef | None = strawberry.field(
        description="最高版次；该地政策全部撤下的为空 The highest version that was taken; null "
        "if the "
        "region has no policy of its own any more."
    )
    signed_by: list[str] = strawberry.field(description=_SIGNED_BY)
    compared_with: int | None = strawberry.field(
        description="此前的最高版次，没有的为空 The highest version before; null if there was none."
    )
    changes: list[PublishedChange] = strawberry.field(description=_CHANGES)


@value(description="公布的政策及其游标 An announcement, and its cursor.")
class PolicyAnnouncementEdge:
    cursor: str = strawberry.field(description=_CURSOR)
    node: PolicyAnnouncement = strawberry.field(description="公布的政策 The announcement.")
