"""What an answer is used for, what the receiving place decides, and the reasons."""

from enum import Enum, unique

import strawberry

from tongxing.schema.values import described


@strawberry.enum(name="RecognitionPurpose", description="用途 What the answer is used for.")
@unique
class Purpose(Enum):
    ENTRY = described("ENTRY", "入城查验 Entering a city or district")
    TRANSPORT = described("TRANSPORT", "乘坐交通工具 Boarding transport")
    VENUE = described("VENUE", "进入场所 Entering a public place")
    WORK = described("WORK", "复工复产 Returning to work")
    AUDIT = described("AUDIT", "审计 Reviewing how recognition works")


@strawberry.enum(name="TravelerDecision", description="处置 What the receiving place does.")
@unique
class Decision(Enum):
    ADMIT = described("ADMIT", "放行 Let the traveler pass")
    INSPECT = described("INSPECT", "核查 Look into it on the spot; the rule's text says how")
    REFUSE = described(
        "REFUSE", "不放行 Do not let the traveler pass; the rule's text says what to do"
    )


@strawberry.enum(description="互认方式 The three official modes of 20 March 2020.")
@unique
class RecognitionMode(Enum):
    SHARE = described("SHARE", "数据共享 Issuers share data, and each place keeps its own code")
    CONVERT = described(
        "CONVERT", "以国家码为中介转换 A code is converted by way of the national code"
    )
    DIRECT = described("DIRECT", "直接采用国家码 The national code itself is used")
