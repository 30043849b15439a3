"""The federation as one hub sees it: whom it asks and how well that goes, and for whom it decides.

What programs read at ``/.well-known/tongxing`` says the same, made from the same values.
"""

from enum import Enum, unique

import strawberry

from tongxing.schema.issuer import named_issuer
from tongxing.schema.place import RegionCode
from tongxing.schema.recognition_policy import PolicyRef
from tongxing.schema.values import described, value


@strawberry.enum(
    name="IssuerReach",
    description="联通情况：答复本次查询的进程所见，其他进程所见可能不同 How asking an issuer goes, "
    "as the process sees it that answers; another one of the same hub may see otherwise.",
)
@unique
class Reach(Enum):
    ASKED = described("ASKED", "正常查询 It is asked whenever somebody needs it")
    SILENT = described(
        "SILENT", "无应答，暂停查询，定时重试 It does not answer: it is left alone and tried again"
    )
    BAD_ANSWERS = described(
        "BAD_ANSWERS",
        "答复多不可用（无法读取或验签不通过），暂停查询，定时重试 Nearly all its answers cannot be "
        "read or are not signed by it: it is left alone and tried again",
    )


@value(description="已接入的发码机构 An issuer that this hub asks, and how.")
class ConnectedIssuer:
    issuer_id: strawberry.Private[str]
    issuer = named_issuer("issuer_id", description="发码机构 The issuer.")
    dialect: str = strawberry.field(description="接口格式 How the hub talks to it.")
    through: strawberry.ID | None = strawberry.field(
        name="throughHub",
        description="经由的平台编号，直接查询的为空 The hub through which it is asked; null if "
        "this hub asks it itself. An answer names the whole road.",
    )
    reach: Reach = strawberry.field(description="联通情况 How asking it goes now.")


@value(description="适用地区 A place for which this hub decides, and by which policy now.")
class ServedRegion:
    region: RegionCode = strawberry.field(
        description="地区代码；其下未单列的地区同样适用 The place, with all in it that has no "
        "policy of its own."
    )
    policy: PolicyRef = strawberry.field(description="现行政策 The policy in force.")


@value(description="限额：超限的请求以相应代码拒绝 What the hub accepts at most.")
class HubLimits:
    travelers: int = strawberry.field(description="一次可查询的旅客数 Travelers in one question.")
    body_bytes: int = strawberry.field(description="请求正文字节数 Bytes of a request's body.")
    document_characters: int = strawberry.field(
        description="GraphQL 文档字符数 Characters of a GraphQL document."
    )
    streams: int = strawberry.field(
        description="每个接入系统可同时打开的事件流 Event streams that one client may have open."
    )
    deadline_milliseconds: int = strawberry.field(
        description="等候发码机构的时限（毫秒） How long a request waits for issuers, in "
        "milliseconds."
    )


@value(
    name="RecognitionFederation",
    description="互认网络：本平台接入哪些机构、联通如何、为哪些地区判定 The federation as this hub "
    "sees it: whom it asks, how well that goes, and for which places it decides. Programs read the "
    "same at /.well-known/tongxing.",
)
class Federation:
    issuers: list[ConnectedIssuer] = strawberry.field(
        description="已接入的发码机构 The issuers that this hub asks, in the order of its settings."
    )
    regions: list[ServedRegion] = strawberry.field(
        description="适用地区，按代码排列 The places that have a policy in force, by their codes."
    )
    limits: HubLimits = strawberry.field(description="限额 What it accepts at most.")
