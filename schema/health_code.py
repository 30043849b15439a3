"""What one issuer states about one holder, the outcome of asking it, and what it stated before."""

from datetime import datetime
from enum import Enum, unique

import strawberry

from tongxing.schema.color import Basis, Color
from tongxing.schema.place import RegionCode
from tongxing.schema.values import described, value


@strawberry.enum(name="SourceOutcome", description="查询结果 What became of asking one issuer.")
@unique
class Outcome(Enum):
    VERIFIED = described("VERIFIED", "已验证 It answered, and the answer was verified")
    NOT_ENROLLED = described("NOT_ENROLLED", "未查询到 It has nothing about this person")
    NOT_THIS_ISSUER = described("NOT_THIS_ISSUER", "不是该机构的码 The code is not one of its own")
    CODE_EXPIRED = described("CODE_EXPIRED", "码已过期 The code has expired")
    MUST_UPDATE = described("MUST_UPDATE", "须更新申报 The holder must declare again first")
    NO_ACCESS = described("NO_ACCESS", "无查询权限 It denies this hub access")
    BUSY = described("BUSY", "繁忙或无法连接 It is overloaded or cannot be reached")
    TIMED_OUT = described("TIMED_OUT", "未及时答复 No answer before the deadline")
    CIRCUIT_OPEN = described("CIRCUIT_OPEN", "暂停查询 It failed repeatedly and was not asked")
    MALFORMED = described("MALFORMED", "答复无法读取 The answer is not in its format")
    UNMAPPED_VALUE = described("UNMAPPED_VALUE", "状态无法识别 A value that stands for no color")
    BAD_SIGNATURE = described("BAD_SIGNATURE", "未通过验签 Not signed by a key that is believed")
    WRONG_HOLDER = described("WRONG_HOLDER", "与此人身份不符 Signed, and about another person")
    STALE = described("STALE", "信息不是最新 Signed, and not of a time that is believed")


@strawberry.enum(name="StatementEvidence", description="证据 What an issuer's statement rests on.")
@unique
class Evidence(Enum):
    SIGNED = described("SIGNED", "签名 A signature over exactly this holder, state and time")
    CHANNEL = described("CHANNEL", "信道 Only the connection to the issuer was authenticated")


@strawberry.enum(
    name="StatementRoute", description="途径 How an issuer's statement came to the hub."
)
@unique
class Via(Enum):
    LIVE = described("LIVE", "实时查询 The issuer was asked about this holder")
    LIST = described("LIST", "每日名单 Its signed daily list of yellow and red codes was looked up")


@value(description="健康码 One issuer's statement about one holder, in canonical terms.")
class HealthCode:
    color: Color
    raw_value: str = strawberry.field(description="原值 The value as the issuer wrote it")
    issuer: strawberry.ID
    issuing_place: RegionCode = strawberry.field(description="发码地 GB/T 2260")
    basis: list[Basis]
    as_of: datetime = strawberry.field(description="状态时间 When the state was true")
    valid_until: datetime | None = None
    previous_color: Color | None = None
    changed_at: datetime | None = strawberry.field(
        default=None, description="变色时间 When the previous color gave way to this one"
    )


@value(description="来源 One issuer that was asked, and what became of it.")
class SourceAnswer:
    issuer: strawberry.ID
    outcome: Outcome
    evidence: Evidence | None = None
    codes: list[HealthCode] = strawberry.field(
        default_factory=list,
        description="该机构的健康码 Several where an issuer reports for several places",
    )
    evidence_digest: str | None = strawberry.field(
        default=None, description="证据摘要 SHA-256 of the statement as received, base64url"
    )
    via: Via = Via.LIVE


@value(
    description="变色记录 One state that an issuer stated of a holder, with when it was so and "
    "known."
)
class HistoryEntry:
    """``as_of`` and ``changed_at`` say when the state was true, ``known_at`` when the hub learned
    it. Without ``known_at`` it could not be told later what an answer could have rested on. The hub
    keeps the moments; a client is shown the days, because the moments are those at which somebody
    asked."""

    issuer: strawberry.ID
    issuing_place: RegionCode = strawberry.field(description="发码地 GB/T 2260")
    color: Color
    basis: list[Basis]
    previous_color: Color | None = strawberry.field(
        description="此前颜色 As the issuer states it, or else as the hub knew it"
    )
    as_of: datetime = strawberry.field(
        description="状态日期，以北京时间当日之末表示 The day on which the state was true, written "
        "as its end in Beijing"
    )
    changed_at: datetime | None = strawberry.field(
        description="变色时间 When the previous color gave way, where the issuer says so"
    )
    known_at: datetime = strawberry.field(
        description="获知日期，以北京时间当日之末表示 The day on which the hub learned of it, "
        "written as its end in Beijing"
    )
    evidence_digest: str | None = strawberry.field(
        description="证据摘要 SHA-256 of the statement as received, base64url"
    )
