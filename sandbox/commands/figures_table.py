"""The city's figures beside the report's, each as of the moment that the report names."""

from collections.abc import Mapping
from fractions import Fraction

from rich.table import Table

from tongxing.sandbox.city.books import FIGURE_NAMES, Figure
from tongxing.sandbox.five_days.cast import REPORT, Report
from tongxing.sandbox.five_days.days import AS_OF_HOURS, begin_of
from tongxing.sandbox.town.records import clock_text

_TO_THE_MINUTE = len("2020-03-05 20:00")
FOOTNOTE = (
    "注：高风险地区人员两项，报道截至3月4日晚；亮码，报道为“近1000万人次”。人员均为虚构，"
    "非官方统计\nNote: the two figures of people from high-risk areas are as of the evening of 4 "
    "March; of showings the report says “nearly 10 million”. All people are invented; no official "
    "statistics"
)


def figures_table(report: Report, counted: Mapping[Figure, int], scale: Fraction) -> Table:
    """``report`` is the scaled one. A figure that is not ``counted`` yet is left blank."""
    said = "报道 the report" if scale == 1 else f"报道 the report\n× {scale_text(scale)}"
    table = Table()
    table.add_column("2020-03-01 →", overflow="fold")
    table.add_column("截至 as of\n北京时间 Beijing")
    table.add_column("本次 counted", justify="right")
    table.add_column(said, justify="right")
    for figure, (zh, en) in FIGURE_NAMES.items():
        as_of = clock_text(begin_of(AS_OF_HOURS[figure]))[:_TO_THE_MINUTE]
        here = f"{counted[figure]:,}" if figure in counted else ""
        table.add_row(f"{zh}\n{en}", as_of, here, _expected(report, figure, scale))
    return table


def scale_text(scale: Fraction) -> str:
    return f"{scale.numerator}:{scale.denominator:,}"


def _expected(report: Report, figure: Figure, scale: Fraction) -> str:
    """Only whole people can play: if the share is none, the two stand beside each other."""
    whole, said = getattr(report, figure), getattr(REPORT, figure)
    if scale == 1:
        return f"{said:,}"
    about = "" if said * scale == whole else f"{float(said * scale):,.1f} ≈ "
    return f"{about}{whole:,}\n({said:,})"
