"""Why an answer is what it is, one reason at a time."""

from enum import Enum, unique

import strawberry

from tongxing.schema.issuer import Issuer, perhaps_named_issuer
from tongxing.schema.policy_rule import PolicyRule
from tongxing.schema.values import Text, described, value


@strawberry.enum(
    name="RecognitionReasonCode", description="理由类别 The kind of a reason; stable for programs."
)
@unique
class ReasonCode(Enum):
    RULE = described("RULE", "规则 A rule of the receiving place's policy")
    ISSUER_UNAVAILABLE = described(
        "ISSUER_UNAVAILABLE", "暂时查询不到 An issuer could not be asked or gave no usable answer"
    )
    EVIDENCE_INVALID = described(
        "EVIDENCE_INVALID", "未通过校验 An answer was forged or is about another person"
    )
    STALE = described(
        "STALE", "信息不是最新 A state is older than it may be, or not of a time that is believed"
    )
    UNMAPPED_VALUE = described(
        "UNMAPPED_VALUE", "状态无法识别 An issuer gave a value that stands for no color"
    )
    CODE_EXPIRED = described("CODE_EXPIRED", "码已过期 The code has expired")
    MUST_UPDATE = described("MUST_UPDATE", "须更新申报 The holder must declare again first")
    LIST_UNAVAILABLE = described(
        "LIST_UNAVAILABLE", "名单缺失 An issuer's daily list is missing or has ended"
    )
    HOLDER_UNKNOWN = described(
        "HOLDER_UNKNOWN",
        "持码人未知 The scanned code does not say whose it is, so an issuer could not be asked",
    )
    NO_RECORD = described(
        "NO_RECORD", "未查询到 No issuer, or not this one, has a record to rely on"
    )
    POLICY_ENDED = described(
        "POLICY_ENDED",
        "政策已失效 The region's own policy has ended; that of the region around it counts",
    )
    CONFLICT = described("CONFLICT", "结果不一致 Issuers state different colors")


@value(
    name="RecognitionReason",
    description="理由 One reason for the answer, with the rule and the issuer it comes from.",
)
class Reason:
    """``issuer`` is the id of the issuer that it is about."""

    code: ReasonCode = strawberry.field(
        description="理由类别，供程序使用；以后可能增加，不认识的请显示 text For programs. New "
        "kinds can be added: show the text of one that you do not know."
    )
    text: Text = strawberry.field(
        description="说明，可直接示人 For people: what is known, what to do, where to turn to."
    )
    rule: PolicyRule | None = strawberry.field(
        default=None,
        description="所依规则，并非出自规则的为空 The rule that says so; null if no rule does.",
    )
    issuer: strawberry.Private[strawberry.ID | None] = None
    issuer_named: Issuer | None = perhaps_named_issuer(
        "issuer",
        description="所涉机构，不涉及某一机构的为空 The issuer that it is about; null if it is "
        "about none.",
    )
