"""What the hub has taken, for those who follow it: another trust list, a policy."""

from datetime import datetime

import strawberry

from tongxing.schema.audit_entry import PublishedChange
from tongxing.schema.place import RegionCode
from tongxing.schema.recognition_policy import PolicyRef
from tongxing.schema.scalars import AuditIndex, Sha256Digest
from tongxing.schema.values import value

_CURSOR = (
    "游标：续接时交上最后一个，其后的都不会遗漏，在任一工作进程上均可 Hand in the last one as "
    "`after`, and nothing behind it is missed, whichever worker answers."
)
_SIGNED_BY = "签名者：计入的签名密钥编号 The ids of the keys whose signatures count"
_CHANGES = "与此前版本相比的变动，至多200项 What differs from the version before; 200 at most"
_INDEX = "审计日志中的序号 Where the audit log holds it"


@value(description="信任列表已更换 The hub has taken another trust list; it counts from then on.")
class TrustListTaken:
    version: int = strawberry.field(description="版次 Its version")
    digest: str = strawberry.field(
        graphql_type=Sha256Digest, description="内容摘要 SHA-256 of its content"
    )
    taken_at: datetime = strawberry.field(
        description="换用时间，自此生效 Since when the hub believes it"
    )
    signed_by: list[str] = strawberry.field(description=_SIGNED_BY)
    compared_with: int | None = strawberry.field(
        description="此前的版次，没有的为空 The version before; null if there was none"
    )
    changes: list[PublishedChange] = strawberry.field(description=_CHANGES)
    audit_index: AuditIndex = strawberry.field(description=_INDEX)


@value(description="信任列表的更换及其游标 A change of the trust list and its cursor.")
class TrustListTakenEdge:
    cursor: str = strawberry.field(description=_CURSOR)
    node: TrustListTaken = strawberry.field(description="更换 The change.")


@value(
    description="政策已公布或撤下 The hub has taken other policies of a region: one was announced, "
    "or all are gone."
)
class PolicyTaken:
    region: RegionCode = strawberry.field(description="接收地 The region whose policy it is")
    policy: PolicyRef | None = strawberry.field(
        description="最高版次的政策；全部撤下的为空，此后以上级地区的政策为准 The policy with the "
        "highest number; null if the region has none of its own any more, so that those around it "
        "count"
    )
    valid_from: datetime | None = strawberry.field(
        description="生效时间；平台已不再持有该版的为空 When it begins to count; null if the hub "
        "does not hold this version any more"
    )
    taken_at: datetime = strawberry.field(description="换用时间 When the hub took it")
    signed_by: list[str] = strawberry.field(description=_SIGNED_BY)
    compared_with: int | None = strawberry.field(
        description="与之比较的此前版次，没有的为空 The version that it is compared with; null if "
        "there was none"
    )
    changes: list[PublishedChange] = strawberry.field(description=_CHANGES)
    audit_index: AuditIndex = strawberry.field(description=_INDEX)


@value(description="政策的公布或撤下及其游标 A change of policies and its cursor.")
class PolicyTakenEdge:
    cursor: str = strawberry.field(description=_CURSOR)
    node: PolicyTaken = strawberry.field(description="公布或撤下 The change.")
