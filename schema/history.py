"""What the hub came to know of a holder's codes, one entry for each state that it learned of."""

from datetime import datetime

import strawberry

from schema.color import Basis, Color
from schema.place import RegionCode
from schema.values import value


@value(
    description="履历 One state that an issuer stated of a holder, with when it was so and known."
)
class HistoryEntry:
    """Two times: ``as_of`` and ``changed_at`` say when it was true, ``known_at`` when the hub
    learned it. Without ``known_at`` nobody could tell later what an answer could have rested on."""

    issuer: strawberry.ID
    issuing_place: RegionCode = strawberry.field(description="发码地 GB/T 2260")
    color: Color
    basis: list[Basis]
    previous_color: Color | None = strawberry.field(
        description="此前颜色 As the issuer states it, or else as the hub knew it"
    )
    as_of: datetime = strawberry.field(description="状态时间 When the state was true")
    changed_at: datetime | None = strawberry.field(
        description="变色时间 When the previous color gave way, where the issuer says so"
    )
    known_at: datetime = strawberry.field(description="获知时间 When the hub learned of it")
    evidence_digest: str | None = strawberry.field(
        description="证据摘要 SHA-256 of the statement as received, base64url"
    )
