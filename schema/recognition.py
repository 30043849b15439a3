"""The answer to the one question: may this traveler pass, and why?"""

from collections.abc import Awaitable, Sequence
from datetime import datetime
from typing import Any, Protocol

import strawberry

from tongxing.schema.color import Color
from tongxing.schema.decision import Decision, Purpose, RecognitionMode
from tongxing.schema.evidence import Evidence
from tongxing.schema.explanation import Explanation
from tongxing.schema.health_code import HistoryEntry, SourceAnswer
from tongxing.schema.issuer import Issuer, perhaps_named_issuer
from tongxing.schema.kept_texts import KeptTexts
from tongxing.schema.not_asked import IssuerNotAsked
from tongxing.schema.page_info import PageInfo
from tongxing.schema.paging import After, Before, First, Last, PageArguments, PageSizes
from tongxing.schema.place import RegionCode
from tongxing.schema.reason import Reason
from tongxing.schema.recognition_policy import PolicyRef
from tongxing.schema.scalars import AuditIndex, LogProofText, ShownHolder, SignedReceipt
from tongxing.schema.scope import Scope, any_of
from tongxing.schema.supergraph import named_elsewhere
from tongxing.schema.values import value


class Behind(Protocol):
    """What of an answer is made only if a client asks for it, and once however often it does."""

    def past(self) -> Sequence[HistoryEntry]:
        """The history as this client may see it, oldest first."""
        ...

    def explained(self) -> Awaitable[Explanation]: ...

    def left_out(self) -> list[IssuerNotAsked]: ...

    def signed(self) -> str: ...

    def proven(self) -> str: ...


async def _explanation(self: "Recognition") -> Explanation:
    """Made only if the client asks for it, because it judges the case many times again."""
    return await self.behind.explained()


def _not_asked(self: "Recognition") -> list[IssuerNotAsked]:
    """Listed only if the client asks for it: a federation has hundreds of issuers."""
    return self.behind.left_out()


def _receipt(self: "Recognition") -> SignedReceipt:
    """Signed only if the client asks for it: a signature takes longer than the rest together."""
    return SignedReceipt(self.behind.signed())


def _proof(self: "Recognition") -> LogProofText:
    return LogProofText(self.behind.proven())


HISTORY_SIZES = PageSizes(usual=20, most=100)
"""Hardly anybody has more than a few."""


@value(
    name="HistoryEntryEdge", description="变色记录及其游标 An entry of a history and its cursor."
)
class HistoryEdge:
    node: HistoryEntry = strawberry.field(description="变色记录 The entry.")
    cursor: str = strawberry.field(
        description="游标，只适用于此人的变色记录 The place of the entry, for `after` and "
        "`before`; good for this person's history alone."
    )


@value(
    name="HistoryEntryConnection",
    description="变色记录分页 A Relay connection over one person's history, oldest first.",
)
class HistoryConnection:
    edges: list[HistoryEdge] = strawberry.field(description="本页各条 The entries of this page.")
    page_info: PageInfo = strawberry.field(
        description="分页信息 Where the page lies in the history."
    )


class HistoryPages(Protocol):
    """What the resolver of a history needs: the one who knows how cursors are written."""

    def history_page(
        self, past: Sequence[HistoryEntry], holder: str | None, given: PageArguments
    ) -> HistoryConnection: ...


def _history(  # noqa: PLR0917 - the arguments of every connection
    self: "Recognition",
    info: strawberry.Info[HistoryPages, None],
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> HistoryConnection:
    given = PageArguments(first, after, last, before)
    return info.context.history_page(self.behind.past(), self.holder, given)


@value(
    name="TravelerRecognition",
    description="互认结果 What one receiving place makes of what the issuers stated.",
    directives=named_elsewhere("auditIndex"),
)
class Recognition:
    """``decided_by`` is the id of the issuer whose word decided. Answers that have the same
    ``texts`` differ only in their request id, when they were decided, until when they hold, where
    the audit log holds them, and in receipt and proof."""

    request_id: str = strawberry.field(
        description="请求编号，与响应头 X-Request-Id 及审计日志一致 The request that this answers, "
        "as the header X-Request-Id and the audit log name it."
    )
    decided_at: datetime = strawberry.field(
        description="判定时间，政策和信任列表均以此时为准 When it was decided, under the policy "
        "and by the trust list of that moment."
    )
    holder: str | None = strawberry.field(
        graphql_type=ShownHolder | None,
        description="人员代号，没有机构确认号码与姓名的为空 Whom it is about, as this client sees "
        "the person at every question; null if no issuer confirmed number and name.",
    )
    purpose: Purpose = strawberry.field(
        description="用途，不得另作他用 What the answer may be used for, and nothing else."
    )
    color: Color = strawberry.field(
        description="颜色：按接收地的规则得出；UNKNOWN 绝不等于放行 The color after the receiving "
        "place's rules; UNKNOWN is never a pass."
    )
    decision: Decision = strawberry.field(
        description="处置：请按此办理，不要只看颜色 What the receiving place does: act on this, "
        "not on the color."
    )
    reasons: list[Reason] = strawberry.field(
        description="理由，至少一条，决定性的在先；请将其说明告知旅客 Why, at least one, the "
        "deciding one first. Show their texts to the traveler."
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
    audit_index: AuditIndex = strawberry.field(description="审计序号 Where the audit log holds it.")
    behind: strawberry.Private[Behind]
    texts: strawberry.Private[KeptTexts[Any] | None] = None

    receipt: SignedReceipt = strawberry.field(
        resolver=_receipt,
        description="回执：本平台对此答复的签名；请保存，登记到达和申请纠错时须交上 The hub's "
        "signature over this answer. Keep it: arrivals and corrections take it, and it proves "
        "what was said.",
    )
    proof: LogProofText = strawberry.field(
        resolver=_proof,
        description="存证：与回执所述相同，由审计日志的默克尔树证明，可离线核验，比回执省时；"
        "登记到达和申请纠错仍须交回执 What the receipt states, proven by the audit log instead of "
        "by a signature of its own: it is checked offline too, and costs the hub less. Arrivals "
        "and corrections take the receipt.",
    )

    not_asked: list[IssuerNotAsked] = strawberry.field(
        resolver=_not_asked,
        description="未查询的机构：已接入而没有就此人查询的，以及政策点名而尚未接入的，"
        "并注明原因；查询过的见 sources The connected issuers that were not asked about this "
        "traveler, "
        "and those that the policy names and nobody connected, each with its reason; the sources "
        "are those that were asked, and the receipt names them alone",
    )

    history: HistoryConnection | None = strawberry.field(
        resolver=_history,
        directives=any_of(Scope.HISTORY_READ),
        metadata=HISTORY_SIZES.mark,
        description="变色记录：平台所知此人各码的变化，最早的在前，保留多久依接收地政策；没有机构"
        f"确认号码与姓名的没有记录。{HISTORY_SIZES.zh}，每名旅客的每一页都计入一次请求的总条数。"
        "仅在游标属于他人时为空，并报错 What the hub knew of this holder's codes, oldest first, as "
        "far as the receiving place's policy keeps it; nothing if no issuer confirmed number and "
        f"name. {HISTORY_SIZES.en}; a page of each traveler counts toward the entries of the "
        "request (TOO_MANY_ENTRIES). Null only beside an error, for a cursor of another person's "
        "history.",
    )
    explanation: Explanation = strawberry.field(
        resolver=_explanation,
        directives=any_of(Scope.STATUS_READ, Scope.CODE_VERIFY),
        description="解释；一次请求至多20名旅客 Which rule, source and fact decided, and what "
        "would change. For at most 20 travelers of one request.",
    )
