"""A rule of a policy as people and programs see it: what it says and what it does."""

import strawberry

from tongxing.schema.color import Color
from tongxing.schema.decision import Decision
from tongxing.schema.values import Text, value


@value(
    name="PolicyRule",
    description="政策规则 A rule of a receiving place's policy. Its conditions stand in the "
    "policy's source.",
)
class PolicyRule:
    id: strawberry.ID = strawberry.field(
        description="规则编号：在该政策内唯一，各版次之间保持不变 Unique within its policy, and "
        "kept from version to version; programs may compare it."
    )
    text: Text = strawberry.field(description="规则原文 What the rule says to people.")
    color: Color = strawberry.field(description="规则给出的颜色 The color that it comes to.")
    decision: Decision = strawberry.field(
        description="规则给出的处置 The decision that it comes to."
    )
    can_make_greener: bool = strawberry.field(
        description="是否为放宽规则 True if it is marked as a relaxation: it may make an answer "
        "greener than the evidence. Publishing such a policy takes two signatures."
    )
