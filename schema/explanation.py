"""Why an answer is what it is, and what would have to change for another answer."""

from datetime import datetime
from enum import Enum, unique

import strawberry

from tongxing.schema.color import Basis, Color
from tongxing.schema.decision import Decision
from tongxing.schema.place import RegionCode
from tongxing.schema.values import Text, described, value


@value(
    name="UnmetRule",
    description="不适用的规则 A rule that was compared with a finding and did not apply.",
)
class PassedRule:
    rule: strawberry.ID
    condition: str = strawberry.field(
        description="不符的条件 The first of its conditions that did not hold, by its name in the "
        "policy file"
    )
    text: Text


@value(name="PolicyRuling", description="逐条处置 One finding, and the rule that spoke on it.")
class ExplainedRuling:
    rule: strawberry.ID
    text: Text = strawberry.field(description="规则原文 What the rule itself says")
    issuer: strawberry.ID | None
    fact: Text = strawberry.field(description="事实 What the rule looked at")
    color: Color
    decision: Decision
    unmet: list[PassedRule] = strawberry.field(
        description="排在前面而不适用的规则 The rules before it that did not apply, in their order"
    )


@strawberry.enum(
    name="RequiredChangeKind", description="所需变化 What kind of thing would have to change."
)
@unique
class NeedKind(Enum):
    STATES_GREEN = described("STATES_GREEN", "更新为绿码 The issuer states a green, and signs it")
    NEWER_STATEMENT = described(
        "NEWER_STATEMENT", "更新状态 It states the same of a later time, and signs it"
    )
    LEFT_OFF_LIST = described(
        "LEFT_OFF_LIST", "移出名单 Its next daily list is in force and does not name the holder"
    )
    LONGER_UNCHANGED = described("LONGER_UNCHANGED", "不再变色 Its color stays for longer")
    FEWER_CHANGES = described("FEWER_CHANGES", "变色减少 Fewer changes count")


@value(name="RequiredChange", description="所需变化 One thing that would have to change.")
class Need:
    kind: NeedKind
    issuer: strawberry.ID
    after: datetime | None = strawberry.field(
        description="须晚于的时间 The time that a statement has to be later than, or that has to "
        "pass"
    )
    place: RegionCode | None = strawberry.field(
        default=None, description="发码地 The place that it is about, unless any will do"
    )
    basis: Basis | None = strawberry.field(
        default=None, description="依据 The basis that a green has to have, unless any will do"
    )
    text: Text


@value(description="最小变化 The fewest things that, changed together, make the decision milder.")
class SmallestChange:
    needs: list[Need]
    color: Color
    decision: Decision
    text: Text


@value(
    name="RecognitionExplanation",
    description="解释 Which rule, source and fact decided, and what would change the answer.",
)
class Explanation:
    deciding: ExplainedRuling
    others: list[ExplainedRuling] = strawberry.field(
        description="其他各项 The other findings that counted"
    )
    smallest_change: SmallestChange | None = strawberry.field(
        description="最小变化 Null where the decision is the mildest, or no issuer could change it"
    )
    lines: list[Text] = strawberry.field(description="全文 All of it as sentences")
