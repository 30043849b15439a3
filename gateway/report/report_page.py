"""The report as one HTML page: it fetches nothing, runs nothing and says so to the browser, and it
is read on a phone and in print as well."""

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape

from tongxing.gateway.recognition.facts import DECISION_NAMES, OUTCOME_NAMES
from tongxing.gateway.recognition.reasons import COLOR_NAMES
from tongxing.gateway.report.plots import BLUE, GREY, ORANGE, VERMILION, BarPart, bars, columns
from tongxing.gateway.report.sheets import ReportFigures, Sheet, Value, sheets
from tongxing.gateway.rollups.counted_facts import PLAIN, is_failure
from tongxing.schema import Color, Decision, Outcome, Text, place_name

STYLE = """
body { margin: 0 auto; padding: 1rem; max-width: 60rem; color: #111; background: #fff;
  font: 1rem/1.5 "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
.en { color: #444; } .wide { overflow-x: auto; }
svg { width: 100%; min-width: 30rem; height: auto; } svg text { fill: #111; }
table { border-collapse: collapse; font-size: 0.9rem; }
caption { text-align: left; } th, td { border-bottom: 1px solid #bbb; padding: 0.25rem 0.6rem; }
th { text-align: left; vertical-align: bottom; } td.number { text-align: right; }
@media print { body { max-width: none; font-size: 10pt; } section { break-inside: avoid; }
  .wide { overflow: visible; } table { font-size: 8pt; } }
"""

_DECISIONS = tuple(
    BarPart(each.value, f"{DECISION_NAMES[each].zh} {DECISION_NAMES[each].en}", fill)
    for each, fill in (
        (Decision.ADMIT, BLUE),
        (Decision.INSPECT, ORANGE),
        (Decision.REFUSE, VERMILION),
    )
)
_FATES = (
    BarPart("verified", "已验证 verified", BLUE),
    BarPart("plain", "未查询到等 nothing found", GREY),
    BarPart("holder", "须本人处理 holder to act", ORANGE),
    BarPart("failed", "失败 failed", VERMILION),
)
_TIMES = (BarPart("count", "次数 times", BLUE),)
_SHOWN_BARS = 20


@dataclass(frozen=True, slots=True)
class Heading:
    """``region``: the receiving place that the report is cut to; ``is_complete``: all of the
    period is over and counted. ``names`` are those of issuers."""

    period: Text
    is_complete: bool
    region: str | None
    names: Mapping[str, Text]


def report_page(heading: Heading, found: ReportFigures) -> str:
    """The whole file."""
    by_name = {sheet.name: sheet for sheet in sheets(found)}
    shown = _Shown(heading.names)
    digest = b64encode(sha256(STYLE.encode()).digest()).decode()
    sections = "\n".join(
        shown.section(sheet, plot(found, shown))
        for name, plot in _PLOTS.items()
        for sheet in (by_name[name],)
    )
    return (
        '<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" '
        f"content=\"default-src 'none'; style-src 'sha256-{digest}'\">\n"
        f"<title>互认统计 Interoperation report</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f'<h1>互认统计 <span class="en" lang="en">Interoperation report</span></h1>\n'
        f"{_notes(heading)}\n{sections}\n</body>\n</html>\n"
    )


def _notes(heading: Heading) -> str:
    texts = [heading.period]
    if heading.region is not None:
        name = place_name(heading.region)
        texts.append(
            Text(
                zh=f"接收地：{name.zh}及其下属地区", en=f"Receiving places: {name.en} and all in it"
            )
        )
    if not heading.is_complete:
        texts.append(
            Text(
                zh="这一时段尚未结束或尚未统计完毕，数字还会增加",
                en="This period is not over or not counted to its end: numbers will still grow",
            )
        )
    return "\n".join(_paragraph(text) for text in texts)


def _paragraph(text: Text) -> str:
    return f'<p>{escape(text.zh)}<br><span class="en" lang="en">{escape(text.en)}</span></p>'


class _Shown:
    """How values are shown to people."""

    def __init__(self, names: Mapping[str, Text]) -> None:
        self._names = names

    def issuer(self, issuer: str) -> str:
        name = self._names.get(issuer)
        return issuer if name is None else name.zh

    def place(self, place: str) -> str:
        return place_name(place).zh

    def section(self, sheet: Sheet, plot: str) -> str:
        title = (
            f'{escape(sheet.title.zh)} <span class="en" lang="en">{escape(sheet.title.en)}</span>'
        )
        if not sheet.rows:
            nothing = Text(
                zh="没有可列的数字（不足10人的不列）",
                en="Nothing to show (numbers about fewer than ten people are left out)",
            )
            return f"<section>\n<h2>{title}</h2>\n{_paragraph(nothing)}\n</section>"
        drawn = f'<div class="wide">{plot}</div>\n{self._table(sheet)}'
        return f"<section>\n<h2>{title}</h2>\n{drawn}\n</section>"

    def _table(self, sheet: Sheet) -> str:
        heads = "".join(
            f'<th scope="col">{escape(c.title.zh)}<br><span class="en" lang="en">'
            f"{escape(c.title.en)}</span></th>"
            for c in sheet.columns
        )
        rows = "\n".join(
            "<tr>"
            + "".join(self._cell(c.name, v) for c, v in zip(sheet.columns, row, strict=True))
            + "</tr>"
            for row in sheet.rows
        )
        return (
            f'<div class="wide"><table>\n<thead><tr>{heads}</tr></thead>\n'
            f"<tbody>\n{rows}\n</tbody>\n</table></div>"
        )

    def _cell(self, column: str, value: Value) -> str:
        if isinstance(value, int | float):
            text = f"{value:.1%}" if column.startswith("share") else f"{value:g}"
            return f'<td class="number">{text if isinstance(value, float) else value}</td>'
        return f"<td>{escape(self._word(column, value))}</td>"

    def _word(self, column: str, value: str | None) -> str:
        if value is None:
            return "—"
        if "issuer" in column:
            return self.issuer(value)
        if column.endswith(("region", "place")):
            return self.place(value)
        kind = column.rpartition("_")[2]
        return _WORDS[kind](value) if kind in _WORDS else value


def _color(word: str) -> str:
    return COLOR_NAMES[Color(word)].zh if Color(word) in COLOR_NAMES else "无法确认"


_WORDS: Mapping[str, Callable[[str], str]] = {
    "outcome": lambda word: OUTCOME_NAMES[Outcome(word)].zh,
    "decision": lambda word: DECISION_NAMES[Decision(word)].zh,
    "color": _color,
}


def _time_plot(found: ReportFigures, _: _Shown) -> str:
    steps: dict[str, dict[str, int]] = {}
    sheet = next(each for each in sheets(found) if each.name == "time")
    for begins, decision, count in sheet.rows:
        of_step = steps.setdefault(str(begins)[:16].replace("T", " "), {})
        of_step[str(decision)] = int(count or 0)
    return columns("答复随时间 Answers over time", _DECISIONS, list(steps.items()))


def _asked_plot(found: ReportFigures, shown: _Shown) -> str:
    pairs = _grouped(
        (
            f"{shown.place(each.region)} → {shown.issuer(each.issuer)}",
            each.outcome,
            each.numbers.count,
        )
        for each in found.asked
    )
    return bars("谁向谁查询 Who asked whom", _FATES, pairs)


def _issuer_plot(found: ReportFigures, shown: _Shown) -> str:
    rows = _grouped(
        (shown.issuer(each.issuer), outcome, numbers.count)
        for each in found.health
        for outcome, numbers in each.outcomes.items()
    )
    return bars("发码机构 Issuers", _FATES, rows)


def _rule_plot(found: ReportFigures, _: _Shown) -> str:
    rows: dict[str, dict[str, int]] = {}
    for each in found.decided:
        of_rule = rows.setdefault(f"{each.rule or '—'} · {each.version}", {})
        of_rule[each.decision] = of_rule.get(each.decision, 0) + each.count
    return bars("哪条规则决定 Which rule decided", _DECISIONS, _longest(rows))


def _disagreement_plot(found: ReportFigures, shown: _Shown) -> str:
    rows: dict[str, dict[str, int]] = {}
    for each in found.disagreed:
        sides = (
            f"{shown.issuer(each.first)} {each.first_color}",
            f"{shown.issuer(each.second)} {each.second_color}",
        )
        of_sides = rows.setdefault(" / ".join(sides), {"count": 0})
        of_sides["count"] += each.count
    return bars("结果不一致 Where issuers disagreed", _TIMES, _longest(rows))


def _refusal_plot(found: ReportFigures, _: _Shown) -> str:
    rows: dict[str, dict[str, int]] = {}
    for each in found.refused:
        of_code = rows.setdefault(each.code, {"count": 0})
        of_code["count"] += each.count
    return bars("拒绝 Refusals", _TIMES, _longest(rows))


_PLOTS: Mapping[str, Callable[[ReportFigures, _Shown], str]] = {
    "time": _time_plot,
    "asked": _asked_plot,
    "issuers": _issuer_plot,
    "policies": _rule_plot,
    "disagreements": _disagreement_plot,
    "refusals": _refusal_plot,
}
"""In the order of the page."""


def _fate(outcome: Outcome) -> str:
    if outcome is Outcome.VERIFIED:
        return "verified"
    if outcome in PLAIN:
        return "plain"
    return "failed" if is_failure(outcome) else "holder"


def _grouped(
    counted: Iterable[tuple[str, Outcome, int]],
) -> Sequence[tuple[str, Mapping[str, int]]]:
    rows: dict[str, dict[str, int]] = {}
    for name, outcome, count in counted:
        of_name, fate = rows.setdefault(name, {}), _fate(outcome)
        of_name[fate] = of_name.get(fate, 0) + count
    return _longest(rows)


def _longest(rows: Mapping[str, Mapping[str, int]]) -> Sequence[tuple[str, Mapping[str, int]]]:
    """The table has all of them."""
    ordered = sorted(rows.items(), key=lambda row: (-sum(row[1].values()), row[0]))
    return ordered[:_SHOWN_BARS]
