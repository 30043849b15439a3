"""A period of figures in words, with what is left out of it."""

from tongxing.gateway.rollups.periods import Period
from tongxing.schema import Text, clock
from tongxing.schema.figure_period import FigureStep

_STEPS = {
    FigureStep.HOUR: Text(zh="小时", en="hours"),
    FigureStep.DAY: Text(zh="日", en="days"),
    FigureStep.MONTH: Text(zh="月", en="months"),
}


def period_words(period: Period) -> Text:
    of, begins, ends = _STEPS[period.step], clock(period.since), clock(period.until)
    return Text(
        zh=f"按整{of.zh}计，{begins.zh}至{ends.zh}；每一格不足10人的不列，其余按10取整",
        en=f"Whole {of.en} from {begins.en} to {ends.en}; cells about fewer than ten people are "
        "left out, the others are rounded to tens",
    )
