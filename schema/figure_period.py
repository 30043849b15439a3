"""What all figures of interoperation have in common: their periods, and how a number is shown.

Every number is a sum of cells that are about ten people or more, each rounded to a ten, so none of
them tells of one person.
"""

from datetime import datetime
from enum import Enum, unique
from typing import Any

import strawberry

from tongxing.schema.place import RegionCode
from tongxing.schema.values import Text, described, value


@strawberry.enum(description="统计步长 The steps of time that figures are kept for.")
@unique
class FigureStep(Enum):
    HOUR = described("HOUR", "按小时；保留62天 Whole hours; kept for 62 days")
    DAY = described("DAY", "按北京时间的日；保留3年 Whole days in China; kept for three years")
    MONTH = described("MONTH", "按北京时间的月；一直保留 Whole months in China; kept for good")


@strawberry.input(
    name="FigurePeriodInput",
    description="统计的时段与地区 Which time and which receiving places figures are asked for.",
)
class FigurePeriodInput:
    since: datetime = strawberry.field(
        description="起始时间（含），不满一个步长的部分不计 From this time on; a step that began "
        "before it is left out"
    )
    until: datetime = strawberry.field(
        description="截止时间（不含），不满一个步长的部分不计 Before this time; a step that ends "
        "later is left out"
    )
    step: FigureStep | None = strawberry.field(
        default=None,
        description="步长；不给的，按时段长短自定：2天以内按小时，92天以内按天，更长的按月 The "
        "step; if it is left out, hours up to 2 days, days up to 92 days, months for longer. A "
        "finer one than that is refused",
    )
    is_per_step: bool | None = strawberry.field(
        default=None,
        description="是否每个步长各列一项；不给或为 false 的，整个时段合计 True for an entry of "
        "each step; else one for the whole period",
    )
    region: RegionCode | None = strawberry.field(
        default=None,
        description="接收地：该地区或其下属地区；此外仍限于本接入系统可代表的地区 The receiving "
        "region is this one or lies in it; besides, you see figures of your own regions only",
    )


@value(
    name="FigurePeriod",
    description="实际统计的时段 The whole steps that the figures are of.",
)
class FigurePeriod:
    since: datetime = strawberry.field(description="起点（含） From here on")
    until: datetime = strawberry.field(description="终点（不含） Before this")
    step: FigureStep = strawberry.field(description="步长 Their step")
    is_complete: bool = strawberry.field(
        description="其中各步长是否均已结束并统计完毕；否则后续会增加 Whether all of it is over "
        "and counted; else figures are still added"
    )
    text: Text = strawberry.field(description="说明：哪些不列 In words, with what is left out")


BEGINS = "这一步长的起点；整个时段合计的，为时段的起点 Where its step begins; for a sum, the period"


def seconds(zh: str, en: str, *, none_zh: str, none_en: str, top: str) -> Any:
    """A field with a number of seconds, which is the upper bound of a class."""
    return strawberry.field(
        description=f"{zh}，按档取上限，最高档{top}秒含更久；{none_zh}的为空 {en}, in seconds: the "
        f"upper bound of a class, and {top} for all above; null if {none_en}"
    )


def wait_seconds(zh: str, en: str) -> Any:
    return seconds(
        f"需询问机构的查询，从记下到答复的时间，{zh}",
        f"How long questions took for which the issuer was asked, {en}",
        none_zh="没有询问过",
        none_en="it was not asked",
        top="8",
    )


def age_seconds(zh: str, en: str) -> Any:
    return seconds(
        f"状态在答复时已有多久，{zh}",
        f"How old statuses were when they were used, {en}",
        none_zh="没有得到码",
        none_en="there was no code",
        top="2592000",
    )


def tens(zh: str, en: str) -> Any:
    return strawberry.field(description=f"{zh}，按10取整 {en}, rounded to tens")


HALF = "半数不超过", "the median"
SLOW = "95%不超过", "95 in 100"


EDGE = "游标，仅用于同一列表、同一时段 Its place in this list of this period"
EDGES = "本页各项 The entries of this page; empty if there are none"
PAGE = (
    "前后是否还有，以及续读的游标 Whether there is more on either side, and the cursors to go on "
    "with"
)
PERIOD = "实际统计的时段 The whole steps that the figures are of"
