"""What the receiving place does with a traveler, and the reasons that it owes him."""

from enum import Enum, unique

import strawberry

from schema.text import Text
from schema.values import described, value


@strawberry.enum(description="处置 What the receiving place does.")
@unique
class Decision(Enum):
    ADMIT = described("ADMIT", "放行")
    INSPECT = described("INSPECT", "核查")
    REFUSE = described("REFUSE", "劝返")


@strawberry.enum(description="互认方式 The three official modes of 20 March 2020.")
@unique
class RecognitionMode(Enum):
    SHARE = described("SHARE", "数据共享")
    CONVERT = described("CONVERT", "以国家码为中介转换")
    DIRECT = described("DIRECT", "直接采用国家码")


@strawberry.enum(description="理由类别 The kind of a reason; stable for programs.")
@unique
class ReasonCode(Enum):
    RULE = described("RULE", "A rule of the receiving place's policy")
    ISSUER_UNAVAILABLE = "ISSUER_UNAVAILABLE"
    EVIDENCE_INVALID = "EVIDENCE_INVALID"
    STALE = "STALE"
    UNMAPPED_VALUE = "UNMAPPED_VALUE"
    CODE_EXPIRED = "CODE_EXPIRED"
    MUST_UPDATE = "MUST_UPDATE"
    NO_RECORD = "NO_RECORD"
    CONFLICT = "CONFLICT"


@value(description="理由 One reason for the answer, with the rule and the issuer it comes from.")
class Reason:
    code: ReasonCode
    text: Text
    rule: strawberry.ID | None = None
    issuer: strawberry.ID | None = None
