"""Why an answer is what it is, and what would have to change for another answer."""

from datetime import datetime
from enum import Enum, unique

import strawberry

from tongxing.schema.color import Basis, Color
from tongxing.schema.decision import Decision
from tongxing.schema.issuer import Issuer, named_issuer, perhaps_named_issuer
from tongxing.schema.place import RegionCode
from tongxing.schema.policy_rule import PolicyRule
from tongxing.schema.values import Text, described, value


@value(
    name="UnmetRule",
    description="不适用的规则 A rule that was compared with a finding and did not apply.",
)
class PassedRule:
    rule: PolicyRule = strawberry.field(description="规则 The rule that did not apply.")
    condition: str = strawberry.field(
        description="不符的条件 The first of its conditions that did not hold, by its name in the "
        "policy file."
    )
    text: Text = strawberry.field(description="说明 What the condition asks for.")


@value(name="PolicyRuling", description="逐条处置 One finding, and the rule that spoke on it.")
class ExplainedRuling:
    """``issuer`` is the id of the issuer that the finding is about."""

    rule: PolicyRule = strawberry.field(description="所依规则 The rule that spoke.")
    text: Text = strawberry.field(description="规则原文 What the rule itself says.")
    issuer: strawberry.Private[strawberry.ID | None]
    issuer_named: Issuer | None = perhaps_named_issuer(
        "issuer",
        description="所涉机构，不涉及某一机构的为空 The issuer that the finding is about; null if "
        "it is about none.",
    )
    fact: Text = strawberry.field(description="事实 What the rule looked at.")
    color: Color = strawberry.field(description="颜色 What this alone comes to.")
    decision: Decision = strawberry.field(description="处置 What this alone comes to.")
    unmet: list[PassedRule] = strawberry.field(
        description="排在前面而不适用的规则 The rules before it that did not apply, in their order."
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
    """``issuer`` is the id of the issuer whose word it is."""

    kind: NeedKind = strawberry.field(description="类别 For programs.")
    issuer: strawberry.Private[strawberry.ID]
    issuer_named: Issuer = named_issuer(
        "issuer", description="所涉机构 The issuer whose word would have to change."
    )
    after: datetime | None = strawberry.field(
        description="须晚于的时间，无须等待的为空 The time that a statement has to be later than, "
        "or that has to pass; null if there is none."
    )
    place: RegionCode | None = strawberry.field(
        default=None,
        description="发码地，不限的为空 The place that it is about; null if any will do.",
    )
    basis: Basis | None = strawberry.field(
        default=None,
        description="依据，不限的为空 The basis that a green has to have; null if any will do.",
    )
    text: Text = strawberry.field(description="说明 The same as a sentence for people.")


@value(description="最小变化 The fewest things that, changed together, make the decision milder.")
class SmallestChange:
    needs: list[Need] = strawberry.field(description="所需变化 All of them have to change.")
    color: Color = strawberry.field(description="变化后的颜色 What it would then come to.")
    decision: Decision = strawberry.field(description="变化后的处置 What it would then come to.")
    text: Text = strawberry.field(description="说明 The same as a sentence for people.")


@value(
    name="RecognitionExplanation",
    description="解释 Which rule, source and fact decided, and what would change the answer.",
)
class Explanation:
    deciding: ExplainedRuling = strawberry.field(
        description="决定性的一项 The finding that decided, and the rule that spoke on it."
    )
    others: list[ExplainedRuling] = strawberry.field(
        description="其他各项 The other findings that counted."
    )
    smallest_change: SmallestChange | None = strawberry.field(
        description="最小变化，已是最宽处置或任何机构都不能改变的为空 Null where the decision is "
        "the mildest, or where no issuer could change it."
    )
    lines: list[Text] = strawberry.field(description="全文 All of it as sentences for people.")
