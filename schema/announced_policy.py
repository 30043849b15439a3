"""Policies as coordinators see them: which are announced, and what a draft would change."""

from datetime import datetime
from enum import Enum, unique
from typing import Annotated

import strawberry

from tongxing.schema.color import Color
from tongxing.schema.decision import Decision
from tongxing.schema.values import Text, described, value


@strawberry.enum(description="方向 Which way a change of a policy goes.")
@unique
class PolicyDirection(Enum):
    MAKES_GREENER = described("MAKES_GREENER", "放宽 It takes two signatures to publish")
    LAXER = described("LAXER", "趋宽")
    STRICTER = described("STRICTER", "趋严")
    OTHER = described("OTHER", "变更")


@value(description="差异 One thing that a draft says otherwise.")
class PolicyDifference:
    direction: PolicyDirection
    text: Text


@value(description="处置结果 What came out for a traveler, and the rule that decided.")
class PolicyVerdict:
    color: Color
    decision: Decision
    rule: strawberry.ID
    made_greener: bool


@value(description="改变 So many travelers would get another decision or color.")
class PolicyChange:
    count: int
    before: PolicyVerdict
    after: PolicyVerdict


@value(description="处置人次 How many get a decision, before and under the draft.")
class DecisionCount:
    decision: Decision
    before: int
    after: int


@value(
    description="预演所用的整日 The days of the audit log that a preview was taken of: whole days "
    "in Beijing that lie in the window and are over."
)
class PreviewedDays:
    since: datetime
    until: datetime = strawberry.field(description="Not included")
    text: Text = strawberry.field(description="说明 Which days, and what is left out of them")


@value(description="预演 The same travelers judged under the policy before and under a draft.")
class PolicyPreview:
    total: int
    changed: int
    not_judged: int = strawberry.field(
        description="未计入的记录 Records that could not be judged again; not among the total"
    )
    is_complete: bool = strawberry.field(
        description="是否完整 False where time or the number of records ran out first"
    )
    days: PreviewedDays | None = strawberry.field(
        description="Null where no window was given. With a window all numbers are rounded to tens"
    )
    summary: Text
    decisions: list[DecisionCount]
    changes: list[PolicyChange] = strawberry.field(
        description="按人次从多到少 The most frequent first"
    )
    differences: list[PolicyDifference]
    chart_svg: str = strawberry.field(description="图 The same as a picture")


@value(description="草案有误 A draft that is refused: where, why, and how to mend it.")
class PolicyRefusal:
    code: str
    line: int = strawberry.field(description="行号 From 1; 0 is the file as a whole")
    reason: str
    problem: Text
    remedy: Text


PolicyPreviewResult = Annotated[
    PolicyPreview | PolicyRefusal, strawberry.union(name="PolicyPreviewResult")
]


@strawberry.input(
    description="时间段 Of the audit log; since is included, until is not. Narrowed to the whole "
    "days in Beijing that lie in it and are over."
)
class PreviewWindow:
    since: datetime
    until: datetime
