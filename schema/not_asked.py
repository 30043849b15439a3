"""Which issuers an answer says nothing of, because they were not asked, and why they were not."""

from enum import Enum, unique

import strawberry

from tongxing.schema.issuer import Issuer, named_issuer
from tongxing.schema.values import described, value


@strawberry.enum(
    description="未向某机构查询的原因；该机构所报的颜色（包括红码）不在答复之内 Why an issuer was "
    "not asked about a traveler. What it would have "
    "stated, a red included, is not in the answer."
)
@unique
class NotAskedReason(Enum):
    NOT_IN_CIRCLE = described(
        "NOT_IN_CIRCLE",
        "不在查询范围：接收地的政策不向其查询，或不就外地户籍的旅客向其查询；无须处理 The "
        "receiving place's policy asks it about nobody, or not about holders of "
        "another home; nothing to do",
    )
    HOLDER_NOT_IN_FILTER = described(
        "HOLDER_NOT_IN_FILTER",
        "名录中没有此人：该机构签名的持码人筛查名录（数分钟内）表明其没有此人的记录，接收地的政策"
        "允许据此不查询；等同未查询到，无须处理 Its signed membership filter, at most some minutes "
        "old, says that it does not know the holder, and the receiving place's policy then asks it "
        "not; it counts as not enrolled, and there is nothing to do",
    )
    HOLDER_UNKNOWN = described(
        "HOLDER_UNKNOWN",
        "持码人未知：所扫的码不显示持码人，只能向其发码机构查询；请按证件查询 The scanned code "
        "does not say whose it is, so nobody but its issuer could be "
        "asked; ask by the document",
    )
    POLICY_CHANGED = described(
        "POLICY_CHANGED",
        "政策刚刚变更：查询期间生效的政策或信任列表要求向其查询；请重新查询 The policy or trust "
        "list that came into force while others were being asked "
        "asks it; ask again",
    )
    NOT_CONNECTED = described(
        "NOT_CONNECTED",
        "尚未接入：政策点名向其查询，而本平台没有接入；请告知平台运维人员 The policy names it, "
        "and this hub is not connected to it; tell the hub's "
        "operators",
    )


@value(
    description="未查询的机构及原因；答复中没有其结果 An issuer that was not asked about this "
    "traveler, and why. Its word "
    "is missing from the answer."
)
class IssuerNotAsked:
    """``issuer`` is the id of that issuer."""

    issuer: strawberry.Private[strawberry.ID]
    issuer_named: Issuer = named_issuer("issuer", description="发码机构 The issuer.")
    reason: NotAskedReason = strawberry.field(description="原因 Why it was not asked.")
