"""What coordinators are woken by: an issuer that turned many people red at once."""

from collections.abc import Awaitable, Callable
from datetime import datetime

import strawberry

from tongxing.schema.any_alarm import AnyAlarm
from tongxing.schema.color import Basis
from tongxing.schema.issuer import Issuer, named_issuer
from tongxing.schema.numbered_ids import NumberedIds
from tongxing.schema.page_info import PageInfo
from tongxing.schema.paging import After, Before, First, Last, PageArguments, PageSizes
from tongxing.schema.recognition_policy import PolicyRef
from tongxing.schema.scalars import Sha256Digest
from tongxing.schema.scope import Scope, any_of
from tongxing.schema.values import value

ALARM_IDS = NumberedIds("alarm")

EVIDENCE_SIZES = PageSizes(usual=20, most=1_000)
"""The usual page of evidence under each alarm of a usual page stays within one request."""


@value(
    name="AlarmEvidenceEdge",
    description="预警证据及其游标 A digest and its cursor.",
)
class EvidenceEdge:
    node: str = strawberry.field(
        graphql_type=Sha256Digest,
        description="答复摘要：发码机构答复原文的 SHA-256，base64url，43个字符；与 "
        "SourceAnswer.evidenceDigest 同一写法 The SHA-256 of one statement as it was received, "
        "base64url, 43 characters; written like SourceAnswer.evidenceDigest",
    )
    cursor: str = strawberry.field(
        description="游标，仅用于同一预警的 evidence The place of this digest, for `after` and "
        "`before` of the evidence of the same alarm"
    )


@value(
    name="AlarmEvidenceConnection",
    description="预警证据分页，按计入的先后 The digests that one alarm rests on, in the order in "
    "which they were counted.",
)
class EvidenceConnection:
    edges: list[EvidenceEdge] = strawberry.field(
        description="本页的摘要 The digests of this page; empty if the alarm has none here"
    )
    page_info: PageInfo = strawberry.field(
        description="前后是否还有，以及续读的游标 Whether there is more on either side, and the "
        "cursors to go on with"
    )


ReadEvidence = Callable[[PageArguments], Awaitable[EvidenceConnection]]


async def _evidence(
    self: "Alarm",
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> EvidenceConnection:
    return await self.read_evidence(PageArguments(first, after, last, before))


@value(
    name="MassFlipAlarm",
    description="集中转红码预警：某发码机构以同一依据，在1小时内使超过政策阈值的人转红码。平台照常"
    "转达这些红码；此处不含任何个人信息。 More people than a policy allows for were turned red by "
    "one issuer, on one basis, within an hour. Their codes are passed on unchanged; nobody is "
    "named here.",
)
class Alarm(AnyAlarm):
    """``issuer`` is the id of the issuer."""

    id: strawberry.ID = strawberry.field(
        description="预警编号，如 alarm:12，长期不变 Such as alarm:12; it stays, and `alarm` finds "
        "the alarm by it"
    )
    issuer: strawberry.Private[str]
    issuer_named: Issuer = named_issuer(
        "issuer", description="转红码的发码机构 The issuer that turned them red"
    )
    basis: Basis = strawberry.field(description="赋码依据 The basis that it named for all of them")
    people: int = strawberry.field(
        description="人数，平台迄今所见；预警之后仍会增加 How many people the hub has seen so far; "
        "it may still grow"
    )
    threshold: int = strawberry.field(
        description="阈值（人），取自触发预警的政策 How many people the policy allows for within "
        "an hour"
    )
    first_at: datetime = strawberry.field(
        description="首例转红码时间 When the first of them turned red"
    )
    last_at: datetime = strawberry.field(
        description="末例转红码时间 When the last of them turned red"
    )
    policy: PolicyRef = strawberry.field(
        description="阈值所据的政策 The policy whose threshold was crossed"
    )
    read_evidence: strawberry.Private[ReadEvidence]

    evidence: EvidenceConnection = strawberry.field(
        resolver=_evidence,
        directives=any_of(Scope.AUDIT_READ),
        metadata=EVIDENCE_SIZES.mark,
        description=f"预警证据：所据各答复的摘要，一个预警最多1万条；{EVIDENCE_SIZES.zh}，并计入一次请求的"
        "总条数；每次查阅均记入审计日志。 The digests of the statements that the alarm rests on, "
        f"at most 10,000 for one alarm; {EVIDENCE_SIZES.en}, and each counts toward the entries of "
        "the request. Reading them is recorded in the audit log. Compare them with "
        "SourceAnswer.evidenceDigest of answers that you kept.",
    )


@value(name="MassFlipAlarmEdge", description="预警及其游标 An alarm and its cursor.")
class AlarmEdge:
    node: Alarm = strawberry.field(description="预警 The alarm")
    cursor: str = strawberry.field(
        description="游标，仅用于 alarms The place of this alarm, for `after` and `before` of "
        "alarms"
    )


@value(
    name="MassFlipAlarmConnection",
    description="预警分页，从新到旧 A page of alarms, newest first.",
)
class AlarmConnection:
    edges: list[AlarmEdge] = strawberry.field(
        description="本页的预警 The alarms of this page; empty if there are none"
    )
    page_info: PageInfo = strawberry.field(
        description="前后是否还有，以及续读的游标 Whether there is more on either side, and the "
        "cursors to go on with"
    )
