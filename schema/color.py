"""Colors, what they rest on, and which of two is the more restrictive."""

from collections.abc import Iterable
from enum import Enum, unique

import strawberry

from tongxing.schema.values import described


@strawberry.enum(
    name="HealthCodeColor",
    description="颜色 A canonical color; UNKNOWN is the absence of one, never a pass.",
)
@unique
class Color(Enum):
    GREEN = described("GREEN", "绿码 Nothing is held against the holder")
    YELLOW = described("YELLOW", "黄码 To be looked into")
    RED = described("RED", "红码 Held against the holder")
    UNKNOWN = described("UNKNOWN", "未知：不能确认，绝不等于放行 Not confirmed; never a pass")

    is_restrictive: bool
    """Whether an issuer sets this color against a traveler; UNKNOWN is no issuer's color."""

    def __init__(self, _word: str) -> None:
        self.is_restrictive = self.name in ("YELLOW", "RED")


RESTRICTIVENESS = {Color.GREEN: 0, Color.UNKNOWN: 1, Color.YELLOW: 2, Color.RED: 3}
"""UNKNOWN stands between GREEN and YELLOW: it takes a green away, and it does not lift a yellow
or a red that somebody signed (docs/invariants.md §3)."""


def most_restrictive(colors: Iterable[Color]) -> Color:
    """The most restrictive of ``colors``; UNKNOWN where there are none."""
    return max(colors, key=RESTRICTIVENESS.__getitem__, default=Color.UNKNOWN)


@strawberry.enum(name="HealthCodeBasis", description="依据 Why an issuer set a color.")
@unique
class Basis(Enum):
    DECLARED = described("DECLARED", "本人申报 The holder declared it")
    SYMPTOMS = described("SYMPTOMS", "有症状 Symptoms")
    MEDIUM_RISK_AREA = described("MEDIUM_RISK_AREA", "中风险地区 Was in a medium-risk area")
    HIGH_RISK_AREA = described("HIGH_RISK_AREA", "高风险地区 Was in a high-risk area")
    CLOSE_CONTACT = described("CLOSE_CONTACT", "密切接触 A close contact")
    CONFIRMED_OR_SUSPECTED = described(
        "CONFIRMED_OR_SUSPECTED", "确诊或疑似 A confirmed or suspected case"
    )
    ISOLATION_NOT_ENDED = described("ISOLATION_NOT_ENDED", "隔离期未满 The isolation has not ended")
    ARRIVED_WITHIN_14_DAYS = described(
        "ARRIVED_WITHIN_14_DAYS", "来（返）本地未满14天 Came here less than 14 days ago"
    )
    ON_SITE_TEMPERATURE = described(
        "ON_SITE_TEMPERATURE", "现场测温异常 A temperature measured on the spot"
    )
    FALSE_DECLARATION = described("FALSE_DECLARATION", "申报不实 What was declared is not so")
    CROSS_CHECK = described("CROSS_CHECK", "数据比对 Found by comparing data")
    HOUSEHOLD_MEMBER = described("HOUSEHOLD_MEMBER", "共同居住人员 Lives with such a person")
    CONVERTED = described("CONVERTED", "转码 Converted after an application")
    DATA_NORMAL = described("DATA_NORMAL", "数据无异常 Nothing was found")
    NOT_STATED = described("NOT_STATED", "未说明 The issuer does not say")
