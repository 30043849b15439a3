"""Policies as coordinators see them: which are announced, and what a draft would change."""

from datetime import datetime
from enum import Enum, unique
from typing import Annotated

import strawberry

from tongxing.schema.color import Color
from tongxing.schema.decision import Decision
from tongxing.schema.issuer import Issuer, named_issuer
from tongxing.schema.place import RegionCode
from tongxing.schema.recognition_policy import PolicyRef
from tongxing.schema.refusal import Refusal
from tongxing.schema.values import Text, described, value


@strawberry.enum(description="方向 Which way a change of a policy goes.")
@unique
class PolicyDirection(Enum):
    MAKES_GREENER = described(
        "MAKES_GREENER",
        "放宽 An answer can get greener than its evidence; it takes two signatures to publish.",
    )
    LAXER = described("LAXER", "趋宽 More travelers can pass, or pass more easily.")
    STRICTER = described("STRICTER", "趋严 Fewer travelers can pass, or pass less easily.")
    OTHER = described("OTHER", "变更 Neither, or both: read the text.")


@value(description="差异 One thing that a draft says otherwise than the policy before it.")
class PolicyDifference:
    direction: PolicyDirection = strawberry.field(description="方向 Which way it goes.")
    text: Text = strawberry.field(description="说明 What changes, from what to what.")


@value(description="处置结果 What comes out for a traveler, and the rule that decides.")
class PolicyVerdict:
    color: Color = strawberry.field(description="颜色 The color of the answer.")
    decision: Decision = strawberry.field(description="处置 The decision of the answer.")
    rule: strawberry.ID = strawberry.field(
        name="ruleId",
        description="规则编号 The rule that decides: before, of the policy that decided then; "
        "after, of the draft.",
    )
    made_greener: bool = strawberry.field(
        description="是否经放宽 Whether a relaxation made the answer greener than its evidence."
    )


@value(description="改变 So many travelers would get another decision or color.")
class PolicyChange:
    count: int = strawberry.field(
        description="人次 How many; with records rounded to tens, and at least ten."
    )
    before: PolicyVerdict = strawberry.field(description="此前 What they get without the draft.")
    after: PolicyVerdict = strawberry.field(description="此后 What they would get under it.")


@value(description="处置人次 How many get a decision, before and under the draft.")
class DecisionCount:
    decision: Decision = strawberry.field(description="处置 The decision that is counted.")
    before: int = strawberry.field(description="此前人次 How many get it without the draft.")
    after: int = strawberry.field(description="此后人次 How many would get it under the draft.")


@value(
    description="预演所用的整日 The days of the audit log that a preview was taken of: whole days "
    "in Beijing that lie in the window and have been over for an hour."
)
class PreviewedDays:
    since: datetime = strawberry.field(
        description="起始时刻，含 The first moment of the first day in Beijing."
    )
    until: datetime = strawberry.field(
        description="截止时刻，不含 The moment at which the last day ends; not in it. The same as "
        "since if no whole day is left."
    )
    text: Text = strawberry.field(description="说明 Which days, and what is left out of them.")


@value(
    description="遗漏的红码、黄码：草案查询的机构较少，因而看不到的；"
    "草案新增查询的机构会有何结果，无从得知 What a draft that asks fewer issuers would not learn "
    "of the same "
    "travelers. A draft that asks more is not told: nobody knows what the others would have stated."
)
class MissedStatements:
    """``issuer`` is the id of that issuer."""

    issuer: strawberry.Private[strawberry.ID]
    issuer_named: Issuer = named_issuer(
        "issuer", description="草案不再查询的发码机构 The issuer that the draft would not ask."
    )
    yellow: int = strawberry.field(
        description="黄码人次：该机构报为黄码的 Travelers of whom it stated YELLOW; of records "
        "rounded to tens."
    )
    red: int = strawberry.field(
        description="红码人次：该机构报为红码的 Travelers of whom it stated RED; of records "
        "rounded to tens."
    )
    is_at_most: bool = strawberry.field(
        description="是否为上限：审计记录不含户籍地，草案仍就户籍在其辖区的旅客向其查询的，"
        "实际遗漏较少 True if the draft would still ask it about holders whose home it "
        "speaks for: the audit log does not hold homes, so all are counted, and fewer are missed."
    )
    text: Text = strawberry.field(description="说明：同上，写成一句话 The same as a sentence.")


@value(description="预演 The same travelers judged under the policy before and under a draft.")
class PolicyPreview:
    compared_with: PolicyRef = strawberry.field(
        description="与之比较的政策 The policy in force until the draft begins. Of records, each "
        "was decided under the version of its own time."
    )
    total: int = strawberry.field(
        description="人次 How many were judged; with records rounded to tens."
    )
    changed: int = strawberry.field(
        description="改变的人次 How many of them would get another decision or color."
    )
    not_judged: int = strawberry.field(
        description="未计入的记录 Records that could not be judged again; not among the total."
    )
    is_complete: bool = strawberry.field(
        description="是否完整；不完整的，请减少人数或天数后再试 False if time or the number of "
        "records ran out first: then ask for fewer travelers or days."
    )
    days: PreviewedDays | None = strawberry.field(
        description="所用整日，虚拟旅客则为空 Which days the records are of; null for an invented "
        "population. Of records all numbers are rounded to tens."
    )
    summary: Text = strawberry.field(description="概要 What changes, in one sentence.")
    decisions: list[DecisionCount] = strawberry.field(
        description="各处置人次 How many get each decision, before and after."
    )
    changes: list[PolicyChange] = strawberry.field(
        description="改变，按人次从多到少 What would change, the most frequent first."
    )
    differences: list[PolicyDifference] = strawberry.field(
        description="条文差异 What the draft says otherwise; empty if nothing that matters."
    )
    chart_svg: str = strawberry.field(
        description="图（SVG） The decisions before and after as a picture, an SVG document."
    )
    missed: list[MissedStatements] = strawberry.field(
        description="遗漏：草案因查询的机构较少而看不到的黄码、红码，多的在前；没有则为空 Yellows "
        "and reds that the draft would miss because it asks fewer issuers, the most frequent "
        "first; empty if it misses none. The changes count what comes of it."
    )


@value(
    description="草案未预演 Why a draft was not tried: the reason and its code, the line, and how "
    "to mend it. Mend the draft and ask again."
)
class DraftRefused(Refusal):
    line: int = strawberry.field(
        description="行号，从1起；0指草案整体 The line of the draft, from 1; 0 means the draft as "
        "a whole."
    )
    reason: str = strawberry.field(
        description="具体原因，可能引用草案原文；不合 TOML 的，为解析程序的英文原话 What is wrong "
        "in this draft, in Chinese and English (of TOML: in the words of its parser, in English); "
        "may repeat words of the draft."
    )
    problem: Text = strawberry.field(description="问题 What is wrong, in general.")
    remedy: Text = strawberry.field(description="改法 How it is mended, in general.")


PolicyPreviewResult = Annotated[
    PolicyPreview | DraftRefused,
    strawberry.union(
        name="PolicyPreviewResult",
        description="预演结果 What a draft would change, or why it was not tried.",
    ),
]


@strawberry.input(
    description="审计记录的时间段 Travelers of the audit log. The window is narrowed to the whole "
    "days in Beijing that lie in it and have been over for an hour; the answer says which. Refused "
    "as TOO_FEW_TRAVELERS if that leaves nothing that enough travelers share."
)
class AuditWindowInput:
    since: datetime = strawberry.field(
        description="起始时刻，含，须注明时区 The first moment; with a zone."
    )
    until: datetime = strawberry.field(
        description="截止时刻，不含，须注明时区，距起始时刻至多31天 The moment at which the "
        "window ends; not in it; with a zone; at most 31 days after since (WINDOW_SIZE)."
    )


@strawberry.input(
    description="虚拟旅客 Travelers who never lived, made to meet every rule of both policies. The "
    "same size and seed give the same travelers."
)
class InventedPopulationInput:
    size: int = strawberry.field(
        description="人数，1至5000 How many travelers: 1 to 5,000 (POPULATION_SIZE)."
    )
    seed: int = strawberry.field(description="随机种子 Any number; another seed, other travelers.")


@strawberry.input(
    one_of=True,
    description="以哪些旅客预演 On whom a draft is tried: exactly one of the two (EXACTLY_ONE).",
)
class PreviewTravelersInput:
    records: AuditWindowInput | None = strawberry.field(
        default=strawberry.UNSET,
        description="审计记录 Those whom the hub was asked about in this window.",
    )
    population: InventedPopulationInput | None = strawberry.field(
        default=strawberry.UNSET, description="虚拟旅客 Those whom the hub makes up."
    )


@strawberry.input(description="预演条件 A draft, and on whom it is tried.")
class PolicyPreviewInput:
    region: RegionCode = strawberry.field(
        description="接收地，须与草案所写的一致 The region whose policy the draft would be; the "
        "draft names the same (DRAFT_OF_ANOTHER_REGION)."
    )
    draft: str = strawberry.field(
        description="草案全文（TOML），至多262144字节 The text of the policy file, TOML; at most "
        "262,144 bytes in UTF-8 (DRAFT_TOO_LARGE)."
    )
    travelers: PreviewTravelersInput = strawberry.field(
        description="旅客 On whom the draft is tried."
    )
