"""What one issuer states about one holder, the outcome of asking it, and what it stated before."""

from datetime import datetime
from enum import Enum, unique

import strawberry

from tongxing.schema.color import Basis, Color
from tongxing.schema.place import RegionCode
from tongxing.schema.values import described, value


@strawberry.enum(description="查询结果 What became of asking one issuer.")
@unique
class Outcome(Enum):
    VERIFIED = "VERIFIED"
    NOT_ENROLLED = "NOT_ENROLLED"
    NOT_THIS_ISSUER = "NOT_THIS_ISSUER"
    CODE_EXPIRED = "CODE_EXPIRED"
    MUST_UPDATE = "MUST_UPDATE"
    NO_ACCESS = "NO_ACCESS"
    BUSY = "BUSY"
    TIMED_OUT = "TIMED_OUT"
    CIRCUIT_OPEN = "CIRCUIT_OPEN"
    MALFORMED = "MALFORMED"
    UNMAPPED_VALUE = "UNMAPPED_VALUE"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    WRONG_HOLDER = "WRONG_HOLDER"
    STALE = "STALE"


@strawberry.enum(description="证据 What an issuer's statement rests on.")
@unique
class Evidence(Enum):
    SIGNED = described("SIGNED", "签名 A signature over exactly this holder, state and time")
    CHANNEL = described("CHANNEL", "信道 Only the connection to the issuer was authenticated")


@strawberry.enum(description="途径 How an issuer's statement came to the hub.")
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
    description="履历 One state that an issuer stated of a holder, with when it was so and known."
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
