"""The answer to the one question: may this traveler pass, and why?"""

from collections.abc import Awaitable, Callable
from datetime import datetime

import strawberry

from tongxing.schema.color import Color
from tongxing.schema.decision import Decision, Reason, RecognitionMode
from tongxing.schema.explanation import Explanation
from tongxing.schema.health_code import Evidence, HistoryEntry, SourceAnswer
from tongxing.schema.place import RegionCode
from tongxing.schema.values import GUARDED, AuditIndex, value


@value(name="PolicyRef", description="政策版本 The policy file that an answer was made under.")
class PolicyVersion:
    region: RegionCode
    version: int = strawberry.field(name="number")
    digest: str = strawberry.field(description="文件摘要 SHA-256 of the file, base64url")


async def _explanation(self: "Recognition") -> Explanation:
    """Made only if the client asks for it, because it judges the case many times again."""
    return await self.explained()


@value(
    name="TravelerRecognition",
    description="互认结果 What one receiving place makes of what the issuers stated.",
)
class Recognition:
    color: Color
    decision: Decision
    reasons: list[Reason]
    sources: list[SourceAnswer]
    decided_by: strawberry.ID | None = strawberry.field(
        description="决定来源 The issuer whose statement decided; null where none did"
    )
    relaxed: bool = strawberry.field(
        name="madeGreener",
        description="放宽 Whether a rule marked as a relaxation made the answer greener",
    )
    evidence: Evidence | None
    as_of: datetime | None = strawberry.field(
        description="截至时间 The oldest state that the answer rests on"
    )
    valid_until: datetime = strawberry.field(
        description="有效期至（此后不得再用） The answer must not be used after this"
    )
    receiving_region: RegionCode
    mode: RecognitionMode
    policy: PolicyVersion
    trust_list_version: int
    receipt: str = strawberry.field(description="回执 The hub's signature over all of this, a JWS")
    audit_index: AuditIndex = strawberry.field(description="审计序号 Where the audit log holds it")
    history: list[HistoryEntry] = strawberry.field(
        description="变色记录 What the hub knew of this holder's codes, oldest first, as far as "
        "the receiving place's policy keeps it; needs the scope history:read",
        metadata=GUARDED,
    )
    explained: strawberry.Private[Callable[[], Awaitable[Explanation]]]

    explanation: Explanation = strawberry.field(
        resolver=_explanation,
        metadata=GUARDED,
        description="解释 Which rule, source and fact decided, and what would change",
    )
