"""What auditors see of the log: which client asked what, and what it was told."""

from datetime import datetime
from enum import Enum, unique

import strawberry

from tongxing.schema.color import Color
from tongxing.schema.decision import Decision, Purpose
from tongxing.schema.health_code import Outcome
from tongxing.schema.page_info import PageInfo
from tongxing.schema.place import RegionCode
from tongxing.schema.scalars import AuditIndex
from tongxing.schema.values import described, value


@strawberry.enum(name="AuditKind", description="审计记录类别 What an entry records.")
@unique
class AuditKindView(Enum):
    INTENT = described("INTENT", "查询意图 Somebody is about to ask")
    OUTCOME = described("OUTCOME", "查询结果 What the client was told")
    REFUSAL = described("REFUSAL", "拒绝 A client was refused")
    ADMINISTRATION = described("ADMINISTRATION", "管理 Who may ask was changed")
    ARRIVAL = described("ARRIVAL", "到达登记 An arrival was recorded, acknowledged or read")
    CORRECTION = described("CORRECTION", "纠错 A mistake was reported to an issuer")
    READING = described("READING", "查阅 Records, alarms or a preview over records were read")
    PUBLICATION = described("PUBLICATION", "公布 Another trust list or policy was taken")


@value(description="来源结果 What became of asking one issuer.")
class AuditedSource:
    issuer: strawberry.ID
    outcome: Outcome
    evidence_digest: str | None


@value(
    name="AuditEntry",
    description="审计记录 One entry; a holder appears only as a keyed reference.",
)
class AuditEntryView:
    index: AuditIndex
    entry_hash: str = strawberry.field(
        description="哈希链值 The chain's hash up to this entry, base64url"
    )
    kind: AuditKindView
    at: datetime
    request_id: str
    client: strawberry.ID
    purpose: Purpose | None = None
    receiving_region: RegionCode | None = None
    holder: str | None = strawberry.field(
        default=None,
        description="人员代号 This client's own reference to the person, if an issuer confirmed "
        "number and name",
    )
    issuers: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="拟查询的机构 The issuers that were to be asked"
    )
    color: Color | None = None
    decision: Decision | None = None
    rule: strawberry.ID | None = None
    decided_by: strawberry.ID | None = None
    relaxed: bool | None = None
    policy_region: RegionCode | None = None
    policy_version: int | None = None
    trust_list_version: int | None = None
    sources: list[AuditedSource] = strawberry.field(default_factory=list)
    code: str | None = strawberry.field(
        default=None,
        description="拒绝代码或操作 Of a refusal its stable code; of an act, which one",
    )


@value(description="审计记录及其游标 An entry and its cursor.")
class AuditEntryEdge:
    node: AuditEntryView
    cursor: str


@value(description="审计记录分页 A Relay connection over the audit log, oldest first.")
class AuditEntryConnection:
    edges: list[AuditEntryEdge]
    page_info: PageInfo


@strawberry.input(name="AuditFilter", description="审计筛选 All that is given must hold.")
class AuditFilterInput:
    client: strawberry.ID | None = None
    kind: AuditKindView | None = None
    holder: str | None = strawberry.field(
        default=None,
        description="人员代号 As this client is shown the person; finds what is shown so",
    )
    request_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
