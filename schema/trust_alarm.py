"""Alarms about what the hub believes: an issuer's answers, and what ends its trust by itself."""

from datetime import datetime
from enum import Enum, unique

import strawberry

from tongxing.schema.any_alarm import AnyAlarm
from tongxing.schema.forgery import ForgeryCause
from tongxing.schema.issuer import Issuer, perhaps_named_issuer
from tongxing.schema.numbered_ids import NumberedIds
from tongxing.schema.place import RegionCode
from tongxing.schema.scalars import AuditIndex, Sha256Digest
from tongxing.schema.values import described, value

TRUST_ALARM_IDS = NumberedIds("trust")

EVIDENCE_SHOWN = 100
"""Of one alarm."""


@strawberry.enum(
    description="信任类预警的类别 What an alarm about trust is about. More kinds may be added: "
    "show an unknown one by the fields that it has."
)
@unique
class TrustAlarmKind(Enum):
    FORGED_EVIDENCE = described(
        "FORGED_EVIDENCE",
        "伪造或不符的答复 Forged or foreign answers of an issuer; none was believed",
    )
    FEED_REWRITTEN = described(
        "FEED_REWRITTEN",
        "变更通告前后不符 An issuer's change feed has gone back, left a number out or tells "
        "another past than before; nothing of it is believed until it goes on, or an operator "
        "begins it again",
    )
    TRUST_LIST_ENDING = described(
        "TRUST_LIST_ENDING",
        "信任列表即将失效 The trust list ends within 14 days; after its end no issuer is believed",
    )
    ISSUER_KEY_ENDING = described(
        "ISSUER_KEY_ENDING",
        "机构公钥即将失效 The last key of an issuer ends within 30 days and none follows it",
    )
    POLICY_ENDING = described(
        "POLICY_ENDING",
        "政策即将失效 The last policy of a region ends within 14 days and none follows it",
    )


@value(
    name="ForgedAnswer",
    description="一次伪造或不符的答复 One answer that an alarm counts.",
)
class ForgedAnswer:
    audit_index: AuditIndex = strawberry.field(
        description="审计序号，`auditEntry` 可查其记录，记录已到期删除的除外 Where the log holds "
        "it; `auditEntry` finds it until it is forgotten"
    )
    receiving_region: RegionCode = strawberry.field(
        name="askedForRegion", description="接收地 For which region the issuer was asked"
    )
    evidence_digest: str | None = strawberry.field(
        graphql_type=Sha256Digest | None,
        description="答复原文的 SHA-256，base64url；没有原文的为空 SHA-256 of the statement as it "
        "was received, base64url; null if there was none. Compare it with the issuer's own record",
    )


@value(
    name="TrustAlarm",
    description="信任类预警：伪造的答复，或信任列表、公钥、政策即将失效；每一情形只有一个，情形消除后"
    "自行消除（伪造除外）；不含任何个人。 An alarm about what the hub believes: forged answers, or "
    "a trust list, a key or a policy that is about to end. One for each occasion; those about an "
    "end close by themselves once something follows. Nobody is named.",
)
class TrustAlarm(AnyAlarm):
    """``issuer`` is the id of the issuer."""

    id: strawberry.ID = strawberry.field(
        description="预警编号，如 trust:5，长期不变 Such as trust:5; it stays"
    )
    kind: TrustAlarmKind = strawberry.field(name="alarmKind", description="类别 What it is about")
    issuer: strawberry.Private[str | None]
    issuer_named: Issuer | None = perhaps_named_issuer(
        "issuer",
        name="concernedIssuer",
        description="发码机构；与单个机构无关的为空 The issuer; null if it is about no single one",
    )
    forgery: ForgeryCause | None = strawberry.field(
        description="伪造原因；不是 FORGED_EVIDENCE 的为空 Why the answers cannot be its own; null "
        "if it is not FORGED_EVIDENCE"
    )
    key_id: strawberry.ID | None = strawberry.field(
        name="endingKeyId",
        description="公钥编号；不是 ISSUER_KEY_ENDING 的为空 Which key; null if it is not "
        "ISSUER_KEY_ENDING",
    )
    region: RegionCode | None = strawberry.field(
        name="policyRegion",
        description="政策所属地区；不是 POLICY_ENDING 的为空 Whose policy; null if it is not "
        "POLICY_ENDING",
    )
    version: int | None = strawberry.field(
        name="endingVersion",
        description="信任列表或政策的版次，没有的为空 The number of the trust list or the policy; "
        "null if it is about neither",
    )
    ends_at: datetime | None = strawberry.field(
        name="trustEndsAt", description="失效时间，没有的为空 When that ends; null if nothing does"
    )
    counted: int = strawberry.field(
        name="answerCount",
        description="计入的答复数，平台迄今所见；不是答复的为0 How many answers it counts so far; "
        "0 if it is about none",
    )
    last_at: datetime = strawberry.field(
        description="最近一次 When it was last seen; of an end when the alarm was raised"
    )
    evidence: list[ForgedAnswer] = strawberry.field(
        name="forgedAnswers",
        description=f"证据：计入的答复，先到的在前，至多{EVIDENCE_SHOWN}条，仅限本接入系统可代表"
        f"的地区 The answers that it rests on, the first ones, {EVIDENCE_SHOWN} at most, of the "
        "regions that you may act for",
    )
