"""What has become of what a receipt rests on, for who holds it."""

from datetime import datetime
from enum import Enum, unique
from typing import Annotated

import strawberry

from tongxing.schema.holder_pass import HolderPassStatus
from tongxing.schema.refusal import Refusal
from tongxing.schema.values import described, value


@strawberry.enum(description="变化原因 Why a receipt is worth what it is worth now.")
@unique
class StatusCause(Enum):
    AS_STATED = described(
        "AS_STATED", "与回执一致 Nothing has changed: it is as the receipt states"
    )
    NEW_STATEMENT = described(
        "NEW_STATEMENT", "发码机构另有新的陈述 An issuer has stated something else since"
    )
    ISSUER_CHANGE = described(
        "ISSUER_CHANGE", "发码机构的变动推送 The change feed of an issuer tells of it"
    )
    POLICY = described("POLICY", "接收地政策已变 Another policy holds in the receiving region")
    TRUST_LIST = described(
        "TRUST_LIST", "信任列表已变 Another trust list holds, so nobody can say whose word counts"
    )
    AGE = described("AGE", "所据陈述已旧 What it rests on has grown too old")
    ENDED = described("ENDED", "回执已到期，请重新查询 The receipt has ended: ask again")


@value(
    description="回执现况：若以回执所据、连同此后获知的情况，此刻值多少。不是新的答复；"
    "变化后请重新查询 What "
    "the receipt is worth at this moment, from what it rests on and what the hub has learned "
    "since. "
    "It is no new answer: ask again once it has changed."
)
class ReceiptStatus:
    cursor: str = strawberry.field(
        description="游标：续接时交上最后一个，只推送与之不同的 Hand in the last one as `after`: "
        "what "
        "is the same is not told again."
    )
    status: HolderPassStatus = strawberry.field(
        description="现况，不会是 WITHDRAWN What it is worth; never WITHDRAWN."
    )
    cause: StatusCause = strawberry.field(description="变化原因 Why.")
    valid_until: datetime = strawberry.field(
        description="回执到期时间；推送至此为止 The end of the receipt, and of this stream."
    )


@value(description="不予推送：回执不合用 The receipt is none that can be followed.")
class ReceiptStatusRefused(Refusal):
    pass


ReceiptStatusEvent = Annotated[
    ReceiptStatus | ReceiptStatusRefused,
    strawberry.union(
        "ReceiptStatusEvent",
        description="回执现况，或不予推送的原因 The status of a receipt, or why there is none.",
    ),
]
