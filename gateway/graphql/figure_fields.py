"""Figures of interoperation, cut to the receiving places that the client may act for."""

from functools import partial
from typing import Annotated

import strawberry
from strawberry import ID

from tongxing.gateway.graphql.context import Context, Info
from tongxing.gateway.graphql.disagreement_views import disagreement_figure, disagreement_view
from tongxing.gateway.graphql.figure_pages import FIGURE_SIZES, FigureList
from tongxing.gateway.graphql.pages import Pages
from tongxing.gateway.rollups.disagreement_store import DISAGREEMENT_CURSORS
from tongxing.gateway.rollups.figure_sums import (
    AskedFigure,
    DecidedFigure,
    Figures,
    HealthFigure,
    RefusedFigure,
    Wanted,
    median_age,
    median_wait,
    sees_unplaced,
    slow_age,
    slow_wait,
)
from tongxing.schema import Color, Decision, Outcome, RegionCode
from tongxing.schema.audit_words import CorrectionAction, ReadingAction
from tongxing.schema.disagreement import (
    DisagreementFigureConnection,
    DisagreementFigureEdge,
    IssuerDisagreementConnection,
    IssuerDisagreementEdge,
)
from tongxing.schema.figure_period import FigurePeriodInput
from tongxing.schema.interop_figures import (
    InteropCell,
    InteropCellConnection,
    InteropCellEdge,
    IssuerHealth,
    IssuerHealthConnection,
    IssuerHealthEdge,
    OutcomeCount,
    PolicyUse,
    PolicyUseConnection,
    PolicyUseEdge,
    RefusalFigure,
    RefusalFigureConnection,
    RefusalFigureEdge,
)
from tongxing.schema.paging import After, Before, First, Last, PageArguments, PageSizes
from tongxing.schema.scope import Scope, any_of

INTEROP_LIST = FigureList("asked", InteropCellConnection, InteropCellEdge)
HEALTH_LIST = FigureList("health", IssuerHealthConnection, IssuerHealthEdge)
POLICY_LIST = FigureList("decided", PolicyUseConnection, PolicyUseEdge)
REFUSAL_LIST = FigureList("refused", RefusalFigureConnection, RefusalFigureEdge)
DISAGREEMENT_LIST = FigureList("disagreed", DisagreementFigureConnection, DisagreementFigureEdge)
DISAGREEMENT_PAGES = Pages(PageSizes(usual=50, most=500), DISAGREEMENT_CURSORS)

During = Annotated[
    FigurePeriodInput,
    strawberry.argument(description="时段与地区 The time and the receiving places"),
]
IssuerArgument = Annotated[
    ID | None,
    strawberry.argument(
        description="只列此发码机构，至多64个字符 Of this issuer only; at most 64 characters"
    ),
]
_RULES_ZH = (
    f"不足10人的不列；仅限本接入系统可代表的地区；{FIGURE_SIZES.zh}。每次查阅均记入审计日志。"
)
_RULES_EN = (
    "Nothing about fewer than ten people, and your own regions only; "
    f"{FIGURE_SIZES.en}. Reading is recorded."
)


@strawberry.type
class FigureFields:
    @strawberry.field(
        directives=any_of(Scope.AUDIT_READ),
        metadata=FIGURE_SIZES.mark,
        description=f"互认查询统计：谁向谁查询、多少次、何种结果、多快、多新。{_RULES_ZH} "
        f"Who asked whom, how often, with what outcome, how fast and how fresh. {_RULES_EN}",
    )
    async def interop_matrix(
        self,
        info: Info,
        during: During,
        *,
        issuer: IssuerArgument = None,
        outcome: Annotated[
            Outcome | None,
            strawberry.argument(description="只列此查询结果 With this outcome only"),
        ] = None,
        color: Annotated[
            Color | None,
            strawberry.argument(
                description="只列此颜色，即该机构的码的颜色 With this color of the issuer's code "
                "only"
            ),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> InteropCellConnection:
        async def read(figures: Figures, wanted: Wanted) -> list[AskedFigure]:
            return [
                each
                for each in await figures.asked(wanted)
                if (issuer is None or each.issuer == issuer)
                and (outcome is None or each.outcome is outcome)
                and (color is None or each.color == color.value)
            ]

        return await INTEROP_LIST.connection(
            info.context,
            during,
            PageArguments(first, after, last, before),
            read,
            _cell,
        )

    @strawberry.field(
        directives=any_of(Scope.AUDIT_READ),
        metadata=FIGURE_SIZES.mark,
        description=f"发码机构运行情况：失败多少、为何、纠错用时、事后谁对。{_RULES_ZH} How often "
        "each issuer failed and why, how long it took to correct mistakes, and how often it was "
        f"right later. {_RULES_EN}",
    )
    async def issuer_health(
        self,
        info: Info,
        during: During,
        *,
        issuer: IssuerArgument = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> IssuerHealthConnection:
        async def read(figures: Figures, wanted: Wanted) -> list[HealthFigure]:
            found = await figures.health(wanted)
            return [each for each in found if issuer is None or each.issuer == issuer]

        return await HEALTH_LIST.connection(
            info.context,
            during,
            PageArguments(first, after, last, before),
            read,
            _health,
        )

    @strawberry.field(
        directives=any_of(Scope.AUDIT_READ),
        metadata=FIGURE_SIZES.mark,
        description=f"政策使用统计：哪版政策、哪条规则决定了多少答复，新版改变了什么。{_RULES_ZH} "
        "Which version of which policy decided, which rule how often, and what a new version "
        f"changed. {_RULES_EN}",
    )
    async def policy_use(
        self,
        info: Info,
        during: During,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> PolicyUseConnection:
        return await POLICY_LIST.connection(
            info.context,
            during,
            PageArguments(first, after, last, before),
            Figures.decided,
            partial(_use, info.context),
        )

    @strawberry.field(
        directives=any_of(Scope.AUDIT_READ),
        metadata=FIGURE_SIZES.mark,
        description=f"拒绝统计：哪种拒绝代码、多少次。{_RULES_ZH} Which code refused how often. "
        f"{_RULES_EN}",
    )
    async def refusal_figures(
        self,
        info: Info,
        during: During,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> RefusalFigureConnection:
        sees_all = sees_unplaced(info.context.regions)

        async def read(figures: Figures, wanted: Wanted) -> list[RefusedFigure]:
            return [each for each in await figures.refused(wanted) if each.region or sees_all]

        return await REFUSAL_LIST.connection(
            info.context,
            during,
            PageArguments(first, after, last, before),
            read,
            _refusal,
        )

    @strawberry.field(
        directives=any_of(Scope.AUDIT_READ),
        metadata=FIGURE_SIZES.mark,
        description=f"结果不一致统计：哪两个机构、哪两种颜色、何规则决定、事后谁对。{_RULES_ZH} "
        "Which two issuers stated which two colors, which rule decided, and who was right later. "
        f"{_RULES_EN}",
    )
    async def disagreement_figures(
        self,
        info: Info,
        during: During,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> DisagreementFigureConnection:
        return await DISAGREEMENT_LIST.connection(
            info.context,
            during,
            PageArguments(first, after, last, before),
            Figures.disagreed,
            disagreement_figure,
        )

    @strawberry.field(
        directives=any_of(Scope.AUDIT_READ),
        metadata=DISAGREEMENT_PAGES.sizes.mark,
        description="结果不一致的各次答复，从新到旧，不含人员代号；仅限本接入系统可代表的地区；"
        f"{DISAGREEMENT_PAGES.sizes.zh}。每次查阅均记入审计日志。 The cases in which two issuers "
        "disagreed, newest first, without the person, in the regions that you may act for; "
        f"{DISAGREEMENT_PAGES.sizes.en}. Reading is recorded.",
    )
    async def disagreements(
        self,
        info: Info,
        *,
        region: Annotated[
            RegionCode | None,
            strawberry.argument(
                description="接收地：该地区或其下属地区 The receiving region is this one or lies "
                "in it"
            ),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> IssuerDisagreementConnection:
        context = info.context
        wanted = DISAGREEMENT_PAGES.asked(PageArguments(first, after, last, before))
        await context.readings.once(ReadingAction.DISAGREEMENTS)
        page = await context.services.disagreements.page(context.regions, region, wanted)
        viewed = page.each(lambda _, found: disagreement_view(context, *found))
        return DISAGREEMENT_PAGES.connection(
            viewed, IssuerDisagreementConnection, IssuerDisagreementEdge
        )


def _cell(of: AskedFigure) -> InteropCell:
    return InteropCell(
        begins=of.begins,
        receiving_region=RegionCode(of.region),
        issuer=of.issuer,
        issuing_place=RegionCode(of.place) if of.place else None,
        outcome=of.outcome,
        color=Color(of.color) if of.color else None,
        asked_count=of.numbers.count,
        median_wait_seconds=median_wait(of.numbers),
        slow_wait_seconds=slow_wait(of.numbers),
        median_age_seconds=median_age(of.numbers),
        slow_age_seconds=slow_age(of.numbers),
    )


def _health(of: HealthFigure) -> IssuerHealth:
    def reports(action: CorrectionAction) -> int:
        return of.corrections[action].count if action in of.corrections else 0

    return IssuerHealth(
        begins=of.begins,
        issuer=of.issuer,
        asked_count=of.asked.count,
        failed_count=of.failed,
        outcomes=[
            OutcomeCount(outcome=outcome, count=numbers.count)
            for outcome, numbers in sorted(of.outcomes.items(), key=lambda each: each[0].value)
        ],
        median_wait_seconds=median_wait(of.asked),
        slow_wait_seconds=slow_wait(of.asked),
        median_age_seconds=median_age(of.asked),
        reported_count=reports(CorrectionAction.REPORTED),
        not_taken_count=reports(CorrectionAction.NOT_TAKEN),
        accepted_count=reports(CorrectionAction.ACCEPTED),
        rejected_count=reports(CorrectionAction.REJECTED),
        median_decision_seconds=median_age(of.decided),
        right_later_count=of.right,
        wrong_later_count=of.wrong,
    )


def _use(context: Context, of: DecidedFigure) -> PolicyUse:
    views = context.services.policy_views
    policy = RegionCode(of.policy_region), of.version
    return PolicyUse(
        begins=of.begins,
        receiving_region=RegionCode(of.region),
        policy=views.ref(*policy),
        rule_id=ID(of.rule) if of.rule else None,
        rule=views.rule(*policy, of.rule) if of.rule else None,
        color=Color(of.color),
        decision=Decision(of.decision),
        answer_count=of.count,
        share=of.share,
        share_before=of.share_before,
    )


def _refusal(of: RefusedFigure) -> RefusalFigure:
    return RefusalFigure(
        begins=of.begins,
        receiving_region=RegionCode(of.region) if of.region else None,
        code=of.code,
        refusal_count=of.count,
    )
