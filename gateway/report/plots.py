"""Plots as SVG inside a page: bars with their numbers beside them, so that no color is the only
sign. The colors are told apart by people who see fewer of them (Okabe and Ito, 2008)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

BLUE, ORANGE, VERMILION, GREY = "#0072b2", "#e69f00", "#d55e00", "#6b6b6b"

WIDTH = 640
_LEFT, _RIGHT, _ROW, _BAR = 210, 70, 30, 18
_SCALE = WIDTH - _LEFT - _RIGHT
_HEIGHT, _FOOT = 180, 34
_FIRST_WIDE, _WIDE, _NARROW = 0x2E80, 13.0, 6.6
"""How wide characters are at 13 pixels; Chinese ones begin there."""


Rows = Sequence[tuple[str, Mapping[str, int]]]
"""Each a name, and how many of each part."""


@dataclass(frozen=True, slots=True)
class BarPart:
    """One kind of what is counted: its name and its color."""

    key: str
    name: str
    fill: str


def bars(
    title: str, parts: Sequence[BarPart], rows: Sequence[tuple[str, Mapping[str, int]]]
) -> str:
    """A bar for each row, in its parts, with its sum behind it."""
    most = max((sum(counts.values()) for _, counts in rows), default=0) or 1
    drawn = [_legend(parts)]
    for number, (name, counts) in enumerate(rows, 1):
        top = number * _ROW
        drawn.append(_text(_LEFT - 8, top + 14, name, "end"))
        left = float(_LEFT)
        for part in parts:
            width = counts.get(part.key, 0) / most * _SCALE
            if width:
                drawn.append(_rect(_Box(left, top, width, _BAR), part, counts[part.key]))
            left += width
        drawn.append(_text(left + 6, top + 14, str(sum(counts.values())), "start"))
    return _svg(title, (len(rows) + 1) * _ROW + 4, drawn)


def columns(title: str, parts: Sequence[BarPart], steps: Rows) -> str:
    """A column for each step of time, in its parts; the first, the middle and the last are named,
    and the highest has its number."""
    most = max((sum(counts.values()) for _, counts in steps), default=0) or 1
    wide = (WIDTH - 20) / max(len(steps), 1)
    drawn = [_legend(parts), _text(WIDTH - 10, 44, f"↑ {most}", "end")]
    for number, (_, counts) in enumerate(steps):
        bottom = float(_ROW + _HEIGHT)
        for part in parts:
            height = counts.get(part.key, 0) / most * (_HEIGHT - 24)
            if height:
                bottom -= height
                at = 10 + number * wide
                box = _Box(at, bottom, max(wide - 1, 0.5), height)
                drawn.append(_rect(box, part, counts[part.key]))
    drawn += [
        _text(10 + (number + 0.5) * wide, _ROW + _HEIGHT + 18, steps[number][0], anchor)
        for number, anchor in _named(len(steps))
    ]
    return _svg(title, _ROW + _HEIGHT + _FOOT, drawn)


def _named(number: int) -> Sequence[tuple[int, str]]:
    if number == 0:
        return ()
    if number < 3:  # noqa: PLR2004 - the middle one is one of the others
        return [(0, "start"), *([(1, "end")] if number > 1 else [])]
    return (0, "start"), (number // 2, "middle"), (number - 1, "end")


def _legend(parts: Sequence[BarPart]) -> str:
    drawn, left = [], 10.0
    for part in parts:
        drawn += [
            f'<rect x="{left:g}" y="6" width="12" height="12" fill="{part.fill}"/>',
            _text(left + 17, 16, part.name, "start"),
        ]
        left += 28 + sum(_WIDE if ord(each) >= _FIRST_WIDE else _NARROW for each in part.name)
    return "".join(drawn)


class _Box(NamedTuple):
    left: float
    top: float
    width: float
    height: float


def _rect(box: _Box, part: BarPart, count: int) -> str:
    return (
        f'<rect x="{box.left:.1f}" y="{box.top:.1f}" width="{box.width:.1f}" '
        f'height="{box.height:.1f}" '
        f'fill="{part.fill}"><title>{escape(part.name)}: {count}</title></rect>'
    )


def _text(left: float, top: float, text: str, anchor: str) -> str:
    return f'<text x="{left:.1f}" y="{top:g}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(title: str, height: int, drawn: Sequence[str]) -> str:
    body = "\n".join(drawn)
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" font-size="13">\n'
        f"<title>{escape(title)}</title>\n{body}\n</svg>"
    )
