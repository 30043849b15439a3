"""What each system writes for each color, and the edit that writes it."""

import json
from collections.abc import Callable
from typing import Any

from tongxing.schema import Color

Members = dict[str, Any]
ABSENT = object()


def write(issuer: str, value: object) -> Callable[[Members], object]:
    """The edit that writes ``value`` where the issuer's color stands."""

    def edit(members: Members) -> None:
        target, name = _color_member(issuer, members)
        if value is ABSENT:
            target.pop(name, None)
        elif name in target:
            target[name] = value

    return edit


def _color_member(issuer: str, members: Members) -> tuple[Members, str]:
    match issuer:
        case "zhenjiang":
            return members, "color"
        case "sukangma":
            return members["res"], "leveldata"
        case "national":
            return members, "fxdj"
        case _:
            return _docked_member(issuer, members["data"])


def _docked_member(issuer: str, data: Members) -> tuple[Members, str]:
    match issuer:
        case "anhui" | "anhui-text":
            return data, "healthStatus"
        case "beijing":
            return data, "status"
        case "zhejiang":
            return data["codes"][0], "color"
        case "shanghai":
            return data, "type"
        case _:
            return data, "color"


MAPPED = [
    ("zhenjiang", "绿码", Color.GREEN),
    ("zhenjiang", "黄码", Color.YELLOW),
    ("zhenjiang", "红码", Color.RED),
    ("sukangma", "green", Color.GREEN),
    ("sukangma", "yellow", Color.YELLOW),
    ("sukangma", "red", Color.RED),
    ("national", "00", Color.GREEN),
    ("national", "01", Color.YELLOW),
    ("national", "10", Color.RED),
    ("anhui", 1, Color.GREEN),
    ("anhui", 2, Color.YELLOW),
    ("anhui", 3, Color.RED),
    ("anhui-text", "1", Color.GREEN),
    ("anhui-text", "2", Color.YELLOW),
    ("anhui-text", "3", Color.RED),
    ("beijing", "未见异常", Color.GREEN),
    ("beijing", "居家观察", Color.YELLOW),
    ("beijing", "集中观察", Color.RED),
    ("zhejiang", "绿码", Color.GREEN),
    ("zhejiang", "黄码", Color.YELLOW),
    ("zhejiang", "红码", Color.RED),
    ("shanghai", "00", Color.GREEN),
    ("shanghai", "01", Color.YELLOW),
    ("shanghai", "10", Color.RED),
    ("nanjing-jurong", "green", Color.GREEN),
    ("nanjing-jurong", "yellow", Color.YELLOW),
    ("nanjing-jurong", "red", Color.RED),
]
WORDS: dict[str, dict[str, Color]] = {}
for _issuer, _word, _color in MAPPED:
    WORDS.setdefault(_issuer, {})[json.dumps(_word)] = _color
"""What each system writes, as JSON: a number and its text are two words."""


def word_of(issuer: str, color: Color) -> object:
    return next(word for name, word, mapped in MAPPED if (name, mapped) == (issuer, color))
