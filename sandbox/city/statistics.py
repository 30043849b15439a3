"""The city's figures for everybody to see: counted from what happened, about nobody."""

from tongxing.sandbox.city.tally import Figure, Tally
from tongxing.sandbox.issuers.reply import Endpoint, Reply, json_reply

FIGURE_NAMES = {
    Figure.APPLIED: ("申领健康码人数", "people who applied for a code"),
    Figure.SHOWN: ("亮码次数", "times that a code was shown"),
    Figure.CONVERTED: ("红码、黄码转绿码", "red and yellow codes turned green"),
    Figure.FROM_HIGH_RISK: (
        "14天内来自高风险地区并推送至目的地辖区",
        "found to come from high-risk areas within 14 days and handed to their districts",
    ),
    Figure.FROM_WORST_HIT: ("其中来自疫情最重地区", "of these from the worst-hit areas"),
    Figure.DECLARED_FALSELY: ("申报不实并收到通知", "declared falsely and were sent a notice"),
    Figure.TURNED_RED: (
        "其中近期到过重点地区、自动转红码",
        "of these turned red for a recent stay in a key area",
    ),
}

_HTML = ((b"content-type", b"text/html; charset=utf-8"),)

_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>镇江健康码统计 Zhenjiang code, figures</title>
<style>body{{font:16px/1.6 sans-serif;max-width:50em;margin:2em auto;padding:0 1em}}
td{{padding:.3em 1em .3em 0;border-top:1px solid #ccc}}td:last-child{{text-align:right}}</style>
</head><body><h1>镇江健康码统计<br><small lang="en">Zhenjiang code, figures</small></h1>
<table>{rows}</table></body></html>
"""
_ROW = '<tr><td>{zh}<br><small lang="en">{en}</small></td><td>{count:,}</td></tr>'


class Statistics:
    """``pages`` may be read without a credential: they say how many, never who."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self.pages: dict[str, Endpoint] = {
            "/statistics": self.figures,
            "/statistics/page": self.page,
        }

    def figures(self, _query: bytes) -> Reply:
        return json_reply({figure.value: count for figure, count in self._tally.totals().items()})

    def page(self, _query: bytes) -> Reply:
        totals = self._tally.totals()
        rows = (
            _ROW.format(zh=zh, en=en, count=totals[figure])
            for figure, (zh, en) in FIGURE_NAMES.items()
        )
        return Reply(_PAGE.format(rows="".join(rows)).encode(), headers=_HTML)
