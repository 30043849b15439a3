"""The answer to the one question: may this traveler pass, and why?"""

from collections.abc import Awaitable, Callable
from datetime import datetime

import strawberry

from tongxing.schema.color import Color
from tongxing.schema.decision import Decision, RecognitionMode
from tongxing.schema.evidence import Evidence
from tongxing.schema.explanation import Explanation
from tongxing.schema.health_code import HistoryEntry, SourceAnswer
from tongxing.schema.issuer import Issuer, perhaps_named_issuer
from tongxing.schema.not_asked import IssuerNotAsked
from tongxing.schema.place import RegionCode
from tongxing.schema.reason import Reason
from tongxing.schema.recognition_policy import PolicyRef
from tongxing.schema.scalars import AuditIndex, SignedReceipt
from tongxing.schema.scope import Scope, any_of
from tongxing.schema.values import value


async def _explanation(self: "Recognition") -> Explanation:
    """Made only if the client asks for it, because it judges the case many times again."""
    return await self.explained()


def _not_asked(self: "Recognition") -> list[IssuerNotAsked]:
    """Listed only if the client asks for it: a federation has hundreds of issuers."""
    return self.left_out()


@value(
    name="TravelerRecognition",
    description="互认结果 What one receiving place makes of what the issuers stated.",
)
class Recognition:
    """``decided_by`` is the id of the issuer whose word decided."""

    color: Color = strawberry.field(
        description="颜色 The color after the receiving place's rules; UNKNOWN is never a pass."
    )
    decision: Decision = strawberry.field(
        description="处置 What the receiving place does: act on this, not on the color."
    )
    reasons: list[Reason] = strawberry.field(
        description="理由，至少一条，决定性的在先 Why, at least one, the deciding one first. Show "
        "their texts to the traveler."
    )
    sources: list[SourceAnswer] = strawberry.field(
        description="来源 Whose word was looked at, and what became of it."
    )
    decided_by: strawberry.Private[strawberry.ID | None]
    decider: Issuer | None = perhaps_named_issuer(
        "decided_by",
        name="decidedBy",
        description="决定来源，并非出于某一机构的为空 The issuer whose word decided; null where "
        "none did.",
    )
    relaxed: bool = strawberry.field(
        name="madeGreener",
        description="是否因放宽而更绿 Whether a rule or an order marked as a relaxation made the "
        "answer greener than the evidence.",
    )
    evidence: Evidence | None = strawberry.field(
        description="证据类别，处置不依据任何陈述的为空 The weakest evidence that the answer "
        "rests on; null where it rests on no statement."
    )
    as_of: datetime | None = strawberry.field(
        description="截至时间，处置不依据任何陈述的为空 The oldest state that the answer rests "
        "on; null where it rests on no statement."
    )
    valid_until: datetime = strawberry.field(
        description="有效期至（此后不得再用） From this moment on the answer must not be used; "
        "ask again."
    )
    receiving_region: RegionCode = strawberry.field(
        description="接收地 The place under whose rules it was made, as it was asked for."
    )
    mode: RecognitionMode = strawberry.field(
        description="互认方式 That of the policy it was made under."
    )
    policy: PolicyRef = strawberry.field(
        description="政策版本 The policy it was made under; of the region around it, if its own "
        "has ended."
    )
    trust_list_version: int = strawberry.field(
        description="信任列表版本 The version of the trust list by which statements were believed."
    )
    receipt: str = strawberry.field(
        graphql_type=SignedReceipt,
        description="回执 The hub's signature over all of this. Keep it: arrivals and corrections "
        "take it, and it proves what was said.",
    )
    audit_index: AuditIndex = strawberry.field(description="审计序号 Where the audit log holds it.")
    history: list[HistoryEntry] = strawberry.field(
        description="变色记录 What the hub knew of this holder's codes, oldest first, as far as "
        "the receiving place's policy keeps it.",
        directives=any_of(Scope.HISTORY_READ),
    )
    explained: strawberry.Private[Callable[[], Awaitable[Explanation]]]
    left_out: strawberry.Private[Callable[[], list[IssuerNotAsked]]]

    not_asked: list[IssuerNotAsked] = strawberry.field(
        resolver=_not_asked,
        description="未查询的机构：已接入而没有就此人查询的，以及政策点名而尚未接入的，"
        "并注明原因；查询过的见 sources The connected issuers that were not asked about this "
        "traveler, "
        "and those that the policy names and nobody connected, each with its reason; the sources "
        "are those that were asked, and the receipt names them alone",
    )

    explanation: Explanation = strawberry.field(
        resolver=_explanation,
        directives=any_of(Scope.STATUS_READ, Scope.CODE_VERIFY),
        description="解释；一次请求至多20名旅客 Which rule, source and fact decided, and what "
        "would change. For at most 20 travelers of one request.",
    )
