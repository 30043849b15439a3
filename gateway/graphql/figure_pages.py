"""What the lists of figures have in common: from what a client asks for to the cells that it may
see, and to a page of what was summed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Generic, TypeVar

from tongxing.gateway.errors import Details, ErrorCode, Refused
from tongxing.gateway.graphql.context import Context
from tongxing.gateway.graphql.pages import Pages
from tongxing.gateway.rollups.figure_sums import Figures, Wanted
from tongxing.gateway.rollups.period_words import period_words
from tongxing.gateway.rollups.periods import Period, finest_for, whole_steps
from tongxing.gateway.storage.audit import PAGE_MAX_ENTRIES
from tongxing.gateway.storage.cursors import Cursors
from tongxing.gateway.storage.slices import NO_LESS, NO_MORE, Slice, Sliced, sliced
from tongxing.schema.audit_words import ReadingAction
from tongxing.schema.figure_period import FigurePeriod, FigurePeriodInput, FigureStep
from tongxing.schema.paging import PageArguments, PageSizes

N = TypeVar("N")
C = TypeVar("C")
F = TypeVar("F")

FIGURE_SIZES = PageSizes(usual=100, most=PAGE_MAX_ENTRIES)

FIRST = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=32)
"""Nothing is recorded before and behind; so no step reaches beyond the calendar's ends."""

STEPS = tuple(FigureStep)
"""The finest first."""


@dataclass(frozen=True, slots=True)
class FigureList(Generic[C]):
    """One list of figures, as the types ``made`` and ``edge`` of the schema; ``word`` is that of
    its cursors."""

    word: str
    made: Callable[..., C]
    edge: Callable[..., object]

    @property
    def pages(self) -> Pages:
        return Pages(FIGURE_SIZES, Cursors(f"figures/{self.word}"))

    async def connection(
        self,
        context: Context,
        during: FigurePeriodInput,
        given: PageArguments,
        read: Callable[[Figures, Wanted], Any],
        view: Callable[[Any], object],
    ) -> C:
        """A page of what ``read`` finds, each shown by ``view``. Reading is recorded first."""
        page = self.pages.asked(given)
        wanted = asked_for(context, during)
        figures = context.services.figures
        await context.readings.once(ReadingAction.INTEROP_FIGURES)
        found = cut(await read(figures, wanted), page)
        period = await shown_period(figures, wanted.period)
        viewed = found.each(lambda _, item: view(item))
        return self.pages.connection(viewed, partial(self.made, period=period), self.edge)


def asked_for(context: Context, during: FigurePeriodInput) -> Wanted:
    """Raises Refused."""
    if during.since >= during.until:
        raise Refused(ErrorCode.WINDOW_ORDER, Details(argument="during"))
    finest = finest_for(during.until - during.since)
    step = during.step or finest
    if STEPS.index(step) < STEPS.index(finest):
        allowed = tuple(each.value for each in STEPS[STEPS.index(finest) :])
        where = Details(argument="during", path=("step",), allowed=allowed)
        raise Refused(ErrorCode.FIGURE_STEP, where)
    until = min(during.until, context.services.clock() + AHEAD)
    period = whole_steps(step, min(max(during.since, FIRST), until), until)
    return Wanted(period, context.regions, during.region, bool(during.is_per_step))


def cut(items: Sequence[F], page: Slice) -> Sliced[F]:
    """The part of a whole list; its numbers count from 0."""
    low = NO_LESS if page.after is None else page.after
    high = NO_MORE if page.before is None else page.before
    inside = [(n, item) for n, item in enumerate(items) if low < n < high]
    found = inside[-page.most :] if page.is_last else inside[: page.most]
    if not found:
        return sliced([], has_previous=low >= 0 and bool(items), has_next=high < len(items))
    return sliced(found, has_previous=found[0][0] > 0, has_next=found[-1][0] < len(items) - 1)


async def shown_period(figures: Figures, period: Period) -> FigurePeriod:
    return FigurePeriod(
        since=period.since,
        until=period.until,
        step=period.step,
        is_complete=await figures.is_whole(period),
        text=period_words(period),
    )
