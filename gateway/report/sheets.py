"""The tables of a report: what a program reads, and what the page draws.

A sheet has columns with names for programs and for people, and rows of plain values. Refuses to
decide how it is written down.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tongxing.gateway.rollups.figure_sums import (
    AskedFigure,
    DecidedFigure,
    DisagreedFigure,
    HealthFigure,
    RefusedFigure,
    median_age,
    median_wait,
    slow_age,
    slow_wait,
)
from tongxing.schema import Text, stamp
from tongxing.schema.audit_words import CorrectionAction

Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class Column:
    """``kind`` is that of its values, which may be None."""

    name: str
    title: Text
    kind: type[str] | type[int] | type[float] = str


@dataclass(frozen=True, slots=True)
class Sheet:
    """``name`` is that of its file."""

    name: str
    title: Text
    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]


@dataclass(frozen=True, slots=True)
class ReportFigures:
    """All figures of one period, summed, and how answers came out ``over_time``."""

    asked: Sequence[AskedFigure]
    health: Sequence[HealthFigure]
    decided: Sequence[DecidedFigure]
    disagreed: Sequence[DisagreedFigure]
    refused: Sequence[RefusedFigure]
    over_time: Sequence[DecidedFigure]


_REGION = Column("receiving_region", Text(zh="接收地", en="receiving region"))
_ISSUER = Column("issuer", Text(zh="发码机构", en="issuer"))
_COUNT = Column("count", Text(zh="次数", en="times"), int)
_RULE = Column("rule", Text(zh="规则", en="rule"))
_DECISION = Column("decision", Text(zh="处置", en="decision"))
_COLOR = Column("color", Text(zh="颜色", en="color"))
_MEDIAN_WAIT = Column(
    "median_wait_seconds", Text(zh="答复用时中位（秒）", en="wait, median (s)"), float
)
_SLOW_WAIT = Column("slow_wait_seconds", Text(zh="答复用时95%（秒）", en="wait, 95% (s)"), float)
_MEDIAN_AGE = Column(
    "median_age_seconds", Text(zh="状态时长中位（秒）", en="age, median (s)"), float
)
_SLOW_AGE = Column("slow_age_seconds", Text(zh="状态时长95%（秒）", en="age, 95% (s)"), float)


def sheets(found: ReportFigures) -> Sequence[Sheet]:
    return (
        _asked(found.asked),
        _issuers(found.health),
        _decided(found.decided),
        _disagreed(found.disagreed),
        _refused(found.refused),
        _over_time(found.over_time),
    )


def _asked(figures: Iterable[AskedFigure]) -> Sheet:
    return Sheet(
        "asked",
        Text(zh="谁向谁查询", en="Who asked whom"),
        (
            _REGION,
            _ISSUER,
            Column("issuing_place", Text(zh="签发地", en="issuing place")),
            Column("outcome", Text(zh="查询结果", en="outcome")),
            _COLOR,
            _COUNT,
            _MEDIAN_WAIT,
            _SLOW_WAIT,
            _MEDIAN_AGE,
            _SLOW_AGE,
        ),
        [
            (
                *(each.region, each.issuer, each.place or None, each.outcome.value),
                *(each.color or None, each.numbers.count),
                *(median_wait(each.numbers), slow_wait(each.numbers)),
                *(median_age(each.numbers), slow_age(each.numbers)),
            )
            for each in figures
        ],
    )


def _issuers(figures: Iterable[HealthFigure]) -> Sheet:
    def reports(of: HealthFigure, action: CorrectionAction) -> int:
        return of.corrections[action].count if action in of.corrections else 0

    return Sheet(
        "issuers",
        Text(zh="发码机构", en="Issuers"),
        (
            _ISSUER,
            _COUNT,
            Column("failed", Text(zh="其中失败", en="failed"), int),
            _MEDIAN_WAIT,
            _MEDIAN_AGE,
            Column("reported", Text(zh="受理纠错", en="reports taken"), int),
            Column("not_taken", Text(zh="未受理", en="not taken"), int),
            Column("accepted", Text(zh="采纳", en="accepted"), int),
            Column("rejected", Text(zh="未采纳", en="rejected"), int),
            Column(
                "median_decision_seconds",
                Text(zh="纠错用时中位（秒）", en="time to decide, median (s)"),
                float,
            ),
            Column("right_later", Text(zh="事后证实正确", en="right later"), int),
            Column("wrong_later", Text(zh="事后证实有误", en="wrong later"), int),
        ),
        [
            (
                *(each.issuer, each.asked.count, each.failed),
                *(median_wait(each.asked), median_age(each.asked)),
                *(reports(each, action) for action in _REPORTS),
                median_age(each.decided),
                *(each.right, each.wrong),
            )
            for each in figures
        ],
    )


_REPORTS = (
    *(CorrectionAction.REPORTED, CorrectionAction.NOT_TAKEN),
    *(CorrectionAction.ACCEPTED, CorrectionAction.REJECTED),
)


def _decided(figures: Iterable[DecidedFigure]) -> Sheet:
    return Sheet(
        "policies",
        Text(zh="哪条规则决定", en="Which rule decided"),
        (
            _REGION,
            Column("policy_region", Text(zh="政策", en="policy")),
            Column("policy_version", Text(zh="版次", en="version"), int),
            *(_RULE, _COLOR, _DECISION, _COUNT),
            Column("share", Text(zh="占本版比例", en="share of the version"), float),
            Column("share_before", Text(zh="前一版比例", en="in the version before"), float),
        ),
        [
            (
                *(each.region, each.policy_region, each.version, each.rule or None, each.color),
                *(each.decision, each.count, each.share, each.share_before),
            )
            for each in figures
        ],
    )


def _disagreed(figures: Iterable[DisagreedFigure]) -> Sheet:
    return Sheet(
        "disagreements",
        Text(zh="结果不一致", en="Where issuers disagreed"),
        (
            _REGION,
            Column("first_issuer", Text(zh="机构一", en="one issuer")),
            Column("first_color", Text(zh="其颜色", en="its color")),
            Column("second_issuer", Text(zh="机构二", en="other issuer")),
            Column("second_color", Text(zh="其颜色", en="its color")),
            _COUNT,
            Column("first_right", Text(zh="机构一事后正确", en="one was right later"), int),
            Column("second_right", Text(zh="机构二事后正确", en="other was right later"), int),
            Column(
                "median_proof_seconds",
                Text(zh="证实用时中位（秒）", en="time until known, median (s)"),
                float,
            ),
        ),
        [
            (
                *(each.region, each.first, each.first_color, each.second, each.second_color),
                *(each.count, each.right.get(each.first, 0), each.right.get(each.second, 0)),
                median_age(each.proofs),
            )
            for each in figures
        ],
    )


def _refused(figures: Iterable[RefusedFigure]) -> Sheet:
    code = Column("code", Text(zh="拒绝代码", en="code"))
    rows = [(each.region or None, each.code, each.count) for each in figures]
    return Sheet("refusals", Text(zh="拒绝", en="Refusals"), (_REGION, code, _COUNT), rows)


def _over_time(figures: Iterable[DecidedFigure]) -> Sheet:
    summed: dict[tuple[datetime, str], int] = {}
    for each in figures:
        key = each.begins, each.decision
        summed[key] = summed.get(key, 0) + each.count
    begins = Column("begins", Text(zh="起点", en="begins"))
    rows = [(stamp(begin), decision, count) for (begin, decision), count in sorted(summed.items())]
    return Sheet(
        "time", Text(zh="答复随时间", en="Answers over time"), (begins, _DECISION, _COUNT), rows
    )
